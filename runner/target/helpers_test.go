package target_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/kvconform/kvconform/runner/target"
	"github.com/kvconform/kvconform/spec/exchange"
)

// TestMain gives the whole package a proxy that nobody runs: whoever uses it for a target on this machine fails.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1",
		"NO_PROXY": ".invalid"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// clock is moved by waits alone.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
	// waited, where set, is called in each wait.
	waited func()
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, c.waits = c.now.Add(d), append(c.waits, d)
	if c.waited != nil {
		c.waited()
	}
	return context.Cause(ctx)
}

// rig is a client with its clock and recorder.
type rig struct {
	t      *testing.T
	client *target.Client
	clock  *clock
	rec    *exchange.Recorder
}

// newRig makes a client; change, where there is one, changes its options.
func newRig(t *testing.T, url string, change ...func(*target.Options)) *rig {
	t.Helper()
	c := newClock()
	o := target.Options{URL: url, Clock: c, RequestTimeout: 10 * time.Second}
	for _, f := range change {
		f(&o)
	}
	client, err := target.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &rig{t: t, client: client, clock: c, rec: exchange.NewRecorder(c.Now)}
}

func timeout(d time.Duration) func(*target.Options) {
	return func(o *target.Options) { o.RequestTimeout = d }
}

func token(t string) func(*target.Options) {
	return func(o *target.Options) { o.Token = target.StaticToken(t) }
}

// do sends a request to path, and checks that what Do returns is the last that was recorded.
func (r *rig) do(method, path string, change ...func(*exchange.Draft)) exchange.Exchange {
	r.t.Helper()
	return r.doIn(context.Background(), method, path, change...)
}

func (r *rig) doIn(ctx context.Context, method, path string, change ...func(*exchange.Draft)) exchange.Exchange {
	r.t.Helper()
	d := exchange.Draft{Drive: "cancel", Request: exchange.Request{Method: method, URL: r.client.Base() + path,
		Header: http.Header{"Accept": {"application/json"}}}}
	if method != http.MethodGet && method != http.MethodDelete {
		d.Request.Body = []byte(`{"a":1}`)
	}
	for _, f := range change {
		f(&d)
	}
	e := r.client.Do(ctx, r.rec, d)
	if all := r.rec.Exchanges(); e.Number != 0 && (len(all) != e.Number || all[e.Number-1].Attempt != e.Attempt) {
		r.t.Errorf("returned exchange %d of %d", e.Number, len(all))
	}
	return e
}

func defect(d *exchange.Draft) { d.Defect = "wrong on purpose" }

// attempts lists what was recorded: each attempt's status, or why it has none.
func (r *rig) attempts() []string {
	var all []string
	for i, e := range r.rec.Exchanges() {
		what := e.Failure
		if e.Response != nil {
			what = fmt.Sprint(e.Response.Status)
		}
		all = append(all, what)
		if e.Attempt != i+1 {
			r.t.Errorf("exchange %d is attempt %d", i+1, e.Attempt)
		}
	}
	return all
}

// serve starts a server; the handler gets the number of the request, from 1.
func serve(t *testing.T, handler func(w http.ResponseWriter, r *http.Request, n int)) string {
	t.Helper()
	var mu sync.Mutex
	n := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		k := n
		mu.Unlock()
		handler(w, r, k)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// raw listens and hands each connection over once the first request on it was read, with the number of the connection,
// from 1.
func raw(t *testing.T, answer func(conn *net.TCPConn, n int)) string {
	t.Helper()
	return listen(t, func(conn *net.TCPConn, n int) {
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		answer(conn, n)
	})
}

func listen(t *testing.T, answer func(conn *net.TCPConn, n int)) string {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var connections sync.WaitGroup
	t.Cleanup(connections.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for n := 1; ; n++ {
			conn, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			connections.Go(func() {
				defer func() { _ = conn.Close() }()
				answer(conn, n)
			})
		}
	}()
	return "http://" + listener.Addr().String()
}

func say(conn net.Conn, text string) { _, _ = io.WriteString(conn, text) }

// reset ends a connection without an end: the peer's kernel is told so.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

// silent keeps a connection open until the peer closes it.
func silent(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// closedPort is a URL that nobody serves.
func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return "http://" + listener.Addr().String()
}
