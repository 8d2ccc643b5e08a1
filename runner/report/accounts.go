package report

import (
	"cmp"
	"strings"

	"github.com/kvconform/kvconform/spec/oracle"
)

// Account is what a test's output says of a rule.
type Account struct {
	Rule Rule
	// Fails says that the rule keeps the run from conforming, or could not be judged.
	Fails bool
	// Skipped is why the rule was not judged, or does not count; empty where it was.
	Skipped string
	// Text is the full account of what broke the rule; empty where nothing did.
	Text string
}

// Accounts tell of each rule, in the order of the record.
func Accounts(r *Report) []Account {
	x := r.index()
	var all []Account
	for _, rule := range r.Rules {
		a := Account{Rule: rule}
		if len(rule.Findings) > 0 || rule.Verdict == oracle.Error {
			a.Text = strings.Join(r.account(x, rule, ""), "\n")
		}
		switch {
		case rule.Verdict == oracle.Unreached || rule.Verdict == oracle.Unclaimed:
			a.Skipped = string(rule.Verdict) + ": " + Printable(rule.Reason)
		case rule.Known:
			a.Skipped = "known to the baseline: " + cmp.Or(r.because(rule.ID), Printable(rule.Says))
		default:
			a.Fails = r.deviates(rule) || rule.Verdict == oracle.Error
		}
		all = append(all, a)
	}
	return all
}
