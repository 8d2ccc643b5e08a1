package runner

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/oracle"
)

// met is what came of a run of the built command against a hostile target.
type met struct {
	exit   int
	shown  string
	took   time.Duration
	memory int64 // the most that it held, in bytes
	out    string
	record *report.Report
}

// most is what a run may hold in memory, whatever it is sent.
const most = 200 << 20

func meet(t *testing.T, binary, url string, arguments ...string) met {
	t.Helper()
	m := met{out: t.TempDir()}
	c := command(binary, append([]string{"run", "--target", url, "--out", m.out, "--request-timeout", "5s", "--operation-timeout", "2s"}, arguments...)...)
	c.Env = append(c.Env, "KVCONFORM_TOKEN=a-token-that-nobody-may-see")
	var shown bytes.Buffer
	c.Stdout, c.Stderr = &shown, &shown
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan error, 1)
	go func() { over <- c.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case err := <-over:
			if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
				t.Fatal(err)
			}
			running = false
		case <-tick.C:
			m.memory = max(m.memory, peak(c.Process.Pid))
		}
	}
	m.exit, m.shown, m.took = c.ProcessState.ExitCode(), shown.String(), time.Since(began)
	var err error
	if m.record, err = report.Read(filepath.Join(m.out, report.JSONFile)); err != nil {
		t.Fatalf("%v\n%s", err, m.shown)
	}
	if m.memory > most {
		t.Errorf("it held %d MB", m.memory>>20)
	}
	m.expectSafe(t)
	return m
}

// peak is the most memory that a process has held so far, in bytes; 0 where the system does not say. (What the system says of a process that
// has ended, counts what its parent held, too.)
func peak(pid int) int64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kilobytes int64
	_, _ = fmt.Sscan(after, &kilobytes)
	return kilobytes << 10
}

// markup is what a browser acts upon; in Markdown a backslash before it takes that away.
var markup = regexp.MustCompile(`(?i)(^|[^\\])<(script|img|svg|iframe|a )[^>]*(alert|evil)`)

// expectSafe holds that nothing of what the target sent acts on whoever reads of it, and that no report knows the token.
func (m met) expectSafe(t *testing.T) {
	t.Helper()
	texts := map[string]string{"the terminal": m.shown}
	for _, name := range []string{"junit.xml", "summary.md", "report.html", "report.json", "traffic.har"} {
		text, err := os.ReadFile(filepath.Join(m.out, name))
		if err != nil {
			if os.IsNotExist(err) {
				continue // nothing was sent
			}
			t.Fatal(err)
		}
		texts[name] = string(text)
	}
	for name, text := range texts {
		record := name == "report.json" || name == "traffic.har" // which keep what was sent, as JSON
		if strings.ContainsAny(text, "\x1b\a\b") || !record && strings.Contains(text, "\u009b") {
			t.Errorf("%s holds what acts on a terminal", name)
		}
		if !record && name != "the terminal" && markup.MatchString(text) {
			t.Errorf("%s holds markup: %s", name, markup.FindString(text))
		}
		if name == "the terminal" || name == "summary.md" {
			for line := range strings.Lines(text) {
				if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.HasPrefix(line, "# evil") {
					t.Errorf("%s: the target has written the line %q", name, line)
				}
			}
		}
		if strings.Contains(text, "a-token-that-nobody-may-see") {
			t.Errorf("%s holds the token", name)
		}
	}
	if text, ok := texts["junit.xml"]; ok {
		for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("junit.xml: %v", err)
				break
			}
		}
	}
}

// spoken listens, reads a request from each connection, and leaves the rest to answer.
func spoken(t *testing.T, read bool, answer func(conn *net.TCPConn)) string {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.AcceptTCP()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if read {
					r, err := http.ReadRequest(bufio.NewReader(conn))
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, r.Body)
				}
				answer(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// endless writes a text until nobody reads it.
func endless(conn net.Conn, text string) {
	for text = strings.Repeat(text, 1+4096/len(text)); ; {
		if _, err := io.WriteString(conn, text); err != nil {
			return
		}
	}
}

func drop(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

func zipped(data []byte) string {
	var b strings.Builder
	w := gzip.NewWriter(&b)
	_, _ = w.Write(data) // into memory
	_ = w.Close()
	return b.String()
}

// TestHostileTargets: whatever a target does on the line, the run comes to its end soon, and says in a few words what is wrong.
func TestHostileTargets(t *testing.T) {
	if testing.Short() {
		t.Skip("some 20 processes")
	}
	binary := built(t)
	resets := "it ends connections without an answer"
	bomb := zipped(make([]byte, 64<<20)) // a thousandth of that
	deep := head + "Connection: close\r\n\r\n" + strings.Repeat(`{"a":[`, 5000) + strings.Repeat("]}", 5000)
	for name, c := range map[string]struct {
		early  bool // before a request was read
		answer func(conn *net.TCPConn)
		exit   int
		shows  string
	}{
		"a body without an end": {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, head+"\r\n"); endless(conn, `{"a":1} `) }, 1,
			"the body is longer than "},
		"headers without an end": {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, head); endless(conn, "X-Evil: 1\r\n") }, 3,
			"the answer's headers are longer than 262144 bytes"},
		"a header without an end": {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, head+"X: "); endless(conn, "x") }, 3,
			"the answer's headers are longer than 262144 bytes"},
		"informational answers without an end": {false, func(conn *net.TCPConn) { endless(conn, "HTTP/1.1 100 Continue\r\n\r\n") }, 3, "kvconform"},
		"a byte a second": {false, func(conn *net.TCPConn) {
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for _, letter := range []byte(head) {
				if _, err := conn.Write([]byte{letter}); err != nil {
					return
				}
				<-tick.C
			}
		}, 3, "nothing came within 5s"},
		"a gzip bomb": {false, func(conn *net.TCPConn) {
			_, _ = io.WriteString(conn, head+"Connection: close\r\nContent-Encoding: gzip\r\n\r\n"+bomb)
		}, 1, "the body is longer than "},
		"deep JSON":                  {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, deep) }, 1, "protocol"},
		"a reset at once":            {true, drop, 3, resets},
		"a reset after the request":  {false, drop, 3, resets},
		"a reset in the status line": {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, "HTTP/1.1 2"); drop(conn) }, 3, "kvconform"},
		"a reset in the headers":     {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, head); drop(conn) }, 3, "kvconform"},
		"a reset after the headers":  {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, head+"Content-Length: 9\r\n\r\n"); drop(conn) }, 3, "kvconform"},
		"a reset in the body":        {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, head+"Content-Length: 9\r\n\r\n{}"); drop(conn) }, 3, "kvconform"},
		"an end in the body":         {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, head+"Content-Length: 9\r\n\r\n{}") }, 1, "protocol"},
		"a length that is a lie":     {false, func(conn *net.TCPConn) { _, _ = io.WriteString(conn, head+"Content-Length: 99999999999999\r\n\r\n{}") }, 1, "protocol"},
		"two lengths": {false, func(conn *net.TCPConn) {
			_, _ = io.WriteString(conn, head+"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}")
		}, 3, "kvconform"},
		"an answer to nobody's request": {true, func(conn *net.TCPConn) {
			_, _ = io.WriteString(conn, "\x1b]0;evil\x07\r\n::error::evil\r\n\r\n")
			endless(conn, "\x1b[2J")
		}, 3, "kvconform"},
	} {
		t.Run(name, func(t *testing.T) {
			m := meet(t, binary, spoken(t, !c.early, c.answer), "--only", "create-manual", "--only", "protocol")
			if m.exit != c.exit || !strings.Contains(m.shown, c.shows) {
				t.Errorf("exit %d, want %d and %q\n%s", m.exit, c.exit, c.shows, m.shown)
			}
			if m.took > 20*time.Second {
				t.Errorf("it took %v", m.took)
			}
			if m.exit == 3 && len(m.record.Problems) != 1 || m.record.Counts.Fail > 12 {
				t.Errorf("problems %q, %d rules fail", m.record.Problems, m.record.Counts.Fail)
			}
			t.Logf("exit %d, %d fail, %v, %d MB, problems %q", m.exit, m.record.Counts.Fail, m.took.Round(time.Millisecond), m.memory>>20, m.record.Problems)
		})
	}
}

// TestRedirects: where a target sends its callers is recorded, and nobody goes there, least of all with a token.
func TestRedirects(t *testing.T) {
	var came atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { came.Add(1) }))
	t.Cleanup(elsewhere.Close)
	binary := built(t)
	for name, to := range map[string]func(r *http.Request) string{
		"to itself":   func(r *http.Request) string { return r.URL.String() },
		"elsewhere":   func(r *http.Request) string { return elsewhere.URL + r.URL.String() },
		"no URL":      func(*http.Request) string { return "\x7f://\x1b[31m" },
		"a longer it": func(r *http.Request) string { return r.URL.Path + "/x" },
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", to(r))
				w.WriteHeader(http.StatusTemporaryRedirect)
			}))
			t.Cleanup(server.Close)
			m := meet(t, binary, server.URL, "--only", "create-manual", "--only", "protocol")
			if name == "no URL" { // nor a header
				if m.exit != 3 || len(m.record.Problems) != 1 {
					t.Errorf("exit %d, problems %q", m.exit, m.record.Problems)
				}
			} else if m.exit != 1 || !strings.Contains(m.shown, "307") || m.record.Counts.Fail > 12 {
				t.Errorf("exit %d, %d rules fail\n%s", m.exit, m.record.Counts.Fail, m.shown)
			}
			if came.Load() != 0 {
				t.Errorf("%d requests went elsewhere", came.Load())
			}
		})
	}
}

// evil is a text that acts on a terminal, a browser, a Markdown reader, an XML parser or a CI job, wherever it gets there as it is.
const evil = "\x1b[2J\x1b]0;evil\x07\u009b31m</td><script>alert(1)</script><img src=x onerror=alert(1)>]]>|`**evil**`##[error]evil\r\n# evil\r\n::error::evil\u202e\u2028\x00"

// TestEvilTexts: a vault that conforms but for what it writes into its texts.
func TestEvilTexts(t *testing.T) {
	binary := built(t)
	quoted, err := jsonString(evil)
	if err != nil {
		t.Fatal(err)
	}
	for name, member := range map[string]string{"a status": "status", "a message": "message", "a code": "code", "an id": "id", "a request_id": "request_id",
		"a CSR": "csr", "an issuer": "name", "details": "status_details"} {
		t.Run(name, func(t *testing.T) {
			member := regexp.MustCompile(`"` + member + `":"[^"]*"`)
			v := vault.New(vault.Options{})
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := httptest.NewRecorder()
				v.ServeHTTP(answer, r)
				body := member.ReplaceAllStringFunc(answer.Body.String(), func(was string) string {
					name, _, _ := strings.Cut(was, ":")
					return name + ":" + quoted
				})
				for name, values := range answer.Header() {
					w.Header()[name] = values
				}
				w.Header().Set("X-Evil", "<script>alert(1)</script>")
				w.WriteHeader(answer.Code)
				_, _ = io.WriteString(w, body)
			}))
			t.Cleanup(server.Close)
			m := meet(t, binary, server.URL, "--only", "create-manual", "--only", "conflict")
			if m.exit == 3 || m.took > 20*time.Second {
				t.Errorf("exit %d after %v\n%s", m.exit, m.took, m.shown)
			}
			t.Logf("exit %d, %d fail, %v", m.exit, m.record.Counts.Fail, m.took.Round(time.Millisecond))
		})
	}
}

// TestACertificateThatChanges: a target that shows another certificate in the middle of the run is not the one that the user named.
func TestACertificateThatChanges(t *testing.T) {
	first, second := certificate(t), certificate(t)
	var handshakes atomic.Int64
	server := httptest.NewUnstartedServer(vault.New(vault.Options{Token: "a-token-that-nobody-may-see"}))
	server.Config.SetKeepAlivesEnabled(false)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = changing(first, second, &handshakes, 40)
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, first.pem, 0o600); err != nil {
		t.Fatal(err)
	}
	m := meet(t, built(t), server.URL, "--ca-file", ca, "--only", "create-manual")
	if m.exit != 3 || !strings.Contains(m.shown, "TLS: x509") || m.took > 20*time.Second {
		t.Errorf("exit %d after %v\n%s", m.exit, m.took, m.shown)
	}
	if m.record.Counts.Fail > 0 || len(m.record.Problems) != 1 {
		t.Errorf("%d fail, problems %q", m.record.Counts.Fail, m.record.Problems)
	}
	if len(m.record.Left) == 0 {
		t.Error("nobody is told what is left in the vault")
	}
}

// identity is a certificate of its own authority.
type identity struct {
	tls.Certificate
	pem []byte
}

func certificate(t *testing.T) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return identity{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pemOf(der)}
}

func pemOf(der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}) }

// changing shows one certificate for so many handshakes, and then the other.
func changing(first, second identity, handshakes *atomic.Int64, after int64) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		shown := first.Certificate
		if handshakes.Add(1) > after {
			shown = second.Certificate
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{shown}}, nil
	}}
}

func jsonString(text string) (string, error) {
	quoted, err := json.Marshal(text)
	return string(quoted), err
}

// TestAbsurdTimes: what a target says of times is believed within bounds.
func TestAbsurdTimes(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *rehearsal)
		most   time.Duration
		broken []string // the rules that may say so
	}{
		"polls in a hundred years": {func(r *rehearsal) { r.vault.RetryAfter = new(3_155_760_000) }, 3 * time.Minute, nil},
		"throttled for a hundred years": {func(r *rehearsal) {
			var came atomic.Int64
			r.line = func(v http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					if came.Add(1)%100 == 0 {
						w.Header().Set("Retry-After", "Fri, 01 Mar 2126 12:00:00 GMT")
						w.WriteHeader(http.StatusTooManyRequests)
						return
					}
					v.ServeHTTP(w, q)
				})
			}
		}, 10 * time.Minute, nil},
		"dated 1970": {func(r *rehearsal) {
			r.line = func(v http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { v.ServeHTTP(dated{w}, q) })
			}
		}, time.Minute, []string{"get-certificate.created-updated", "get-certificate.created-time", "poll-completed.validity"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := everything(oracle.Documented)
			r.run.Only = []string{"conflict", "poll-completed", "get-certificate"}
			r.vault.Latency = func() time.Duration { return 1 + mathrand.N(10*time.Millisecond) }
			c.change(r)
			done := r.perform(t)
			for _, one := range done.Report.Rules {
				if (one.Verdict == oracle.Fail || one.Verdict == oracle.Warn) && !slices.Contains(c.broken, one.ID) {
					t.Errorf("%s is %s: %+v", one.ID, one.Verdict, one.Findings[0])
				}
			}
			if len(done.left) > 0 || len(done.Report.Problems) > 0 || done.Report.Counts.Error > 0 || done.Report.Counts.Pass == 0 {
				t.Errorf("problems %q, %+v, left %q", done.Report.Problems, done.Report.Counts, done.left)
			}
			if done.took > c.most {
				t.Errorf("it took %v", done.took)
			}
			t.Logf("%v, %+v", done.took, done.Report.Counts)
		})
	}
}

// dated has every answer of the year 1970.
type dated struct{ http.ResponseWriter }

func (d dated) WriteHeader(status int) {
	d.Header().Set("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
	d.ResponseWriter.WriteHeader(status)
}
