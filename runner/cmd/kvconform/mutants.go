package main

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/matrix"
)

type mutantsCommand struct {
	Only     []string `help:"Faults and peculiarities by name. Repeatable." placeholder:"GLOB"`
	List     bool     `help:"Name the faults and peculiarities, and run nothing."`
	Both     bool     `help:"Run every variant under both authorities, and not only those that are of one alone."`
	Thorough bool     `help:"Drive against the peculiarities also what shows again, with another policy, body or issuer, what is shown anyway. Three times as long."`
	Parallel int      `help:"Vaults at once. Default: ten for each core." placeholder:"N"`
	Seed     uint64   `help:"Draws the pairs of faults." default:"1" placeholder:"N"`
	Out      string   `help:"Where matrix.json and matrix.html go." default:"kvconform-report" placeholder:"DIR"`
	Quiet    bool     `help:"Show what is not as it should be, and no more."`
}

// gcPercent is how much of what is in use may become garbage before it is collected.
const gcPercent = 400

// Run runs the suite against every variant of the reference vault.
func (c *mutantsCommand) Run(ctx context.Context, s streams) error {
	rows, err := matrix.Variants(c.Only, c.Both)
	if err != nil {
		return err
	}
	if c.List {
		return matrix.WriteList(s.out, rows)
	}
	// Hundreds of vaults come and go: the collector may come less often, for some gigabyte.
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	progress := (&Terminal{Quiet: c.Quiet}).progress(s)
	progress.start()
	m, err := matrix.Run(ctx, matrix.Options{Only: c.Only, Both: c.Both, Thorough: c.Thorough, Parallel: c.Parallel, Seed: c.Seed, Progress: progress.variant})
	progress.stop()
	if err != nil {
		return fmt.Errorf("the matrix was not finished: %w", err)
	}
	if err := matrix.WriteText(s.out, m, c.Quiet); err != nil {
		return err
	}
	files, err := matrix.Write(c.Out, m)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := fmt.Fprintln(s.out, f); err != nil {
			return err
		}
	}
	if !m.Good() {
		return exitWith(gate.ExitDeviates)
	}
	return nil
}
