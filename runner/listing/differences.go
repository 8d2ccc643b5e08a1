package listing

import (
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

// Differences is where the live service differs from the documents, and the rules that differ with it.
type Differences struct {
	Differences []Difference `json:"differences"`
	// Rules are those with another level under each authority, and those that ask for something else.
	Rules []Rule `json:"rules"`
}

// Difference is one place in which the live service differs from the documents.
type Difference struct {
	Row        string   `json:"row"`
	Documents  []Source `json:"documents"`
	Documented string   `json:"documented"`
	Live       string   `json:"live"`
	Evidence   string   `json:"evidence"`
	// Seen are the years in which it was seen; empty where the recordings are not dated.
	Seen string `json:"seen,omitempty"`
	// Rules are what the rules that are touched ask for; where there are none, None says why.
	Rules []Expectation `json:"rules,omitempty"`
	None  string        `json:"none,omitempty"`
}

// Source is a section of a document.
type Source struct {
	Document string `json:"document"`
	Title    string `json:"title"`
	Section  string `json:"section"`
}

// Expectation is what a rule asks for under each authority, or under both of them.
type Expectation struct {
	Rule       string `json:"rule"`
	Documented string `json:"documented,omitempty"`
	Live       string `json:"live,omitempty"`
	Both       string `json:"both,omitempty"`
}

// NewDifferences lists the differences, in the order of the table of evidence.
func NewDifferences() Differences {
	titles := map[string]string{}
	for _, s := range sources.Sentences() {
		titles[s.Document] = s.Title
	}
	var all Differences
	for _, d := range sources.Differences() {
		one := Difference{Row: d.Row, Documented: d.Documented, Live: d.Live, Evidence: d.Evidence, Seen: d.Seen(), None: d.None}
		for _, place := range d.Documents {
			one.Documents = append(one.Documents, Source{place.Document, titles[place.Document], place.Section})
		}
		for _, e := range d.Rules {
			one.Rules = append(one.Rules, Expectation(e))
		}
		all.Differences = append(all.Differences, one)
	}
	for _, r := range oracle.Rules() {
		if one := ruleOf(r); one.differs() {
			all.Rules = append(all.Rules, one)
		}
	}
	return all
}

func (l Differences) text(p *printer) {
	p.printf("Where the live service differs from the documents\n")
	for _, d := range l.Differences {
		p.printf("\n%s\n  Documented  %s\n  Live        %s\n  Evidence    %s\n", d.Row, d.Documented, d.Live, d.evidence())
		for _, s := range d.Documents {
			p.printf("  Source      %s %s, § %s\n", s.Document, s.Title, s.Section)
		}
		for _, e := range d.Rules {
			p.printf("  → %s: %s\n", e.Rule, strings.Join(e.asks(), "; "))
		}
		if d.None != "" {
			p.printf("  no rule: %s\n", d.None)
		}
	}
	p.printf("\nRules that differ\n\n")
	for _, r := range l.Rules {
		p.rule(r, r.levels())
	}
}

func (d Difference) evidence() string {
	if d.Seen == "" {
		return d.Evidence
	}
	return d.Evidence + " (seen " + d.Seen + ")"
}

func (e Expectation) asks() []string {
	if e.Both != "" {
		return []string{"both: " + e.Both}
	}
	return []string{"documented: " + e.Documented, "live: " + e.Live}
}

func (l Differences) markdown(p *printer) {
	p.printf("# Where the live Key Vault differs from its documents\n\n" +
		"The documents of Azure Key Vault's certificate lifecycle, and what the service was seen to do in recorded traffic and in its users'\n" +
		"reports. kvconform judges by the documents with `--authority documented`, and by the service with `--authority live`.\n\n")
	var rows [][]string
	for _, d := range l.Differences {
		row := strings.ToLower(d.Row)
		rows = append(rows, []string{fmt.Sprintf("[%s](#%s)", d.Row, row), plain(d.Documented), plain(d.Live), plain(d.evidence())})
	}
	p.table([]string{"row", "the documents", "the live service", "evidence"}, rows)
	for _, d := range l.Differences {
		p.printf("\n## %s\n\n", d.Row)
		p.printf("- **Documented**: %s\n- **Live**: %s\n- **Evidence**: %s\n", plain(d.Documented), plain(d.Live), plain(d.evidence()))
		for _, s := range d.Documents {
			p.printf("- **Source**: %s %s, § %s\n", s.Document, plain(s.Title), plain(s.Section))
		}
		for _, e := range d.Rules {
			p.printf("- %s: %s\n", l.link(e.Rule), plain(strings.Join(e.asks(), "; ")))
		}
		if d.None != "" {
			p.printf("- No rule: %s\n", plain(d.None))
		}
	}
	p.printf("\n## Rules that differ\n\n")
	rows = nil
	for _, r := range l.Rules {
		row := ""
		if r.Row != "" {
			row = fmt.Sprintf("[%s](#%s)", r.Row, strings.ToLower(r.Row))
		}
		rows = append(rows, []string{anchored(r.ID), orDash(r.Levels.Documented), orDash(r.Levels.Live), plain(r.Says), row})
	}
	p.table([]string{"rule", "documented", "live", "what it asks for", "row"}, rows)
}

// link leads to the rule where it is among those that differ.
func (l Differences) link(rule string) string {
	for _, r := range l.Rules {
		if r.ID == rule {
			return fmt.Sprintf("[%s](#%s)", code(rule), rule)
		}
	}
	return code(rule)
}

func orDash(l oracle.Level) string {
	if l == "" {
		return "–"
	}
	return string(l)
}
