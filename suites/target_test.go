package suites

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

// inProcess is a target without a network: a handler that is called, with the token of the caller.
type inProcess struct {
	bounds
	handler http.Handler
	tokens  map[exchange.Caller]string
}

func (inProcess) Base() string { return "http://vault.test" }

func (t inProcess) Do(ctx context.Context, rec *exchange.Recorder, d exchange.Draft) exchange.Exchange {
	e := rec.Begin(d, 1)
	r := httptest.NewRequestWithContext(ctx, d.Request.Method, d.Request.URL, strings.NewReader(string(d.Request.Body)))
	r.Header = d.Request.Header.Clone()
	if token := t.tokens[d.Caller]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	t.handler.ServeHTTP(w, r)
	if ctx.Err() != nil {
		return rec.Finish(e, nil, ctx.Err().Error())
	}
	got := w.Result()
	body, _ := io.ReadAll(got.Body)
	return rec.Finish(e, &exchange.Response{Status: got.StatusCode, Header: got.Header, Body: body}, "")
}

// bounds says whether a target bounds its creates: not as long as the channel is open, or nil.
type bounds struct{ creates chan struct{} }

func (b bounds) Bounded() <-chan struct{} { return b.creates }

// dead is a target that never answers.
type dead struct{ bounds }

func (dead) Base() string { return "http://vault.test" }

func (dead) Do(_ context.Context, rec *exchange.Recorder, d exchange.Draft) exchange.Exchange {
	return rec.Finish(rec.Begin(d, 1), nil, "connection refused")
}

// inMemory is a ledger that keeps nothing on disk.
type inMemory struct {
	mu    sync.Mutex
	names []string
	ever  []string
	full  int // Add fails once so many names are in it; 0 for never
}

func (l *inMemory) Add(kind Kind, name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full > 0 && len(l.ever) >= l.full {
		return fmt.Errorf("no space left on device")
	}
	name = l.entry(kind, name)
	l.names, l.ever = append(l.names, name), append(l.ever, name)
	return nil
}

// entry is how an object stands in the ledger: a certificate by its name alone.
func (*inMemory) entry(kind Kind, name string) string {
	if kind == Certificate {
		return name
	}
	return string(kind) + " " + name
}

func (l *inMemory) Remove(kind Kind, name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names = slices.DeleteFunc(l.names, func(n string) bool { return n == l.entry(kind, name) })
	return nil
}

// stepped is a clock that only waits move.
type stepped struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func (c *stepped) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepped) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return context.Cause(ctx)
}

// options are those of a run over a handler.
func options(handler http.HandlerFunc, scenarios ...Scenario) (Options, *inMemory) {
	ledger := &inMemory{}
	return Options{Target: inProcess{handler: handler}, Ledger: ledger, Clock: &stepped{now: time.Unix(1700000000, 0)},
		RunID: "r1", NamePrefix: "kvc", Scenarios: scenarios}, ledger
}

// drive makes a scenario of a function.
func drive(id string, f func(v *Vault)) Scenario { return Scenario{ID: id, Drive: f} }

// answer is a handler that always answers the same.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

var notFound = answer(404, `{"error":{"code":"PendingCertificateNotFound","message":"not found"}}`)

// sent lists a run's requests as METHOD PATH, of all drives or of those named.
func sent(r *Result, drives ...string) []string {
	var all []string
	for _, e := range r.Trace.Exchanges {
		if len(drives) > 0 && !slices.Contains(drives, e.Drive) {
			continue
		}
		path, _, _ := strings.Cut(strings.TrimPrefix(e.Request.URL, r.Trace.Base), "?")
		all = append(all, e.Request.Method+" "+path)
	}
	return all
}

func expectAll(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}
