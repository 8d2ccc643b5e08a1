package target

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/kvconform/kvconform/spec/exchange"
)

// The bounds of an answer. The largest honest one is a bundle with a chain of ten, below 20 kB, but for a list: emulators that know
// no pages send all of it at once, a thousand certificates in 300 kB. The live service sends some 1 kB of headers.
const (
	maxBody   = 64 << 10
	maxList   = 1 << 20
	maxHeader = 256 << 10
)

// All of every answer would fill the memory, were each as long as it may be: a run has some 5,000. So maxKept bounds what is kept of
// them together. What is modest does not count, nearly all honest answers are (the others of a run have some 3 MB), and of a body that
// is cut a part is kept in any case: it shows what it was.
const (
	maxKept      = 16 << 20
	modestBody   = 4 << 10
	modestHeader = 8 << 10
	cutBody      = 1 << 10
)

// longestAnswer is how long the answer's body to a request may be.
func longestAnswer(r exchange.Request) int {
	path, _, _ := strings.Cut(r.URL, "?")
	path = strings.TrimRight(path, "/")
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "certificates", "deletedcertificates", "issuers", "versions":
		if r.Method == http.MethodGet {
			return maxList
		}
	}
	return maxBody
}

// ration counts what is kept of all answers. It is safe for concurrent use.
type ration struct{ used atomic.Int64 }

// takes reports whether there is room for something more, and counts it where there is.
func (r *ration) takes(size int) bool {
	if r.used.Add(int64(size)) <= maxKept {
		return true
	}
	r.used.Add(-int64(size))
	return false
}

// refusal says why an answer's header is not kept; empty where it is.
func (r *ration) refusal(h http.Header) string {
	size := headerSize(h)
	if size <= modestHeader || r.takes(size) {
		return ""
	}
	return fmt.Sprintf("the answer's headers are longer than %d bytes, and what came before has filled the memory", modestHeader)
}

// cut keeps as much of an answer's body as there is room for; of one that is too long that is little.
func (r *ration) cut(x *exchange.Response) {
	size := len(x.Body)
	switch {
	case size > modestBody && strings.HasPrefix(x.Cut, exchange.TooLong):
	case size > modestBody && !r.takes(size):
		x.Cut = cmp.Or(x.Cut, fmt.Sprintf(exchange.TooLong+"%d bytes, and what came before has filled the memory", modestBody))
	default:
		x.Body = bytes.Clone(x.Body) // without the room that it was read into
		return
	}
	x.Body = bytes.Clone(x.Body[:cutBody])
}

// perField is what a field of a header takes beside its name and value.
const perField = 64

// headerSize is how many bytes of memory a header takes, about.
func headerSize(h http.Header) int {
	size := 0
	for name, values := range h {
		for _, value := range values {
			size += len(name) + len(value) + perField
		}
	}
	return size
}
