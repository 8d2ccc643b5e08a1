package report

import (
	"fmt"
	"html"
	"io"
	"net/url"
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
	p.newsMarkdown(r)
	p.failuresMarkdown(r)
	p.knownMarkdown(r)
	p.unreachedMarkdown(r)
	return p.err
}

// newsMarkdown says what the baseline did not expect.
func (p *printer) newsMarkdown(r *Report) {
	b := r.Baseline
	if b == nil || len(b.New)+len(b.Stale) == 0 {
		return
	}
	p.printf("\n### News against the baseline\n\n")
	for _, id := range b.New {
		p.printf("- new: %s\n", markdown(id))
	}
	for _, s := range b.Stale {
		p.printf("- stale: %s: %s\n", markdown(s.Rule), markdown(s.Why))
	}
}

// failuresMarkdown tells of what is broken and not known, each with what it keeps from being reached.
func (p *printer) failuresMarkdown(r *Report) {
	behind := map[string]int{}
	for _, rule := range r.Rules {
		if rule.Verdict == oracle.Unreached {
			behind[rule.Behind]++
		}
	}
	shown := 0
	for _, rule := range r.Rules {
		if rule.Known || !r.deviates(rule) && rule.Verdict != oracle.Error {
			continue
		}
		switch shown++; {
		case shown == 1:
			p.printf("\n### Failures\n")
			fallthrough
		case shown <= mostFailures:
			p.failureMarkdown(rule, behind[rule.ID])
		case shown == mostFailures+1:
			p.printf("\nThe other failures are in %s.\n", JSONFile)
		}
	}
}

// knownMarkdown names what is broken as the baseline expects, and why.
func (p *printer) knownMarkdown(r *Report) {
	var lines []string
	for _, rule := range r.Rules {
		if !rule.Known || !r.deviates(rule) {
			continue
		}
		line := "- " + markdown(rule.ID)
		if e := r.knownAs(rule.ID); e != nil {
			if e.Reason != "" {
				line += ": " + markdown(e.Reason)
			}
			if e.Link != "" {
				line += " " + markdownLink(e.Link)
			}
		}
		lines = append(lines, line)
	}
	if len(lines) > 0 {
		p.details("Known to the baseline: "+count(len(lines), "rule"), strings.Join(lines, "\n")+"\n")
	}
}

// details is what a reader opens. The title is no Markdown: no reader takes it for that.
func (p *printer) details(title, body string) {
	p.printf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", title, body)
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
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "- %s: %s\n", markdown(g.title), count(len(g.rules), "rule"))
		shown, left := g.first()
		for _, rule := range shown {
			fmt.Fprintf(&b, "  - %s: %s\n", markdown(rule.ID), markdown(why(rule)))
		}
		if left > 0 {
			fmt.Fprintf(&b, "  - and %d more: see %s\n", left, HTMLFile)
		}
	}
	p.details("Unreached: "+count(r.Counts.Unreached, "rule"), b.String())
}

func (p *printer) failureMarkdown(rule Rule, behind int) {
	title := fmt.Sprintf("<strong>%s</strong> %s: %s", html.EscapeString(rule.ID), rule.Level, html.EscapeString(Printable(rule.Says)))
	if behind > 0 {
		title += fmt.Sprintf(" (%s behind it)", count(behind, "unreached rule"))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "- Source: %s\n", markdown(rule.Source))
	if rule.Verdict == oracle.Error {
		fmt.Fprintf(&b, "- Error: %s\n", markdown(rule.Reason))
	}
	if len(rule.Findings) > 0 {
		f := rule.Findings[0]
		fmt.Fprintf(&b, "- Expected: %s\n- Actual: %s\n", markdown(f.Expected), markdown(actual(f)))
		fmt.Fprintf(&b, "- Exchanges: %s\n", markdown(also(rule.Findings, rule.More)))
	}
	p.details(title, b.String())
}

// markdownLink shows a link of the baseline's as one. What would end it early is escaped.
func markdownLink(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return markdown(link)
	}
	return "<" + strings.NewReplacer("<", "%3C", ">", "%3E", " ", "%20").Replace(Printable(u.String())) + ">"
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
