package target_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kvconform/kvconform/runner/target"
	"github.com/kvconform/kvconform/spec/exchange"
)

// authority counts how often it is asked for a token.
type authority struct{ asked atomic.Int64 }

func (a *authority) Token(context.Context) (string, error) {
	a.asked.Add(1)
	return secret, nil
}

// TestChallenge: a token is fetched for a host only once its challenge has named what covers the host, and what the token is for.
func TestChallenge(t *testing.T) {
	const vault = `Bearer authorization="https://login.example/tenant", resource="https://example.com"`
	tests := []struct {
		name   string
		status int
		header []string
		url    string // https://v.example.com where empty
		scope  string // https://example.com/.default where empty
		want   string // part of the error; empty where the token is fetched
	}{
		{name: "a resource", status: 401, header: []string{vault}},
		{name: "a scope", status: 401, header: []string{`Bearer authorization="https://login.example/t", scope="https://example.com/.default"`}},
		{name: "without commas and quotes", status: 401, header: []string{`bearer  authorization=https://login.example/t  RESOURCE=https://EXAMPLE.com`}},
		{name: "behind another scheme", status: 401, header: []string{`PoP nonce="a"`, vault}},
		{name: "the host itself", status: 401, header: []string{vault}, url: "https://example.com/prefix"},
		{name: "a port is no matter", status: 401, header: []string{vault}, url: "https://v.example.com:8443"},
		{name: "of another host", status: 401, header: []string{`Bearer resource="https://vault.azure.net"`}, scope: "https://vault.azure.net/.default",
			want: `the target's challenge is for "https://vault.azure.net", which v.example.com does not belong to`},
		{name: "of a host that ends alike", status: 401, header: []string{`Bearer resource="https://ample.com"`}, scope: "https://ample.com/.default",
			want: "which v.example.com does not belong to"},
		{name: "of all hosts", status: 401, header: []string{`Bearer resource="https://com"`}, scope: "https://com/.default", want: "does not belong to"},
		{name: "for another token than is fetched", status: 401, header: []string{vault}, scope: "https://vault.azure.net/.default",
			want: `--scope for "https://vault.azure.net/.default"; --scope https://example.com/.default would fit`},
		{name: "over plain http", status: 401, header: []string{`Bearer resource="http://example.com"`}, want: "does not belong to"},
		{name: "two resources", status: 401, header: []string{vault + `, resource="https://vault.azure.net"`}, want: "names no resource and no scope"},
		{name: "no parameters", status: 401, header: []string{"Bearer"}, want: "names no resource and no scope"},
		{name: "a quote without an end", status: 401, header: []string{`Bearer resource="https://example.com`}, want: "names no resource and no scope"},
		{name: "no challenge", status: 401, want: "names no resource and no scope"},
		{name: "no token is wanted", status: 404, want: "without one the target answers 404"},
		{name: "what acts on a terminal", status: 401, header: []string{"Bearer resource=\"https://a\u009b31m.example\""}, want: `\u009b31m`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, ca := overTLS(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "Bearer "+secret {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.Header()["Www-Authenticate"] = test.header
				w.WriteHeader(test.status)
			})
			var source authority
			url, scope := "https://v.example.com", "https://example.com/.default"
			if test.url != "" {
				url = test.url
			}
			if test.scope != "" {
				scope = test.scope
			}
			r := newRig(t, url, func(o *target.Options) {
				o.CAFile, o.Token, o.Scope = ca, &source, scope
				o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
				}
			})
			if e := r.do("GET", "/"); e.Response != nil || source.asked.Load() != 0 {
				t.Fatalf("before the challenge was read: %+v, asked %d times", e, source.asked.Load())
			}
			err := r.client.Probe(t.Context(), "7.6")
			if test.want == "" {
				if e := r.do("GET", "/"); err != nil || source.asked.Load() != 2 || e.Response == nil || e.Response.Status != 404 {
					t.Errorf("%v, asked %d times, %+v", err, source.asked.Load(), e)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\u009b") || source.asked.Load() != 0 {
				t.Errorf("got %v, asked %d times, want %q", err, source.asked.Load(), test.want)
			}
			if e := r.do("GET", "/"); e.Response != nil || source.asked.Load() != 0 {
				t.Errorf("and still: %+v", e)
			}
		})
	}
}

// TestChallengeOnThisMachine: for what listens on this machine the user answers, whatever its challenge says. Another token than the fetched
// one needs none in any case.
func TestChallengeOnThisMachine(t *testing.T) {
	var source authority
	url := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	r := newRig(t, url, func(o *target.Options) {
		o.Token, o.WeakToken, o.Scope = &source, target.StaticToken("weak"), "https://vault.azure.net/.default"
	})
	if e := r.do("GET", "/", func(d *exchange.Draft) { d.Caller = exchange.Reader }); e.Response == nil {
		t.Errorf("the reader: %+v", e)
	}
	if err := r.client.Probe(t.Context(), "7.6"); err != nil || source.asked.Load() != 1 {
		t.Errorf("%v, asked %d times", err, source.asked.Load())
	}
}

// TestChallengeOfABusyTarget: what stands in the way of the challenge is said as it is of any probe.
func TestChallengeOfABusyTarget(t *testing.T) {
	var source authority
	busy := true
	server, ca := overTLS(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case busy:
			busy = false
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusTooManyRequests)
		case r.Header.Get("Authorization") == "":
			w.Header().Set("WWW-Authenticate", `Bearer resource="https://example.com"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	options := func(o *target.Options) {
		o.CAFile, o.Token, o.Scope = ca, &source, "https://example.com/.default"
		o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}
	}
	r := newRig(t, "https://v.example.com", options)
	if err := r.client.Probe(t.Context(), "7.6"); err != nil || len(r.clock.waits) != 1 || source.asked.Load() != 1 {
		t.Errorf("%v, waited %v, asked %d times", err, r.clock.waits, source.asked.Load())
	}
	r = newRig(t, "https://v.example.com", options, func(o *target.Options) { o.CAFile = "" })
	if err := r.client.Probe(t.Context(), "7.6"); err == nil || !strings.Contains(err.Error(), "--ca-file F") {
		t.Errorf("%v", err)
	}
}
