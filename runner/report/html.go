package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/oracle"
)

//go:embed report.html
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"printable": Printable,
	"line":      func(e Exchange) string { return Printable(e.line()) },
	"join":      strings.Join,
	"clock":     clock,
	"anchor":    anchor,
	"headers":   headers,
	"text":      text,
}).Parse(page))

// WriteHTML writes the record as one page that needs no network and runs no script.
func WriteHTML(w io.Writer, r *Report) error {
	x := r.index()
	type finding struct {
		Finding
		History []*Exchange
		Repeat  string
	}
	type rule struct {
		Rule
		Found []finding
		Entry *gate.Entry
	}
	view := struct {
		*Report
		Line     string
		About    []string
		Verdicts []oracle.Verdict
		Views    []rule
	}{Report: r, Line: r.VerdictLine(), About: r.About(),
		Verdicts: []oracle.Verdict{oracle.Fail, oracle.Error, oracle.Warn, oracle.Unreached, oracle.Unclaimed, oracle.Pass}}
	for _, one := range r.Rules {
		v := rule{Rule: one, Entry: r.knownAs(one.ID)}
		for i, f := range one.Findings {
			found := finding{Finding: f, History: x.history(f)}
			if i == 0 {
				found.Repeat = r.repeat(found.History)
			}
			v.Found = append(v.Found, found)
		}
		view.Views = append(view.Views, v)
	}
	return pageTemplate.Execute(w, view)
}

// anchor names an exchange's place in the page.
func anchor(e Exchange) string {
	return strings.Join([]string{"x", e.Trace, strconv.Itoa(e.Number)}, "-")
}

// headers are a message's headers, a line each, in the order of their names.
func headers(m Message) string {
	var lines []string
	for name, values := range m.Headers {
		for _, value := range values {
			lines = append(lines, Printable(name+": "+value))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// text keeps the line breaks of a text and escapes everything else that acts.
func text(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = Printable(strings.TrimSuffix(line, "\r"))
	}
	return strings.Join(lines, "\n")
}
