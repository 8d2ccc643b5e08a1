package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/oracle"
)

// mostAnnotations is how many annotations of a level GitHub shows of one step.
const mostAnnotations = 10

// The levels of an annotation.
const (
	annotateError   = "error"
	annotateWarning = "warning"
)

// WriteAnnotations writes what has to be acted on as workflow commands, which GitHub Actions shows beside the job: what kept the run from
// its end, what is broken and not known to the baseline, what makes the run incomplete, entries of the baseline that are stale, and
// broken SHOULDs. What does not fit is counted in the last one of its level.
func WriteAnnotations(w io.Writer, r *Report) error {
	a := &annotations{lines: map[string][]string{}}
	for _, problem := range r.Problems {
		a.add(annotateError, "kvconform", problem)
	}
	for _, rule := range r.Rules {
		switch {
		case rule.Known:
		case rule.Verdict == oracle.Error:
			a.add(annotateError, "kvconform: "+rule.ID, rule.Reason)
		case r.deviates(rule):
			a.add(annotateError, "kvconform: "+rule.ID, annotation(rule)...)
		case rule.Verdict == oracle.Warn:
			a.add(annotateWarning, "kvconform: "+rule.ID, annotation(rule)...)
		}
	}
	if r.Verdict == gate.Incomplete && r.Exit != gate.ExitConforms {
		a.add(annotateError, "kvconform", r.VerdictLine())
	}
	if r.Baseline != nil {
		for _, s := range r.Baseline.Stale {
			a.add(annotateError, "kvconform: the baseline is stale", s.Rule+": "+s.Why)
		}
	}
	p := &printer{w: w}
	for _, level := range []string{annotateError, annotateWarning} {
		lines := a.lines[level]
		if more := len(lines) - mostAnnotations; more > 0 {
			lines = append(lines[:mostAnnotations-1:mostAnnotations-1], command(level, "kvconform", fmt.Sprintf("and %d more: see the job's summary", more+1)))
		}
		for _, line := range lines {
			p.printf("%s\n", line)
		}
	}
	return p.err
}

// annotations are lines by their level.
type annotations struct{ lines map[string][]string }

func (a *annotations) add(level, title string, lines ...string) {
	for i := range lines {
		lines[i] = Printable(lines[i])
	}
	a.lines[level] = append(a.lines[level], command(level, Printable(title), strings.Join(lines, "\n")))
}

// annotation is what a broken rule says, what should have come, and what came.
func annotation(rule Rule) []string {
	lines := []string{rule.Says}
	if len(rule.Findings) > 0 {
		lines = append(lines, "Expected: "+rule.Findings[0].Expected, "Actual: "+actual(rule.Findings[0]))
	}
	return lines
}

// The escapes of workflow commands. A percent sign comes first: it is what the others are made of.
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// command is one workflow command, which is one line whatever is in it.
func command(level, title, message string) string {
	return "::" + level + " title=" + commandProperty.Replace(title) + "::" + commandData.Replace(message)
}
