package runner

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/ledger"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// Plan is a run that was looked through and is ready to begin. Nothing was sent yet.
type Plan struct {
	options   Options
	selection suites.Selection
	baseline  *gate.Baseline
	vault     *opened // nil for the reference vault, which is started when the plan runs
}

// Outcome is what came of a run.
type Outcome struct {
	Report *report.Report
	// Outcomes are the verdicts with their rules, Trace what was recorded; nil where nothing was sent.
	Outcomes []oracle.Outcome
	Trace    *exchange.Trace
	// Files are the names of the reports in Options.Out.
	Files []string
}

// New looks the options through: a *UsageError, a *suites.PatternError or a suites.EmptyError says what is wrong with them.
func New(o Options) (*Plan, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	selection, err := choose(o.Only, o.Skip, o.Authority, false)
	if err != nil {
		return nil, err
	}
	p := &Plan{options: o, selection: selection}
	if p.baseline, err = readBaseline(o.Baseline); err != nil {
		return nil, err
	}
	if o.Target != "" {
		if p.vault, err = connect(o); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// choose selects among the rules that speak under the authority, of a run or of recorded traffic.
func choose(only, skip []string, authority oracle.Authority, recorded bool) (suites.Selection, error) {
	selection, err := suites.Select(only, skip)
	if err != nil {
		return selection, err
	}
	named := selection.Rules
	selection.Rules = func(r *oracle.Rule) bool { return named(r) && speaks(r, authority, recorded) }
	if !slices.ContainsFunc(oracle.Rules(), selection.Rules) {
		return selection, &SilentError{Authority: authority, Recorded: recorded}
	}
	return selection, nil
}

// speaks reports whether a rule speaks under the authority, of a run or of recorded traffic.
func speaks(r *oracle.Rule, authority oracle.Authority, recorded bool) bool {
	return (r.Only == "" || r.Only == authority) && (recorded || !r.Recorded)
}

func readBaseline(file string) (*gate.Baseline, error) {
	if file == "" {
		return nil, nil
	}
	b, err := gate.ReadBaseline(file)
	if err != nil {
		return nil, &UsageError{err}
	}
	return b, nil
}

// Select has the plan run something else than what the options chose.
func (p *Plan) Select(s suites.Selection) { p.selection = s }

// Selection is what the plan runs.
func (p *Plan) Selection() suites.Selection { return p.selection }

// Run runs the suites as the options say and writes the reports. An error means that nothing was sent, or that the reports
// could not be written; whatever else keeps a run from its end stands in the report.
func Run(ctx context.Context, o Options) (*Outcome, error) {
	p, err := New(o)
	if err != nil {
		return nil, err
	}
	return p.Run(ctx)
}

// cleanUpAfterInterrupt is what the clean-up gets once the caller's context has ended: whoever has pressed Ctrl-C waits for
// it, and has to be through within 5 s.
const cleanUpAfterInterrupt = 3 * time.Second

// Run runs the plan.
func (p *Plan) Run(ctx context.Context) (*Outcome, error) {
	o := p.options
	id := runID()
	started := time.Now()
	v := p.vault
	if v == nil {
		var err error
		if v, err = embed(o); err != nil {
			return nil, err
		}
	}
	defer v.close()
	refused, err := v.probe(ctx, o.APIVersion)
	if err != nil {
		return p.finish(v, run{id: id, started: started}, nil, []string{fmt.Sprintf("%s: %v", v.client.Base(), err)})
	}
	memory, path, err := openLedger(v, o, id, started)
	if err != nil {
		return nil, err
	}
	this := run{id: id, started: started, ledger: path}
	first, err := p.look(ctx, v, memory, id, refused)
	if err != nil {
		first.problems = append(first.problems, err.Error())
	}
	this.left = first.left
	var result *suites.Result
	problems := first.problems
	if len(problems) == 0 {
		result = p.drive(ctx, v, memory, id)
		problems = problemsOf(result, o)
	}
	if closer, ok := memory.(io.Closer); ok {
		if err := closer.Close(); err != nil {
			problems = append(problems, err.Error())
		}
	}
	return p.finish(v, this, result, problems)
}

// drive has the engine drive and judge.
func (p *Plan) drive(ctx context.Context, v *opened, memory suites.Ledger, id string) *suites.Result {
	o := p.options
	timed, end := context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("it took longer than --timeout %s", o.Timeout))
	defer end()
	cleanUp, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() {
		hurry := time.AfterFunc(cleanUpAfterInterrupt, stop)
		context.AfterFunc(cleanUp, func() { hurry.Stop() })
	})()
	return suites.Run(timed, suites.Options{
		Target: v.watched(o.Exchange), Ledger: memory, RunID: id, NamePrefix: o.NamePrefix, APIVersion: o.APIVersion, Authority: o.Authority,
		Scenarios: p.selection.Scenarios, Parallel: o.Parallel, Issuer: v.issuer, FailingIssuer: v.failingIssuer,
		ProvisionIssuers: o.ProvisionIssuers, Auth: v.auth, Weak: v.weak, FullPolicy: o.FullPolicy, Keep: o.Keep,
		OperationTimeout: o.OperationTimeout, PollMax: o.PollMax, Progress: o.Progress, CleanUp: cleanUp,
	})
}

// runID names a run: 50 random bits, in letters and digits that no vault minds.
func runID() string { return strings.ToLower(rand.Text()[:10]) }

// run is what is known of a run before it began.
type run struct {
	id      string
	started time.Time
	ledger  string // its file; empty for none
	// left is what was made before the first scenario and could not be removed.
	left []report.Leftover
}

// finish decides, and writes the reports.
func (p *Plan) finish(v *opened, this run, result *suites.Result, problems []string) (*Outcome, error) {
	o := p.options
	out := &Outcome{}
	judgement, claimed := oracle.NewJudgement(o.Authority), []string{oracle.Core}
	in := report.Input{Evidence: report.Evidence{Authority: o.Authority}}
	if result != nil {
		judgement, claimed, out.Trace = result.Judgement, result.Profiles, result.Trace
		in.Drives = result.Drives
	}
	if v.weak {
		claimed = append(claimed, oracle.SecondToken)
	}
	out.Outcomes = judgement.Outcomes(claimed, p.selection.Rules)
	if result != nil {
		in.Evidence.Add(result.Trace, out.Outcomes)
	}
	ended := time.Now()
	in.Outcomes = out.Outcomes
	in.Decision = gate.Decide(out.Outcomes, gate.Options{Strict: o.Strict, Claimed: claimed, Require: o.Require, Aborted: len(problems) > 0,
		Baseline: p.baseline, Now: ended})
	r := report.New(in)
	r.Tool = report.Tool{Name: "kvconform", Version: Version()}
	r.Target = report.Target{URL: v.client.Base(), APIVersion: o.APIVersion, Authority: o.Authority, Embedded: v.embedded, Strict: o.Strict}
	r.Run.ID, r.Run.NamePrefix, r.Run.Started, r.Run.Ended = this.id, o.NamePrefix, this.started.UTC(), ended.UTC()
	if _, err := os.Stat(this.ledger); err == nil {
		r.Ledger = this.ledger
	}
	r.Problems = problems
	r.Selection = selected(o.Only, o.Skip, len(out.Outcomes))
	r.Baseline = baselineOf(o.Baseline, p.baseline, in.Decision)
	r.Left = this.left
	if result != nil {
		r.SoftDeleted, r.LeftOut = result.SoftDeleted, result.Spared
		r.Profiles.Reasons = map[string]string{}
		for _, u := range result.Unclaimed {
			r.Profiles.Reasons[u.Profile] = u.Reason
		}
		for _, l := range result.Left {
			r.Left = append(r.Left, report.Leftover{Kind: string(l.Kind), Name: l.Name, Reason: l.Reason})
		}
	}
	out.Report = r
	return out, out.write(o.Out, o.WriteBaseline, p.baseline, o.Strict)
}

// write writes the reports, and the baseline where one is wanted.
func (out *Outcome) write(folder, baseline string, before *gate.Baseline, strict bool) error {
	if baseline != "" && out.Report.Verdict != gate.Aborted {
		if err := gate.Note(out.Outcomes, strict, before).Write(baseline); err != nil {
			return err
		}
	}
	if folder == "" {
		return nil
	}
	var err error
	out.Files, err = report.Write(folder, out.Report, out.Trace)
	return err
}

// selected says what was chosen among the rules; nil where nothing was.
func selected(only, skip []string, rules int) *report.Selection {
	if len(only)+len(skip) == 0 {
		return nil
	}
	return &report.Selection{Only: only, Skip: skip, Rules: rules, Of: len(oracle.Rules())}
}

func baselineOf(file string, b *gate.Baseline, d gate.Decision) *report.Baseline {
	if b == nil {
		return nil
	}
	known := map[string]bool{}
	for _, id := range d.Known {
		known[id] = true
	}
	one := &report.Baseline{File: file, Known: []string{}, New: []string{}, Stale: []gate.Stale{}}
	one.Known = append(one.Known, d.Known...)
	for _, e := range b.Entries {
		if known[e.Rule] {
			one.Entries = append(one.Entries, e)
		}
	}
	for _, id := range append(append([]string{}, d.Broken...), d.Unreached...) {
		if !known[id] {
			one.New = append(one.New, id)
		}
	}
	one.Stale = append(one.Stale, d.Stale...)
	return one
}

// problemsOf are what kept a run from its end, or what it cannot answer for.
func problemsOf(r *suites.Result, o Options) []string {
	var all []string
	if r.Aborted != nil {
		all = append(all, r.Aborted.Error())
	}
	for _, d := range r.Denied {
		all = append(all, fmt.Sprintf("%s was refused for want of a permission: %s %s is %s (exchange #%d); grant the token what that takes",
			o.Target, d.Method, d.Path, d.Code, d.Exchange))
	}
	for _, d := range r.Drives {
		if d.Failed != nil {
			all = append(all, fmt.Sprintf("a fault of kvconform: scenario %s: %v; please report it", d.Scenario, d.Failed))
		}
	}
	for i, f := range r.Judgement.Invalid {
		if i == mostInvalid {
			all = append(all, fmt.Sprintf("and %d more requests of kvconform were invalid", len(r.Judgement.Invalid)-i))
			break
		}
		all = append(all, fmt.Sprintf("a fault of kvconform: its request #%d is invalid at %s: expected %s, actual %s; please report it",
			f.Exchange, f.Pointer, f.Expected, f.Actual))
	}
	return all
}

// mostInvalid is how many of kvconform's own invalid requests are told one by one.
const mostInvalid = 5

// openLedger begins the ledger, beside the reports. Close, where there is anything to close, leaves the file for as long as the
// vault holds something.
func openLedger(v *opened, o Options, id string, started time.Time) (suites.Ledger, string, error) {
	if v.embedded {
		return ledger.Forgetful{}, "", nil
	}
	folder := o.Out
	if folder == "" {
		folder = os.TempDir()
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, "", usage("--out: %w", err)
	}
	path := filepath.Join(folder, id+".ledger")
	file, err := ledger.Create(path, ledger.Header{RunID: id, Target: v.client.Base(), Prefix: o.NamePrefix + "-" + id + "-", Started: started.UTC()})
	if err != nil {
		return nil, "", usage("--out: %w", err)
	}
	return file, path, nil
}
