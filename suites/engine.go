package suites

import (
	"context"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// Target is the vault as the suites see it. runner/target implements it.
type Target interface {
	// Base is the vault's base URL with its path prefix, without a trailing slash.
	Base() string
	// Do sends the request, waits out throttling and resends where that is safe, and records every attempt. It returns the
	// last one, which may have no response. It honours ctx.
	Do(ctx context.Context, rec *exchange.Recorder, d exchange.Draft) exchange.Exchange
	// Bounded is closed once the target is seen to bound its creates: it lets some through and asks the rest to wait, time and again.
	Bounded() <-chan struct{}
}

// Ledger remembers what a run made, so that it can be removed, by this run or by a later one. runner/ledger implements it.
type Ledger interface {
	// Add notes an object before the request that makes it is sent. An error stops the run: what cannot be remembered is
	// not made.
	Add(kind Kind, name string) error
	// Remove notes that an object is gone.
	Remove(kind Kind, name string) error
}

// Kind is the kind of an object in the ledger.
type Kind string

// The kinds of objects that a run makes.
const (
	Certificate Kind = "certificate"
	Issuer      Kind = "issuer"
)

// Clock tells the time and waits. Tests inject their own.
type Clock interface {
	Now() time.Time
	// Wait returns after d, or earlier with ctx's error.
	Wait(ctx context.Context, d time.Duration) error
}

// Options say what is run and how.
type Options struct {
	Target Target
	Ledger Ledger
	Clock  Clock
	// RunID and NamePrefix make the names: <prefix>-<run id>-<scenario>-<n>.
	RunID, NamePrefix string
	APIVersion        string
	Authority         oracle.Authority
	// Scenarios are driven, at most Parallel at once.
	Scenarios []Scenario
	Parallel  int
	// Issuer names an issuer that completes its operations, FailingIssuer one whose operations fail; empty where the user named none.
	Issuer, FailingIssuer string
	// ProvisionIssuers has the run register both itself, under names of its own, and remove them afterwards.
	ProvisionIssuers bool
	// Auth says that the target asks for a token and the run has one, Weak that it has the second, weaker one, too.
	Auth, Weak bool
	// FullPolicy sends complete policies instead of the documents' minimal ones.
	FullPolicy bool
	// Brief leaves out from the start what is left out where the target bounds its creates; see Result.Spared.
	Brief bool
	// Keep leaves the run's objects in the vault.
	Keep bool
	// CleanUp, where set, bounds the clean-up, which the end of the run's own context does not.
	CleanUp context.Context
	// OperationTimeout bounds one operation's way to its end, PollMax one wait between two polls.
	OperationTimeout, PollMax time.Duration
	// Progress, where set, is told of every step; it is called from one goroutine at a time.
	Progress func(Progress)
}

// Progress is one step of a run.
type Progress struct {
	// Scenario is the scenario that began or ended.
	Scenario string
	Done     bool
	// Ended and Total count scenarios, Requests the requests sent so far.
	Ended, Total, Requests int
	// Phase is "drive", "clean up" or "judge".
	Phase string
}

// Result is what came of a run.
type Result struct {
	Trace     *exchange.Trace
	Judgement *oracle.Judgement
	Drives    []DriveResult
	// Profiles are those that the run judged, core first, Unclaimed those that it did not.
	Profiles  []string
	Unclaimed []Unclaimed
	// Left are the objects that could not be removed, each with the reason.
	Left []Leftover
	// SoftDeleted counts the objects that were deleted but that the vault does not let the run purge: it removes them itself
	// once their retention is over, so they are said once and are no leftovers (RULINGS R37).
	SoftDeleted int
	// Spared counts the parts of scenarios that were left out, because the target bounds its creates or the run is brief: they show again,
	// with another policy, body or issuer, what others have shown.
	Spared int
	// Denied are the requests that the caller had no permission for, one for each kind of request. They are the run's
	// problem, never the target's (RULINGS R30).
	Denied []Denied
	// Aborted says why the run did not get to its end; nil where it did. It is one of ErrSilent, ErrLedger and
	// ErrInterrupted, with the particulars. The trace so far is judged all the same.
	Aborted error
}

// Denied is a kind of request that was refused for want of a permission.
type Denied struct {
	// Method and Path are the kind of request, such as POST and /certificates/{name}/create.
	Method, Path string
	// Code is the inner error's code, Exchange the first exchange of this kind.
	Code     string
	Exchange int
}

// DriveResult is what driving one scenario took.
type DriveResult struct {
	Scenario       string
	Started, Ended time.Time
	Requests       int
	// Failed is a fault of the drive itself (a *PanicError): the suite's fault, never the target's.
	Failed error
}

// Leftover is an object that could not be removed.
type Leftover struct {
	Kind   Kind
	Name   string
	Reason string
}
