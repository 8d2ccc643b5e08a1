// Package gate decides what a run comes to: the verdict of the run, and the exit code that a script sees.
package gate

import (
	"slices"
	"time"

	"github.com/kvconform/kvconform/spec/oracle"
)

// Verdict is what a run says about its target.
type Verdict string

// The verdicts of a run.
const (
	// Conforms: every rule that was to be judged was reached, and no MUST is broken.
	Conforms Verdict = "conforms"
	// Deviates: a MUST is broken.
	Deviates Verdict = "deviates"
	// Incomplete: nothing is broken, but not everything that was to be judged was reached.
	Incomplete Verdict = "incomplete"
	// Aborted: the run could not get to its end, or kvconform itself is at fault.
	Aborted Verdict = "aborted"
)

// The exit codes of the command. Where several hold, the first one of 2, 3, 1, 5, 4, 0 counts.
const (
	ExitConforms   = 0
	ExitDeviates   = 1
	ExitUsage      = 2
	ExitAborted    = 3
	ExitIncomplete = 4
	ExitStale      = 5
)

// Profiles are what a target can be judged on, in the order in which they are shown.
var Profiles = []string{oracle.Core, oracle.Auth, oracle.Issuer, oracle.FailingIssuer}

// Options say what the gate asks for.
type Options struct {
	// Strict says that a broken SHOULD deviates, too.
	Strict bool
	// Claimed are the profiles that the target is judged on, Require those of which the run must have judged something.
	Claimed, Require []string
	// Traffic says that recorded traffic was judged: what it does not show is unreached and does not make it incomplete.
	Traffic bool
	// Aborted says that the run could not get to its end.
	Aborted bool
	// Baseline are the deviations that are known; nil for none.
	Baseline *Baseline
	// Now tells which entries of the baseline have expired.
	Now time.Time
}

// Decision is what a run comes to.
type Decision struct {
	Verdict Verdict
	// Exit is the exit code.
	Exit int
	// Judged are the profiles that the verdict covers, Unclaimed those that the target was not said to have, and Idle those
	// that it was said to have, but of which no rule spoke.
	Judged, Unclaimed, Idle []string
	// Missing are the required profiles that were not judged.
	Missing []string
	// Broken are the rules that deviate, Unreached those that make the run incomplete, Known those of both that the baseline
	// expects, each in the order of the catalogue.
	Broken, Unreached, Known []string
	// Stale are the entries of the baseline that are to be mended.
	Stale []Stale
}

// Decide says what the outcomes come to.
func Decide(outcomes []oracle.Outcome, o Options) Decision {
	d := profiles(outcomes, o)
	aborted, spoke, fresh, open := o.Aborted, false, false, len(d.Missing) > 0
	for _, outcome := range outcomes {
		id := outcome.Rule.ID
		spoke = spoke || outcome.Exercised > 0
		switch {
		case outcome.Verdict == oracle.Error:
			aborted = true
		case broken(outcome, o.Strict):
			d.Broken = append(d.Broken, id)
			fresh = d.known(o.Baseline.covers(outcome), id) || fresh
		case outcome.Verdict == oracle.Unreached && outcome.Level == oracle.Must && !outcome.Rule.Chance && !o.Traffic:
			d.Unreached = append(d.Unreached, id)
			open = d.known(o.Baseline.covers(outcome), id) || open
		}
	}
	open = open || !spoke
	if !aborted {
		d.Stale = o.Baseline.stale(outcomes, o.Now)
	}
	switch {
	case aborted:
		d.Verdict, d.Exit = Aborted, ExitAborted
	case len(d.Broken) > 0:
		d.Verdict = Deviates
	case open || len(d.Unreached) > 0:
		d.Verdict = Incomplete
	default:
		d.Verdict = Conforms
	}
	switch {
	case aborted:
	case fresh:
		d.Exit = ExitDeviates
	case len(d.Stale) > 0:
		d.Exit = ExitStale
	case open:
		d.Exit = ExitIncomplete
	}
	return d
}

// known notes a rule that the baseline covers, and reports whether it is news.
func (d *Decision) known(covered bool, rule string) (news bool) {
	if covered {
		d.Known = append(d.Known, rule)
	}
	return !covered
}

// broken reports whether the outcome makes the run deviate.
func broken(o oracle.Outcome, strict bool) bool {
	return o.Verdict == oracle.Fail || strict && o.Verdict == oracle.Warn
}

// profiles says which profiles the verdict covers: those that are claimed, and of which a rule spoke. A profile without rules
// of its own says what the rules of core are judged with: it is covered where they are.
func profiles(outcomes []oracle.Outcome, o Options) Decision {
	spoke, own := map[string]bool{}, map[string]bool{}
	for _, outcome := range outcomes {
		if outcome.Exercised > 0 {
			spoke[ProfileOf(outcome.Rule)] = true
		}
	}
	for _, r := range oracle.Rules() {
		own[ProfileOf(r)] = true
	}
	var d Decision
	for _, p := range Profiles {
		claimed := p == oracle.Core || slices.Contains(o.Claimed, p)
		switch {
		case claimed && (spoke[p] || !own[p] && spoke[oracle.Core] && !o.Traffic):
			d.Judged = append(d.Judged, p)
		case claimed && !o.Traffic:
			d.Idle = append(d.Idle, p)
		default:
			d.Unclaimed = append(d.Unclaimed, p)
		}
		if slices.Contains(o.Require, p) && !slices.Contains(d.Judged, p) {
			d.Missing = append(d.Missing, p)
		}
	}
	return d
}

// ProfileOf is the profile that a rule belongs to.
func ProfileOf(r *oracle.Rule) string {
	if r.Profile == "" {
		return oracle.Core
	}
	return r.Profile
}
