package recording

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
)

// source is a file's content, uncompressed, without a byte order mark, and no longer than is read of one. It keeps the first error
// of reading: what reads JSON from it wraps that in a place that the file does not have.
type source struct {
	r    io.Reader
	left int
	err  error
}

func newSource(r io.Reader) (*source, error) {
	buffered := bufio.NewReader(r)
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		buffered = bufio.NewReader(unzipped)
	}
	s := &source{r: buffered, left: most}
	if mark, _ := buffered.Peek(3); string(mark) == "\xef\xbb\xbf" {
		if _, err := buffered.Discard(len(mark)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p[:min(len(p), s.left+1)])
	if n > s.left {
		n, err = s.left, ErrTooLong
	}
	s.left -= n
	s.err = err
	return n, err
}

// failed is the error that ended the reading, its end apart.
func (s *source) failed() error {
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}
