package runner

import (
	"testing"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/suites"
)

// Test runs the suites as a part of somebody else's tests: a test for each scenario, and in it one for each rule. A broken rule
// fails with the full account, what was not reached or not claimed is skipped with the reason. The rules are judged before
// the first of these tests begins; -run chooses among them, Options.Only what is driven.
func Test(t *testing.T, o Options) {
	t.Helper()
	outcome, err := Run(t.Context(), o)
	if err != nil {
		t.Fatalf("kvconform: %v", err)
	}
	for _, problem := range outcome.Report.Problems {
		t.Errorf("kvconform: %s", problem)
	}
	accounts := report.Accounts(outcome.Report)
	for _, s := range suites.All() {
		t.Run(s.ID, func(t *testing.T) {
			judged := false
			for _, a := range accounts {
				if a.Rule.Scenario == s.ID {
					judged = true
					t.Run(a.Rule.ID, func(t *testing.T) { tell(t, a) })
				}
			}
			if !judged {
				t.Skip("not selected")
			}
		})
	}
	switch r := outcome.Report; r.Exit {
	case gate.ExitIncomplete:
		t.Errorf("kvconform: %s: a skipped test of a MUST says what was not reached", r.VerdictLine())
	case gate.ExitStale:
		for _, s := range r.Baseline.Stale {
			t.Errorf("kvconform: the baseline is stale: %s: %s", s.Rule, s.Why)
		}
	}
	t.Log("kvconform: " + outcome.Report.VerdictLine())
}

func tell(t *testing.T, a report.Account) {
	t.Helper()
	switch {
	case a.Fails:
		t.Errorf("%s\n%s", a.Rule.Level, a.Text)
	case a.Skipped != "":
		t.Skip(a.Skipped)
	case a.Text != "":
		t.Logf("%s\n%s", a.Rule.Level, a.Text)
	}
}
