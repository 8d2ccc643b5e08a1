package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/oracle"
)

func TestDiff(t *testing.T) {
	of := func(verdicts ...string) *Report {
		r := &Report{Verdict: "conforms"}
		for _, v := range verdicts {
			id, verdict, _ := strings.Cut(v, " ")
			r.Rules = append(r.Rules, Rule{ID: id, Verdict: oracle.Verdict(verdict)})
		}
		return r
	}
	older := of("a pass", "b fail", "c pass", "d pass", "gone pass", "w warn")
	newer := of("a fail", "b pass", "c unreached", "d pass", "new fail", "w fail")
	changes := Diff(older, newer)
	want := []Change{{"a", "pass", "fail"}, {"b", "fail", "pass"}, {"c", "pass", "unreached"}, {"new", "", "fail"}, {"w", "warn", "fail"}, {"gone", "pass", ""}}
	if !slices.Equal(changes, want) {
		t.Errorf("%v, want %v", changes, want)
	}
	var text strings.Builder
	if err := WriteDiff(&text, older, newer, changes); err != nil {
		t.Fatal(err)
	}
	_, groups, _ := strings.Cut(text.String(), "\n\n")
	if want := "newly failing\n  a  pass → fail\n  new  not judged → fail\n\nnewly passing\n  b  fail → pass\n\nnewly unreached\n  c  pass → unreached\n\n" +
		"otherwise different\n  w  warn → fail\n  gone  pass → not judged\n"; groups != want {
		t.Errorf("%s\nwant\n%s", groups, want)
	}
	if !changes[0].NewlyFailing() || changes[4].NewlyFailing() {
		t.Error("what fails newly is not told from the rest")
	}
}
