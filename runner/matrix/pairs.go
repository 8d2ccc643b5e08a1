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

// judgePair runs a vault with two faults: each has to be reported by a rule that catches it alone. Where none of its rules was even
// reached, the other fault makes it unreachable, and the pair is left out.
func judgePair(ctx context.Context, r *Row, rows []Row) {
	outcomes, problem := run(ctx, r, suites.All())
	r.Whole, r.Failed, r.Warned, r.Problem = true, []string{}, []string{}, problem
	reached := map[string]bool{}
	for _, o := range outcomes {
		switch o.Verdict {
		case oracle.Fail:
			r.Failed = append(r.Failed, o.Rule.ID)
		case oracle.Warn:
			r.Warned = append(r.Warned, o.Rule.ID)
		}
		reached[o.Rule.ID] = o.Verdict != oracle.Unreached
	}
	r.Good = true
	for name := range strings.SplitSeq(r.Name, ",") {
		alone := rows[slices.IndexFunc(rows, func(one Row) bool { return one.Name == name && one.Authority == r.Authority })].Failed
		switch {
		case overlap(alone, r.Failed):
		case !slices.ContainsFunc(alone, func(id string) bool { return reached[id] }):
			r.LeftOut = fmt.Sprintf("%s is not reached: the other fault stands before it", name)
		default:
			r.Good = false
		}
	}
}
