package runner

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/runner/recording"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// CheckOptions say which recorded traffic is judged, and how. The fields that Options has, too, mean the same.
type CheckOptions struct {
	// Files are files, folders of them, patterns of filepath.Match, or - for Input.
	Files []string
	Input io.Reader
	// Lenient forgives what recorders are known to drop.
	Lenient bool

	Authority               oracle.Authority
	Strict                  bool
	Require, Only, Skip     []string
	Baseline, WriteBaseline string
	Out                     string
}

// standardInput is the name of the file that Input is.
const standardInput = "-"

// Check judges recorded traffic. An error means that nothing could be judged, because the options are wrong; a file that is no
// recording is told in the report, beside what the others show.
func Check(ctx context.Context, o CheckOptions) (*Outcome, error) {
	if o.Authority == "" {
		o.Authority = oracle.Documented
	}
	if err := (Options{Authority: o.Authority, Require: o.Require}).withDefaults().check(); err != nil {
		return nil, err
	}
	selection, err := choose(o.Only, o.Skip, o.Authority, true)
	if err != nil {
		return nil, err
	}
	baseline, err := readBaseline(o.Baseline)
	if err != nil {
		return nil, err
	}
	files, err := recordings(o.Files)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	sum := oracle.NewSum(o.Authority, report.MostFindings)
	in := report.Input{Evidence: report.Evidence{Authority: o.Authority, Lenient: o.Lenient}}
	var unread unreadable
	judgeFiles(ctx, files, o, func(f judgedFile) {
		if f.err != nil {
			unread.add(f.err)
			return
		}
		sum.Add(f.judgement)
		in.Evidence.AddFile(f.trace, f.judgement.Outcomes(nil, selection.Rules), forgiven(f.judgement, selection.Rules))
	})
	if ctx.Err() != nil {
		return nil, fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
	problems := unread.problems()
	out := &Outcome{Outcomes: sum.Outcomes(append(slices.Clone(gate.Profiles), oracle.SecondToken), selection.Rules)}
	ended := time.Now()
	in.Outcomes = out.Outcomes
	in.Decision = gate.Decide(out.Outcomes, gate.Options{Strict: o.Strict, Claimed: gate.Profiles, Require: o.Require, Traffic: true,
		Aborted: len(problems) > 0, Baseline: baseline, Now: ended})
	r := report.New(in)
	r.Tool = report.Tool{Name: "kvconform", Version: Version()}
	r.Target = report.Target{Authority: o.Authority, Strict: o.Strict}
	r.Run.ID, r.Run.Started, r.Run.Ended = runID(), started.UTC(), ended.UTC()
	r.Problems = problems
	r.Selection = selected(o.Only, o.Skip, len(out.Outcomes))
	r.Baseline = baselineOf(o.Baseline, baseline, in.Decision)
	out.Report = r
	return out, out.write(o.Out, o.WriteBaseline, baseline, o.Strict)
}

// judgedFile is what came of one file.
type judgedFile struct {
	trace     *exchange.Trace
	judgement *oracle.Judgement
	err       error
}

// judgeFiles reads and judges the files, as many at once as there are processors, and hands over what came of them in their order. It
// holds no more of them than are judged at once.
func judgeFiles(ctx context.Context, files iter.Seq2[string, error], o CheckOptions, each func(judgedFile)) {
	inHand := make(chan chan judgedFile, runtime.GOMAXPROCS(0))
	go func() {
		defer close(inHand)
		for file, err := range files {
			if ctx.Err() != nil {
				return
			}
			judged := make(chan judgedFile, 1)
			inHand <- judged
			if err != nil {
				judged <- judgedFile{err: err}
				continue
			}
			go func() { judged <- judgeFile(file, o) }()
		}
	}()
	for judged := range inHand {
		each(<-judged)
	}
}

func judgeFile(name string, o CheckOptions) judgedFile {
	trace, err := readFile(name, o.Input)
	if err != nil {
		return judgedFile{err: err}
	}
	return judgedFile{trace: trace, judgement: oracle.Judge(trace, oracle.Options{Authority: o.Authority, Lenient: o.Lenient})}
}

func readFile(name string, input io.Reader) (*exchange.Trace, error) {
	if name == standardInput {
		return recording.Read(name, input)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return recording.Read(name, f)
}

// unreadable are the files that could not be read: the first of them, and how many more.
type unreadable struct {
	first []string
	more  int
}

// mostUnreadable is how many of them are told one by one.
const mostUnreadable = 20

func (u *unreadable) add(err error) {
	if len(u.first) == mostUnreadable {
		u.more++
		return
	}
	u.first = append(u.first, err.Error())
}

func (u *unreadable) problems() []string {
	if u.more == 0 {
		return u.first
	}
	return append(slices.Clone(u.first), fmt.Sprintf("and %d more files could not be read", u.more))
}

// forgiven is what a judgement let pass of the rules that are selected.
func forgiven(j *oracle.Judgement, selected func(*oracle.Rule) bool) []oracle.Forgiven {
	return slices.DeleteFunc(slices.Clone(j.Forgiven), func(f oracle.Forgiven) bool { return !selected(oracle.ByID(f.Rule)) })
}
