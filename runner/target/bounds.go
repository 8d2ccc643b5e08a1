package target

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"sync"
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

// All of every answer would fill the memory, were each as long as it may be: a run has some 6,000. So maxKept bounds what is kept of
// them together, beside what is modest of each: nearly all honest answers are, and a vault whose certificates have some kilobytes of
// extensions stays below it. An answer for which there is no room counts as lost, since nobody can tell what is wrong with it. Of a body
// that is too long by itself a part is kept in any case: it shows what it was.
const (
	maxKept      = 32 << 20
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
type ration struct {
	used atomic.Int64
	// bodies are the long ones that are kept, by their hash: what is shown again takes no room of its own.
	bodies sync.Map
}

// takes reports whether there is room for what is beyond the modest size, and counts it where there is.
func (r *ration) takes(size, modest int) bool {
	more := int64(max(0, size-modest))
	if more == 0 || r.used.Add(more) <= maxKept {
		return true
	}
	r.used.Add(-more)
	return false
}

// refusal says why an answer's header is not kept; empty where it is.
func (r *ration) refusal(h http.Header) string {
	if r.takes(headerSize(h), modestHeader) {
		return ""
	}
	return full("headers are", modestHeader)
}

// keep keeps an answer's body, of one that is too long a little; it says why it does not, and is empty where it does.
func (r *ration) keep(x *exchange.Response) string {
	switch {
	case len(x.Body) <= modestBody:
		x.Body = bytes.Clone(x.Body) // without the room that it was read into
	case strings.HasPrefix(x.Cut, exchange.TooLong):
		x.Body = bytes.Clone(x.Body[:cutBody])
	default:
		return r.keepLong(x)
	}
	return ""
}

func (r *ration) keepLong(x *exchange.Response) string {
	hash := sha256.Sum256(x.Body)
	if body, known := r.bodies.Load(hash); known {
		x.Body = body.([]byte)
		return ""
	}
	if !r.takes(len(x.Body), modestBody) {
		return full("body is", modestBody)
	}
	x.Body = bytes.Clone(x.Body)
	r.bodies.Store(hash, x.Body)
	return ""
}

// full is the reason that there is no room for a part of an answer.
func full(part string, modest int) string {
	return fmt.Sprintf("the answer's %s longer than %d bytes, and the %d MiB that a run keeps of such answers are full: more than any vault is known to send",
		part, modest, maxKept>>20)
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
