package suites

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kvconform/kvconform/fixtures/policy"
	"github.com/kvconform/kvconform/spec/exchange"
)

// barrier answers nobody before n requests are inside. A run that sends one after the other never gets an answer.
func barrier(n int) http.HandlerFunc {
	var inside sync.WaitGroup
	inside.Add(n)
	return func(w http.ResponseWriter, r *http.Request) {
		inside.Done()
		inside.Wait()
		notFound(w, r)
	}
}

func TestScenariosAreDrivenTogether(t *testing.T) {
	const n = 16
	var scenarios []Scenario
	for i := range n {
		scenarios = append(scenarios, drive(fmt.Sprint("s", i), func(v *Vault) { v.GetPending(v.Unused()) }))
	}
	o, _ := options(barrier(n), scenarios...)
	r := Run(t.Context(), o)
	if r.Aborted != nil || len(r.Trace.Exchanges) != n {
		t.Errorf("aborted %v after %d exchanges", r.Aborted, len(r.Trace.Exchanges))
	}
}

func TestPartsOfADriveGoTogether(t *testing.T) {
	poll := func(v *Vault) { v.GetPending(v.Unused()) }
	o, _ := options(barrier(4), drive("s", func(v *Vault) {
		v.Together(poll, poll, func(v *Vault) { v.Together(poll, poll) })
	}))
	r := Run(t.Context(), o)
	if r.Drives[0].Requests != 4 {
		t.Errorf("requests: %d", r.Drives[0].Requests)
	}
}

func TestParallelOneSendsOneRequestAfterTheOther(t *testing.T) {
	inside, most := 0, 0
	var mu sync.Mutex
	o, _ := options(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		inside++
		most = max(most, inside)
		mu.Unlock()
		notFound(w, r)
		mu.Lock()
		inside--
		mu.Unlock()
	})
	o.Scenarios, o.Parallel = All(), 1
	first, second := Run(t.Context(), o), Run(t.Context(), o)
	if most != 1 {
		t.Errorf("%d requests at once", most)
	}
	expectAll(t, "two runs of one vault", sent(first), sent(second))
}

// Names do not depend on who was faster.
func TestNamesAreThoseOfTheRunBefore(t *testing.T) {
	names := func() []string {
		o, ledger := options(notFound, All()...)
		Run(t.Context(), o)
		slices.Sort(ledger.ever)
		return ledger.ever
	}
	first := names()
	expectAll(t, "names", names(), first)
	for _, name := range slices.Compact(slices.Clone(first)) {
		if !strings.HasPrefix(name, "kvc-r1-") || len(name) > longestName && !strings.HasSuffix(name, "xxx") {
			t.Errorf("name %q", name)
		}
	}
	if len(slices.Compact(slices.Clone(first))) != len(first) {
		t.Error("a name was given out twice")
	}
}

func TestAnInterruptedRunDrainsAndThenCleansUp(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	begun := make(chan struct{}, 2)
	handler := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/create") {
			begun <- struct{}{}
			<-r.Context().Done() // the answer is lost
			return
		}
		answer(200, `{}`)(w, r)
	}
	create := func(v *Vault) {
		v.Create(v.NewName(), policy.Manual())
		v.GetPending("never reached")
	}
	o, ledger := options(handler, drive("a", create), drive("b", create), drive("c", create))
	o.Parallel = 2 // c is not begun
	go func() {
		<-begun
		<-begun
		interrupt()
	}()
	r := Run(ctx, o)
	if !errors.Is(r.Aborted, ErrInterrupted) || !errors.Is(r.Aborted, context.Canceled) {
		t.Errorf("aborted: %v", r.Aborted)
	}
	if len(ledger.ever) != 2 || len(ledger.names) != 0 || len(r.Left) != 0 {
		t.Errorf("made %q, kept %q, left %v", ledger.ever, ledger.names, r.Left)
	}
	last := 0
	for i, e := range r.Trace.Exchanges {
		if e.Drive != "cleanup" {
			last = i
		}
	}
	if last != 1 {
		t.Errorf("a drive's request among those of the clean-up: %q", sent(r))
	}
	expectAll(t, "clean-up of an operation that may be in progress", slices.Sorted(slices.Values(sent(r, "cleanup"))), []string{
		"DELETE /certificates/kvc-r1-a-1", "DELETE /certificates/kvc-r1-a-1/pending",
		"DELETE /certificates/kvc-r1-b-1", "DELETE /certificates/kvc-r1-b-1/pending",
	})
	if !r.Drives[2].Started.IsZero() {
		t.Error("a drive began after the interrupt")
	}
}

func TestARunThatEndsInTimeIsNotInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	o, _ := options(notFound, drive("a", func(v *Vault) {
		v.GetPending(v.Unused())
		interrupt() // too late: there is no further request
	}))
	if r := Run(ctx, o); r.Aborted != nil {
		t.Errorf("aborted: %v", r.Aborted)
	}
}

func TestAPanicIsTheDrivesFault(t *testing.T) {
	for name, faulty := range map[string]func(v *Vault){
		"in the drive": func(v *Vault) { v.NewName(); panic("index out of range") },
		"in a part":    func(v *Vault) { v.Together(func(*Vault) { panic("index out of range") }) },
		"an error":     func(*Vault) { panic(errors.New("index out of range")) },
	} {
		o, ledger := options(notFound, drive("faulty", faulty), drive("good", func(v *Vault) { v.Create(v.NewName(), policy.Manual()) }))
		r := Run(t.Context(), o)
		fault, ok := errors.AsType[*PanicError](r.Drives[0].Failed)
		if !ok || !strings.Contains(fault.Error(), "index out of range") || len(fault.Stack) == 0 {
			t.Errorf("%s: failed: %v", name, r.Drives[0].Failed)
		}
		if r.Drives[1].Failed != nil || r.Drives[1].Requests != 1 || r.Aborted != nil || len(ledger.names) != 0 {
			t.Errorf("%s: the other drive suffered: %+v", name, r)
		}
	}
}

func TestManyRunsAtOnce(t *testing.T) {
	var runs sync.WaitGroup
	for i := range 20 {
		runs.Go(func() {
			o, ledger := options(notFound, All()...)
			o.RunID = fmt.Sprint("r", i)
			r := Run(t.Context(), o)
			if r.Aborted != nil || len(ledger.names) != 0 {
				t.Errorf("run %d: aborted %v, kept %q", i, r.Aborted, ledger.names)
			}
			for _, e := range r.Trace.Exchanges {
				if strings.Contains(e.Request.URL, "kvc-") && !strings.Contains(e.Request.URL, "kvc-"+o.RunID+"-") {
					t.Errorf("run %d sent %s", i, e.Request.URL)
				}
			}
		})
	}
	runs.Wait()
}

func TestADeadTargetIsLeft(t *testing.T) {
	o, ledger := options(nil, All()...)
	o.Target = dead{}
	r := Run(t.Context(), o)
	if !errors.Is(r.Aborted, ErrSilent) || !strings.Contains(r.Aborted.Error(), "connection refused") {
		t.Errorf("aborted: %v", r.Aborted)
	}
	// What was under way when the run gave up adds to the requests that made it give up.
	if n := len(r.Trace.Exchanges); n > 300 {
		t.Errorf("%d requests to a dead target", n)
	}
	if len(ledger.names) == 0 || len(r.Left) != len(ledger.names) {
		t.Errorf("%d names in the ledger, %d left over", len(ledger.names), len(r.Left))
	}
}

// some answers every nth request only.
type some struct {
	bounds
	mu   sync.Mutex
	n, i int
}

func (*some) Base() string { return "http://vault.test" }

func (s *some) Do(_ context.Context, rec *exchange.Recorder, d exchange.Draft) exchange.Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.i++
	if s.i%s.n != 0 {
		return rec.Finish(rec.Begin(d, 1), nil, "connection reset")
	}
	return rec.Finish(rec.Begin(d, 1), &exchange.Response{Status: 404}, "")
}

func TestATargetThatDropsAnswersIsNotDead(t *testing.T) {
	o, _ := options(nil, drive("a", func(v *Vault) {
		for range 50 {
			v.GetPending(v.Unused())
		}
	}))
	o.Target = &some{n: silence}
	if r := Run(t.Context(), o); r.Aborted != nil || len(r.Trace.Exchanges) != 50 {
		t.Errorf("aborted: %v after %d requests", r.Aborted, len(r.Trace.Exchanges))
	}
}

// TestConnectionsThatAreDroppedTogether: a vault that drops all its connections at once is not dead.
func TestConnectionsThatAreDroppedTogether(t *testing.T) {
	at := time.Now()
	end := func(sent, received time.Duration, response *exchange.Response) exchange.Exchange {
		return exchange.Exchange{Sent: at.Add(sent), Received: at.Add(received), Response: response, Failure: "connection reset"}
	}
	for name, c := range map[string]struct {
		apart, took time.Duration
		dead        bool
	}{
		"all at once":           {0, 10 * time.Millisecond, false},
		"one after the other":   {20 * time.Millisecond, 10 * time.Millisecond, true},
		"all time out together": {0, 30 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := &run{}
			var err error
			sent := time.Duration(0)
			for range silence {
				err = r.heard(end(sent, sent+c.took, nil))
				sent += c.apart
			}
			if errors.Is(err, ErrSilent) != c.dead {
				t.Errorf("%v", err)
			}
			if err := r.heard(end(time.Hour, time.Hour, &exchange.Response{})); err != nil || r.silent != 0 {
				t.Errorf("an answer came: %v, %d", err, r.silent)
			}
		})
	}
}

func TestWhatTheLedgerCannotHoldIsNotMade(t *testing.T) {
	o, ledger := options(notFound, drive("a", func(v *Vault) {
		v.Create(v.NewName(), policy.Manual())
		v.Create(v.NewName(), policy.Manual())
		v.Create(v.NewName(), policy.Manual())
	}))
	ledger.full = 1
	r := Run(t.Context(), o)
	if !errors.Is(r.Aborted, ErrLedger) || !strings.Contains(r.Aborted.Error(), "no space left") {
		t.Errorf("aborted: %v", r.Aborted)
	}
	expectAll(t, "requests", sent(r, "a"), []string{"POST /certificates/kvc-r1-a-1/create"})
	if len(ledger.names) != 0 {
		t.Errorf("kept %q", ledger.names)
	}
}

func TestProgressIsToldInOrder(t *testing.T) {
	var phases []string
	o, _ := options(notFound, drive("a", func(v *Vault) { v.GetPending(v.Unused()) }))
	o.Progress = func(p Progress) {
		phases = append(phases, fmt.Sprintf("%s %s %v %d/%d %d", p.Phase, p.Scenario, p.Done, p.Ended, p.Total, p.Requests))
	}
	Run(t.Context(), o)
	expectAll(t, "progress", phases, []string{"drive a false 0/1 0", "drive a true 1/1 1", "clean up  false 1/1 1", "judge  false 1/1 1"})
}

// TestASlowVaultIsAskedForFewAtOnce: creates come in a burst only to a vault that is quick with them, and as long as it is.
func TestASlowVaultIsAskedForFewAtOnce(t *testing.T) {
	o := Options{}.withDefaults()
	for name, c := range map[string]struct {
		takes func(n int) time.Duration // the n-th create
		most  func(last int) bool       // whether so many may be under way at once in the end
	}{
		"slow":       {func(int) time.Duration { return 2 * time.Second }, func(n int) bool { return n == o.firstCreates() }},
		"quick":      {func(int) time.Duration { return 50 * time.Millisecond }, func(n int) bool { return n == o.posts() }},
		"slow later": {func(n int) time.Duration { return time.Duration(min(n/200, 1)*6000+10) * time.Millisecond }, func(n int) bool { return n < o.posts() }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				came, underWay, most := 0, 0, 0
				handler := func(w http.ResponseWriter, r *http.Request) {
					if !strings.HasSuffix(r.URL.Path, "/create") {
						notFound(w, r)
						return
					}
					mu.Lock()
					n := came
					came++
					if underWay++; n > 400 {
						most = max(most, underWay)
					}
					mu.Unlock()
					time.Sleep(c.takes(n))
					mu.Lock()
					underWay--
					mu.Unlock()
					notFound(w, r)
				}
				o, _ := options(handler, drive("a", func(v *Vault) {
					v.Together(slices.Repeat([]func(v *Vault){func(v *Vault) { v.Create(v.NewName(), policy.Manual()) }}, 500)...)
				}))
				o.Clock = SystemClock{}
				Run(t.Context(), o)
				if !c.most(most) {
					t.Errorf("%d creates at once in the end", most)
				}
			})
		})
	}
}
