package main

import (
	"errors"
	"fmt"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/listing"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/oracle"
)

type rulesCommand struct {
	Authority string         `help:"Show the levels under this authority, or where the two differ: ${enum}." enum:"documented,live,both" default:"documented"`
	Coverage  string         `help:"Add what the run of this report.json exercised." placeholder:"REPORT"`
	Sources   bool           `help:"List every sentence, table row and property of the documents, with the rules that stand on it, or why none does."`
	Format    listing.Format `help:"The form: ${enum}." enum:"text,markdown,json" default:"text"`
}

// authorities is the value of --authority that asks for what differs between the two.
const authorities = "both"

// Validate refuses what makes no sense together.
func (c *rulesCommand) Validate() error {
	switch {
	case c.Sources && (c.Coverage != "" || c.Authority == string(oracle.Live)):
		return errors.New("--sources goes with --authority both and with --format, and with nothing else")
	case c.Coverage != "" && c.Authority == authorities:
		return errors.New("--coverage goes with one authority")
	}
	return nil
}

// Run lists the rules, what they stand on, or where they differ.
func (c *rulesCommand) Run(s streams) error {
	l, err := c.listing()
	if err != nil {
		return err
	}
	return listing.Write(s.out, l, c.Format)
}

func (c *rulesCommand) listing() (listing.Listing, error) {
	switch {
	case c.Authority == authorities:
		return listing.NewDifferences(), nil
	case c.Sources:
		return listing.NewSources(), nil
	case c.Coverage == "":
		return listing.NewRules(oracle.Authority(c.Authority), nil), nil
	}
	r, err := report.Read(c.Coverage)
	if err != nil {
		return nil, &runner.UsageError{Err: fmt.Errorf("--coverage: %w", err)}
	}
	coverage := map[string]listing.Coverage{}
	for _, rule := range r.Rules {
		coverage[rule.ID] = listing.Coverage{Verdict: rule.Verdict, Exercised: rule.Exercised}
	}
	return listing.NewRules(oracle.Authority(c.Authority), coverage), nil
}
