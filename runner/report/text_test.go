package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/oracle"
)

// unreachable is the record of a run of which most was never reached.
func unreachable(behind, silent int) *Report {
	r, _ := sample()
	add := func(n int, rule Rule) {
		for i := range n {
			rule.ID = fmt.Sprintf("%s-%02d", rule.ID[:len("poll-gone.x")], i)
			rule.Verdict = oracle.Unreached
			r.Rules = append(r.Rules, rule)
		}
	}
	add(behind, Rule{ID: "poll-gone.b", Reason: "an operation is polled; behind it all", Behind: "create-manual.accepted"})
	add(silent, Rule{ID: "poll-gone.s", Reason: "a name is polled that nobody used: that never happened"})
	add(2, Rule{ID: "poll-gone.c", Reason: "a cancel wins: that never happened", Chance: true})
	return r
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var text bytes.Buffer
	if err := write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestTheUnreachedAreFewLines(t *testing.T) {
	for _, c := range []struct {
		name   string
		silent int
		text   Text
		has    []string
		not    []string
	}{
		{"short", 3, Text{Reports: "out"},
			[]string{"  behind create-manual.accepted, which is broken: 150 rules\n  never got to: 3 rules\n    poll-gone.s-00  a name is polled that nobody used\n",
				"  left to chance: 2 rules\n    poll-gone.c-00  a cancel wins\n"}, []string{"poll-gone.b-00", " more"}},
		{"as many as are named", 10, Text{Reports: "out"}, []string{"poll-gone.s-09"}, []string{" more"}},
		{"more", 30, Text{Reports: "out"}, []string{"poll-gone.s-09", "\n    and 20 more: see report.html, or --verbose\n"}, []string{"poll-gone.s-10"}},
		{"no reports", 30, Text{}, []string{"\n    and 20 more: --verbose names them\n"}, []string{"report.html"}},
		{"verbose", 30, Text{Reports: "out", Verbose: true}, []string{"    poll-gone.b-149\n", "    poll-gone.s-29  a name"}, []string{" more"}},
	} {
		text := written(t, func(w io.Writer) error { return WriteText(w, unreachable(150, c.silent), c.text) })
		_, text, _ = strings.Cut(text, "\nUnreached\n")
		for _, part := range c.has {
			if !strings.Contains(text, part) {
				t.Errorf("%s: it lacks %q:\n%s", c.name, part, text)
			}
		}
		for _, part := range c.not {
			if strings.Contains(text, part) {
				t.Errorf("%s: it has %q:\n%s", c.name, part, text)
			}
		}
	}
	summary := written(t, func(w io.Writer) error { return WriteMarkdown(w, unreachable(150, 30)) })
	for _, part := range []string{"\n- behind create-manual.accepted, which is broken: 150 rules\n- never got to: 30 rules\n  - poll-gone.s-00: a name", "\n  - and 20 more: see report.html\n"} {
		if !strings.Contains(summary, part) {
			t.Errorf("the summary lacks %q:\n%s", part, summary)
		}
	}
}

func TestARunThatJudgedNothingIsShort(t *testing.T) {
	outcomes := []oracle.Outcome{}
	for _, rule := range oracle.Rules() {
		outcomes = append(outcomes, oracle.Outcome{Rule: rule, Level: oracle.Must, Verdict: oracle.Unreached, Reason: "never: that never happened"})
	}
	r := New(Input{Outcomes: outcomes, Decision: gate.Decide(outcomes, gate.Options{Claimed: []string{oracle.Core}, Aborted: true})})
	r.Problems = []string{"connection refused: is the target running?"}
	if text := written(t, func(w io.Writer) error { return WriteText(w, r, Text{Reports: "out", Files: []string{JSONFile}}) }); text != r.VerdictLine()+"\n" {
		t.Errorf("it says more than the verdict:\n%s", text)
	}
	if text := written(t, func(w io.Writer) error { return WriteMarkdown(w, r) }); strings.Count(text, "\n") != 3 || !strings.Contains(text, "is the target running?") {
		t.Errorf("the summary is not the verdict and what to do:\n%s", text)
	}
	r.Ledger = "out/r1.ledger"
	if text := written(t, func(w io.Writer) error { return WriteText(w, r, Text{}) }); !strings.Contains(text, "out/r1.ledger") {
		t.Errorf("it does not say what the vault still holds:\n%s", text)
	}
}

func TestExchangesAreNamedInTheirOrder(t *testing.T) {
	findings := []Finding{{Exchange: 9}, {Exchange: 4}, {Exchange: 30}, {Exchange: 4}, {Trace: "b.har", Exchange: 2}, {Trace: "a.har", Exchange: 3}, {Trace: "b.har", Exchange: 1}}
	if got, want := also(findings, 0), "#4, #9, #30, a.har #3, b.har #1, #2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var many []Finding
	for i := range 20 {
		many = append(many, Finding{Exchange: 20 - i})
	}
	if got := also(many, 5); !strings.HasPrefix(got, "#1, #2,") || !strings.HasSuffix(got, "#12, and 13 more") {
		t.Errorf("%q", got)
	}
}

func TestTheClearestFindingComesFirst(t *testing.T) {
	r, _ := sample()
	rule := &r.Rules[0]
	rule.Findings = []Finding{{Exchange: 99}, {Exchange: 3, Related: []int{1, 2}}, {Exchange: 2, Related: []int{1}}, {Exchange: 4, Related: []int{2}}, {Exchange: 1}}
	for i, e := range []struct{ drive, defect string }{{"race", ""}, {"conflict", ""}, {"conflict", ""}, {"conflict", "no body"}} {
		r.Exchanges[i].Drive, r.Exchanges[i].Defect = e.drive, e.defect
	}
	r.Exchanges = append(r.Exchanges, Exchange{Number: 4, Drive: "conflict", Defect: "no body"})
	r.clearestFirst()
	var order []int
	for _, f := range rule.Findings {
		order = append(order, f.Exchange)
	}
	if want := []int{2, 3, 4, 1, 99}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
}

func TestWhatTheBaselineKnowsIsNamedAndNoMore(t *testing.T) {
	r, _ := sample()
	r.Rules[0].Known = true
	const full, named = "· conflict.create-refused  MUST  known to the baseline\n  A create", "\nKnown to the baseline\n  · conflict.create-refused  MUST\n"
	for _, verbose := range []bool{false, true} {
		text := written(t, func(w io.Writer) error { return WriteText(w, r, Text{Verbose: verbose}) })
		if strings.Contains(text, full) != verbose || strings.Contains(text, named) == verbose {
			t.Errorf("verbose %v:\n%s", verbose, text)
		}
	}
}
