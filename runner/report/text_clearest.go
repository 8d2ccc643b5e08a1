package report

import (
	"cmp"
	"slices"
)

// clearestFirst orders the findings of each rule so that the one that is told in full, the first, is the one that is easiest to
// see again: in a drive of the rule's own scenario, which --only drives, right as a request, with little before it.
func (r *Report) clearestFirst() {
	x := r.index()
	for _, rule := range r.Rules {
		slices.SortStableFunc(rule.Findings, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(x.distance(rule, a), x.distance(rule, b)), cmp.Compare(len(a.Related), len(b.Related)))
		})
	}
}

// distance is how far from a client's daily requests a finding is.
func (x index) distance(rule Rule, f Finding) int {
	e := x[place{f.Trace, f.Exchange}]
	switch {
	case e == nil:
		return 3
	case e.Drive != "" && e.Drive != rule.Scenario:
		return 2
	case e.Defect != "":
		return 1
	}
	return 0
}
