package main

import (
	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/report"
)

type diffCommand struct {
	Old string `arg:"" help:"The older report.json."`
	New string `arg:"" help:"The newer one."`
}

// Help tells what flags cannot.
func (c *diffCommand) Help() string { return "Exit code 1 where a rule fails newly, else 0." }

// Run compares two reports.
func (c *diffCommand) Run(s streams) error {
	older, err := report.Read(c.Old)
	if err != nil {
		return &runner.UsageError{Err: err}
	}
	newer, err := report.Read(c.New)
	if err != nil {
		return &runner.UsageError{Err: err}
	}
	changes := report.Diff(older, newer)
	if err := report.WriteDiff(s.out, older, newer, changes); err != nil {
		return err
	}
	for _, change := range changes {
		if change.NewlyFailing() {
			return exitWith(gate.ExitDeviates)
		}
	}
	return nil
}
