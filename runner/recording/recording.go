// Package recording reads recorded traffic, whichever tool wrote it: HAR 1.2, and the recordings of the Azure SDK's test proxy,
// each as it is or compressed with gzip. What a file is, its content tells.
package recording

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kvconform/kvconform/spec/exchange"
)

// most is how much of a file is read, uncompressed: the largest session that a public SDK has recorded is a hundredth of it.
const most = 256 << 20

// ErrUnknown is the error for content that is no recording.
var ErrUnknown = errors.New("neither HAR nor a recording of the Azure SDK test proxy")

// ErrTooLong is the error for content that is longer than anybody's recording.
var ErrTooLong = fmt.Errorf("longer than %d MiB", most>>20)

// Read reads a recording into a trace of the given name.
func Read(name string, r io.Reader) (*exchange.Trace, error) {
	content, err := uncompressed(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var t *exchange.Trace
	switch kindOf(content) {
	case "log":
		t, err = exchange.ReadHAR(bytes.NewReader(content))
	case "Entries":
		t, err = readProxy(content)
	default:
		err = ErrUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t.Name = name
	return t, nil
}

// uncompressed reads the whole, and undoes gzip.
func uncompressed(r io.Reader) ([]byte, error) {
	buffered := bufio.NewReader(r)
	var source io.Reader = buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		source = unzipped
	}
	content, err := io.ReadAll(io.LimitReader(source, most+1))
	if err != nil {
		return nil, err
	}
	if len(content) > most {
		return nil, ErrTooLong
	}
	return bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), nil
}

// kindOf is the first member of the object that tells what it is: log for HAR, Entries for the test proxy; empty for neither.
func kindOf(content []byte) string {
	d := jsontext.NewDecoder(bytes.NewReader(content), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return ""
	}
	for {
		token, err := d.ReadToken()
		if err != nil || token.Kind() != '"' {
			return ""
		}
		if name := token.String(); name == "log" || name == "Entries" {
			return name
		}
		if d.SkipValue() != nil {
			return ""
		}
	}
}
