package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/config"
	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/report"
)

type sweepCommand struct {
	config.TargetFlags
	Ledger []string    `help:"The ledger of a killed run. Default: all under --out. Repeatable." placeholder:"F"`
	Out    string      `help:"Where the ledgers are (${default})." default:"kvconform-report" placeholder:"DIR"`
	Prefix string      `help:"Instead of ledgers: everything in the vault whose name begins with P. Lists first, and asks." placeholder:"P"`
	Yes    bool        `help:"Do not ask."`
	Config config.File `help:"A configuration file, YAML; its keys are the flags' names." placeholder:"F"`
}

// Help tells what flags cannot.
func (c *sweepCommand) Help() string {
	return "A ledger names its vault; --target, where given, chooses among the ledgers. With --prefix, --target says which vault. " +
		"Exit code 3 where something is left."
}

// Validate refuses what makes no sense together.
func (c *sweepCommand) Validate() error {
	switch {
	case c.Prefix != "" && c.Target == "":
		return errors.New("--prefix needs --target")
	case c.Prefix != "" && len(c.Ledger) > 0:
		return errors.New("--prefix and --ledger: one of them says what to remove")
	case c.Yes && c.Prefix == "":
		return errors.New("--yes answers what --prefix asks")
	}
	return nil
}

// Run removes what killed runs left behind.
func (c *sweepCommand) Run(ctx context.Context, s streams) error {
	if err := warn(s, c.TargetFlags); err != nil {
		return err
	}
	var all []runner.Leftovers
	if c.Prefix != "" {
		found, err := runner.Find(ctx, c.Options(), c.Prefix)
		if err != nil {
			return err
		}
		agreed, err := c.ask(s, found)
		if err != nil || !agreed {
			return err
		}
		all = append(all, found)
	} else {
		var err error
		if all, err = runner.Ledgers(c.Ledger, c.Out); err != nil {
			return err
		}
		if len(all) == 0 {
			_, err := fmt.Fprintf(s.out, "there is no ledger in %s: nothing to remove\n", c.Out)
			return err
		}
	}
	complete := true
	for _, one := range all {
		if wanted := strings.TrimRight(c.Target, "/"); one.Ledger != "" && wanted != "" && one.Target != wanted {
			continue
		}
		swept, err := runner.Sweep(ctx, c.Options(), one)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(s.out, "%s: %d removed, %d of them kept by the vault until their retention is over, %d left\n", one.Target,
			len(one.Objects)-len(swept.Left), swept.SoftDeleted, len(swept.Left)); err != nil {
			return err
		}
		for _, left := range swept.Left {
			complete = false
			if _, err := fmt.Fprintf(s.out, "  %s %s: %s\n", left.Kind, report.Printable(left.Name), report.Printable(left.Reason)); err != nil {
				return err
			}
		}
	}
	if !complete {
		return exitWith(gate.ExitAborted)
	}
	return nil
}

// ask lists what would be removed, and asks whether it should be.
func (c *sweepCommand) ask(s streams, found runner.Leftovers) (bool, error) {
	for _, o := range found.Objects {
		if _, err := fmt.Fprintf(s.out, "%s %s\n", o.Kind, report.Printable(o.Name)); err != nil {
			return false, err
		}
	}
	if len(found.Objects) == 0 {
		_, err := fmt.Fprintf(s.out, "%s holds nothing whose name begins with %s\n", found.Target, c.Prefix)
		return false, err
	}
	if c.Yes {
		return true, nil
	}
	if _, err := fmt.Fprintf(s.out, "Remove these %d from %s? [y/N] ", len(found.Objects), found.Target); err != nil {
		return false, err
	}
	answer, _ := bufio.NewReader(s.in).ReadString('\n') // no answer is no
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}
