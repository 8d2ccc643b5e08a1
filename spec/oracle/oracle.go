// Package oracle judges traces: every statement that kvconform makes about a vault is a rule in here, a pure function over
// recorded exchanges. The catalogue (rules.yaml) says what each rule means, the files of this package what breaks it.
package oracle

import (
	"github.com/kvconform/kvconform/spec/exchange"
)

// Authority is the yardstick where the documents and the live service are known to differ.
type Authority string

// The authorities.
const (
	Documented Authority = "documented"
	Live       Authority = "live"
)

// Level is how much a rule weighs.
type Level string

// The levels (RULINGS, Levels).
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
)

// Verdict is what a run says about a rule.
type Verdict string

// The verdicts of a rule.
const (
	Pass      Verdict = "pass"
	Fail      Verdict = "fail"
	Warn      Verdict = "warn"
	Unreached Verdict = "unreached"
	Unclaimed Verdict = "unclaimed"
	Error     Verdict = "error"
)

// Options say how a trace is judged.
type Options struct {
	// Authority is the yardstick; Documented where empty.
	Authority Authority
	// Lenient forgives what recorders are known to drop or to garble; what was forgiven is said (Judgement.Forgiven).
	Lenient bool
}

// Finding is one exchange that breaks a rule.
type Finding struct {
	// Trace is the name of the trace, Exchange the number of the exchange in it.
	Trace    string
	Exchange int
	// Related are the exchanges that explain the finding, oldest first: the history of the certificate's name.
	Related []int
	// Pointer is a JSON pointer into the answer, where the finding is about one place in it.
	Pointer string
	// Expected and Actual say what should have come and what came; Message is one sentence for a reader without context.
	Expected, Actual, Message string
}

// Forgiven is something that a lenient judgement let pass, and how often.
type Forgiven struct {
	Trace, Rule, Reason string
	Times               int
}

// Judge judges one trace: findings and exercise counts for each rule of the catalogue. It is safe for concurrent use.
func Judge(t *exchange.Trace, o Options) *Judgement { return judge(t, o) }
