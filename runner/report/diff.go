package report

import (
	"fmt"
	"io"

	"github.com/kvconform/kvconform/spec/oracle"
)

// Change is a rule whose verdict is another one in the newer of two reports.
type Change struct {
	Rule string
	// Old and New are the verdicts; empty where a report did not judge the rule.
	Old, New oracle.Verdict
}

// Diff says what differs between two reports, in the order of the newer one; what only the older one judged comes last.
func Diff(older, newer *Report) []Change {
	before := map[string]oracle.Verdict{}
	for _, r := range older.Rules {
		before[r.ID] = r.Verdict
	}
	var all []Change
	seen := map[string]bool{}
	for _, r := range newer.Rules {
		seen[r.ID] = true
		if before[r.ID] != r.Verdict {
			all = append(all, Change{r.ID, before[r.ID], r.Verdict})
		}
	}
	for _, r := range older.Rules {
		if !seen[r.ID] {
			all = append(all, Change{r.ID, r.Verdict, ""})
		}
	}
	return all
}

// The groups of changes, the most weighty first.
var changeGroups = []struct {
	title string
	in    func(c Change) bool
}{
	{"newly failing", func(c Change) bool { return isBroken(c.New) && !isBroken(c.Old) }},
	{"newly passing", func(c Change) bool { return c.New == oracle.Pass }},
	{"newly unreached", func(c Change) bool { return c.New == oracle.Unreached }},
	{"otherwise different", func(Change) bool { return true }},
}

func isBroken(v oracle.Verdict) bool {
	return v == oracle.Fail || v == oracle.Warn || v == oracle.Error
}

// NewlyFailing reports whether a change is for the worse.
func (c Change) NewlyFailing() bool { return changeGroups[0].in(c) }

// WriteDiff writes what differs, by group.
func WriteDiff(w io.Writer, older, newer *Report, changes []Change) error {
	p := &printer{w: w}
	p.printf("old  %s  %s\nnew  %s  %s\n", older.VerdictLine(), older.Run.Started.Format("2006-01-02 15:04:05"), newer.VerdictLine(),
		newer.Run.Started.Format("2006-01-02 15:04:05"))
	if older.Target.Authority != newer.Target.Authority {
		p.printf("the authorities differ: %s, %s\n", older.Target.Authority, newer.Target.Authority)
	}
	if len(changes) == 0 {
		p.printf("no rule has another verdict\n")
	}
	rest := changes
	for _, group := range changeGroups {
		var others []Change
		first := true
		for _, c := range rest {
			if !group.in(c) {
				others = append(others, c)
				continue
			}
			if first {
				p.printf("\n%s\n", group.title)
				first = false
			}
			p.printf("  %s  %s → %s\n", Printable(c.Rule), verdictOr(c.Old), verdictOr(c.New))
		}
		rest = others
	}
	return p.err
}

func verdictOr(v oracle.Verdict) string {
	if v == "" {
		return "not judged"
	}
	return Printable(fmt.Sprint(v))
}
