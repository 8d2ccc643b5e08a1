package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/runner/config"
)

type serveCommand struct {
	Addr        string        `help:"Listen on this address (127.0.0.1:8443)." default:"127.0.0.1:8443" placeholder:"HOST:PORT"`
	TLS         bool          `name:"tls" help:"Speak https, with a certificate made for the occasion (--ca-out)."`
	CAOut       string        `name:"ca-out" help:"Write the certificate to trust to F, PEM." placeholder:"F"`
	Authority   string        `help:"Whom to follow where the documents and the live service differ: ${enum}." enum:"documented,live" default:"documented"`
	Fault       []string      `help:"Have this fault (kvconform mutants --list). Repeatable." placeholder:"NAME"`
	Peculiarity []string      `help:"Be different in this way, and conforming still (kvconform mutants --list). Repeatable." placeholder:"NAME"`
	IssuerDelay time.Duration `help:"How long an operation with an issuer, Self too, stays in progress (150ms)." default:"150ms" placeholder:"D"`
	MinPolls    int           `help:"At how many looks it is still in progress, however late they come (2)." default:"2" placeholder:"N"`
	RetryAfter  *int          `help:"Retry-After of an operation in progress, seconds; -1 for none. Default: the authority's." placeholder:"N"`
	Latency     time.Duration `help:"Hold every answer back for so long." placeholder:"D"`
	DeleteDelay time.Duration `help:"How long a deleted certificate cannot be seen, recovered or purged yet." placeholder:"D"`
	ForbidPurge bool          `help:"Answer every purge with 403."`
	Config      config.File   `help:"A configuration file, YAML; its keys are the flags' names." placeholder:"F"`
}

// Help tells what flags cannot.
func (c *serveCommand) Help() string {
	return "Where KVCONFORM_TOKEN is set, the vault asks for that bearer token, and takes KVCONFORM_WEAK_TOKEN for one that may only read certificates. " +
		"The vault's URL is the first line of the output. An interrupt ends it."
}

// Validate refuses what would have no effect.
func (c *serveCommand) Validate() error {
	if c.CAOut != "" && !c.TLS {
		return fmt.Errorf("--ca-out needs --tls")
	}
	if min(c.IssuerDelay, c.Latency, c.DeleteDelay) < 0 || c.MinPolls < 0 {
		return fmt.Errorf("delays and numbers are not negative")
	}
	_, err := c.deviations()
	return err
}

// deviations say, a line each, what the vault's faults and peculiarities do.
func (c *serveCommand) deviations() ([]string, error) {
	var lines []string
	add := func(flag, name string, only vault.Authority, says string) error {
		switch {
		case says == "":
			return fmt.Errorf("--%s: there is none that is called %q (kvconform mutants --list names them)", flag, name)
		case only != "" && only != vault.Authority(c.Authority):
			return fmt.Errorf("--%s %s: it is none but under --authority %s", flag, name, only)
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", flag, name, says))
		return nil
	}
	faults, peculiarities := map[string]vault.Fault{}, map[string]vault.Peculiarity{}
	for _, f := range vault.Faults() {
		faults[f.Name] = f
	}
	for _, p := range vault.Peculiarities() {
		peculiarities[p.Name] = p
	}
	for _, name := range c.Fault {
		if err := add("fault", name, faults[name].Authority, faults[name].Says); err != nil {
			return nil, err
		}
	}
	for _, name := range c.Peculiarity {
		if err := add("peculiarity", name, peculiarities[name].Authority, peculiarities[name].Says); err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// Run serves until it is interrupted.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	deviations, err := c.deviations()
	if err != nil {
		return err
	}
	options := vault.Options{Authority: vault.Authority(c.Authority), Addr: c.Addr, TLS: c.TLS, Token: os.Getenv(config.Prefix + "_TOKEN"),
		WeakToken: os.Getenv(config.Prefix + "_WEAK_TOKEN"), IssuerDelay: orNever(c.IssuerDelay), MinPolls: orNever(c.MinPolls),
		RetryAfter: c.RetryAfter, DeleteDelay: c.DeleteDelay, ForbidPurge: c.ForbidPurge,
		Fault: strings.Join(c.Fault, ","), Peculiarity: strings.Join(c.Peculiarity, ",")}
	if c.Latency > 0 {
		options.Latency = func() time.Duration { return c.Latency }
	}
	server, err := vault.Start(options)
	if err != nil {
		return err
	}
	defer server.Close()
	if c.CAOut != "" {
		if err := os.WriteFile(c.CAOut, server.CAPEM, 0o644); err != nil {
			return fmt.Errorf("--ca-out: %w", err)
		}
	}
	for _, line := range deviations {
		if _, err := fmt.Fprintln(s.err, line); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(s.out, server.URL); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// orNever turns a flag's zero into the vault's way to say none: its own zero stands for a default.
func orNever[N int | time.Duration](n N) N {
	if n == 0 {
		return -1
	}
	return n
}
