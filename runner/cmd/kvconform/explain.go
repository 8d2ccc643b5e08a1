package main

import (
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

type explainCommand struct {
	Rule string `arg:"" help:"The rule's id (kvconform rules lists them)."`
}

// Run explains a rule in full.
func (c *explainCommand) Run(s streams) error {
	rule := oracle.ByID(c.Rule)
	if rule == nil {
		return &runner.UsageError{Err: fmt.Errorf("there is no rule %q%s", c.Rule, nearest(c.Rule))}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", rule.ID, rule.Says)
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-9s %s\n", label, text)
		}
	}
	line("Level", levels(rule))
	line("Profile", gate.ProfileOf(rule))
	line("Source", rule.Source)
	line("Rulings", strings.Join(rule.Ruling, ", "))
	line("Speaks", "when "+rule.When)
	line("Needs", strings.Join(rule.Needs, ", "))
	if rule.Chance {
		line("Chance", "the contract does not promise that it is reached: unreached, it does not make a run incomplete")
	}
	line("Live", rule.Live)
	if d, moved := sources.Moved(rule.ID); moved {
		line("Differs", fmt.Sprintf("%s: documented, %s; live, %s (%s)", d.Row, d.Documented, d.Live, d.Evidence))
	}
	line("Breaks", rule.Breaks)
	if good, broken, ok := example.Of(rule.ID); ok {
		differing := example.Differing(good, broken)
		show(&b, "Kept", good, differing)
		show(&b, "Broken", broken, differing)
	}
	fmt.Fprintf(&b, "\nTo leave it out: kvconform run --skip %s, or for good as an entry of a baseline (--baseline F):\n", rule.ID)
	fmt.Fprintf(&b, "  entries:\n    - rule: %s\n      expect: fail\n      reason: …\n", rule.ID)
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

func levels(r *oracle.Rule) string {
	if r.Only != "" {
		return fmt.Sprintf("%s, under --authority %s alone", r.LevelUnder(r.Only), r.Only)
	}
	documented, live := r.LevelUnder(oracle.Documented), r.LevelUnder(oracle.Live)
	if documented == live {
		return string(documented)
	}
	return fmt.Sprintf("%s, under --authority live %s", documented, live)
}

// show shows an example: the whole sequence in a line each, and in full the exchanges that make the difference.
func show(b *strings.Builder, title string, t *exchange.Trace, differing []int) {
	fmt.Fprintf(b, "\n%s\n", title)
	inFull := map[int]bool{}
	for _, number := range differing {
		inFull[number] = true
	}
	for i := range t.Exchanges {
		e := &t.Exchanges[i]
		if !inFull[e.Number] {
			fmt.Fprintf(b, "  #%d %s %s → %s\n", e.Number, e.Request.Method, e.Request.URL, status(e))
			continue
		}
		fmt.Fprintf(b, "  #%d\n", e.Number)
		for _, line := range strings.Split(strings.TrimRight(example.Render(e), "\n"), "\n") {
			b.WriteString(strings.TrimRight("    "+line, " ") + "\n")
		}
	}
}

func status(e *exchange.Exchange) string {
	if e.Response == nil {
		return "no answer"
	}
	return fmt.Sprint(e.Response.Status)
}

// nearest names rules that may have been meant: of the same scenario, or with the same slug.
func nearest(id string) string {
	scenario, slug, _ := strings.Cut(id, ".")
	var near []string
	for _, r := range oracle.Rules() {
		if r.Scenario == scenario || slug != "" && strings.HasSuffix(r.ID, "."+slug) {
			near = append(near, r.ID)
		}
	}
	if len(near) == 0 {
		return " (kvconform rules lists them)"
	}
	return "; near it are " + strings.Join(near, ", ")
}
