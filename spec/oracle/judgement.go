package oracle

import (
	"fmt"
	"slices"
)

// Judgement is what the rules said of one trace, or of several that were added up.
type Judgement struct {
	// Authority is the yardstick that was used.
	Authority Authority
	// Judged counts the answers that the rules looked at.
	Judged int
	// Recorded says that what was judged is, at least in part, somebody else's recording.
	Recorded bool
	// Forgiven lists what a lenient judgement let pass.
	Forgiven []Forgiven
	// Invalid are our own requests that are invalid though they were meant to be valid: kvconform's fault, never the target's.
	Invalid []Finding
	rules   map[string]*record
	// most is how many findings of a rule are kept; 0 means all of them.
	most int
}

// record is what one rule said.
type record struct {
	exercised int
	findings  []Finding
	more      int    // findings that were counted and not kept
	failure   string // why the rule could not judge: its own fault
}

// Outcome is the verdict on one rule.
type Outcome struct {
	Rule      *Rule
	Level     Level
	Verdict   Verdict
	Exercised int
	Findings  []Finding
	// More counts the findings that a bounded sum did not keep.
	More int
	// Reason says for unreached what stood in the way, for unclaimed which profile was not given, for error what failed.
	Reason string
	// Behind is the rule at the root of an unreached one, where one is known: mend that first.
	Behind string
}

func newJudgement(a Authority) *Judgement {
	j := &Judgement{Authority: a, rules: map[string]*record{}}
	for _, r := range Rules() {
		j.rules[r.ID] = &record{}
	}
	return j
}

// NewJudgement returns a judgement of nothing, to add others to.
func NewJudgement(a Authority) *Judgement { return newJudgement(a) }

// NewSum returns a judgement of nothing, to add any number of others to: it keeps the first most findings of each rule and counts the
// rest. What was forgiven, and what was invalid, it leaves to those who add.
func NewSum(a Authority, most int) *Judgement {
	j := newJudgement(a)
	j.most = most
	return j
}

// Add merges what other said into j. The order of findings follows the order of the calls.
func (j *Judgement) Add(other *Judgement) {
	j.Judged += other.Judged
	j.Recorded = j.Recorded || other.Recorded
	if j.most == 0 {
		j.Forgiven = append(j.Forgiven, other.Forgiven...)
		j.Invalid = append(j.Invalid, other.Invalid...)
	}
	for id, theirs := range other.rules {
		ours := j.rules[id]
		ours.exercised += theirs.exercised
		kept := theirs.findings
		if j.most > 0 {
			kept = kept[:min(len(kept), j.most-len(ours.findings))]
		}
		ours.findings = append(ours.findings, kept...)
		ours.more += theirs.more + len(theirs.findings) - len(kept)
		if ours.failure == "" {
			ours.failure = theirs.failure
		}
	}
}

// The profiles. Core is the one that every target is judged on. SecondToken is no profile of its own: among the claims it says that
// the second, weaker token was given as well.
const (
	Core          = "core"
	Issuer        = "issuer"
	FailingIssuer = "failing-issuer"
	Auth          = "auth"
	SecondToken   = "second-token"
)

// Outcomes returns the verdict on each rule of the catalogue, in its order, for a target that claims the given profiles
// (core always belongs; SecondToken where it was given). selected says which rules are judged at all, nil all of them; the others are left
// out, and so are those that do not speak under this authority or of this traffic.
func (j *Judgement) Outcomes(profiles []string, selected func(*Rule) bool) []Outcome {
	var all []Outcome
	for _, r := range Rules() {
		if selected != nil && !selected(r) || r.Only != "" && r.Only != j.Authority || r.Recorded && !j.Recorded {
			continue
		}
		o := Outcome{Rule: r, Level: r.LevelUnder(j.Authority), Exercised: j.rules[r.ID].exercised, Findings: j.rules[r.ID].findings,
			More: j.rules[r.ID].more}
		o.Verdict = j.verdict(r)
		if o.Verdict == Unreached {
			if missing := r.unclaimed(profiles); missing != "" {
				o.Verdict, o.Reason = Unclaimed, missing
			}
		}
		switch o.Verdict {
		case Error:
			o.Reason = j.rules[r.ID].failure
		case Unreached:
			o.Behind = j.root(r, map[string]bool{})
			o.Reason = r.When + ": that never happened"
			if o.Behind != "" {
				o.Reason += fmt.Sprintf("; behind %s", o.Behind)
			}
		}
		all = append(all, o)
	}
	return all
}

// unclaimed says what the rule needs and was not claimed; empty where nothing is missing.
func (r *Rule) unclaimed(profiles []string) string {
	switch {
	case r.Profile != "" && !slices.Contains(profiles, r.Profile):
		return "the profile " + r.Profile + " was not claimed"
	case r.SecondToken && !slices.Contains(profiles, SecondToken):
		return "the second, weaker token was not given"
	}
	return ""
}

// verdict is the verdict on a rule, whatever was claimed.
func (j *Judgement) verdict(r *Rule) Verdict {
	rec := j.rules[r.ID]
	switch {
	case rec.failure != "":
		return Error
	case len(rec.findings) > 0 && r.LevelUnder(j.Authority) == Must:
		return Fail
	case len(rec.findings) > 0:
		return Warn
	case rec.exercised > 0:
		return Pass
	}
	return Unreached
}

// root finds the broken rule that an unreached one waits behind, through any that wait themselves; empty where none is broken.
func (j *Judgement) root(r *Rule, seen map[string]bool) string {
	if seen[r.ID] {
		return ""
	}
	seen[r.ID] = true
	for _, id := range r.Needs {
		need := ByID(id)
		switch j.verdict(need) {
		case Fail, Warn:
			return id
		case Unreached:
			if root := j.root(need, seen); root != "" {
				return root
			}
		}
	}
	// What comes right after it is broken in every answer: then none tells of this one.
	for _, next := range Rules() {
		if next.Scenario == r.Scenario && len(next.Needs) > 0 && next.Needs[0] == r.ID && j.verdict(next) == Fail {
			return next.ID
		}
	}
	return ""
}
