package main

import (
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/oracle"
)

type rulesCommand struct {
	Authority string `help:"Show the levels under this authority, or with both the rules that differ: ${enum}." enum:"documented,live,both" default:"documented"`
	Coverage  string `help:"Add what the run of this report.json exercised." placeholder:"REPORT"`
}

// Run lists the rules.
func (c *rulesCommand) Run(s streams) error {
	var judged map[string]report.Rule
	if c.Coverage != "" {
		r, err := report.Read(c.Coverage)
		if err != nil {
			return &runner.UsageError{Err: fmt.Errorf("--coverage: %w", err)}
		}
		judged = map[string]report.Rule{}
		for _, rule := range r.Rules {
			judged[rule.ID] = rule
		}
	}
	var b strings.Builder
	for _, r := range oracle.Rules() {
		levels := string(r.LevelUnder(oracle.Authority(c.Authority)))
		if c.Authority == "both" {
			documented, live := r.LevelUnder(oracle.Documented), r.LevelUnder(oracle.Live)
			if documented == live && r.LiveLevel == "" {
				continue
			}
			levels = fmt.Sprintf("documented %s, live %s", documented, live)
		}
		c.describe(&b, r, levels, judged)
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

func (c *rulesCommand) describe(b *strings.Builder, r *oracle.Rule, levels string, judged map[string]report.Rule) {
	fmt.Fprintf(b, "%s  %s", r.ID, levels)
	if profile := gate.ProfileOf(r); profile != oracle.Core {
		fmt.Fprintf(b, "  profile %s", profile)
	}
	if r.Chance {
		b.WriteString("  by chance")
	}
	if c.Coverage != "" {
		rule, found := judged[r.ID]
		if found {
			fmt.Fprintf(b, "  %s, exercised %d×", rule.Verdict, rule.Exercised)
		} else {
			b.WriteString("  not selected")
		}
	}
	fmt.Fprintf(b, "\n  %s\n  Source  %s", r.Says, r.Source)
	if len(r.Ruling) > 0 {
		fmt.Fprintf(b, " (%s)", strings.Join(r.Ruling, ", "))
	}
	b.WriteString("\n")
	if r.Live != "" {
		fmt.Fprintf(b, "  Live    %s\n", r.Live)
	}
}
