package oracle_test

import (
	"testing"

	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/oracle"
)

// A bounded sum says of each rule what an unbounded one says, and keeps no more findings than it is told to.
func TestABoundedSumCountsWhatItDoesNotKeep(t *testing.T) {
	const most, times = 3, 8
	all, bounded := oracle.NewJudgement(oracle.Documented), oracle.NewSum(oracle.Documented, most)
	for range times {
		for _, e := range example.All() {
			j := oracle.Judge(e.Broken, oracle.Options{Lenient: true})
			all.Add(j)
			bounded.Add(j)
		}
	}
	want := all.Outcomes(nil, nil)
	cut := 0
	for i, got := range bounded.Outcomes(nil, nil) {
		if got.Rule != want[i].Rule || got.Verdict != want[i].Verdict || got.Exercised != want[i].Exercised {
			t.Errorf("%s is %s, exercised %d times; unbounded %s, %d times", got.Rule.ID, got.Verdict, got.Exercised, want[i].Verdict, want[i].Exercised)
		}
		if len(got.Findings) > most || len(got.Findings)+got.More != len(want[i].Findings) {
			t.Errorf("%s keeps %d findings and counts %d more, of %d", got.Rule.ID, len(got.Findings), got.More, len(want[i].Findings))
		}
		for k, f := range got.Findings {
			if f.Trace != want[i].Findings[k].Trace || f.Exchange != want[i].Findings[k].Exchange {
				t.Errorf("%s: finding %d is #%d, want #%d", got.Rule.ID, k, f.Exchange, want[i].Findings[k].Exchange)
			}
		}
		if got.More > 0 {
			cut++
		}
	}
	if cut == 0 || len(bounded.Forgiven) > 0 || len(bounded.Invalid) > 0 {
		t.Errorf("%d rules were cut; %d forgiven, %d invalid", cut, len(bounded.Forgiven), len(bounded.Invalid))
	}
}
