package suites

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/spec/exchange"
)

// tokens are what the callers bring.
var tokens = map[exchange.Caller]string{exchange.Owner: "the-owner", exchange.Reader: "the-reader", exchange.Stranger: "anybody"}

// reference is the reference vault at the end of a line, without a network: a delay lies before it, and another one behind it.
func reference(o vault.Options, delay func() time.Duration, creates bounds) Target {
	v := vault.New(o)
	return inProcess{bounds: creates, tokens: tokens, handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay())
		v.ServeHTTP(w, r)
		time.Sleep(delay())
	})}
}

// setting is a run against the reference vault.
type setting struct {
	run   Options
	vault vault.Options
	// latency is how long each answer takes, or with random set, how long it takes at the most.
	latency time.Duration
	random  bool
	// bounded says that the target is known to bound its creates from the beginning.
	bounded bool
}

func (s *setting) delay() time.Duration {
	if s.random {
		return rand.N(s.latency / 2)
	}
	return s.latency / 2
}

// everything is a run of all scenarios that was given all that the profiles need.
func everything() *setting {
	return &setting{
		run: Options{RunID: "r1", Scenarios: All(), Issuer: "completes", FailingIssuer: "fails", Auth: true, Weak: true},
		vault: vault.Options{Issuers: map[string]string{"completes": "Test", "fails": "DigiCert"},
			Token: tokens[exchange.Owner], WeakToken: tokens[exchange.Reader]},
		latency: 50 * time.Millisecond,
	}
}

// drive runs it in a bubble, whose time stands still while anything is computed: so a run takes the time that it waits, and no more.
func (s *setting) drive(t *testing.T) (result *Result, ledger *inMemory, took time.Duration) {
	t.Helper()
	today := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(today)) // a bubble begins in 2000, when certificates of today are not valid yet
		ledger = &inMemory{}
		o := s.run
		creates := bounds{make(chan struct{})}
		if s.bounded {
			close(creates.creates)
		}
		o.Target, o.Ledger = reference(s.vault, s.delay, creates), ledger
		began := time.Now()
		result = Run(t.Context(), o)
		took = time.Since(began)
	})
	return result, ledger, took
}
