package exchange

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestHARLimits reads at a limit and just above it.
func TestHARLimits(t *testing.T) {
	entries := func(n int) string {
		const entry = `,{"request":{"method":"GET","url":"/"}}`
		return `{"log":{"entries":[` + strings.TrimPrefix(strings.Repeat(entry, n), ",") + `]}}`
	}
	padded := func(size int) string { return entries(0) + strings.Repeat(" ", size-len(entries(0))) }
	limits := harLimits{megabytes: 1, entries: 10}
	for _, test := range []struct {
		name string
		har  io.Reader
		want string
	}{
		{"10 entries", strings.NewReader(entries(10)), "<nil>"},
		{"11 entries", strings.NewReader(entries(11)), "reading HAR: byte 408, /log/entries/9: more than 10 entries"},
		{"1 MB", strings.NewReader(padded(1 << 20)), "<nil>"},
		{"a byte more", strings.NewReader(padded(1<<20 + 1)), "reading HAR: the file is larger than 1 MB"},
		{"a string without end", io.MultiReader(strings.NewReader(`{"log":{"comment":"`), endless{}),
			"reading HAR: the file is larger than 1 MB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := readHAR(test.har, limits)
			if got := fmt.Sprint(err); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
