package target_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kvconform/kvconform/runner/target"
)

// discard keeps the servers' complaints about handshakes out of the output.
var discard = log.New(io.Discard, "", 0)

// TestProbeLetsPass: what answers at all is judged, however it answers.
func TestProbeLetsPass(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"404":  func(w http.ResponseWriter, _ *http.Request) { http.NotFound(w, nil) },
		"HTML": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"{}":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") },
		"500":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"400":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(400) },
		"301":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(301) },
		"429":  func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "9"); w.WriteHeader(429) },
		"short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = io.WriteString(w, "{}")
		},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			r := newRig(t, serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				asked = append(asked, r.Method+" "+r.RequestURI)
				handler(w, r)
			})+"/base", token(secret))
			if err := r.client.Probe(context.Background(), "7.6"); err != nil {
				t.Errorf("got %v", err)
			}
			if len(asked) != 1 || !strings.HasPrefix(asked[0], "GET /base/certificates/kvconform-probe-") ||
				!strings.HasSuffix(asked[0], "/pending?api-version=7.6") || len(r.clock.waits) > 0 {
				t.Errorf("asked %q, waited %v", asked, r.clock.waits)
			}
		})
	}
}

func TestProbeUnreachable(t *testing.T) {
	server, ca := overTLS(t, func(http.ResponseWriter, *http.Request) {})
	address := server.Listener.Addr().String()
	plain := serve(t, func(http.ResponseWriter, *http.Request, int) {})
	closed := closedPort(t)
	none := func(*target.Options) {}
	tests := []struct {
		name, url string
		change    func(*target.Options)
		want      string // with its beginning and end
	}{
		{"refused", closed, none, "connection refused by " + strings.TrimPrefix(closed, "http://") +
			"|is the target running, and is that its port?"},
		{"no such name", "http://kvconform.invalid", none,
			"the name kvconform.invalid does not resolve (|look at the host of --target; --connect-to HOST:PORT dials another address"},
		{"not trusted", server.URL, none,
			"TLS: x509: certificate signed by unknown authority|" +
				"the target's certificate is not trusted; give its CA by --ca-file F, or use --insecure"},
		{"for another name", "https://v.test", func(o *target.Options) { o.ConnectTo, o.CAFile = address, ca },
			"TLS: x509: certificate is valid for example.com, *.example.com, not v.test|" +
				"with --connect-to HOST:PORT where that resolves elsewhere, or --insecure"},
		{"https to http", strings.Replace(plain, "http:", "https:", 1), none, "the target speaks plain HTTP, not TLS|use http:// in its URL"},
		{"http to https", "http://" + address, none, "the target speaks TLS, not plain HTTP|use https:// in its URL"},
		{"http to a bare TLS server", raw(t, func(c *net.TCPConn, _ int) { say(c, "\x15\x03\x01\x00\x02\x02\x46") }), none,
			"the target speaks TLS, not plain HTTP|use https:// in its URL"},
		{"no HTTP", listen(t, func(c *net.TCPConn, _ int) { say(c, "SSH-2.0-OpenSSH_9.6\r\n\r\n"); silent(c) }), none,
			`|is this an HTTP server? Look at the port of --target`},
		{"silence", raw(t, func(c *net.TCPConn, _ int) { silent(c) }), timeout(200 * time.Millisecond),
			"nothing came within 200ms|a slow one may need a longer --request-timeout"},
		{"silence in the handshake", strings.Replace(listen(t, func(c *net.TCPConn, _ int) { silent(c) }), "http:", "https:", 1),
			timeout(200 * time.Millisecond),
			"no connection within 200ms|look at the host and port of --target, and for a firewall on the way"},
		{"resets", raw(t, func(c *net.TCPConn, _ int) { reset(c) }), none,
			"connection reset|look at the port and the scheme (http or https) of --target"},
		{"closes", listen(t, func(*net.TCPConn, int) {}), none, "connection |look at the port and the scheme (http or https) of --target"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := newRig(t, test.url, test.change).client.Probe(context.Background(), "7.6")
			begin, end, _ := strings.Cut(test.want, "|")
			if _, ok := errors.AsType[*target.UnreachableError](err); !ok || !strings.HasPrefix(err.Error(), begin) ||
				!strings.HasSuffix(err.Error(), end) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %T: %v\nwant %s", err, err, test.want)
			}
		})
	}
}

func TestProbeNotAdmitted(t *testing.T) {
	answers := func(status int, body string) string {
		return serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	missing := filepath.Join(t.TempDir(), "token")
	const permissions = ": the permission certificates/get is missing; " +
		"a run takes get, list, create, import, update, delete and, to clean up, purge"
	tests := []struct {
		name   string
		url    string
		change func(*target.Options)
		want   string
	}{
		{"no token", answers(401, ""), func(*target.Options) {},
			"401, a token is wanted: give one by KVCONFORM_TOKEN, --token-file or --token-command"},
		{"a refused token", answers(401, secret), token(secret),
			"401, the token is refused: it has expired, or it is for another vault or tenant"},
		{"no token file", answers(200, ""), func(o *target.Options) { o.Token = target.FileToken(missing) }, "no token: open " + missing +
			": no such file or directory"},
		{"no permission", answers(403, `{"error":{"code":"Forbidden","innererror":{"code":"AccessDenied"}}}`), token(secret),
			"403 AccessDenied" + permissions},
		{"a firewall", answers(403, `{"error":{"code":"Forbidden","innererror":{"code":"ForbiddenByFirewall"}}}`), token(secret),
			"403 ForbiddenByFirewall: the vault's network rules keep this machine out; admit its address"},
		{"a code that is none", answers(403, `{"error":{"code":"a\u001b[31m"}}`), token(secret),
			"403" + permissions},
		{"no envelope", answers(403, `<html>`), token(secret),
			"403" + permissions},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := newRig(t, test.url, test.change).client.Probe(context.Background(), "7.6")
			_, unauthorized := errors.AsType[*target.UnauthorizedError](err)
			_, forbidden := errors.AsType[*target.ForbiddenError](err)
			if err == nil || err.Error() != test.want || unauthorized == strings.HasPrefix(test.want, "403") ||
				forbidden != strings.HasPrefix(test.want, "403") {
				t.Errorf("got %T: %v\nwant %s", err, err, test.want)
			}
		})
	}
}

func TestProbeInterrupted(t *testing.T) {
	over := errors.New("over")
	ctx, end := context.WithCancelCause(context.Background())
	r := newRig(t, raw(t, func(c *net.TCPConn, _ int) { end(over); silent(c) }))
	for range 2 { // in the request, then before it
		err := r.client.Probe(ctx, "7.6")
		if _, ok := errors.AsType[*target.UnreachableError](err); ok || !errors.Is(err, over) {
			t.Errorf("got %T: %v", err, err)
		}
	}
}
