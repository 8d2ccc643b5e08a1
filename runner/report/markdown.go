package report

import (
	"io"
	"strings"

	"github.com/kvconform/kvconform/spec/oracle"
)

// mostFailures is how many failures the summary shows: GitHub cuts a job's summary at 1 MiB, and a reader stops before.
const mostFailures = 50

// WriteMarkdown writes the summary for a CI job: the verdict, a table, the failures in short, and what stood in the way of the
// rest. A run that judged nothing is the verdict, and what to do about it.
func WriteMarkdown(w io.Writer, r *Report) error {
	p := &printer{w: w, index: r.index()}
	p.printf("## kvconform: %s\n", markdown(r.VerdictLine()))
	if r.judgedNothing() {
		p.problemsMarkdown(r)
		return p.err
	}
	p.printf("\n")
	for _, line := range r.About() {
		label, rest, _ := strings.Cut(line, " ")
		p.printf("- %s\n", strings.TrimSpace(markdown(label)+" "+markdown(strings.TrimSpace(rest))))
	}
	p.problemsMarkdown(r)
	p.printf("\n| scenario | pass | fail | warn | unreached | unclaimed | error |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, s := range r.Scenarios {
		c := s.Counts
		p.printf("| %s | %d | %d | %d | %d | %d | %d |\n", markdown(s.ID), c.Pass, c.Fail, c.Warn, c.Unreached, c.Unclaimed, c.Error)
	}
	shown := 0
	for _, rule := range r.Rules {
		if !r.deviates(rule) && rule.Verdict != oracle.Error {
			continue
		}
		switch shown++; {
		case shown == 1:
			p.printf("\n### Failures\n")
			fallthrough
		case shown <= mostFailures:
			p.failureMarkdown(rule)
		case shown == mostFailures+1:
			p.printf("\nThe other failures are in %s.\n", JSONFile)
		}
	}
	p.unreachedMarkdown(r)
	return p.err
}

func (p *printer) problemsMarkdown(r *Report) {
	for _, problem := range r.Problems {
		p.printf("\n**%s**\n", markdown(problem))
	}
}

func (p *printer) unreachedMarkdown(r *Report) {
	groups := r.behind()
	if len(groups) == 0 {
		return
	}
	p.printf("\n<details><summary>Unreached: %s</summary>\n\n", count(r.Counts.Unreached, "rule"))
	for _, g := range groups {
		p.printf("- %s: %s\n", markdown(g.title), count(len(g.rules), "rule"))
		shown, left := g.first()
		for _, rule := range shown {
			p.printf("  - %s: %s\n", markdown(rule.ID), markdown(why(rule)))
		}
		if left > 0 {
			p.printf("  - and %d more: see %s\n", left, HTMLFile)
		}
	}
	p.printf("\n</details>\n")
}

func (p *printer) failureMarkdown(rule Rule) {
	known := ""
	if rule.Known {
		known = ", known to the baseline"
	}
	p.printf("\n**%s** (%s%s): %s\n\n", markdown(rule.ID), rule.Level, known, markdown(rule.Says))
	p.printf("- Source: %s\n", markdown(rule.Source))
	if rule.Verdict == oracle.Error {
		p.printf("- Error: %s\n", markdown(rule.Reason))
	}
	if len(rule.Findings) > 0 {
		f := rule.Findings[0]
		p.printf("- Expected: %s\n- Actual: %s\n", markdown(f.Expected), markdown(actual(f)))
		p.printf("- Exchanges: %s\n", markdown(also(rule.Findings, rule.More)))
	}
}

// markdown escapes text so that Markdown shows it as it is.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range Printable(s) {
		if strings.ContainsRune("\\`*_{}[]<>()#|~&!:@$", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
