package suites

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// What can keep a run from getting to its end. Result.Aborted wraps one of them.
var (
	// ErrSilent: the target stopped answering.
	ErrSilent = errors.New("the target stopped answering")
	// ErrLedger: an object could not be written to the ledger, so it was not made.
	ErrLedger = errors.New("the ledger cannot be written")
	// ErrInterrupted: the caller's context ended.
	ErrInterrupted = errors.New("the run was interrupted")
)

// silence is how many requests in a row, over all drives, may go without any answer before the run gives up. A target that
// drops single answers is judged, not left; eight in a row were never seen of one that still works. Connections that are dropped
// together take with them what is on its way on all of them, so that requests which end within together without an answer, and were under
// way at the same time, count as one.
const (
	silence  = 8
	together = time.Second
)

// PanicError is a panic of a drive.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("the drive panicked: %v", e.Value) }

// run is the state of one call of Run.
type run struct {
	Options
	rec *exchange.Recorder
	// underWay holds one entry for each request that waits for its answer, creating one for each create among them, making one for
	// each other POST. A vault bounds creates above all: those that wait to be let in are not to keep merges from going at once.
	underWay, creating, making chan struct{}

	mu      sync.Mutex
	objects []*object // in the order in which they were registered
	byName  map[string]*object
	silent  int       // requests in a row without an answer
	since   time.Time // when the last of them had ended
	cut     bool      // a drive was stopped, or not begun, before its end
	soft    int       // objects that the vault did not let the run purge
	slow    bool      // the vault was seen to take its time over a deletion
	left    []Leftover
	// idle are the issuers that do not come to an end with what they are asked for, in lower case.
	idle map[string]bool
	// unclaimed are the profiles that cannot be judged because the vault took no issuer for them.
	unclaimed []Unclaimed
	// kept counts the places for creates that are held back until the vault is seen to be quick.
	kept int
	// spared counts the spare parts that were left out.
	spared int

	progress sync.Mutex
	ended    int
}

// object is a certificate or an issuer that the run made, or may have made.
type object struct {
	kind Kind
	name string
	// bad says that it is no name, made that some request may have made the object, pending that an operation may be in
	// progress, soft that the certificate was deleted and the vault may keep it for a while, kept that it has said so.
	bad, made, pending, soft, kept bool
}

// Run drives the scenarios against the target, removes what that made, and judges once what was recorded. It holds no
// state outside of the call: any number of runs may go on in one process. When ctx ends, the drives stop at their next
// request, all of them are waited for, and only then is anything cleaned up.
func Run(ctx context.Context, o Options) *Result {
	o = o.withDefaults()
	r := newRun(o)
	result := &Result{}
	result.Drives, result.Aborted = r.drive(ctx)
	if !o.Keep {
		r.tell(Progress{Phase: PhaseCleanUp})
		bound := o.CleanUp
		if bound == nil {
			bound = context.WithoutCancel(ctx)
		}
		r.cleanUp(bound)
	}
	r.tell(Progress{Phase: PhaseJudge})
	result.Left, result.SoftDeleted, result.Spared = r.left, r.soft, r.spared
	result.Profiles, result.Unclaimed = r.profiles()
	result.Trace = &exchange.Trace{Base: o.Target.Base(), Fresh: true, Exchanges: r.rec.Exchanges()}
	result.Denied = denied(result.Trace)
	result.Judgement = oracle.Judge(result.Trace, oracle.Options{Authority: o.Authority})
	return result
}

// newRun is a run before its first request.
func newRun(o Options) *run {
	r := &run{Options: o, rec: exchange.NewRecorder(o.Clock.Now), byName: map[string]*object{}}
	r.idle = map[string]bool{"unknown": true} // a manual operation is completed by nobody but the drive
	r.underWay = make(chan struct{}, o.requests())
	r.creating, r.making = make(chan struct{}, o.posts()), make(chan struct{}, o.posts())
	for range o.posts() - o.firstCreates() {
		r.creating <- struct{}{}
		r.kept++
	}
	return r
}

// drive sets up the issuers, drives all scenarios, at most Parallel at once, and returns when none is left.
func (r *run) drive(parent context.Context) ([]DriveResult, error) {
	ctx, abort := context.WithCancelCause(parent)
	defer abort(nil)
	r.provision(ctx, abort)
	results := make([]DriveResult, len(r.Scenarios))
	slots := make(chan struct{}, r.Parallel)
	var drives sync.WaitGroup
	for i, s := range r.Scenarios {
		results[i].Scenario = s.ID
		slots <- struct{}{}
		if ctx.Err() != nil {
			r.setCut()
			<-slots
			continue
		}
		drives.Go(func() {
			defer func() { <-slots }()
			results[i] = r.driveOne(ctx, abort, s)
		})
	}
	drives.Wait()
	if !r.cut {
		return results, nil
	}
	cause := context.Cause(ctx)
	if errors.Is(cause, ErrSilent) || errors.Is(cause, ErrLedger) {
		return results, cause
	}
	return results, fmt.Errorf("%w: %w", ErrInterrupted, cause)
}

func (r *run) driveOne(ctx context.Context, abort context.CancelCauseFunc, s Scenario) (result DriveResult) {
	result.Scenario, result.Started = s.ID, r.Clock.Now()
	r.tell(Progress{Phase: PhaseDrive, Scenario: s.ID})
	v := newVault(ctx, r, abort, s.ID)
	result.Failed = guard(func() { s.Drive(v) })
	if errors.Is(result.Failed, errStopped) {
		r.setCut()
		result.Failed = nil
	}
	result.Requests, result.Ended = int(v.sent.Load()), r.Clock.Now()
	r.tell(Progress{Phase: PhaseDrive, Scenario: s.ID, Done: true})
	return result
}

// errStopped is what a request of a drive panics with once the run is over: a drive then ends wherever it is, without a
// check after every line.
var errStopped = errors.New("the run is over")

// guard runs a drive and returns what it panicked with: errStopped, errSpared, or a *PanicError.
func guard(drive func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case error:
			if errors.Is(p, errStopped) || errors.Is(p, errSpared) {
				err = p
				return
			}
			if already, ok := errors.AsType[*PanicError](p); ok {
				err = already
				return
			}
			err = &PanicError{Value: p, Stack: debug.Stack()}
		default:
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	drive()
	return nil
}

// isIdle reports an issuer that was waited for in vain.
func (r *run) isIdle(issuer string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.idle[strings.ToLower(issuer)]
}

func (r *run) foundIdle(issuer string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle[strings.ToLower(issuer)] = true
}

func (r *run) leftOut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spared++
}

func (r *run) setCut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
}

// heard counts the requests in a row that got no answer, and reports whether there were too many of them.
func (r *run) heard(e exchange.Exchange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.Response != nil {
		r.silent = 0
		return nil
	}
	if e.Sent.Before(r.since) && e.Received.Sub(e.Sent) < together {
		return nil
	}
	r.silent, r.since = r.silent+1, e.Received
	if r.silent < silence {
		return nil
	}
	return fmt.Errorf("%w: %d requests in a row got no answer, the last one, %s %s: %s", ErrSilent, r.silent, e.Request.Method, e.Request.URL, e.Failure)
}

// The values of Progress.Phase.
const (
	PhaseDrive   = "drive"
	PhaseCleanUp = "clean up"
	PhaseJudge   = "judge"
)

// tell reports one step. Progress is called from one goroutine at a time.
func (r *run) tell(p Progress) {
	r.progress.Lock()
	defer r.progress.Unlock()
	if p.Done {
		r.ended++
	}
	if r.Progress == nil {
		return
	}
	p.Ended, p.Total, p.Requests = r.ended, len(r.Scenarios), r.rec.Len()
	r.Progress(p)
}

// withDefaults fills in what the caller left open, as the command line documents it.
func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	if o.Parallel < 1 {
		o.Parallel = 16
	}
	if o.NamePrefix == "" {
		o.NamePrefix = "kvc"
	}
	if o.APIVersion == "" {
		o.APIVersion = "2025-07-01"
	}
	if o.OperationTimeout <= 0 {
		o.OperationTimeout = 3 * time.Minute
	}
	if o.PollMax <= 0 {
		o.PollMax = 10 * time.Second
	}
	return o
}

// requests is how many requests may be under way at once. A scenario has dozens of parts, so many more than Parallel of them keep
// a distant vault's answers coming: with fewer, a run waits for its own queue and not for its longest scenario.
func (o Options) requests() int {
	if o.Parallel == 1 {
		return 1
	}
	return 16 * o.Parallel
}

// posts is how many of them may be creates, and how many imports and merges, which cost a vault something: a burst of so many is over well before
// a request times out, where a create takes less than a second.
func (o Options) posts() int {
	if o.Parallel == 1 {
		return 1
	}
	return 8 * o.Parallel
}

// firstCreates is how many creates are sent at once to a vault that nobody knows. Some make a key for each, one after the other, and take a
// second or more for it: a burst would keep every request waiting until it times out.
func (o Options) firstCreates() int { return o.Parallel }

// A create that is answered within quick makes room for quickMore more of them at once; after one that takes longer than slow, there is one
// less.
const (
	quick     = time.Second
	quickMore = 4
	slow      = 5 * time.Second
)

// keepsPlace reports that the place of this create is not for another one, because the vault is slow. After a quick answer there are more.
func (r *run) keepsPlace(e exchange.Exchange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch took := e.Received.Sub(e.Sent); {
	case e.Number == 0:
	case took <= quick:
		for range min(r.kept, quickMore) {
			r.kept--
			<-r.creating
		}
	case took > slow && cap(r.creating)-r.kept > r.firstCreates():
		r.kept++
		return true
	}
	return false
}

// SystemClock is the machine's own clock: that of a run or of a client that was given none.
type SystemClock struct{}

// Now is the machine's time.
func (SystemClock) Now() time.Time { return time.Now() }

// Wait returns after d, or with the cause of ctx when that ends first.
func (SystemClock) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
