package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/oracle"
)

// checked is the record of n files that all deviate, and in all of which something was forgiven.
func checked(t *testing.T, n int) *Report {
	t.Helper()
	sum := oracle.NewSum(oracle.Documented, MostFindings)
	in := Input{Evidence: Evidence{Authority: oracle.Documented, Lenient: true}}
	_, broken, ok := example.Of("conflict.code")
	if !ok {
		t.Fatal("there is no example of conflict.code")
	}
	j := oracle.Judge(broken, oracle.Options{Authority: oracle.Documented, Lenient: true})
	outcomes := j.Outcomes(nil, nil)
	for i := range n {
		sum.Add(j)
		trace := *broken
		trace.Name = fmt.Sprintf("session-%06d.har", i)
		in.Evidence.AddFile(&trace, outcomes, []oracle.Forgiven{{Rule: "protocol.host", Reason: "hosts", Times: 2},
			{Rule: "conflict.code", Reason: "codes" + hostile, Times: 1}})
	}
	in.Outcomes = sum.Outcomes(nil, nil)
	in.Decision = gate.Decide(in.Outcomes, gate.Options{Traffic: true})
	return New(in)
}

// The record counts everything, and no form of it is longer of six thousand files than of six hundred.
func TestTheRecordOfAnyNumberOfFilesIsBounded(t *testing.T) {
	const few, many = 600, 6000
	size := map[string]int{}
	for _, n := range []int{few, many} {
		r := checked(t, n)
		for form, write := range map[string]func(io.Writer) error{
			"JSON":     func(w io.Writer) error { return WriteJSON(w, r) },
			"HTML":     func(w io.Writer) error { return WriteHTML(w, r) },
			"text":     func(w io.Writer) error { return WriteText(w, r, Text{Verbose: true}) },
			"Markdown": func(w io.Writer) error { return WriteMarkdown(w, r) },
		} {
			var text bytes.Buffer
			if err := write(&text); err != nil {
				t.Fatal(err)
			}
			if n == few {
				size[form] = text.Len()
			} else if limit := size[form] + size[form]/100; text.Len() > limit {
				t.Errorf("%s: %d bytes of %d files, %d of %d", form, size[form], few, text.Len(), many)
			}
		}
		if r.Traffic.Files != n || len(r.Files) != mostFiles || r.Traffic.Unlisted != n-mostFiles {
			t.Errorf("of %d files: %d counted, %d listed, %d not", n, r.Traffic.Files, len(r.Files), r.Traffic.Unlisted)
		}
		rule := r.Rules[slices.IndexFunc(r.Rules, func(rule Rule) bool { return rule.ID == "conflict.code" })]
		if len(rule.Findings) != MostFindings || rule.More != n-MostFindings {
			t.Errorf("of %d files: %d findings and %d more", n, len(rule.Findings), rule.More)
		}
	}
}

func TestWhatIsForgivenIsToldByRuleOrByFile(t *testing.T) {
	r := checked(t, mostFiles+1)
	show := func(text Text) string {
		var b bytes.Buffer
		if err := WriteText(&b, r, text); err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(b.String(), "\nForgiven")
		return after
	}
	want := "\n  conflict.code: codes" + Printable(hostile) + " (501 times in 501 files, first in session-000000.har)\n" +
		"  protocol.host: hosts (1002 times in 501 files, first in session-000000.har)\n"
	if got := show(Text{}); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	verbose := show(Text{Verbose: true})
	for _, want := range []string{" in session-000000.har\n  protocol.host: hosts (2 times)\n", "Forgiven in session-000499.har\n", "all 501 files, of which 1 is not listed",
		"protocol.host: hosts (1002 times in 501 files"} {
		if !strings.Contains(verbose, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(verbose, "Forgiven in session-000500.har") {
		t.Error("a file is told of that the record does not list")
	}
}

func TestThePageTellsWhatIsNotInTheRecord(t *testing.T) {
	var page bytes.Buffer
	if err := WriteHTML(&page, checked(t, MostFindings+7)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"and 7 more findings", "<h2>Forgiven</h2>", "hosts</td><td class=\"n\">114</td><td class=\"n\">57</td><td>session-000000.har"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(page.String(), "<script>") {
		t.Error("what stands in a reason acts")
	}
}
