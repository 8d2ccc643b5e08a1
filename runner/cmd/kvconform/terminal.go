package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/kvconform/kvconform/runner/config"
	"github.com/kvconform/kvconform/runner/report"
)

// Terminal are the flags about what the terminal shows.
type Terminal struct {
	Quiet   bool   `help:"Show the verdict only." group:"Output"`
	Verbose bool   `help:"Show each exchange as a line, and every unreached rule by name." group:"Output"`
	Color   string `help:"Colours: ${enum}." enum:"auto,always,never" default:"auto" group:"Output"`
}

// Validate refuses to show both less and more.
func (t *Terminal) Validate() error {
	if t.Quiet && t.Verbose {
		return errors.New("--quiet and --verbose: one of them")
	}
	return nil
}

// colours reports whether w is to get colours.
func (t *Terminal) colours(w io.Writer) bool {
	switch t.Color {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// warn says once what --insecure gives away.
func warn(s streams, f config.TargetFlags) error {
	if !f.Insecure {
		return nil
	}
	_, err := fmt.Fprintln(s.err, "kvconform: --insecure: the target's certificate is not verified, and whoever is on the way may read what is sent, "+
		"the token too; --ca-file F trusts the target's own")
	return err
}

// conclude shows what came of the run, annotates the job on GitHub Actions, and appends the summary where a CI job wants it.
func (t *Terminal) conclude(s streams, r *report.Report, text report.Text) error {
	for _, problem := range r.Problems {
		if _, err := fmt.Fprintln(s.err, "kvconform: "+report.Printable(problem)); err != nil {
			return err
		}
	}
	text.Color, text.Verbose = t.colours(s.out), t.Verbose
	write := report.WriteText
	if t.Quiet {
		write = report.WriteShortText
	}
	if err := write(s.out, r, text); err != nil {
		return err
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		if err := report.WriteAnnotations(s.out, r); err != nil {
			return err
		}
	}
	if file := os.Getenv("GITHUB_STEP_SUMMARY"); file != "" {
		return report.AppendSummary(file, r)
	}
	return nil
}
