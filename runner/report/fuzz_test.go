package report

import (
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kvconform/kvconform/runner/gate"
)

// ciCommand is what a CI system looks for in a line, or at its beginning.
var ciCommand = regexp.MustCompile(`(?m)##[A-Za-z]*\[|^\s*::`)

// FuzzForeignText: whatever a target says, every form shows it, and none is commanded by it.
func FuzzForeignText(f *testing.F) {
	for _, seed := range []string{hostile, "a\n::error::b", "###[error]", "##vso[x]", "\u2028##[x]", "\xff\xfe", "%0A::error::x", "</details>\n\n# x", "`|`", "<b>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		printed := Printable(text)
		if strings.ContainsFunc(printed, acts) || !utf8.ValidString(printed) || ciCommand.MatchString("x"+printed) {
			t.Errorf("%q acts as %q", text, printed)
		}
		r, _ := sample()
		one := &r.Rules[0]
		one.Findings[0].Actual, one.Findings[0].Expected, one.Findings[0].Pointer = text, text, text
		r.Problems = []string{text}
		for i := range r.Exchanges {
			e := &r.Exchanges[i]
			e.Request.URL, e.Request.Body, e.Failure, e.Defect = base+"/"+text, text, text, text
			if e.Response != nil {
				e.Response.Body = text
			}
		}
		r.Baseline = &Baseline{Stale: []gate.Stale{{Rule: "a.b", Why: text}}}
		forms := map[string]string{}
		for form, write := range map[string]func(io.Writer) error{
			"text": func(w io.Writer) error { return WriteText(w, r, Text{Rerun: "kvconform run"}) }, "markdown": func(w io.Writer) error { return WriteMarkdown(w, r) },
			"junit": func(w io.Writer) error { return WriteJUnit(w, r) }, "html": func(w io.Writer) error { return WriteHTML(w, r) },
			"github": func(w io.Writer) error { return WriteAnnotations(w, r) },
		} {
			forms[form] = written(t, write)
		}
		if ciCommand.MatchString(forms["text"]) {
			t.Errorf("the terminal's text commands a CI system: %q", ciCommand.FindString(forms["text"]))
		}
		for line := range strings.Lines(forms["github"]) {
			if !strings.HasPrefix(line, "::error title=kvconform") && !strings.HasPrefix(line, "::warning title=kvconform") {
				t.Errorf("the target has written the line %q", line)
			}
		}
		if a, b := strings.Count(forms["markdown"], "\n<details><summary>"), strings.Count(forms["markdown"], "\n</details>\n"); a != b || a == 0 {
			t.Errorf("%d parts of the summary are opened, %d closed", a, b)
		}
		wellFormed(t, forms["junit"])
		for form, shown := range forms {
			if at := strings.IndexAny(shown, "\x1b\x00\u202e\u009b"); at >= 0 {
				t.Errorf("%s holds what acts on a terminal: %.60q", form, shown[max(0, at-30):])
			}
		}
	})
}
