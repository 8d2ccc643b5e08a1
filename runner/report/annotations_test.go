package report

import (
	"io"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/oracle"
)

func TestAnnotations(t *testing.T) {
	r, _ := sample()
	r.Rules[0].Findings[0].Actual = "202: 100%\r\n::error::evil"
	r.Baseline = &Baseline{Stale: []gate.Stale{{Rule: "a.b", Why: "it expired on 2026-11-21"}}}
	got := written(t, func(w io.Writer) error { return WriteAnnotations(w, r) })
	for _, line := range []string{
		`::error title=kvconform%3A conflict.create-refused::A create while an operation is in progress is refused with 409.%0AExpected: 409` +
			`%0AActual: 202: 100%25\x0d\n::error::evil   (at /a)`,
		"::error title=kvconform%3A protocol.weak-reads::index out of range",
		"::error title=kvconform%3A the baseline is stale::a.b: it expired on 2026-11-21",
		"::warning title=kvconform%3A merge-manual.latest::",
	} {
		if !strings.Contains("\n"+got, "\n"+line) {
			t.Errorf("it lacks %q:\n%s", line, got)
		}
	}
	for _, part := range []string{"conflict.import-refused", "operation-untouched", "protocol.no-token"} {
		if strings.Contains(got, part) {
			t.Errorf("it has %q:\n%s", part, got)
		}
	}
}

// GitHub shows ten of a level: the last one counts the others.
func TestAnnotationsAreFew(t *testing.T) {
	r := &Report{}
	for range 25 {
		r.Rules = append(r.Rules, Rule{ID: "a.b", Verdict: oracle.Fail}, Rule{ID: "a.c", Verdict: oracle.Warn, Known: true})
	}
	got := written(t, func(w io.Writer) error { return WriteAnnotations(w, r) })
	if n := strings.Count(got, "\n"); n != 10 || !strings.HasSuffix(got, "::error title=kvconform::and 16 more: see the job's summary\n") {
		t.Errorf("%d lines:\n%s", n, got)
	}
}

// TestTheSummaryLeadsWithTheNews: what the baseline does not expect, then each failure with what is behind it, and what is known, with why.
func TestTheSummaryLeadsWithTheNews(t *testing.T) {
	r, _ := sample()
	r.Baseline = &Baseline{File: "known.yaml", New: []string{"conflict.create-refused"}, Stale: []gate.Stale{{Rule: "a.b", Why: "there is no such rule"}}}
	text := written(t, func(w io.Writer) error { return WriteMarkdown(w, r) })
	for _, part := range []string{
		"\n### News against the baseline\n\n- new: conflict.create-refused\n- stale: a.b: there is no such rule\n",
		"\n<details><summary><strong>conflict.create-refused</strong> MUST: A create while an operation is in progress is refused with 409. " +
			"(1 unreached rule behind it)</summary>\n\n- Source: ",
		"\n<details><summary>Unreached: 1 rule</summary>\n\n",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("it lacks %q:\n%s", part, text)
		}
	}
	r.Rules[0].Known = true
	r.Baseline = &Baseline{Entries: []gate.Entry{{Rule: "conflict.create-refused", Reason: "as <b>ever</b>", Link: "https://bugs.example/17?a=>b"}}}
	text = written(t, func(w io.Writer) error { return WriteMarkdown(w, r) })
	if want := "\n<details><summary>Known to the baseline: 1 rule</summary>\n\n- conflict.create-refused: as \\<b\\>ever\\</b\\> <https://bugs.example/17?a=%3Eb>\n"; !strings.Contains(text, want) ||
		strings.Contains(text, "News") {
		t.Errorf("it lacks %q:\n%s", want, text)
	}
	for form, write := range map[string]func(io.Writer) error{
		"text":  func(w io.Writer) error { return WriteText(w, r, Text{}) },
		"junit": func(w io.Writer) error { return WriteJUnit(w, r) },
		"html":  func(w io.Writer) error { return WriteHTML(w, r) },
	} {
		if text := written(t, write); !strings.Contains(text, "https://bugs.example/17") {
			t.Errorf("%s does not say where it is dealt with:\n%s", form, text)
		}
	}
}
