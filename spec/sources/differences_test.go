package sources_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

// rows is how many rows the table of evidence has.
const rows = 30

func TestEveryDifferenceIsThere(t *testing.T) {
	all := sources.Differences()
	if len(all) != rows {
		t.Fatalf("%d differences, want %d", len(all), rows)
	}
	places := map[sources.Place]bool{}
	for _, s := range sources.Sentences() {
		places[sources.Place{Document: s.Document, Section: s.Section}] = true
	}
	for i, d := range all {
		if want := fmt.Sprint("B", i+1); d.Row != want {
			t.Errorf("row %s where %s is due", d.Row, want)
		}
		if d.Documented == "" || d.Live == "" || d.Evidence == "" || len(d.Documents) == 0 {
			t.Errorf("%s says not everything", d.Row)
		}
		if (len(d.Rules) == 0) == (d.None == "") {
			t.Errorf("%s needs rules or a reason, and not both", d.Row)
		}
		if (d.First == 0) != (d.Last == 0) || d.First > d.Last {
			t.Errorf("%s was seen from %d to %d", d.Row, d.First, d.Last)
		}
		for _, p := range d.Documents {
			if !places[p] {
				t.Errorf("%s: document %s has no section %q", d.Row, p.Document, p.Section)
			}
		}
		for _, e := range d.Rules {
			if oracle.ByID(e.Rule) == nil {
				t.Errorf("%s: there is no rule %s", d.Row, e.Rule)
			}
			if both := e.Both != ""; both == (e.Documented != "") || both == (e.Live != "") {
				t.Errorf("%s, %s: either what both authorities ask for, or what each does", d.Row, e.Rule)
			}
		}
	}
}

var rowCited = regexp.MustCompile(`\bB[0-9]+\b`)

// TestRowsThatTheCatalogueCites: a rule that cites a row as its live evidence is among the rules of that row.
func TestRowsThatTheCatalogueCites(t *testing.T) {
	touched := map[string][]string{}
	for _, d := range sources.Differences() {
		for _, e := range d.Rules {
			touched[d.Row] = append(touched[d.Row], e.Rule)
		}
	}
	for _, r := range oracle.Rules() {
		for _, row := range rowCited.FindAllString(r.Live, -1) {
			if !slices.Contains(touched[row], r.ID) {
				t.Errorf("%s cites %s, which does not have it", r.ID, row)
			}
		}
	}
}

func TestMoved(t *testing.T) {
	for _, one := range []struct {
		rule, row, seen string
	}{
		{"conflict.code", "B1", "2019"},
		{"cancel.not-in-progress", "B2", "2021 to 2023"},
		{"get-certificate.pending-disabled", "B16", ""},
		{"poll-completed.target", "", ""}, // touched, and the same under both
		{"poll-gone.code", "", ""},        // not touched
	} {
		d, moved := sources.Moved(one.rule)
		if moved != (one.row != "") || d.Row != one.row || d.Seen() != one.seen {
			t.Errorf("%s: row %q, seen %q, moved %v; want row %q, seen %q", one.rule, d.Row, d.Seen(), moved, one.row, one.seen)
		}
	}
}

var number = regexp.MustCompile(`[0-9][0-9,]*\+?`)

// TestEvidenceIsThatOfTheTable: every figure and every year of the evidence stands in the table of evidence, where that is at hand.
func TestEvidenceIsThatOfTheTable(t *testing.T) {
	text, err := os.ReadFile("../../../shared/live-service.md")
	if err != nil {
		t.Skip("the table of evidence is not at hand")
	}
	known := map[string]bool{}
	for _, n := range number.FindAllString(string(text), -1) {
		known[strings.Trim(n, ",")] = true
	}
	for _, d := range sources.Differences() {
		for _, n := range number.FindAllString(d.Evidence+" "+d.Seen(), -1) {
			if n = strings.Trim(n, ","); !known[n] {
				t.Errorf("%s: %s is no figure of the table of evidence", d.Row, n)
			}
		}
	}
}
