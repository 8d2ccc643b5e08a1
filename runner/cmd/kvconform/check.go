package main

import (
	"context"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/config"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/oracle"
)

type checkCommand struct {
	Files []string `arg:"" name:"file" help:"HAR 1.2, or recordings of the Azure SDK test proxy; gzipped, too; folders of them; - for stdin."`
	config.JudgeFlags
	Terminal
	Lenient bool `help:"Forgive what recorders are known to drop, and say what." group:"Judging"`
}

// Run judges recorded traffic.
func (c *checkCommand) Run(ctx context.Context, s streams) error {
	outcome, err := runner.Check(ctx, runner.CheckOptions{Files: c.Files, Input: s.in, Lenient: c.Lenient,
		Authority: oracle.Authority(c.Authority), Strict: c.Strict, Require: c.Require, Only: c.Only, Skip: c.Skip, Baseline: c.Baseline,
		WriteBaseline: c.WriteBaseline, Out: c.Out})
	if outcome == nil {
		return err
	}
	text := report.Text{Rerun: c.rerun(), Reports: c.Out, Files: outcome.Files}
	if shown := c.conclude(s, outcome.Report, text); shown != nil {
		return shown
	}
	if err != nil {
		return err
	}
	return exitWith(outcome.Report.Exit)
}

// rerun is the command that judges the same files again.
func (c *checkCommand) rerun() string {
	words := []string{"kvconform check"}
	if c.Authority != string(oracle.Documented) {
		words = append(words, "--authority", c.Authority)
	}
	if c.Lenient {
		words = append(words, "--lenient")
	}
	if c.Strict {
		words = append(words, "--strict")
	}
	for _, file := range slices.Clip(c.Files) {
		words = append(words, report.Word(file))
	}
	return strings.Join(words, " ")
}
