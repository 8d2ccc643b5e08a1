package runner

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	files, err := expand(o.Files)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	judged := judgeFiles(ctx, files, o)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("interrupted: %w", context.Cause(ctx))
	}
	sum := oracle.NewJudgement(o.Authority)
	in := report.Input{Authority: o.Authority, Lenient: o.Lenient}
	var problems []string
	var read []report.File
	for _, f := range judged {
		if f.err != nil {
			problems = append(problems, f.err.Error())
			continue
		}
		sum.Add(f.judgement)
		in.Traces = append(in.Traces, f.trace)
		read = append(read, fileOf(f, selection.Rules))
	}
	out := &Outcome{Outcomes: sum.Outcomes(append(slices.Clone(gate.Profiles), oracle.SecondToken), selection.Rules)}
	ended := time.Now()
	in.Outcomes = out.Outcomes
	in.Decision = gate.Decide(out.Outcomes, gate.Options{Strict: o.Strict, Claimed: gate.Profiles, Require: o.Require, Traffic: true,
		Aborted: len(problems) > 0, Baseline: baseline, Now: ended})
	r := report.New(in)
	r.Tool = report.Tool{Name: "kvconform", Version: Version()}
	r.Target = report.Target{Authority: o.Authority, Strict: o.Strict}
	r.Run.ID, r.Run.Started, r.Run.Ended = runID(), started.UTC(), ended.UTC()
	r.Problems, r.Files = problems, read
	r.Selection = selected(o.Only, o.Skip, len(out.Outcomes))
	r.Baseline = baselineOf(o.Baseline, baseline, in.Decision)
	out.Report = r
	return out, out.write(o.Out, o.WriteBaseline, baseline, o.Strict)
}

// expand makes files of folders and patterns. Each is in it once, in the order of the arguments.
func expand(arguments []string) ([]string, error) {
	if len(arguments) == 0 {
		return nil, usage("check needs a file, a folder, or - for standard input")
	}
	var all []string
	for _, argument := range arguments {
		found, err := expandOne(argument)
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			if !slices.Contains(all, file) {
				all = append(all, file)
			}
		}
	}
	return all, nil
}

func expandOne(argument string) ([]string, error) {
	if argument == standardInput {
		return []string{standardInput}, nil
	}
	info, err := os.Stat(argument)
	if err == nil && !info.IsDir() {
		return []string{argument}, nil
	}
	if err == nil {
		return folder(argument)
	}
	matches, badPattern := filepath.Glob(argument)
	if badPattern != nil || len(matches) == 0 {
		return nil, usage("%w", err)
	}
	return matches, nil
}

// folder lists the recordings in a folder and below it, by the ends of their names.
func folder(name string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(name, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		plain := strings.TrimSuffix(strings.ToLower(path), ".gz")
		if !entry.IsDir() && (strings.HasSuffix(plain, ".har") || strings.HasSuffix(plain, ".json")) {
			all = append(all, path)
		}
		return nil
	})
	if err != nil {
		return nil, &UsageError{err}
	}
	if len(all) == 0 {
		return nil, usage("%s holds no file whose name ends in .har, .json, .har.gz or .json.gz", name)
	}
	return all, nil
}

// judgedFile is what came of one file.
type judgedFile struct {
	trace     *exchange.Trace
	judgement *oracle.Judgement
	err       error
}

// judgeFiles reads and judges the files, as many at once as there are processors, and returns them in their order.
func judgeFiles(ctx context.Context, files []string, o CheckOptions) []judgedFile {
	judged := make([]judgedFile, len(files))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for i, file := range files {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			trace, err := readFile(file, o.Input)
			if err != nil {
				judged[i].err = err
				return
			}
			judged[i] = judgedFile{trace: trace, judgement: oracle.Judge(trace, oracle.Options{Authority: o.Authority, Lenient: o.Lenient})}
		})
	}
	wg.Wait()
	return judged
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

func fileOf(f judgedFile, judges func(*oracle.Rule) bool) report.File {
	file := report.File{Name: f.trace.Name, Exchanges: len(f.trace.Exchanges)}
	for _, one := range f.judgement.Forgiven {
		if rule := oracle.ByID(one.Rule); rule != nil && judges(rule) {
			file.Forgiven = append(file.Forgiven, report.Forgiven{Rule: one.Rule, Reason: one.Reason, Times: one.Times})
		}
	}
	return file
}
