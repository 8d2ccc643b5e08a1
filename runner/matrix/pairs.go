package matrix

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// pairs is how many pairs of faults are drawn.
const pairs = 50

// draw draws pairs of faults of one vault: two defects must not hide each other. Those are drawn from that were caught alone, and by rules
// that differ.
func draw(rows []Row, seed uint64) []Row {
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // the pairs are to be drawn again, not to be guessed
	var caught []Row
	for _, r := range rows {
		if r.Kind == Fault && r.Authority == oracle.Documented && len(r.Failed) > 0 {
			caught = append(caught, r)
		}
	}
	var drawn []Row
	for len(caught) > 1 && len(drawn) < pairs {
		a, b := caught[random.IntN(len(caught))], caught[random.IntN(len(caught))]
		if a.Name == b.Name || overlap(a.Failed, b.Failed) {
			continue
		}
		drawn = append(drawn, Row{Kind: Pair, Name: a.Name + "," + b.Name, Authority: oracle.Documented,
			Section: a.Section + "; " + b.Section, Says: a.Says + " " + b.Says})
	}
	return drawn
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// judgePair runs a vault with two faults: each has to be reported by a rule that reports it alone, and not the other. The scenarios that
// caught the two alone are driven first, the whole suite where one of them is not reported. Where the other fault keeps one from being
// reached, the pair is left out: where it had no occasion to act, or where none of its rules had one to speak.
func judgePair(ctx context.Context, r *Row, rows []Row) {
	var two []*Row
	for name := range strings.SplitSeq(r.Name, ",") {
		two = append(two, &rows[slices.IndexFunc(rows, func(one Row) bool { return one.Name == name && one.Authority == r.Authority })])
	}
	r.Spare = two[0].Spare || two[1].Spare
	if both := both(two); both != nil && r.reports(ctx, both, two) {
		return
	}
	r.Whole, r.Spare = true, true
	r.reports(ctx, suites.All(), two)
}

// both are the scenarios that caught two faults; none where one of them took the whole suite.
func both(two []*Row) []suites.Scenario {
	if two[0].Whole || two[1].Whole {
		return nil
	}
	return slices.DeleteFunc(suites.All(), func(s suites.Scenario) bool { return s.ID != two[0].Scenario && s.ID != two[1].Scenario })
}

// reports runs scenarios against a pair and tells whether each of the two is reported.
func (r *Row) reports(ctx context.Context, scenarios []suites.Scenario, two []*Row) bool {
	r.Failed, r.Warned, r.Good, r.LeftOut = []string{}, []string{}, false, ""
	result, asked, err := result(ctx, r, scenarios)
	if err != nil {
		r.Problem = err.Error()
		return false
	}
	r.Problem = problemOf(result)
	reached := map[string]bool{}
	for _, o := range result.Judgement.Outcomes(append(result.Profiles, oracle.SecondToken), nil) {
		switch o.Verdict {
		case oracle.Fail:
			r.Failed = append(r.Failed, o.Rule.ID)
		case oracle.Warn:
			r.Warned = append(r.Warned, o.Rule.ID)
		}
		reached[o.Rule.ID] = o.Verdict != oracle.Unreached
	}
	r.Good = true
	for i, one := range two {
		others := two[1-i].told()
		its := slices.DeleteFunc(one.told(), func(id string) bool { return slices.Contains(others, id) })
		switch {
		case overlap(its, r.told()):
		case asked.Idle(one.Name):
			r.LeftOut = fmt.Sprintf("%s has no occasion to act: the other fault keeps it from it", one.Name)
		case slices.ContainsFunc(r.Failed, func(id string) bool { return !slices.Contains(others, id) }):
			// Where the other one stands in the way of a rule, the next one that speaks of the same answer says it.
		case !slices.ContainsFunc(its, func(id string) bool { return reached[id] }):
			r.LeftOut = fmt.Sprintf("%s is not reached: the other fault stands before it", one.Name)
		default:
			r.Good = false
		}
	}
	return r.Good && r.LeftOut == ""
}

// told are the rules that say something of a variant. A warning names a defect as well.
func (r *Row) told() []string { return append(slices.Clone(r.Failed), r.Warned...) }
