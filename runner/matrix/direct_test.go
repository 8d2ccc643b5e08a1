package matrix

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestDirectIsAsAServer: what a client gets without a connection is what a server of net/http sends it.
func TestDirectIsAsAServer(t *testing.T) {
	for name, write := range map[string]http.HandlerFunc{
		"as usual": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"host":"`+r.Host[:4]+`","path":"`+r.URL.EscapedPath()+`","query":"`+r.URL.RawQuery+`"}`)
		},
		"an echo":        func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) },
		"nothing at all": func(http.ResponseWriter, *http.Request) {},
		"untyped":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"of no type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "{}")
		},
		"a body of a 204": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			_, _ = io.WriteString(w, "{}")
		},
	} {
		t.Run(name, func(t *testing.T) {
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", "Sun, 01 Nov 2026 00:00:00 GMT")
				write(w, r)
			})
			server := httptest.NewServer(handler)
			defer server.Close()
			want := answered(t, http.DefaultTransport, server.URL)
			if have := answered(t, direct{handler}, server.URL); have != want {
				t.Errorf("direct: %s\nserver: %s", have, want)
			}
		})
	}
}

func answered(t *testing.T, transport http.RoundTripper, base string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/a%20b/c?d=e%2Ff", strings.NewReader("a body"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	_, _ = io.WriteString(&text, response.Status+" "+response.Proto+" "+string(body)+" ")
	_ = response.Header.Write(&text)
	return text.String()
}

// TestDirectIsNotHeldUp: a vault that hangs, or that crashes, gives no answer, and the run goes on.
func TestDirectIsNotHeldUp(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"it hangs":   func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done(); <-t.Context().Done() },
		"it crashes": func(http.ResponseWriter, *http.Request) { panic("of a fault") },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, end := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer end()
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://vault.localhost/", nil)
			if err != nil {
				t.Fatal(err)
			}
			if response, err := (direct{handler}).RoundTrip(r); err == nil {
				_ = response.Body.Close()
				t.Error("there was an answer")
			}
		})
	}
}
