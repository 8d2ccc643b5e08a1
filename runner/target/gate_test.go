package target_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

// TestThrottlingIsGivenUp: a target that throttles one kind of request without an end is waited for once, and not with every request.
func TestThrottlingIsGivenUp(t *testing.T) {
	busy := true
	url := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if busy && r.Method == http.MethodPost {
			w.Header().Set("Retry-After", "5")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	r := newRig(t, url)
	waited := func(method string) (attempts int, took time.Duration) {
		began, sent := r.clock.Now(), r.rec.Len()
		r.do(method, "/certificates/a/create")
		return r.rec.Len() - sent, r.clock.Now().Sub(began)
	}
	for i, want := range []int{6, 1, 1} {
		attempts, took := waited("POST")
		if attempts != want || took != time.Duration(want-1)*5*time.Second {
			t.Errorf("request %d: %d attempts in %v, want %d", i+1, attempts, took, want)
		}
	}
	if attempts, took := waited("GET"); attempts != 1 || took != 0 {
		t.Errorf("another kind: %d attempts in %v", attempts, took)
	}
	busy = false
	waited("POST")
	busy = true
	if attempts, _ := waited("POST"); attempts != 6 {
		t.Errorf("after it was busy no more: %d attempts", attempts)
	}
}

// TestASingleRequestWaits: a target that asks one request in forty to wait holds up that one.
func TestASingleRequestWaits(t *testing.T) {
	const each, all = 40, 400
	url := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n%each == 0 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	r := newRig(t, url)
	for range all {
		r.do("POST", "/certificates/a/create")
	}
	if want := slices.Repeat([]time.Duration{7 * time.Second}, all/(each-1)); !slices.Equal(r.clock.waits, want) {
		t.Errorf("waited %v, want %v", r.clock.waits, want)
	}
	select {
	case <-r.client.Bounded():
		t.Error("creates are taken for bounded")
	default:
	}
}

// TestBoundedCreates: where creates are asked to wait time and again, they are bounded; other requests that are, say nothing of creates.
func TestBoundedCreates(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n%3 != 0 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	r := newRig(t, url)
	bounded := func() bool {
		select {
		case <-r.client.Bounded():
			return true
		default:
			return false
		}
	}
	for range 10 {
		r.do("POST", "/certificates/a/pending/merge")
	}
	for i := range 4 {
		if bounded() {
			t.Errorf("creates are taken for bounded after %d of them", i)
		}
		r.do("POST", "/certificates/a/create")
	}
	r.do("POST", "/certificates/a/create")
	if !bounded() {
		t.Error("creates are not taken for bounded")
	}
}

// TestThrottlingHoldsForAll: what two requests in a row were told, the others of their kind wait for, too, and a few at a time go through then.
func TestThrottlingHoldsForAll(t *testing.T) {
	const all = 30
	url := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n <= 2 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	r := newRig(t, url)
	told := make(chan struct{})
	waits := 0
	r.clock.waited = func() {
		if waits++; waits == 2 { // nobody else waits
			close(told)
		}
	}
	var others sync.WaitGroup
	others.Go(func() {
		r.client.Do(t.Context(), r.rec, exchange.Draft{Request: exchange.Request{Method: "POST", URL: url + "/certificates/a/create"}})
	})
	<-told
	for range all {
		others.Go(func() {
			r.client.Do(t.Context(), r.rec, exchange.Draft{Request: exchange.Request{Method: "POST", URL: url + "/certificates/b/create"}})
		})
	}
	others.Wait()
	if got := r.rec.Len(); got != all+3 {
		t.Errorf("%d requests for %d, one of which was throttled twice", got, all+1)
	}
	if want := []time.Duration{7 * time.Second, 7 * time.Second}; !slices.Equal(r.clock.waits, want) {
		t.Errorf("waited %v, want %v", r.clock.waits, want)
	}
}
