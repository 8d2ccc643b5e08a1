package runner

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kvconform/kvconform/fixtures/vault"
)

// TestIPv6: a vault is named by an address of version 6, too, with TLS and a token.
func TestIPv6(t *testing.T) {
	const token = "a-token-that-nobody-may-see"
	server, err := vault.Start(vault.Options{Addr: "[::1]:0", TLS: true, Token: token, Prefix: "/some/prefix"})
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, server.CAPEM, 0o600); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(server.URL, "https://[::1]:") {
		t.Fatalf("it listens at %s", server.URL)
	}
	done, err := Run(t.Context(), Options{Target: server.URL, CAFile: ca, Token: token, Only: []string{"conflict", "create-manual"}, Out: t.TempDir()})
	if err != nil || done.Report.Exit != 0 || len(done.Report.Problems) > 0 {
		t.Fatalf("%v, exit %d, problems %q", err, done.Report.Exit, done.Report.Problems)
	}
}

// tunnel is a proxy that passes every connection on to one address, and notes what it was asked for.
type tunnel struct {
	to string
	mu sync.Mutex
	// asked are the hosts of its CONNECTs, heard is everything that it could read.
	asked []string
	heard strings.Builder
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	_ = r.Write(&p.heard)
	p.mu.Unlock()
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	far, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	near, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		defer func() { _ = far.Close() }()
		_, _ = io.Copy(far, io.MultiReader(io.LimitReader(buffered, int64(buffered.Reader.Buffered())), bufio.NewReader(near)))
	}()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}

// TestThroughAProxy: a vault on another machine is reached through the environment's proxy, which hears its name and nothing else.
func TestThroughAProxy(t *testing.T) {
	if testing.Short() {
		t.Skip("a process")
	}
	const token = "a-token-that-nobody-may-see"
	v := httptest.NewUnstartedServer(vault.New(vault.Options{Token: token}))
	v.EnableHTTP2 = true
	v.StartTLS() // its certificate is for *.example.com
	t.Cleanup(v.Close)
	proxy := &tunnel{to: v.Listener.Addr().String()}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	ca, out := filepath.Join(t.TempDir(), "ca.pem"), t.TempDir()
	if err := os.WriteFile(ca, pemOf(v.Certificate().Raw), 0o600); err != nil {
		t.Fatal(err)
	}
	c := command(built(t), "run", "--target", "https://v.example.com", "--ca-file", ca, "--out", out, "--only", "cancel.accepted", "--rate", "500")
	c.Env = append(c.Env, "KVCONFORM_TOKEN="+token, "HTTPS_PROXY="+server.URL, "HTTP_PROXY=http://127.0.0.1:1", "NO_PROXY=")
	shown, err := c.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(shown), "conforms (core)") {
		t.Errorf("%v\n%s", err, shown)
	}
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	for _, asked := range proxy.asked {
		if asked != "CONNECT v.example.com:443" {
			t.Errorf("the proxy was asked to %s", asked)
		}
	}
	if len(proxy.asked) == 0 || strings.Contains(proxy.heard.String(), token) {
		t.Errorf("the proxy was asked %d times, and heard %q", len(proxy.asked), proxy.heard.String())
	}
}
