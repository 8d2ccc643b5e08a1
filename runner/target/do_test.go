package target_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kvconform/kvconform/runner/target"
	"github.com/kvconform/kvconform/spec/exchange"
)

const secret = "a-token-that-nobody-may-see"

// TestCallers looks at what goes over the wire for each caller, and at what is recorded of it.
func TestCallers(t *testing.T) {
	for _, test := range []struct {
		caller         exchange.Caller
		wire, recorded string
	}{
		{exchange.Owner, "Bearer " + secret, "Bearer REDACTED"},
		{exchange.Reader, "Bearer weak-" + secret, "Bearer REDACTED"},
		{exchange.Stranger, "Bearer kvconform.junk.token", "Bearer REDACTED"},
		{exchange.Nobody, "", ""},
	} {
		t.Run(string(test.caller), func(t *testing.T) {
			var got string
			url := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { got = r.Header.Get("Authorization") })
			r := newRig(t, url, token(secret), func(o *target.Options) { o.WeakToken = target.StaticToken("weak-" + secret) })
			e := r.do("GET", "/", func(d *exchange.Draft) { d.Caller = test.caller })
			if got != test.wire {
				t.Errorf("sent %q, want %q", got, test.wire)
			}
			if recorded := e.Request.Header.Get("Authorization"); recorded != test.recorded || e.Caller != test.caller ||
				e.Request.Header.Get("Accept") == "" {
				t.Errorf("recorded %q of caller %q with %v, want %q", recorded, e.Caller, e.Request.Header, test.recorded)
			}
		})
	}
	t.Run("a reader without a token", func(t *testing.T) {
		r := newRig(t, serve(t, func(http.ResponseWriter, *http.Request, int) { t.Error("a request came") }))
		if e := r.do("GET", "/", func(d *exchange.Draft) { d.Caller = exchange.Reader }); e.Failure != "no token: a second one was not given" {
			t.Errorf("failure %q", e.Failure)
		}
	})
}

func TestRecordsTheExchange(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Add("X-Two", "1")
		w.Header().Add("X-Two", "2")
		w.WriteHeader(202)
		_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.RequestURI, body)
	})
	r := newRig(t, url+"/some/prefix/")
	e := r.do("POST", "/certificates/a%2Fb/create?api-version=7.6&x=%20", defect)
	if e.Number != 1 || e.Attempt != 1 || e.Drive != "cancel" || e.Defect == "" || e.Failure != "" ||
		!slices.Equal(e.Response.Header["X-Two"], []string{"1", "2"}) ||
		e.Response.Proto != "HTTP/1.1" || e.Response.Cut != "" {
		t.Errorf("recorded %+v %+v", e, e.Response)
	}
	if got, want := string(e.Response.Body), `POST /some/prefix/certificates/a%2Fb/create?api-version=7.6&x=%20 {"a":1}`; got != want {
		t.Errorf("the target saw %s, want %s", got, want)
	}
}

// TestRedirects: an answer is recorded as it comes, and nobody else hears of the token.
func TestRedirects(t *testing.T) {
	elsewhere := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) { t.Errorf("%s %s came", r.Method, r.URL) })
	for _, status := range []int{301, 302, 307, 308} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Location", elsewhere)
			w.WriteHeader(status)
		})
		r := newRig(t, url, token(secret))
		if e := r.do("GET", "/"); e.Response == nil || e.Response.Status != status || r.rec.Len() != 1 {
			t.Errorf("%d: %+v", status, e)
		}
	}
}

// TestOnlyTheTarget: a URL that is not the target's is not asked, however alike it looks.
func TestOnlyTheTarget(t *testing.T) {
	url := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) { t.Errorf("%s came", r.URL) })
	r := newRig(t, url+"/base", token(secret))
	for _, other := range []string{"http://elsewhere.test/", url + "/", url + "/based", url + "/base@elsewhere.test/", "", ":"} {
		e := r.do("GET", "", func(d *exchange.Draft) { d.Request.URL = other })
		if e.Response != nil || e.Failure != "not sent: the URL is not the target's" {
			t.Errorf("%q: %+v", other, e)
		}
	}
}

// TestTokenIsNotEchoed: what a target sends back is recorded without the token.
func TestTokenIsNotEchoed(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("X-You-Sent", r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, "no "+r.Header.Get("Authorization"))
	})
	e := newRig(t, url, token(secret)).do("GET", "/")
	if got := string(e.Response.Body) + e.Response.Header.Get("X-You-Sent"); got != "no Bearer REDACTEDBearer REDACTED" {
		t.Errorf("recorded %q", got)
	}
	e = newRig(t, url, token("no")).do("GET", "/")
	if got := string(e.Response.Body); got != "no Bearer no" {
		t.Errorf("recorded %q: a token as short as this is no secret", got)
	}
	url = raw(t, func(conn *net.TCPConn, _ int) { say(conn, "nonsense "+secret+"\r\n\r\n") })
	if e = newRig(t, url, token(secret)).do("POST", "/"); e.Failure != `malformed HTTP status code "REDACTED"` {
		t.Errorf("failure %q", e.Failure)
	}
}

// reply is one answer of a scripted target.
type reply struct {
	status int
	header http.Header
}

func status(n int) reply { return reply{status: n} }

func asks(n int, value string) reply {
	return reply{n, http.Header{"Retry-After": {value}}}
}

// TestResending scripts a target's answers: what is sent again, after which waits.
func TestResending(t *testing.T) {
	const s, ms = time.Second, time.Millisecond
	tests := []struct {
		name    string
		method  string
		defect  bool
		replies []reply // the last one comes again and again
		want    []int
		waits   []time.Duration // a back-off is given by its least value
	}{
		{"429 with seconds", "POST", false, []reply{asks(429, "7"), asks(429, " 2 "), status(202)}, []int{429, 429, 202},
			[]time.Duration{7 * s, 2 * s}},
		{"503 with seconds", "DELETE", false, []reply{asks(503, "7"), status(200)}, []int{503, 200}, []time.Duration{7 * s}},
		{"503 with seconds to a defect", "POST", true, []reply{asks(503, "7"), status(400)}, []int{503, 400}, []time.Duration{7 * s}},
		{"a date, from the answer's own", "GET", false, []reply{{429, http.Header{"Date": {"Sun, 01 Jan 2023 00:00:00 GMT"},
			"Retry-After": {"Sun, 01 Jan 2023 00:00:09 GMT"}}}, status(200)}, []int{429, 200}, []time.Duration{9 * s}},
		{"a date that is over", "GET", false, []reply{{429, http.Header{"Date": {"Sun, 01 Jan 2023 00:00:09 GMT"},
			"Retry-After": {"Sun, 01 Jan 2023 00:00:00 GMT"}}}, status(200)}, []int{429, 200}, []time.Duration{100 * ms}},
		{"a date without a date", "GET", false, []reply{{429, http.Header{"Date": nil, "Retry-After": {"Sun, 01 Mar 2026 12:00:04 GMT"}}},
			status(200)}, []int{429, 200}, []time.Duration{4 * s}},
		{"no time", "GET", false, []reply{asks(429, "0"), status(200)}, []int{429, 200}, []time.Duration{100 * ms}},
		{"an hour", "GET", false, []reply{asks(429, "3600"), status(200)}, []int{429, 200}, []time.Duration{30 * s}},
		{"more than a number holds", "GET", false, []reply{asks(429, "99999999999999999999"), status(200)}, []int{429, 200},
			[]time.Duration{30 * s}},
		{"a date in a thousand years", "GET", false, []reply{asks(429, "Fri, 01 Mar 3026 12:00:00 GMT"), status(200)}, []int{429, 200},
			[]time.Duration{30 * s}},
		{"nonsense", "GET", false, []reply{asks(429, "soon"), asks(429, "-5"), status(200)}, []int{429, 429, 200}, []time.Duration{500 * ms, s}},
		{"429 without an end", "GET", false, []reply{status(429)}, []int{429, 429, 429, 429, 429, 429},
			[]time.Duration{500 * ms, s, 2 * s, 4 * s, 8 * s}},
		{"503 without an end", "POST", false, []reply{status(503)}, []int{503, 503, 503, 503}, []time.Duration{500 * ms, s, 2 * s}},
		{"503 that says when, without an end", "POST", false, []reply{asks(503, "1")}, []int{503, 503, 503, 503, 503, 503},
			[]time.Duration{s, s, s, s, s}},
		{"503 to a defect", "POST", true, []reply{status(503)}, []int{503}, nil},
		{"500 once", "POST", false, []reply{status(500), status(202)}, []int{500, 202}, []time.Duration{100 * ms}},
		{"500 twice", "DELETE", false, []reply{status(500)}, []int{500, 500}, []time.Duration{100 * ms}},
		{"500 to a defect", "POST", true, []reply{status(500)}, []int{500}, nil},
		{"502, throttled, 504", "GET", false, []reply{status(502), asks(429, "1"), status(504)}, []int{502, 429, 504},
			[]time.Duration{100 * ms, s}},
		{"refusals", "POST", false, []reply{status(409)}, []int{409}, nil},
		{"401 with a token that stays", "GET", false, []reply{status(401)}, []int{401}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			url := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if body, _ := io.ReadAll(r.Body); test.method == "POST" && string(body) != `{"a":1}` {
					t.Errorf("attempt %d has the body %q", n, body)
				}
				reply := test.replies[min(n, len(test.replies))-1]
				for name, values := range reply.header {
					w.Header()[name] = values
				}
				w.WriteHeader(reply.status)
			})
			r := newRig(t, url, token(secret))
			r.do(test.method, "/", func(d *exchange.Draft) {
				if test.defect {
					defect(d)
				}
			})
			if got := strings.Join(r.attempts(), " "); got != strings.Trim(fmt.Sprint(test.want), "[]") {
				t.Errorf("attempts %s, want %v", got, test.want)
			}
			if len(r.clock.waits) != len(test.waits) {
				t.Fatalf("waited %v, want %v", r.clock.waits, test.waits)
			}
			for i, wait := range r.clock.waits {
				if wait < test.waits[i] || wait > test.waits[i]*3/2 {
					t.Errorf("waited %v, want %v", r.clock.waits, test.waits)
				}
			}
		})
	}
}

// TestNoAnswer: a request that got none is sent again only where that cannot do anything twice.
func TestNoAnswer(t *testing.T) {
	const closed, broken = "connection closed", "connection reset"
	tests := []struct {
		name   string
		method string
		answer func(conn *net.TCPConn, n int)
		want   []string
	}{
		{"reset", "GET", func(c *net.TCPConn, _ int) { reset(c) }, []string{broken, broken, broken}},
		{"reset", "POST", func(c *net.TCPConn, _ int) { reset(c) }, []string{broken}},
		{"reset", "PATCH", func(c *net.TCPConn, _ int) { reset(c) }, []string{broken}},
		{"reset", "DELETE", func(c *net.TCPConn, _ int) { reset(c) }, []string{broken}},
		{"closed", "GET", func(*net.TCPConn, int) {}, []string{closed, closed, closed}},
		{"closed", "POST", func(*net.TCPConn, int) {}, []string{closed}},
		{"reset once", "GET", func(c *net.TCPConn, n int) {
			if n == 1 {
				reset(c)
			}
			say(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}, []string{broken, "204"}},
		{"reset in the body", "GET", func(c *net.TCPConn, n int) {
			say(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}")
			if n == 1 {
				reset(c)
				return
			}
			say(c, "  ")
		}, []string{"the answer (200) broke off after 2 bytes of its body: connection reset", "200"}},
		{"headers without an end", "POST", func(c *net.TCPConn, _ int) {
			say(c, "HTTP/1.1 200 OK\r\n")
			for line := "X: " + strings.Repeat("y", 1000) + "\r\n"; ; {
				if _, err := io.WriteString(c, line); err != nil {
					return
				}
			}
		}, []string{"the answer's headers are longer than 262144 bytes"}},
		{"no HTTP", "POST", func(c *net.TCPConn, _ int) { say(c, "220 mail\n\r\nready\r\n\r\n") }, []string{`malformed HTTP status code "mail"`}},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.name, func(t *testing.T) {
			r := newRig(t, raw(t, test.answer), token(secret))
			r.do(test.method, "/")
			if got := r.attempts(); !slices.Equal(got, test.want) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestNeverConnected(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		url := closedPort(t)
		r := newRig(t, url)
		r.do(method, "/")
		refused := "connection refused by " + strings.TrimPrefix(url, "http://")
		if got := r.attempts(); !slices.Equal(got, []string{refused, refused, refused}) {
			t.Errorf("%s: %q", method, got)
		}
	}
}

func TestTimeout(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(conn *net.TCPConn, n int)
		want   string
	}{
		"nothing":       {func(c *net.TCPConn, _ int) { silent(c) }, "nothing came within 200ms"},
		"half a header": {func(c *net.TCPConn, _ int) { say(c, "HTTP/1.1 200 OK\r\nX"); silent(c) }, "nothing came within 200ms"},
		"half a body": {func(c *net.TCPConn, _ int) { say(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}"); silent(c) },
			"the answer (200) broke off after 2 bytes of its body: nothing came within 200ms"},
		"a byte now and then": {func(c *net.TCPConn, _ int) {
			say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for range tick.C {
				if _, err := io.WriteString(c, "x"); err != nil {
					return
				}
			}
		}, "nothing came within 200ms"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, raw(t, test.answer), timeout(200*time.Millisecond))
			r.do("GET", "/")
			if got := r.attempts(); len(got) != 1 || !strings.HasSuffix(got[0], test.want) {
				t.Errorf("got %q, want %q, once", got, test.want)
			}
		})
	}
}

// TestBodies: whatever comes as a body is kept whole, or with the reason why it is not.
func TestBodies(t *testing.T) {
	const limit = 64 << 10
	zip := func(data []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(data)
		_ = w.Close()
		return b.Bytes()
	}
	coded := "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\n\r\n"
	full := strings.Repeat("x", limit)
	tests := []struct {
		name, answer string
		body         string
		cut          string
	}{
		{"whole", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "{}", ""},
		{"none", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", ""},
		{"as large as may be", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + full, full, ""},
		{"larger", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + full + "x", full[:1024], "the body is longer than 65536 bytes"},
		{"too short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "{}", "the body ends after 2 bytes: unexpected EOF"},
		{"chunks that do not end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "{}",
			"the body ends after 2 bytes: unexpected EOF"},
		{"chunks that are none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nz\r\n", "{}",
			"the body ends after 2 bytes: invalid byte in chunk length"},
		{"gzip", coded + string(zip([]byte("{}"))), "{}", ""},
		{"a gzip bomb", coded + string(zip(make([]byte, 8<<20))), string(make([]byte, 1024)), "the body is longer than 65536 bytes"},
		{"no gzip", coded + "{\"a\":\"not compressed at all\"}", "", "the body ends after 0 bytes: gzip: invalid header"},
		{"gzip cut off", coded + string(zip([]byte("{}"))[:14]), "{}", "the body ends after 2 bytes: unexpected EOF"},
		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nxxx", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, raw(t, func(conn *net.TCPConn, _ int) { say(conn, test.answer) }))
			e := r.do("GET", "/")
			attempts := 1
			if strings.HasPrefix(test.cut, "the body ends") {
				attempts = 2 // the rest may have been lost on its way
			}
			if e.Response == nil || r.rec.Len() != attempts {
				t.Fatalf("attempts %q", r.attempts())
			}
			if got := string(e.Response.Body); got != test.body {
				t.Errorf("body of %d bytes %.40q, want %d %.40q", len(got), got, len(test.body), test.body)
			}
			if e.Response.Cut != test.cut {
				t.Errorf("cut %q, want %q", e.Response.Cut, test.cut)
			}
		})
	}
}

// TestContextEnds: a run that is over waits for nothing.
func TestContextEnds(t *testing.T) {
	over := errors.New("over")
	t.Run("before", func(t *testing.T) {
		r := newRig(t, closedPort(t))
		ctx, end := context.WithCancelCause(context.Background())
		end(over)
		if e := r.doIn(ctx, "GET", "/"); e.Number != 0 || e.Response != nil || e.Failure != "not sent: over" || e.Request.Method != "GET" ||
			r.rec.Len() != 0 {
			t.Errorf("%+v", e)
		}
	})
	t.Run("in a request", func(t *testing.T) {
		ctx, end := context.WithCancelCause(context.Background())
		r := newRig(t, raw(t, func(conn *net.TCPConn, _ int) { end(over); silent(conn) }))
		r.doIn(ctx, "GET", "/")
		if got := r.attempts(); !slices.Equal(got, []string{"the run ended before an answer came: over"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("in a body", func(t *testing.T) {
		ctx, end := context.WithCancelCause(context.Background())
		r := newRig(t, raw(t, func(conn *net.TCPConn, _ int) {
			say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}")
			end(over)
			silent(conn)
		}))
		r.doIn(ctx, "GET", "/")
		if got := r.attempts(); len(got) != 1 || !strings.HasSuffix(got[0], "the run ended before an answer came: over") {
			t.Errorf("%q", got)
		}
	})
	t.Run("in a wait", func(t *testing.T) {
		ctx, end := context.WithCancelCause(context.Background())
		r := newRig(t, serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(429) }))
		r.clock.waited = func() { end(over) }
		if e := r.doIn(ctx, "GET", "/"); e.Response.Status != 429 || r.rec.Len() != 1 {
			t.Errorf("%+v", e)
		}
	})
}

// TestRate: all requests together, attempts after the first too, keep the rate.
func TestRate(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 3 {
			w.WriteHeader(500)
		}
	})
	r := newRig(t, url, func(o *target.Options) { o.Rate = 4 })
	start := r.clock.Now()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			r.client.Do(context.Background(), r.rec, exchange.Draft{Request: exchange.Request{Method: "GET", URL: url}})
		})
	}
	all.Wait()
	// Nine requests: the first at once. The clock runs through parallel waits one by one, so it is late rather than early.
	if took := r.clock.Now().Sub(start); took < 2*time.Second || r.rec.Len() != 9 {
		t.Errorf("%d requests took %v", r.rec.Len(), took)
	}
}

// TestParallel keeps many requests under way on connections that are kept.
func TestParallel(t *testing.T) {
	const at = 64
	var mu sync.Mutex
	together := make(chan struct{})
	arrived, connections := 0, map[string]bool{}
	url := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
		mu.Lock()
		connections[r.RemoteAddr] = true
		if arrived++; arrived == at {
			close(together)
		}
		mu.Unlock()
		<-together
	})
	r := newRig(t, url)
	for range 2 {
		var all sync.WaitGroup
		for range at {
			all.Go(func() {
				r.client.Do(context.Background(), r.rec, exchange.Draft{Request: exchange.Request{Method: "GET", URL: url}})
			})
		}
		all.Wait()
	}
	for _, e := range r.rec.Exchanges() {
		if e.Response == nil || e.Response.Status != 200 {
			t.Errorf("%+v", e)
		}
	}
	if len(connections) != at {
		t.Errorf("%d connections for twice %d requests", len(connections), at)
	}
}
