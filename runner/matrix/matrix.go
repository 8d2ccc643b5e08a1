// Package matrix runs the suite against faulty and peculiar variants of the reference vault, and tells which rule catches which fault.
// It is how anybody can see that a pass means something: each fault has to be caught, no peculiarity may be blamed, and a rule that
// catches nothing is of no use.
package matrix

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"sync"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/spec/oracle"
)

// Options say what is run.
type Options struct {
	// Only are patterns of path.Match: faults and peculiarities by name. Empty for all; pairs are run only then.
	Only []string
	// Parallel is how many vaults are run at once; 0 for ten for each core, because a run mostly waits.
	Parallel int
	// Both runs every variant under both authorities, and not only those that are of one alone.
	Both bool
	// Thorough drives the spare parts of the suite against the peculiarities, too: those that show again, with another policy, body or issuer,
	// what others show.
	Thorough bool
	// Seed draws the pairs of faults.
	Seed uint64
	// Progress, where set, is told of every variant that is done, from one goroutine at a time.
	Progress func(done, total int)
}

// Kind is what a variant is.
type Kind string

// The kinds of variants.
const (
	Fault       Kind = "fault"
	Pair        Kind = "pair"
	Peculiarity Kind = "peculiarity"
)

// Row is one variant of the reference vault under one authority, and what the suite said of it.
type Row struct {
	Kind      Kind             `json:"kind"`
	Name      string           `json:"name"`
	Authority oracle.Authority `json:"authority"`
	// Section and Ruling are what a fault breaks, or what allows a peculiarity; Says is what the vault does.
	Section string `json:"section,omitempty"`
	Ruling  string `json:"ruling,omitempty"`
	Says    string `json:"says"`
	// Should says that a fault breaks no more than a SHOULD, so that a warning catches it.
	Should bool `json:"should,omitempty"`
	// Failed and Warned are the rules that did.
	Failed []string `json:"failed"`
	Warned []string `json:"warned"`
	// Unreached are the rules without which the run against a peculiar vault is incomplete.
	Unreached []string `json:"unreached,omitempty"`
	// Good is the verdict on the variant: the fault is caught, the peculiarity is not blamed, each of the pair is reported. Own says
	// that one of the rules that caught a fault stands on its section.
	Good bool `json:"good"`
	Own  bool `json:"own,omitempty"`
	// Whole says that the whole suite was driven, Scenario which one alone caught the fault where that was not needed.
	Whole    bool   `json:"whole"`
	Scenario string `json:"scenario,omitempty"`
	// Spare says that the spare parts were driven as well.
	Spare bool `json:"spare"`
	// Problem is what kept the run from its end: a crash, a hang, a fault of the suite.
	Problem string `json:"problem,omitempty"`
	// LeftOut says why a pair does not count: one of the two makes the other unreachable.
	LeftOut string `json:"leftOut,omitempty"`
}

// RuleRow is what one rule catches.
type RuleRow struct {
	ID string `json:"id"`
	// Kills are the faults that it catches, Alone those that no other rule does.
	Kills []string `json:"kills"`
	Alone []string `json:"alone"`
	// Excused says why it need not catch any: no fault of the reference vault can be about it.
	Excused string `json:"excused,omitempty"`
}

// Matrix is what came of all variants.
type Matrix struct {
	Rows  []Row     `json:"rows"`
	Rules []RuleRow `json:"rules"`
	// Living are the faults and pairs that were not caught, Blamed the peculiarities that were, Idle the rules that catch nothing.
	Living []string `json:"living"`
	Blamed []string `json:"blamed"`
	Idle   []string `json:"idle"`
	// Foreign are the faults that no rule of their own section caught.
	Foreign []string `json:"foreign"`
	// MedianFailures is how many rules fail for a fault, at the median.
	MedianFailures int `json:"medianFailures"`
}

// Good reports that every fault is caught, by a rule of its own section, that no peculiarity is blamed, and that no rule is idle.
func (m *Matrix) Good() bool { return len(m.Living)+len(m.Blamed)+len(m.Idle)+len(m.Foreign) == 0 }

// NothingError says that no name matches a pattern.
type NothingError struct{ Pattern string }

func (e *NothingError) Error() string {
	return fmt.Sprintf("--only %q matches no fault and no peculiarity (kvconform mutants --list names them)", e.Pattern)
}

// authorities are the two that every variant is run under.
var authorities = []oracle.Authority{oracle.Documented, oracle.Live}

// Variants lists the rows of every fault and peculiarity that only selects, without anything run.
func Variants(only []string, both bool) ([]Row, error) {
	var rows []Row
	for _, authority := range authorities {
		// What is the same under both is run under the documents; it takes half the time, and the rules that differ have faults of
		// their own.
		belongs := func(a vault.Authority) bool {
			return oracle.Authority(a) == authority || a == "" && (authority == oracle.Documented || both)
		}
		for _, f := range vault.Faults() {
			if belongs(f.Authority) {
				rows = append(rows, Row{Kind: Fault, Name: f.Name, Authority: authority, Section: f.Section, Ruling: f.Ruling, Says: f.Says, Should: f.Should})
			}
		}
		for _, p := range vault.Peculiarities() {
			if belongs(p.Authority) {
				rows = append(rows, Row{Kind: Peculiarity, Name: p.Name, Authority: authority, Ruling: p.Ruling, Says: p.Says})
			}
		}
	}
	if len(only) == 0 {
		return rows, nil
	}
	for _, pattern := range only {
		matched := func(r Row) bool { ok, _ := path.Match(pattern, r.Name); return ok }
		if _, err := path.Match(pattern, ""); err != nil || !slices.ContainsFunc(rows, matched) {
			return nil, &NothingError{pattern}
		}
	}
	return slices.DeleteFunc(rows, func(r Row) bool {
		return !slices.ContainsFunc(only, func(pattern string) bool { ok, _ := path.Match(pattern, r.Name); return ok })
	}), nil
}

// Run runs every variant. It ends early with ctx's error.
func Run(ctx context.Context, o Options) (*Matrix, error) {
	rows, err := Variants(o.Only, o.Both)
	if err != nil {
		return nil, err
	}
	if o.Parallel < 1 {
		o.Parallel = 10 * runtime.GOMAXPROCS(0)
	}
	total := len(rows)
	if len(o.Only) == 0 {
		total += pairs
	}
	p := &pool{ctx: ctx, parallel: o.Parallel, total: total, progress: o.Progress}
	m := &maker{thorough: o.Thorough}
	p.each(longestFirst(rows), m.judge)
	if len(o.Only) == 0 {
		m.wake(ctx, rows, o)
		drawn := draw(rows, o.Seed)
		p.each(pointers(drawn), func(ctx context.Context, r *Row) { judgePair(ctx, r, rows) })
		rows = append(rows, drawn...)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return sum(rows, len(o.Only) == 0, o.Both), nil
}

// longestFirst has the peculiarities first, which take the whole suite, and some of them minutes of waiting: nothing waits for those in the
// end.
func longestFirst(rows []Row) []*Row {
	var first, then []*Row
	for _, r := range pointers(rows) {
		if r.Kind == Peculiarity {
			first = append(first, r)
		} else {
			then = append(then, r)
		}
	}
	return append(first, then...)
}

func pointers(rows []Row) []*Row {
	var all []*Row
	for i := range rows {
		all = append(all, &rows[i])
	}
	return all
}

// pool works through rows, several at once.
type pool struct {
	ctx             context.Context
	parallel, total int
	progress        func(done, total int)

	mu   sync.Mutex
	done int
}

func (p *pool) each(rows []*Row, work func(context.Context, *Row)) {
	slots := make(chan struct{}, p.parallel)
	var wg sync.WaitGroup
	for _, r := range rows {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if p.ctx.Err() == nil {
				guarded(p.ctx, r, work)
			}
			p.tell()
		})
	}
	wg.Wait()
}

func (p *pool) tell() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.progress != nil {
		p.progress(p.done, p.total)
	}
}

// guarded makes a crash one line in the matrix.
func guarded(ctx context.Context, r *Row, work func(context.Context, *Row)) {
	defer func() {
		if v := recover(); v != nil {
			r.Good, r.Problem = false, fmt.Sprint("it crashed: ", v)
		}
	}()
	work(ctx, r)
}
