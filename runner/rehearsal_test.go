package runner

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/runner/target"
	"github.com/kvconform/kvconform/spec/oracle"
)

// rehearsal is a whole run, ledger, client and reports included, against the reference vault at the end of a line that is in this
// process, too. It takes place in a bubble, whose time stands still while anything is computed.
type rehearsal struct {
	run   Options
	vault vault.Options
	// line, where set, stands between the vault and whoever asks.
	line func(vault http.Handler) http.Handler
}

// rehearsed is what came of it.
type rehearsed struct {
	*Outcome
	// took is the time in the bubble.
	took time.Duration
	// left is what the vault and the folder of the reports hold in the end and should not.
	left []string
}

const (
	rehearsalToken     = "the-token-of-the-rehearsal"
	rehearsalWeakToken = "the-weak-token-of-the-rehearsal"
)

// everything is a rehearsal with all that the profiles need.
func everything(authority oracle.Authority) *rehearsal {
	return &rehearsal{
		run: Options{Target: "http://127.0.0.1:8080", Authority: authority, Token: rehearsalToken, WeakToken: rehearsalWeakToken,
			Issuer: "completes", FailingIssuer: "fails"},
		vault: vault.Options{Authority: vault.Authority(authority), Token: rehearsalToken, WeakToken: rehearsalWeakToken,
			Issuers: map[string]string{"completes": "Test", "fails": "DigiCert"}},
	}
}

func (r *rehearsal) perform(t *testing.T) (done rehearsed) {
	t.Helper()
	today, out := time.Now(), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(today)) // a bubble begins in 2000, when certificates of today are not valid yet
		v := vault.New(r.vault)
		handler := http.Handler(v)
		if r.line != nil {
			handler = r.line(v)
		}
		wire := newWire()
		server := &http.Server{Handler: handler}
		go func() { _ = server.Serve(wire) }()
		defer func() { _ = server.Close() }()

		o := r.run
		o.Out = out
		p, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		p.vault.client, err = target.New(target.Options{URL: o.Target, Token: target.StaticToken(o.Token),
			WeakToken: target.StaticToken(o.WeakToken), Rate: o.Rate, RequestTimeout: p.options.RequestTimeout, Dial: wire.dial})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		done.Outcome, err = p.Run(t.Context())
		done.took = time.Since(began)
		if err != nil {
			t.Fatal(err)
		}
		done.left = append(held(v, "certificates"), held(v, "deletedcertificates")...)
		for _, issuer := range held(v, "certificates/issuers") {
			if !strings.Contains(issuer, `/completes"`) && !strings.Contains(issuer, `/fails"`) {
				done.left = append(done.left, issuer)
			}
		}
	})
	ledgers, _ := filepath.Glob(filepath.Join(out, "*.ledger"))
	done.left = append(done.left, ledgers...)
	return done
}

// held lists what a vault holds under a collection: the ids as they stand in the answer.
func held(v http.Handler, collection string) []string {
	w := httptest.NewRecorder()
	q := httptest.NewRequest(http.MethodGet, "http://127.0.0.1/"+collection+"?api-version=2025-07-01&maxresults=25&includePending=true", nil)
	q.Header.Set("Authorization", "Bearer "+rehearsalToken)
	v.ServeHTTP(w, q)
	parts := strings.Split(w.Body.String(), `"id":`)
	return parts[1:]
}

// quiet fails the test unless the run has raised no alarm and left nothing behind. What is unreached is no alarm where an answer may have
// been lost.
func (r rehearsed) quiet(t *testing.T) {
	t.Helper()
	c := r.Report.Counts
	if r.Report.Exit != 0 || c.Fail+c.Warn+c.Error > 0 || len(r.Report.Problems) > 0 {
		t.Errorf("exit %d, %+v, problems %q", r.Report.Exit, c, r.Report.Problems)
		for _, a := range report.Accounts(r.Report) {
			if a.Text != "" || a.Rule.Verdict == oracle.Unreached {
				t.Errorf("%s: %s%s", a.Rule.ID, a.Text, a.Skipped)
			}
		}
	}
	if len(r.left) > 0 || len(r.Report.Left) > 0 {
		t.Errorf("left over: %.2000q, %v", r.left, r.Report.Left)
	}
}

// conforms fails the test unless, beside that, everything was reached.
func (r rehearsed) conforms(t *testing.T) {
	t.Helper()
	r.quiet(t)
	for _, one := range r.Report.Rules {
		if one.Verdict != oracle.Pass {
			t.Errorf("%s is %s: %s", one.ID, one.Verdict, one.Reason)
		}
	}
}

// rounds is how often a test repeats itself: a few times, or as the variable says; once under the race detector, which takes ten times as long.
func rounds(t *testing.T, few int) int {
	t.Helper()
	value := os.Getenv("REHEARSALS")
	if value == "" {
		if testing.Short() || raceDetector {
			return 1
		}
		return few
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("REHEARSALS: %v", err)
	}
	return n
}

// wire is a listener without a network.
type wire struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func newWire() *wire { return &wire{connections: make(chan net.Conn), closed: make(chan struct{})} }

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.connections:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

func (w *wire) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	var broken atomic.Bool
	select {
	case w.connections <- &end{Conn: far, broken: &broken}:
		return &end{Conn: near, broken: &broken}, nil
	case <-w.closed:
		return nil, syscall.ECONNREFUSED
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// end is an end of a connection that the far end can reset.
type end struct {
	net.Conn
	broken *atomic.Bool
}

func (e *end) reset() {
	e.broken.Store(true)
	_ = e.Close()
}

func (e *end) Read(p []byte) (int, error) {
	n, err := e.Conn.Read(p)
	if err != nil && e.broken.Load() {
		err = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return n, err
}

// TestRehearsalOfTheLiveService: 20 creates in 10 s, and issuers that take 1 to 30 s. The run takes as long as its creates do, with the end of
// the last of them, and no more than three minutes: it leaves out what others stand for, and reaches every rule all the same.
func TestRehearsalOfTheLiveService(t *testing.T) {
	const creates, per, slowest, longest = 20, 10 * time.Second, 30 * time.Second, 3 * time.Minute
	for range rounds(t, 1) {
		r := everything(oracle.Live)
		r.vault.Throttle = vault.Throttle{Creates: creates, Per: per}
		r.vault.IssuerDelays = func() time.Duration { return time.Second + rand.N(slowest-time.Second) }
		r.vault.Latency = func() time.Duration { return 20*time.Millisecond + rand.N(60*time.Millisecond) }
		done := r.perform(t)
		done.conforms(t)
		taken, throttled := 0, 0
		for _, e := range done.Trace.Exchanges {
			switch {
			case e.Response.Status == http.StatusTooManyRequests:
				throttled++
			case e.Request.Method == http.MethodPost && strings.Contains(e.Request.URL, "/create?"):
				taken++
			}
		}
		if least := time.Duration(taken/creates) * per; done.took > least+2*slowest || done.took > longest {
			t.Errorf("%d creates take %v at the least, the run took %v", taken, least, done.took)
		}
		if done.Report.LeftOut == 0 {
			t.Error("nothing was left out")
		}
		if throttled > taken/2 {
			t.Errorf("%d requests were throttled for %d creates that were taken", throttled, taken)
		}
		t.Logf("%d requests, %d creates, %d throttled, %v", len(done.Trace.Exchanges), taken, throttled, done.took)
	}
}

// unreliable resets the connection of every n-th request: before the vault has heard of it, once it took effect, or in the middle of the
// answer.
type unreliable struct {
	vault http.Handler
	every int64
	came  atomic.Int64
	reset atomic.Int64
}

func (u *unreliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if u.came.Add(1)%u.every != 0 {
		u.vault.ServeHTTP(w, r)
		return
	}
	how := u.reset.Add(1) % 3
	answer := httptest.NewRecorder()
	if how != 0 {
		u.vault.ServeHTTP(answer, r)
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	if how == 2 {
		raw, err := httputil.DumpResponse(answer.Result(), true)
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write(raw[:len(raw)-answer.Body.Len()/2])
	}
	conn.(*end).reset()
}

// TestConnectionResets: a line that breaks on every fortieth answer raises no alarm, and leaves nothing in the vault.
func TestConnectionResets(t *testing.T) {
	for i := range rounds(t, 5) {
		var line *unreliable
		r := everything([]oracle.Authority{oracle.Documented, oracle.Live}[i%2])
		r.vault.Latency = func() time.Duration { return time.Millisecond + rand.N(9*time.Millisecond) } // else nothing overlaps in a bubble
		r.line = func(v http.Handler) http.Handler {
			line = &unreliable{vault: v, every: 40}
			return line
		}
		done := r.perform(t)
		done.quiet(t)
		lost := 0
		for _, e := range done.Trace.Exchanges {
			if e.Response == nil {
				lost++
			}
		}
		t.Logf("%d requests recorded, %d came, %d resets, %d lost answers; %+v in %v", len(done.Trace.Exchanges), line.came.Load(), line.reset.Load(),
			lost, done.Report.Counts, done.took)
	}
}

// TestRandomDelays: whatever order the answers come in, everything is reached, and nothing is broken.
func TestRandomDelays(t *testing.T) {
	for i := range rounds(t, 2) {
		r := everything([]oracle.Authority{oracle.Documented, oracle.Live}[i%2])
		r.vault.Latency = func() time.Duration { return 1 + rand.N(300*time.Millisecond) }
		done := r.perform(t)
		done.conforms(t)
		t.Logf("%d requests in %v", len(done.Trace.Exchanges), done.took)
	}
}
