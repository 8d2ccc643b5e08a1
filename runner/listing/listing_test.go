package listing

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

func written(t *testing.T, l Listing, f Format) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, l, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func listings() map[string]Listing {
	return map[string]Listing{
		"rules": NewRules(oracle.Documented, nil), "rules, live": NewRules(oracle.Live, nil),
		"coverage":    NewRules(oracle.Documented, map[string]Coverage{"conflict.code": {Verdict: oracle.Pass, Exercised: 3}}),
		"differences": NewDifferences(), "sources": NewSources(),
	}
}

// Every rule, and every difference, stands in every form of its listing.
func TestNothingIsLeftOut(t *testing.T) {
	for _, f := range []Format{Text, Markdown, JSON} {
		rules, both, documents := written(t, NewRules(oracle.Live, nil), f), written(t, NewDifferences(), f), written(t, NewSources(), f)
		for _, r := range oracle.Rules() {
			if !strings.Contains(rules, r.ID) {
				t.Errorf("%s: %s is missing", f, r.ID)
			}
			_, moves := sources.Moved(r.ID)
			differs := moves || r.Only != "" || r.LevelUnder(oracle.Live) != r.LevelUnder(oracle.Documented)
			if differs && !strings.Contains(both, r.ID) {
				t.Errorf("%s: %s differs, and is missing", f, r.ID)
			}
			if !strings.Contains(documents, r.ID) {
				t.Errorf("%s: %s stands on nothing", f, r.ID)
			}
		}
		for _, d := range sources.Differences() {
			for _, text := range []string{d.Row, d.Documented, d.Live, d.Evidence} {
				if f == Markdown {
					text = plain(text)
				}
				if f == JSON {
					text = strings.ReplaceAll(text, `"`, `\"`)
				}
				if !strings.Contains(both, text) {
					t.Errorf("%s: %q of %s is missing", f, text, d.Row)
				}
			}
		}
	}
}

func TestDifferencesForPrograms(t *testing.T) {
	var got Differences
	if err := json.Unmarshal([]byte(written(t, NewDifferences(), JSON)), &got); err != nil {
		t.Fatal(err)
	}
	first := got.Differences[0]
	if len(got.Differences) != len(sources.Differences()) || first.Row != "B1" || first.Documents[0].Title != "Monitor and manage certificate creation" ||
		first.Seen != "2019" || first.Rules[0] != (Expectation{Rule: "conflict.code", Documented: "409, error.code Forbidden", Live: "409, error.code Conflict"}) {
		t.Errorf("%d differences, the first %+v", len(got.Differences), first)
	}
	levels := map[string]Levels{}
	for _, r := range got.Rules {
		levels[r.ID] = r.Levels
	}
	for id, want := range map[string]Levels{"conflict.code": {oracle.Must, oracle.Must}, "cancel.ended-code": {"", oracle.Must},
		"poll-gone.never-code": {oracle.Should, oracle.Must}} {
		if levels[id] != want {
			t.Errorf("%s has the levels %+v, want %+v", id, levels[id], want)
		}
	}
	if _, found := levels["create-with-issuer.accepted"]; found {
		t.Error("a rule that does not differ is among those that do")
	}
}

var (
	unescapedBar = regexp.MustCompile(`(^|[^\\])\|`)
	linked       = regexp.MustCompile(`\]\(#([^)]+)\)`)
	target       = regexp.MustCompile(`(?m)<a id="([^"]+)"></a>|^## (.+)$`)
)

// A table's rows have as many cells as its head, and every link leads somewhere.
func TestPagesAreWellFormed(t *testing.T) {
	for name, l := range listings() {
		page := written(t, l, Markdown)
		cells := 0
		for line := range strings.Lines(page) {
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			n := len(unescapedBar.FindAllString(strings.ReplaceAll(line, "||", "| |"), -1))
			if cells == 0 {
				cells = n
			}
			if n != cells {
				t.Errorf("%s: %d bars, want %d: %s", name, n, cells, line)
			}
		}
		targets := map[string]bool{}
		for _, m := range target.FindAllStringSubmatch(page, -1) {
			if m[1] != "" && targets[m[1]] {
				t.Errorf("%s: %s is there twice", name, m[1])
			}
			targets[m[1]+strings.ToLower(m[2])] = true
		}
		for _, m := range linked.FindAllStringSubmatch(page, -1) {
			if !targets[m[1]] {
				t.Errorf("%s: nothing is called %s", name, m[1])
			}
		}
	}
}

func TestTextIsShownAsItIs(t *testing.T) {
	if got, want := plain("a|b <i> `x` *y* _z_ [q](u) c\\d"), "a\\|b \\<i\\> \\`x\\` \\*y\\* \\_z\\_ \\[q\\](u) c\\\\d"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Under an authority under which a rule does not speak, the listing says under which it does.
func TestLevels(t *testing.T) {
	text := written(t, NewRules(oracle.Documented, map[string]Coverage{"conflict.code": {Verdict: oracle.Pass, Exercised: 3}}), Text)
	for _, want := range []string{"conflict.code  MUST  pass, exercised 3×\n", "cancel.ended-code  live MUST alone  not selected\n", "poll-gone.never-code  SHOULD"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if !strings.Contains(written(t, NewRules(oracle.Live, nil), Text), "poll-gone.never-code  MUST") {
		t.Error("the level under the live service is missing")
	}
}

func TestTheWritersErrorIsReturned(t *testing.T) {
	for name, l := range listings() {
		for _, f := range []Format{Text, Markdown, JSON} {
			if err := Write(full{}, l, f); !errors.Is(err, errFull) {
				t.Errorf("%s as %s: %v", name, f, err)
			}
		}
	}
}

var errFull = errors.New("the disk is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
