package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/spec/oracle"
)

// JudgeFlags are the flags of everything that judges.
type JudgeFlags struct {
	Authority string   `help:"The yardstick where the documents and the live service differ: ${enum}." enum:"documented,live" default:"documented" group:"Judging"`
	Strict    bool     `help:"A broken SHOULD deviates too." group:"Judging"`
	Require   []string `help:"Profiles that must be judged: core, auth, issuer, failing-issuer." placeholder:"P" group:"Judging"`
	Only      []string `help:"Drive these scenarios, judge these rules. Repeatable." placeholder:"GLOB" group:"Judging"`
	Skip      []string `help:"Leave these scenarios and rules out. Repeatable." placeholder:"GLOB" group:"Judging"`
	Baseline  string   `help:"A file of known deviations: the gate then fails on news only." placeholder:"F" group:"Judging"`

	WriteBaseline string `help:"Write the deviations of this run to F." placeholder:"F" group:"Judging"`

	Out    string `help:"Where the reports go (${default})." default:"kvconform-report" placeholder:"DIR" group:"Output"`
	Config File   `help:"A configuration file, YAML; its keys are the flags' names." placeholder:"F"`
}

// TargetFlags are the flags of everything that sends.
type TargetFlags struct {
	Target       string        `help:"The vault's base URL. Default: the reference vault, in this process." placeholder:"URL" group:"Target"`
	ConnectTo    string        `help:"Dial this address whatever the URL says." placeholder:"HOST:PORT" group:"Target"`
	Auth         string        `help:"none, token (the default where one is given), or azure: the Azure SDK's default credentials." placeholder:"HOW" group:"Target"`
	Scope        string        `help:"The OAuth scope asked for with --auth azure (${default})." default:"https://vault.azure.net/.default" placeholder:"S" group:"Target"`
	TokenFile    string        `help:"Read the bearer token from F. KVCONFORM_TOKEN may hold it, too." placeholder:"F" group:"Target"`
	TokenCommand string        `help:"Take the bearer token that C prints." placeholder:"C" group:"Target"`
	CAFile       string        `name:"ca-file" help:"Trust the target's certificate by these, PEM." placeholder:"F" group:"Target"`
	Insecure     bool          `help:"Trust any certificate." group:"Target"`
	APIVersion   string        `name:"api-version" help:"Sent with every request (${default})." default:"2025-07-01" placeholder:"V" group:"Target"`
	Rate         float64       `help:"Requests a second, all scenarios together. Default: unlimited on the loopback, else 20." placeholder:"N" group:"Driving"`
	Request      time.Duration `name:"request-timeout" help:"The time for one request (${default})." default:"30s" placeholder:"D" group:"Driving"`
}

// RunFlags are the flags of `kvconform run`.
type RunFlags struct {
	JudgeFlags
	TargetFlags

	Issuer       string        `help:"An issuer whose operations complete (profile issuer)." placeholder:"NAME" group:"Target"`
	FailingIssue string        `name:"failing-issuer" help:"An issuer whose operations fail (profile failing-issuer)." placeholder:"NAME" group:"Target"`
	Provision    bool          `name:"provision-issuers" help:"Register two issuers for those profiles, and remove them afterwards." group:"Target"`
	FullPolicy   bool          `help:"Send complete policies instead of the documents' minimal ones." group:"Driving"`
	Parallel     int           `help:"Scenarios driven at once (${default})." default:"16" placeholder:"N" group:"Driving"`
	Timeout      time.Duration `help:"The time for the whole run (${default})." default:"15m" placeholder:"D" group:"Driving"`
	Operation    time.Duration `name:"operation-timeout" help:"The time for one operation's way to its end (${default})." default:"3m" placeholder:"D" group:"Driving"`
	PollMax      time.Duration `help:"The longest wait between two polls, whatever Retry-After says (${default})." default:"10s" placeholder:"D" group:"Driving"`
	NamePrefix   string        `help:"Every object that a run makes is called P-<run id>-… (${default})." default:"kvc" placeholder:"P" group:"Driving"`
	Keep         bool          `help:"Leave the run's objects in the vault." group:"Driving"`
}

// Validate refuses an empty target: a variable that a CI job left empty must not have the reference vault judged instead.
func (r *RunFlags) Validate(ctx *kong.Context) error {
	if r.Target != "" {
		return nil
	}
	for _, path := range ctx.Path {
		if path.Flag != nil && path.Flag.Name == "target" {
			return errors.New("--target is empty")
		}
	}
	if _, set := os.LookupEnv(Prefix + "_TARGET"); set {
		return errors.New("KVCONFORM_TARGET is set, but empty")
	}
	return nil
}

// Options makes options of the flags and the tokens in the environment.
func (f *TargetFlags) Options() runner.Options {
	return runner.Options{
		Target: f.Target, ConnectTo: f.ConnectTo, Auth: f.Auth, Scope: f.Scope, Token: os.Getenv(Prefix + "_TOKEN"), TokenFile: f.TokenFile,
		TokenCommand: f.TokenCommand, WeakToken: os.Getenv(Prefix + "_WEAK_TOKEN"), CAFile: f.CAFile, Insecure: f.Insecure,
		APIVersion: f.APIVersion, Rate: f.Rate, RequestTimeout: f.Request,
	}
}

// Options makes options of the flags and the tokens in the environment.
func (r *RunFlags) Options() runner.Options {
	o := r.TargetFlags.Options()
	o.Authority, o.Strict, o.Require, o.Only, o.Skip = oracle.Authority(r.Authority), r.Strict, r.Require, r.Only, r.Skip
	o.Baseline, o.WriteBaseline, o.Out = r.Baseline, r.WriteBaseline, r.Out
	o.Issuer, o.FailingIssuer, o.ProvisionIssuers = r.Issuer, r.FailingIssue, r.Provision
	o.FullPolicy, o.Parallel, o.Timeout, o.OperationTimeout, o.PollMax = r.FullPolicy, r.Parallel, r.Timeout, r.Operation, r.PollMax
	o.NamePrefix, o.Keep = r.NamePrefix, r.Keep
	return o
}

// FromEnvironment makes options of the KVCONFORM_… variables alone, for programs whose command line belongs to others.
func FromEnvironment() (runner.Options, error) {
	var flags RunFlags
	parser, err := kong.New(&flags, Options()...)
	if err != nil {
		return runner.Options{}, err
	}
	if _, err := parser.Parse(nil); err != nil {
		return runner.Options{}, fmt.Errorf("in the environment: %s", strings.TrimPrefix(err.Error(), "kvconform: "))
	}
	return flags.Options(), nil
}
