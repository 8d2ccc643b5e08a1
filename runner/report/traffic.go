package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// mostFiles is how many files a record lists, and mostNamed in how many it says that something was forgiven. Of the others it
// has the counts: recorded traffic may be any number of files.
const (
	mostFiles = 500
	mostNamed = 3
)

// Traffic is what check read, all files together.
type Traffic struct {
	// Files counts the files that were judged, Unlisted those of them that the record does not list.
	Files    int `json:"files"`
	Unlisted int `json:"unlisted,omitempty"`
	// Lenient says that what recorders are known to drop was forgiven. Forgiven is that, in the order of the catalogue.
	Lenient  bool       `json:"lenient,omitempty"`
	Forgiven []Forgiven `json:"forgiven,omitempty"`
}

// Forgiven is what a lenient judgement let pass.
type Forgiven struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	// Times is how often, in Files files; First are the first of them.
	Times int      `json:"times"`
	Files int      `json:"files"`
	First []string `json:"first"`
}

// File is one file that check read.
type File struct {
	Name      string `json:"name"`
	Exchanges int    `json:"exchanges"`
	// Forgiven is what was forgiven in it.
	Forgiven []ForgivenHere `json:"forgiven,omitempty"`
}

// ForgivenHere is what a lenient judgement let pass in one file.
type ForgivenHere struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	Times  int    `json:"times"`
}

// AddFile takes from a file that check read what is worth showing, as Add does, and what was forgiven in it.
func (e *Evidence) AddFile(t *exchange.Trace, outcomes []oracle.Outcome, forgiven []oracle.Forgiven) {
	e.Add(t, outcomes)
	if e.traffic == nil {
		e.traffic, e.forgiven = &Traffic{Lenient: e.Lenient}, map[oracle.Forgiven]*Forgiven{}
	}
	e.traffic.Files++
	file := File{Name: t.Name, Exchanges: len(t.Exchanges)}
	for _, f := range forgiven {
		file.Forgiven = append(file.Forgiven, ForgivenHere{Rule: f.Rule, Reason: f.Reason, Times: f.Times})
		same := oracle.Forgiven{Rule: f.Rule, Reason: f.Reason}
		if e.forgiven[same] == nil {
			e.forgiven[same] = &Forgiven{Rule: f.Rule, Reason: f.Reason}
		}
		e.forgiven[same].add(t.Name, f.Times)
	}
	if len(e.files) == mostFiles {
		e.traffic.Unlisted++
		return
	}
	e.files = append(e.files, file)
}

func (f *Forgiven) add(file string, times int) {
	f.Times += times
	f.Files++
	if len(f.First) < mostNamed {
		f.First = append(f.First, file)
	}
}

// overall is what check read; nil for a run.
func (e *Evidence) overall() *Traffic {
	if e.traffic == nil {
		return nil
	}
	order := map[string]int{}
	for i, r := range oracle.Rules() {
		order[r.ID] = i
	}
	all := *e.traffic
	for _, f := range e.forgiven {
		all.Forgiven = append(all.Forgiven, *f)
	}
	slices.SortFunc(all.Forgiven, func(a, b Forgiven) int {
		return cmp.Or(cmp.Compare(order[a.Rule], order[b.Rule]), strings.Compare(a.Reason, b.Reason))
	})
	return &all
}

// size says how much check read; nothing where every file was unreadable.
func (t *Traffic) size() string {
	if t == nil {
		return count(0, "file")
	}
	return count(t.Files, "file")
}

// forgiven says what a lenient judgement let pass: by rule and reason over all files or, where everything is to be told, file by file.
func (p *printer) forgiven(r *Report) {
	if r.Traffic == nil || len(r.Traffic.Forgiven) == 0 {
		return
	}
	if p.text.Verbose {
		p.forgivenByFile(r)
		return
	}
	p.printf("\nForgiven\n")
	p.forgivenOverall(r)
}

func (p *printer) forgivenOverall(r *Report) {
	for _, f := range r.Traffic.Forgiven {
		p.printf("  %s: %s %s\n", f.Rule, Printable(f.Reason), p.in(grey, "("+Printable(f.where())+")"))
	}
}

// where says how often something was forgiven, and where first.
func (f Forgiven) where() string {
	if f.Files == 1 {
		return fmt.Sprintf("%s in %s", count(f.Times, "time"), f.First[0])
	}
	return fmt.Sprintf("%s in %s, first in %s", count(f.Times, "time"), count(f.Files, "file"), f.First[0])
}

func (p *printer) forgivenByFile(r *Report) {
	for _, file := range r.Files {
		for i, f := range file.Forgiven {
			if i == 0 {
				p.printf("\nForgiven in %s\n", Printable(file.Name))
			}
			p.printf("  %s: %s (%s)\n", f.Rule, Printable(f.Reason), count(f.Times, "time"))
		}
	}
	if r.Traffic.Unlisted > 0 {
		p.printf("\nForgiven in all %d files, of which %s not listed\n", r.Traffic.Files, are(r.Traffic.Unlisted))
		p.forgivenOverall(r)
	}
}

// are counts what a sentence is about.
func are(n int) string {
	if n == 1 {
		return "1 is"
	}
	return fmt.Sprintf("%d are", n)
}
