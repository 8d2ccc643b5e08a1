package target_test

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/runner/target"
)

func TestNewErrors(t *testing.T) {
	with := func(change func(*target.Options)) target.Options {
		o := target.Options{URL: "https://v.test"}
		change(&o)
		return o
	}
	noPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noPEM, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		o    target.Options
		want string
	}{
		{"no URL", target.Options{}, "begin with https:// or http://"},
		{"no scheme", target.Options{URL: "v.test"}, "begin with https:// or http://"},
		{"a port, no scheme", target.Options{URL: "localhost:8443"}, "begin with https:// or http://"},
		{"an address, no scheme", target.Options{URL: "127.0.0.1:8443/x"}, "begin with https:// or http://"},
		{"another scheme", target.Options{URL: "ftp://v.test"}, "begin with https:// or http://"},
		{"no host", target.Options{URL: "https:///path"}, "has no host"},
		{"only a port", target.Options{URL: "https://:8443"}, "has no host"},
		{"a query", target.Options{URL: "https://v.test/?api-version=7.6"}, "has a query or a fragment"},
		{"an empty query", target.Options{URL: "https://v.test/?"}, "has a query or a fragment"},
		{"a fragment", target.Options{URL: "https://v.test/#a"}, "has a query or a fragment"},
		{"a user", target.Options{URL: "https://me:pw@v.test/"}, "names a user"},
		{"a port that is none", target.Options{URL: "https://v.test:99999"}, `has the port "99999"`},
		{"an empty port", target.Options{URL: "https://v.test:"}, `has the port ""`},
		{"no URL at all", target.Options{URL: "https://me:pw@v.test:x/"}, "the target's URL: invalid port"},
		{"a token over http", with(func(o *target.Options) { o.URL, o.Token = "http://v.test", target.StaticToken("t") }),
			"a token is not sent to v.test over plain http"},
		{"the weak token over http", with(func(o *target.Options) { o.URL, o.WeakToken = "http://10.0.0.1:80", target.StaticToken("t") }),
			"a token is not sent to 10.0.0.1 over plain http"},
		{"a token over http from a local name to elsewhere", with(func(o *target.Options) {
			o.URL, o.ConnectTo, o.Token = "http://localhost", "10.0.0.1:80", target.StaticToken("t")
		}), "a token is not sent to 10.0.0.1 over plain http"},
		{"nowhere to connect to", with(func(o *target.Options) { o.ConnectTo = "127.0.0.1" }), "no HOST:PORT"},
		{"no host to connect to", with(func(o *target.Options) { o.ConnectTo = ":80" }), "no HOST:PORT"},
		{"no port to connect to", with(func(o *target.Options) { o.ConnectTo = "::1:http" }), "no HOST:PORT"},
		{"no CA file", with(func(o *target.Options) { o.CAFile = "/does/not/exist" }), "the CA file: open /does/not/exist"},
		{"a CA file without a certificate", with(func(o *target.Options) { o.CAFile = noPEM }), "holds no certificate in PEM"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := target.New(test.o)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "pw") {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestNew(t *testing.T) {
	for url, test := range map[string]struct {
		base     string
		loopback bool
	}{
		"https://v.test":                 {"https://v.test", false},
		"HTTPS://v.test/":                {"https://v.test", false},
		"https://v.test:8443/a/b//":      {"https://v.test:8443/a/b", false},
		"https://v.test/a%2Fb/":          {"https://v.test/a%2Fb", false},
		"http://127.0.0.1:80":            {"http://127.0.0.1:80", true},
		"http://127.1.2.3":               {"http://127.1.2.3", true},
		"http://[::1]:80/x":              {"http://[::1]:80/x", true},
		"http://[::ffff:127.0.0.1]":      {"http://[::ffff:127.0.0.1]", true},
		"http://localhost":               {"http://localhost", true},
		"http://my-vault.LOCALHOST.:1/":  {"http://my-vault.LOCALHOST.:1", true},
		"https://localhost.example.test": {"https://localhost.example.test", false},
	} {
		o := target.Options{URL: url}
		if test.loopback {
			o.Token = target.StaticToken("t") // may go over plain http
		}
		c, err := target.New(o)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if c.Base() != test.base || o.Loopback() != test.loopback {
			t.Errorf("%s: base %s, loopback %v", url, c.Base(), o.Loopback())
		}
	}
	o := target.Options{URL: "http://v.test", ConnectTo: "[::1]:8080", Token: target.StaticToken("t")}
	if _, err := target.New(o); err != nil || !o.Loopback() {
		t.Errorf("a name of this machine: %v, loopback %v", err, o.Loopback())
	}
	o = target.Options{URL: "https://localhost", ConnectTo: "v.test:443"}
	if o.Loopback() {
		t.Error("another machine counts as this one")
	}
}

// overTLS starts a server that speaks HTTP/2, and returns the file of its CA. Its certificate is for example.com and
// 127.0.0.1.
func overTLS(t *testing.T, handler http.HandlerFunc) (server *httptest.Server, ca string) {
	t.Helper()
	server = httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = discard
	server.StartTLS()
	t.Cleanup(server.Close)
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return server, ca
}

// TestConnectTo dials another address than the URL's, for which the URL's host stays what the target hears.
func TestConnectTo(t *testing.T) {
	var host, name string
	server, ca := overTLS(t, func(_ http.ResponseWriter, r *http.Request) { host, name = r.Host, r.TLS.ServerName })
	r := newRig(t, "https://example.com:8443/x", token(secret),
		func(o *target.Options) { o.ConnectTo, o.CAFile = server.Listener.Addr().String(), ca })
	e := r.do("GET", "/")
	if e.Response == nil || e.Response.Proto != "HTTP/2.0" || host != "example.com:8443" || name != "example.com" {
		t.Errorf("host %q, server name %q: %+v %+v", host, name, e, e.Response)
	}
}

func TestTrust(t *testing.T) {
	server, ca := overTLS(t, func(http.ResponseWriter, *http.Request) {})
	for name, test := range map[string]struct {
		change func(*target.Options)
		want   string
	}{
		"system roots": {func(*target.Options) {}, "TLS: x509: certificate signed by unknown authority"},
		"the CA":       {func(o *target.Options) { o.CAFile = ca }, "200"},
		"insecure":     {func(o *target.Options) { o.Insecure = true }, "200"},
		"another name": {func(o *target.Options) {
			o.CAFile, o.URL, o.ConnectTo = ca, "https://v.test", server.Listener.Addr().String()
		}, "TLS: x509: certificate is valid for example.com, *.example.com, not v.test"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, server.URL, test.change)
			r.do("POST", "/")
			if got := strings.Join(r.attempts(), " | "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestLocalNames: a name under localhost is this machine, whatever the resolver knows.
func TestLocalNames(t *testing.T) {
	var host string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) { host = r.Host })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, "http://my-vault.localhost:"+port, token(secret))
	if e := r.do("GET", "/"); e.Response == nil || host != "my-vault.localhost:"+port {
		t.Errorf("host %q: %+v", host, e)
	}
}

// TestProxy: the environment's proxy is for other machines.
func TestProxy(t *testing.T) {
	r := newRig(t, "https://v.test")
	r.do("GET", "/")
	for _, got := range r.attempts() {
		if !strings.HasPrefix(got, "proxyconnect: ") {
			t.Errorf("the proxy was not asked: %q", got)
		}
	}
	if got := r.attempts(); len(got) != 3 {
		t.Errorf("attempts %q", got)
	}
}
