package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

type rulesCommand struct {
	Authority string `help:"Show the levels under this authority, or with both the rules that differ: ${enum}." enum:"documented,live,both" default:"documented"`
	Coverage  string `help:"Add what the run of this report.json exercised." placeholder:"REPORT"`
	Sources   bool   `help:"List every sentence, table row and property of the documents, with the rules that stand on it, or why none does."`
}

// Validate refuses what makes no sense together.
func (c *rulesCommand) Validate() error {
	if c.Sources && (c.Coverage != "" || c.Authority == "live") {
		return errors.New("--sources goes with --authority both, and with nothing else")
	}
	return nil
}

// Run lists the rules.
func (c *rulesCommand) Run(s streams) error {
	switch {
	case c.Sources && c.Authority == authorities:
		return listDifferences(s)
	case c.Sources:
		return listSources(s)
	}
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
		if c.Authority == authorities {
			if levels = bothLevels(r); levels == "" {
				continue
			}
		}
		c.describe(&b, r, levels, judged)
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

// authorities is the value of --authority that asks for what differs between the two.
const authorities = "both"

// bothLevels says how a rule differs between the authorities; empty where it does not.
func bothLevels(r *oracle.Rule) string {
	documented, live := r.LevelUnder(oracle.Documented), r.LevelUnder(oracle.Live)
	_, moves := sources.Moved(r.ID)
	switch {
	case r.Only != "":
		return fmt.Sprintf("%s %s alone", r.Only, r.LevelUnder(r.Only))
	case documented != live:
		return fmt.Sprintf("documented %s, live %s", documented, live)
	case moves:
		return string(documented) + " of something else under each"
	default:
		return ""
	}
}

// listSources lists what the documents say, section by section.
func listSources(s streams) error {
	var b strings.Builder
	title, section := "", ""
	for _, one := range sources.Sentences() {
		if one.Title != title {
			title, section = one.Title, ""
			fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(one.Document+" "+one.Title))
		}
		if one.Section != section {
			section = one.Section
			fmt.Fprintf(&b, "\n  § %s\n", section)
		}
		fmt.Fprintf(&b, "    %-8s  %s\n", one.Kind, one.Says)
		if len(one.Rules) > 0 {
			fmt.Fprintf(&b, "              → %s\n", strings.Join(one.Rules, ", "))
		} else {
			fmt.Fprintf(&b, "              no rule: %s\n", one.None)
		}
	}
	_, err := fmt.Fprint(s.out, strings.TrimPrefix(b.String(), "\n"))
	return err
}

// listDifferences lists where the live service differs from the documents.
func listDifferences(s streams) error {
	var b strings.Builder
	for _, d := range sources.Differences() {
		fmt.Fprintf(&b, "%s\n  Documented  %s\n  Live        %s\n  Evidence    %s\n", d.Row, d.Documented, d.Live, d.Evidence)
		for _, place := range d.Documents {
			fmt.Fprintf(&b, "  Source      %s, § %s\n", place.Document, place.Section)
		}
		for _, e := range d.Rules {
			if e.Both != "" {
				fmt.Fprintf(&b, "  → %s: both: %s\n", e.Rule, e.Both)
				continue
			}
			fmt.Fprintf(&b, "  → %s: documented: %s; live: %s\n", e.Rule, e.Documented, e.Live)
		}
		if d.None != "" {
			fmt.Fprintf(&b, "  no rule: %s\n", d.None)
		}
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
