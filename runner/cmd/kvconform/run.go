package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/config"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

type runCommand struct {
	config.RunFlags
	Terminal
	List bool `help:"Print what would run, and send nothing."`
}

// Help tells what flags cannot.
func (c *runCommand) Help() string {
	return "Each flag may stand in the environment, --poll-max as KVCONFORM_POLL_MAX, or in the file that --config names. The bearer token comes from " +
		"KVCONFORM_TOKEN, --token-file or --token-command; KVCONFORM_WEAK_TOKEN may hold a second one that may read certificates and nothing else.\n\n" +
		"Exit codes: 0 conforms, 1 deviates, 2 wrong command line, 3 could not run, 4 incomplete, 5 stale baseline."
}

// Run drives and judges a vault.
func (c *runCommand) Run(ctx context.Context, s streams) error {
	o := c.Options()
	moving := c.progress(s)
	o.Progress, o.Exchange = moving.step, moving.exchange
	plan, err := runner.New(o)
	if err != nil {
		return err
	}
	if c.List {
		return list(s, plan.Selection(), o.Authority)
	}
	if err := warn(s, c.TargetFlags); err != nil {
		return err
	}
	moving.start()
	outcome, err := plan.Run(ctx)
	moving.stop()
	if outcome == nil {
		return err
	}
	text := report.Text{Rerun: c.rerun(), Reports: o.Out, Files: outcome.Files}
	if err := c.conclude(s, outcome.Report, text); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	return exitWith(outcome.Report.Exit)
}

// rerun is the command that judges the same target again.
func (c *runCommand) rerun() string {
	words := []string{"kvconform run"}
	add := func(flag, value, standard string) {
		if value != standard {
			words = append(words, "--"+flag, report.Word(value))
		}
	}
	d := runner.Defaults()
	add("target", c.Target, "")
	add("connect-to", c.ConnectTo, "")
	add("ca-file", c.CAFile, "")
	add("auth", c.Auth, "")
	add("scope", c.Scope, d.Scope)
	add("token-file", c.TokenFile, "")
	add("token-command", c.TokenCommand, "")
	add("api-version", c.APIVersion, d.APIVersion)
	add("authority", c.Authority, string(d.Authority))
	add("issuer", c.Issuer, "")
	add("failing-issuer", c.FailingIssue, "")
	for _, option := range []struct {
		flag string
		set  bool
	}{{"insecure", c.Insecure}, {"provision-issuers", c.Provision}, {"full-policy", c.FullPolicy}, {"strict", c.Strict}} {
		if option.set {
			words = append(words, "--"+option.flag)
		}
	}
	return strings.Join(words, " ")
}

// list prints the scenarios that would be driven, and the rules that would be judged.
func list(s streams, selection suites.Selection, authority oracle.Authority) error {
	driven := map[string]bool{}
	for _, scenario := range selection.Scenarios {
		driven[scenario.ID] = true
	}
	var b strings.Builder
	for _, scenario := range suites.All() {
		var rules []string
		for _, r := range oracle.Rules() {
			if r.Scenario == scenario.ID && selection.Rules(r) {
				rules = append(rules, fmt.Sprintf("  %s  %s\n", r.ID, r.LevelUnder(authority)))
			}
		}
		switch {
		case driven[scenario.ID]:
			fmt.Fprintf(&b, "%s  %s\n", scenario.ID, scenario.Title)
		case len(rules) > 0:
			fmt.Fprintf(&b, "%s  (judged over what the others send)\n", scenario.ID)
		}
		b.WriteString(strings.Join(rules, ""))
	}
	_, err := fmt.Fprint(s.out, b.String())
	return err
}
