// Package recording reads recorded traffic, whichever tool wrote it: HAR 1.2, and the recordings of the Azure SDK's test proxy,
// each as it is or compressed with gzip. What a file is, its content tells.
package recording

import (
	"bytes"
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

// Read reads a recording into a trace of the given name. It holds no more of the file than it needs to tell what the file is.
func Read(name string, r io.Reader) (*exchange.Trace, error) {
	s, err := newSource(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var seen bytes.Buffer
	kind := kindOf(io.TeeReader(s, &seen))
	content := io.MultiReader(&seen, s)
	var t *exchange.Trace
	switch kind {
	case "log":
		t, err = exchange.ReadHAR(content)
	case "Entries":
		t, err = readProxy(content)
	default:
		err = ErrUnknown
	}
	if failed := s.failed(); failed != nil {
		err = failed
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t.Name = name
	return t, nil
}

// kindOf is the first member of the object that tells what it is: log for HAR, Entries for the test proxy; empty for neither.
func kindOf(content io.Reader) string {
	d := jsontext.NewDecoder(content, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
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
