package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/config"
	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/report"
)

// commands are the command line.
type commands struct {
	Version kong.VersionFlag `help:"Print the version." env:"-"`

	Run   runCommand   `cmd:"" help:"Drive a vault through every documented scenario and judge what came back."`
	Check checkCommand `cmd:"" help:"Judge recorded traffic, with no vault."`
	Serve serveCommand `cmd:"" help:"Run the reference vault as a server."`
	Rules rulesCommand `cmd:"" help:"List the rules."`

	Explain explainCommand `cmd:"" help:"Explain one rule in full, with an exchange that keeps it and one that breaks it."`
	Diff    diffCommand    `cmd:"" help:"Compare two reports."`
	Sweep   sweepCommand   `cmd:"" help:"Remove what killed runs left behind in a vault."`

	Mutants mutantsCommand `cmd:"" help:"Run the suite against faulty variants of the reference vault, and show which rule caught which fault."`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exit is the exit code that ends a command before its end: kong's --help and --version ask for that.
type exit int

// execute runs one command line and returns the exit code.
func execute(args []string, in io.Reader, out, errs io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			early, ok := p.(exit)
			if !ok {
				panic(p)
			}
			code = int(early)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)() // a second signal ends the process at once
	var line commands
	options := append(config.Options(), kong.Name("kvconform"), kong.Writers(out, errs), kong.Exit(func(code int) { panic(exit(code)) }),
		kong.Description("kvconform tells whether a vault keeps the contract of Azure Key Vault's certificate lifecycle."),
		kong.Vars{"version": "kvconform " + runner.Version()}, kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(streams{in, out, errs}))
	parser, err := kong.New(&line, options...)
	if err != nil {
		panic(err) // the command line's own description is wrong
	}
	command, err := parser.Parse(args)
	if err != nil {
		return complain(errs, gate.ExitUsage, fmt.Errorf("%w (kvconform --help tells what there is)", err))
	}
	err = command.Run()
	if ended, ok := errors.AsType[exitError](err); ok {
		return int(ended)
	}
	if err != nil {
		return complain(errs, runner.ExitCode(err), err)
	}
	return gate.ExitConforms
}

// exitError is an exit code that needs no further word.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// exitWith is the error for an exit code; nil for 0.
func exitWith(code int) error {
	if code == gate.ExitConforms {
		return nil
	}
	return exitError(code)
}

// complain says in one line what is wrong.
func complain(w io.Writer, code int, err error) int {
	_, _ = fmt.Fprintln(w, "kvconform: "+report.Printable(strings.ReplaceAll(err.Error(), "\n", "; ")))
	return code
}
