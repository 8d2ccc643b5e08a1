package matrix

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/runner/ledger"
	"github.com/kvconform/kvconform/runner/target"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
	"github.com/kvconform/kvconform/suites"
)

// The tokens and issuers of every variant.
const (
	token         = "token-of-a-variant-of-the-vault"
	weakToken     = "weak-token-of-a-variant-of-the-vault"
	issuer        = "variant-issuer"
	failingIssuer = "variant-failing-issuer"
)

// fastKeys is a peculiarity that halves what a vault takes: a signature of RSA is most of a create's work.
const fastKeys = "keys-ec"

// The times of a run. The issuers of the reference vault take 150 ms, so what has not ended after operationTimeout does not end; a fault
// that lets every operation hang costs that once for each issuer. A run that has not ended after hang
// hangs; that of a vault that throttles each fortieth request takes half a minute.
const (
	operationTimeout = 8 * time.Second
	pollMax          = time.Second
	requestTimeout   = 10 * time.Second
	hang             = 4 * time.Minute
)

// judge runs a variant and says whether it is as it should be. A fault is looked for with the scenarios that speak most of what it breaks
// first, one after the other, which are a fraction of the suite, without their spare parts and with them; only one that none of them catches
// gets the whole.
func (m *maker) judge(ctx context.Context, r *Row) {
	if r.Kind == Fault {
		steps := m.reach(ctx, r.Authority).steps(r)
		for i, s := range slices.Concat(steps, steps[:min(mostWhole, len(steps))]) {
			r.Spare = i >= len(steps)
			if drive(ctx, r, []suites.Scenario{s}); r.Good && r.Own {
				r.Scenario = s.ID
				return
			}
		}
	}
	r.Whole, r.Spare = true, r.Kind == Fault || m.thorough
	drive(ctx, r, suites.All())
}

// drive runs the scenarios against the variant and fills in what came of it.
func drive(ctx context.Context, r *Row, scenarios []suites.Scenario) {
	outcomes, problem := run(ctx, r, scenarios)
	r.Failed, r.Warned, r.Unreached, r.Problem = []string{}, []string{}, nil, problem
	for _, o := range outcomes {
		switch o.Verdict {
		case oracle.Fail:
			r.Failed = append(r.Failed, o.Rule.ID)
		case oracle.Warn:
			r.Warned = append(r.Warned, o.Rule.ID)
		case oracle.Error:
			r.Problem = o.Reason
		case oracle.Unreached:
			if r.Kind == Peculiarity && o.Level == oracle.Must && !o.Rule.Chance {
				r.Unreached = append(r.Unreached, o.Rule.ID)
			}
		}
	}
	caught := r.caughtBy()
	r.Good = len(caught) > 0
	if r.Kind == Peculiarity {
		r.Good = len(r.Failed)+len(r.Unreached) == 0 && r.Problem == ""
	}
	r.Own = slices.ContainsFunc(caught, func(id string) bool { return standsOn(id, r) })
}

// caughtBy are the rules that catch a fault: those that fail and, where the fault breaks a SHOULD, those that warn.
func (r *Row) caughtBy() []string {
	if r.Should {
		return append(slices.Clone(r.Failed), r.Warned...)
	}
	return r.Failed
}

// run drives and judges a vault of its own for this variant.
func run(ctx context.Context, r *Row, scenarios []suites.Scenario) (outcomes []oracle.Outcome, problem string) {
	result, _, err := result(ctx, r, scenarios)
	if err != nil {
		return nil, err.Error()
	}
	return result.Judgement.Outcomes(append(result.Profiles, oracle.SecondToken), nil), problemOf(result)
}

// problemOf says what kept a run from its end.
func problemOf(result *suites.Result) (problem string) {
	if result.Aborted != nil {
		problem = result.Aborted.Error()
	}
	for _, d := range result.Drives {
		if d.Failed != nil {
			problem = d.Failed.Error()
		}
	}
	return problem
}

// result is what comes of a run against a vault of its own for this variant, and that vault. What the row says of spare parts is kept to.
func result(ctx context.Context, r *Row, scenarios []suites.Scenario) (*suites.Result, *vault.Vault, error) {
	o := vault.Options{Authority: vault.Authority(r.Authority), Token: token, WeakToken: weakToken,
		Issuers: map[string]string{issuer: "Test", failingIssuer: "DigiCert"}, RetryAfter: new(-1)}
	if r.Kind == Peculiarity {
		o.Peculiarity = r.Name
	} else {
		o.Fault = r.Name
	}
	if !r.aboutKeys() {
		o.Peculiarity += "," + fastKeys
	}
	asked, client, end, err := reachable(o)
	if err != nil {
		return nil, nil, err
	}
	defer end()
	ctx, stop := context.WithTimeoutCause(ctx, hang, fmt.Errorf("it did not end within %s", hang))
	defer stop()
	return suites.Run(ctx, suites.Options{Target: client, Ledger: ledger.Forgetful{}, RunID: "variant", Authority: r.Authority,
		Scenarios: scenarios, Issuer: issuer, FailingIssuer: failingIssuer, Auth: true, Weak: true, Brief: !r.Spare, Keep: r.Kind == Fault && !r.Whole,
		OperationTimeout: operationTimeout, PollMax: pollMax}), asked, nil
}

// aboutKeys reports a peculiarity that is about which keys a vault makes: no other one may hide it.
func (r *Row) aboutKeys() bool {
	return r.Kind == Peculiarity && slices.ContainsFunc(rulingsOf(r), func(id string) bool { return slices.Contains(keyRulings, id) })
}

// keyRulings are the rulings about the keys of a policy (RULINGS).
var keyRulings = []string{"R31", "R42", "R43"}

// reachable makes a vault and a client of it, which end with end.
func reachable(o vault.Options) (asked *vault.Vault, client *target.Client, end func(), err error) {
	if !o.NeedsConnection() {
		asked = vault.New(o)
		client, err = target.New(target.Options{URL: "http://vault.localhost", Token: target.StaticToken(token),
			WeakToken: target.StaticToken(weakToken), RequestTimeout: requestTimeout, Transport: direct{asked}})
		return asked, client, func() {}, err
	}
	server, err := vault.Start(o)
	if err != nil {
		return nil, nil, nil, err
	}
	if client, err = connect(server); err != nil {
		server.Close()
		return nil, nil, nil, err
	}
	return server.Vault, client, func() { client.Close(); server.Close() }, nil
}

// connect makes a client of the variant. Where it speaks TLS, its certificate is trusted by way of a file, as everybody's is.
func connect(server *vault.Server) (*target.Client, error) {
	options := target.Options{URL: server.URL, Token: target.StaticToken(token), WeakToken: target.StaticToken(weakToken), RequestTimeout: requestTimeout}
	if server.CAPEM != nil {
		file, err := os.CreateTemp("", "kvconform-ca-*.pem")
		if err != nil {
			return nil, err
		}
		defer func() { _ = os.Remove(file.Name()) }()
		if _, err := file.Write(server.CAPEM); err != nil {
			return nil, err
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
		options.CAFile = file.Name()
	}
	return target.New(options)
}

// standsOn reports that a rule stands on the section that the fault breaks, or on the same ruling.
func standsOn(rule string, r *Row) bool {
	return ruledAlike(rule, r) || slices.Contains(rulesOf(r.Section), rule)
}

// ruledAlike reports that a rule and a fault cite the same ruling.
func ruledAlike(rule string, r *Row) bool {
	return slices.ContainsFunc(oracle.ByID(rule).Ruling, func(id string) bool { return slices.Contains(rulingsOf(r), id) })
}

// rulingsOf are the rulings and facts that a variant cites.
func rulingsOf(r *Row) []string {
	return strings.FieldsFunc(r.Ruling, func(c rune) bool { return c == ',' || c == ' ' })
}

// rulesOf are the rules that stand on a section, which is written as 002 § Heading.
func rulesOf(section string) []string {
	document, heading, _ := strings.Cut(section, " § ")
	var rules []string
	for _, s := range sources.Sentences() {
		if s.Document == document && s.Section == heading {
			rules = append(rules, s.Rules...)
		}
	}
	for _, r := range oracle.Rules() {
		if title, in, _ := strings.Cut(r.Source, ", § "); in == heading && titleOf(document) == title {
			rules = append(rules, r.ID)
		}
	}
	return rules
}

// titleOf is the title that rules cite a document by.
func titleOf(document string) string {
	for _, s := range sources.Sentences() {
		if s.Document == document {
			return s.Title
		}
	}
	return ""
}
