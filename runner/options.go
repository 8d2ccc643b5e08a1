// Package runner runs the suites against a vault that somebody names, or against the reference vault in the same process, and
// makes the reports. The command stands on it, and so do tests in other repositories (Test).
package runner

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// Options say what is run, against what, and what is made of it. The zero value judges the reference vault. Each field is
// the flag of `kvconform run` of the same name; Defaults has what a zero stands for.
type Options struct {
	// Target is the vault's base URL, with a path prefix where it has one; empty for the reference vault in this process.
	Target string
	// ConnectTo is an address, HOST:PORT, that is dialled whatever Target says.
	ConnectTo string
	// Auth is none, token or azure; empty for token where one is given, else none.
	Auth string
	// Token is a bearer token; TokenFile and TokenCommand are where else one comes from. The file is read, and the command run,
	// again when the target no longer takes the token.
	Token, TokenFile, TokenCommand string
	// WeakToken is a second token, which may read certificates and nothing else.
	WeakToken string
	// Scope is what a token is asked for with Auth azure.
	Scope string
	// CAFile holds certificates in PEM that the target's is trusted by; Insecure trusts any.
	CAFile   string
	Insecure bool
	// APIVersion is sent with every request.
	APIVersion string
	// Authority is the yardstick; with the reference vault also what that follows.
	Authority oracle.Authority
	// Strict says that a broken SHOULD deviates, too.
	Strict bool
	// Issuer and FailingIssuer are issuers that the vault has; ProvisionIssuers has the run register its own.
	Issuer, FailingIssuer string
	ProvisionIssuers      bool
	// Require are profiles of which the run must have judged something.
	Require []string
	// FullPolicy sends complete policies instead of minimal ones.
	FullPolicy bool
	// Only and Skip choose scenarios and rules by id, with the patterns of path.Match.
	Only, Skip []string
	// Parallel is how many scenarios are driven at once.
	Parallel int
	// Rate bounds the requests a second, all scenarios together; 0 for the default: unlimited on the loopback, else 20.
	Rate float64
	// Timeout bounds the whole run, OperationTimeout one operation's way to its end, RequestTimeout one request.
	Timeout, OperationTimeout, RequestTimeout time.Duration
	// PollMax bounds the wait between two polls.
	PollMax time.Duration
	// NamePrefix begins the name of everything that the run makes.
	NamePrefix string
	// Keep leaves what the run made in the vault.
	Keep bool
	// Baseline is a file of known deviations, WriteBaseline one that is written from the run.
	Baseline, WriteBaseline string
	// Out is the folder for the reports and the ledger; empty for none: the ledger is then in a folder for temporary files.
	Out string

	// Progress, where set, is told of every step, Exchange of every request that was answered or given up; each from any
	// goroutine, one call at a time.
	Progress func(suites.Progress)
	Exchange func(line string)
}

// Defaults is what the zero values of the options stand for.
func Defaults() Options {
	return Options{Scope: "https://vault.azure.net/.default", APIVersion: "2025-07-01", Authority: oracle.Documented, Parallel: 16,
		Timeout: 15 * time.Minute, OperationTimeout: 3 * time.Minute, RequestTimeout: 30 * time.Second, PollMax: 10 * time.Second,
		NamePrefix: "kvc"}
}

// UsageError is something wrong in the options. Nothing was sent.
type UsageError struct{ Err error }

func (e *UsageError) Error() string { return e.Err.Error() }

func (e *UsageError) Unwrap() error { return e.Err }

func usage(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// SilentError is a selection of rules none of which speaks.
type SilentError struct {
	Authority oracle.Authority
	Recorded  bool
}

func (e *SilentError) Error() string {
	of := "a run"
	if e.Recorded {
		of = "recorded traffic"
	}
	return fmt.Sprintf("none of the selected rules speaks of %s under --authority %s: nothing is left to judge", of, e.Authority)
}

// ExitCode is the exit code for an error of this package.
func ExitCode(err error) int {
	if _, ok := errors.AsType[*UsageError](err); ok {
		return gate.ExitUsage
	}
	if pattern, ok := errors.AsType[*suites.PatternError](err); ok {
		if pattern.Malformed != nil {
			return gate.ExitUsage
		}
		return gate.ExitIncomplete
	}
	if _, ok := errors.AsType[suites.EmptyError](err); ok {
		return gate.ExitIncomplete
	}
	if _, ok := errors.AsType[*SilentError](err); ok {
		return gate.ExitIncomplete
	}
	return gate.ExitAborted
}

// The values of Options.Auth.
const (
	authNone  = "none"
	authToken = "token"
	authAzure = "azure"
)

// withDefaults fills in what was left open.
func (o Options) withDefaults() Options {
	d := Defaults()
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	wait := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	set(&o.Scope, d.Scope)
	set(&o.APIVersion, d.APIVersion)
	set((*string)(&o.Authority), string(d.Authority))
	set(&o.NamePrefix, d.NamePrefix)
	wait(&o.Timeout, d.Timeout)
	wait(&o.OperationTimeout, d.OperationTimeout)
	wait(&o.RequestTimeout, d.RequestTimeout)
	wait(&o.PollMax, d.PollMax)
	if o.Parallel == 0 {
		o.Parallel = d.Parallel
	}
	if o.Auth == "" && o.hasToken() {
		o.Auth = authToken
	}
	set(&o.Auth, authNone)
	o.Target = strings.TrimRight(o.Target, "/")
	return o
}

func (o Options) hasToken() bool { return o.Token != "" || o.TokenFile != "" || o.TokenCommand != "" }

// prefixForm is the form of a name's beginning: a name has 1 to 127 letters, digits and dashes, and the run adds up to 80.
var prefixForm = regexp.MustCompile(`^[0-9A-Za-z-]{1,40}$`)

// check says what is wrong with the options.
func (o Options) check() error {
	if o.Authority != oracle.Documented && o.Authority != oracle.Live {
		return usage("--authority is %q; documented and live are known", o.Authority)
	}
	for _, p := range o.Require {
		if !slices.Contains(gate.Profiles, p) {
			return usage("--require names the profile %q; the profiles are %s", p, strings.Join(gate.Profiles, ", "))
		}
	}
	if !prefixForm.MatchString(o.NamePrefix) {
		return usage("--name-prefix is %q; it takes 1 to 40 letters, digits and dashes", o.NamePrefix)
	}
	if min(o.Timeout, o.OperationTimeout, o.RequestTimeout, o.PollMax) < 0 {
		return usage("--timeout, --operation-timeout, --request-timeout and --poll-max are not negative")
	}
	if o.Parallel < 1 {
		return usage("--parallel is %d; at least 1 scenario is driven at once", o.Parallel)
	}
	if o.Rate < 0 {
		return usage("--rate is negative")
	}
	if o.Target == "" {
		return o.checkEmbedded()
	}
	return o.checkTarget()
}

// checkEmbedded refuses what makes sense for a target only: whoever gives it has meant to name one.
func (o Options) checkEmbedded() error {
	for _, option := range []struct {
		flag  string
		given bool
	}{
		{"connect-to", o.ConnectTo != ""}, {"auth", o.Auth == authAzure}, {"token-file", o.TokenFile != ""},
		{"token-command", o.TokenCommand != ""}, {"ca-file", o.CAFile != ""}, {"insecure", o.Insecure},
		{"issuer", o.Issuer != ""}, {"failing-issuer", o.FailingIssuer != ""},
	} {
		if option.given {
			return usage("--%s needs --target", option.flag)
		}
	}
	return nil
}

func (o Options) checkTarget() error {
	switch {
	case o.Auth != authNone && o.Auth != authToken && o.Auth != authAzure:
		return usage("--auth is %q; none, token and azure are known", o.Auth)
	case o.Auth == authToken && !o.hasToken():
		return usage("--auth token needs a token: --token-file, --token-command or KVCONFORM_TOKEN")
	case o.TokenFile != "" && o.TokenCommand != "":
		return usage("--token-file and --token-command: one of them gives the token")
	}
	if o.TokenFile != "" {
		if _, err := os.Stat(o.TokenFile); err != nil {
			return usage("--token-file: %w", err)
		}
	}
	return nil
}
