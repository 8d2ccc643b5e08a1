package specs

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega/types"

	"github.com/kvconform/kvconform/spec/oracle"
)

// Honour succeeds where a run's *Verdicts say that the rule was exercised and not broken. A rule that was never reached is
// not honoured: nothing passes by silence.
func Honour(rule string) types.GomegaMatcher { return &honour{rule: rule} }

type honour struct{ rule string }

// Match implements types.GomegaMatcher.
func (h *honour) Match(actual any) (bool, error) {
	verdicts, ok := actual.(*Verdicts)
	if !ok {
		return false, fmt.Errorf("Honour looks at *specs.Verdicts, not at %T", actual)
	}
	o := verdicts.of(h.rule)
	if o == nil {
		return false, fmt.Errorf("the run did not judge %s", h.rule)
	}
	return o.Verdict == oracle.Pass || o.Verdict == oracle.Warn && !verdicts.Strict, nil
}

// FailureMessage implements types.GomegaMatcher.
func (h *honour) FailureMessage(actual any) string { return account(actual.(*Verdicts).of(h.rule)) }

// NegatedFailureMessage implements types.GomegaMatcher.
func (h *honour) NegatedFailureMessage(any) string { return h.rule + " is honoured" }

// account tells what became of a rule: what it says, and what broke it.
func account(o *oracle.Outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n%s\nSource    %s", o.Rule.ID, o.Level, o.Rule.Says, o.Rule.Source)
	if o.Reason != "" {
		fmt.Fprintf(&b, "\n%-9s %s", o.Verdict, o.Reason)
	}
	for _, f := range o.Findings {
		fmt.Fprintf(&b, "\n\nExpected  %s\nActual    %s\nExchange  #%d  %s", f.Expected, f.Actual, f.Exchange, f.Message)
	}
	return b.String()
}
