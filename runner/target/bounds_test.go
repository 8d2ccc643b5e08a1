package target_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/exchange"
)

// TestLists: a list may come without pages, and nothing else is as long.
func TestLists(t *testing.T) {
	const list, other = 1 << 20, 64 << 10
	for request, limit := range map[string]int{
		"GET /certificates": list, "GET /certificates/?api-version=7.6": list, "GET /certificates/a/versions/?maxresults=25": list,
		"GET /deletedcertificates": list, "GET /certificates/issuers": list,
		"POST /certificates": other, "GET /certificates/versions/pending": other, "GET /certificates/a?x=/versions": other, "GET /": other,
	} {
		t.Run(request, func(t *testing.T) {
			size := limit
			r := newRig(t, serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				_, _ = w.Write([]byte(strings.Repeat("x", size)))
			}))
			method, path, _ := strings.Cut(request, " ")
			if e := r.do(method, path); len(e.Response.Body) != limit || e.Response.Cut != "" {
				t.Errorf("of %d bytes %d were kept: %q", limit, len(e.Response.Body), e.Response.Cut)
			}
			size++
			if e := r.do(method, path); len(e.Response.Body) != 1024 || !strings.HasPrefix(e.Response.Cut, exchange.TooLong) || e.Response.Short() {
				t.Errorf("of a byte more %d were kept: %q", len(e.Response.Body), e.Response.Cut)
			}
		})
	}
}

// TestAllAnswersTogether: whatever a target answers, and however often, no more than some 32 MiB are kept beside what every answer
// may have; what has an honest length is kept whole to the end, and what has no room is no answer.
func TestAllAnswersTogether(t *testing.T) {
	const requests, most, modest = 1600, 32 << 20, 4 << 10
	sizes := []int{modest, 64 << 10, 64 << 10, 64<<10 + 1}
	r := newRig(t, serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		_, _ = fmt.Fprintf(w, "%-*d", sizes[n%len(sizes)], n)
	}))
	kept, whole, lost := 0, 0, 0
	for range requests {
		e := r.do("GET", "/certificates/a")
		if e.Response == nil && strings.Contains(e.Failure, "the answer's body is longer than 4096 bytes, and the 32 MiB") {
			lost++
			continue
		}
		kept += cap(e.Response.Body)
		switch {
		case e.Response.Cut == "" && len(e.Response.Body) == modest:
			whole++
		case e.Response.Cut != "" && len(e.Response.Body) != 1024:
			t.Fatalf("#%d: %d bytes are kept, %q", e.Number, len(e.Response.Body), e.Response.Cut)
		}
	}
	if limit := most + requests*modest; kept > limit+limit/8 || kept < most {
		t.Errorf("%d bytes are kept, of %d", kept, limit)
	}
	if lost == 0 || whole != requests/len(sizes) {
		t.Errorf("%d were lost for want of room, %d of %d modest ones are whole", lost, whole, requests/len(sizes))
	}
}

// TestOneAnswerAgainAndAgain: what is shown again takes no room of its own.
func TestOneAnswerAgainAndAgain(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	r := newRig(t, serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = w.Write([]byte(long)) }))
	for range 1000 {
		if e := r.do("GET", "/certificates/a"); e.Response == nil || string(e.Response.Body) != long {
			t.Fatalf("#%d is not kept: %s", e.Number, e.Failure)
		}
	}
}

// TestHeadersOfAllAnswers: the same holds for headers. What has no room is no answer.
func TestHeadersOfAllAnswers(t *testing.T) {
	long := strings.Repeat("x", 200<<10)
	r := newRig(t, serve(t, func(w http.ResponseWriter, req *http.Request, _ int) {
		if req.URL.Path == "/long" {
			w.Header().Set("X-Long", long)
		} else {
			w.Header().Set("X-Long", long[:7<<10])
		}
	}))
	kept, refused := 0, ""
	for refused == "" {
		e := r.do("GET", "/long")
		if refused = e.Failure; e.Response != nil {
			kept += len(e.Response.Header.Get("X-Long"))
		}
		if kept > 34<<20 {
			t.Fatalf("%d bytes are kept", kept)
		}
	}
	if !strings.Contains(refused, "the answer's headers are longer than 8192 bytes") || kept < 31<<20 {
		t.Errorf("%q after %d bytes", refused, kept)
	}
	if e := r.do("GET", "/short"); e.Response == nil {
		t.Errorf("an honest header is refused: %s", e.Failure)
	}
}

// TestAnEchoedTokenIsNotCut: where an answer is cut, no half of a token that it sent back is left.
func TestAnEchoedTokenIsNotCut(t *testing.T) {
	const secret = "a-token-that-nobody-may-see"
	r := newRig(t, serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		_, _ = w.Write([]byte(strings.Repeat("x", 1024-10) + secret + strings.Repeat("x", 64<<10)))
	}), token(secret))
	e := r.do("GET", "/")
	if body := string(e.Response.Body); !strings.HasSuffix(body, "xREDACTEDxx") {
		t.Errorf("the body ends in %q", body[len(body)-20:])
	}
}
