package report

import (
	"io"
	"strings"

	"github.com/kvconform/kvconform/spec/oracle"
)

// mostFailures is how many failures the summary shows: GitHub cuts a job's summary at 1 MiB, and a reader stops before.
const mostFailures = 50

// WriteMarkdown writes the summary for a CI job: the verdict, a table, and the failures in short.
func WriteMarkdown(w io.Writer, r *Report) error {
	p := &printer{w: w, index: r.index()}
	p.printf("## kvconform: %s\n\n", markdown(r.VerdictLine()))
	for _, line := range r.About() {
		label, rest, _ := strings.Cut(line, " ")
		p.printf("- %s\n", strings.TrimSpace(markdown(label)+" "+markdown(strings.TrimSpace(rest))))
	}
	for _, problem := range r.Problems {
		p.printf("\n**%s**\n", markdown(problem))
	}
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
	return p.err
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
		p.printf("- Exchanges: %s\n", markdown(also(rule.Findings)))
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
