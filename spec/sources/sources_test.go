package sources_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

// kinds are all that an entry can be.
var kinds = []sources.Kind{
	sources.Heading, sources.Prose, sources.Note, sources.Row, sources.Property, sources.Value, sources.Request, sources.Status,
	sources.Header, sources.Member, sources.Sample, sources.Ruling, sources.LiveFact, sources.Sense,
}

func TestEverySentenceHasRulesOrAReason(t *testing.T) {
	for _, s := range sources.Sentences() {
		at := s.Document + " § " + s.Section + ": " + s.Says
		if (len(s.Rules) == 0) == (s.None == "") {
			t.Errorf("%s\n  it needs rules or a reason, and not both", at)
		}
		if s.Title == "" || s.Section == "" || s.Says == "" || !slices.Contains(kinds, s.Kind) {
			t.Errorf("%s\n  title, section, a kind of the list and what it says are needed; kind %q", at, s.Kind)
		}
		for i, id := range s.Rules {
			if oracle.ByID(id) == nil {
				t.Errorf("%s\n  there is no rule %s", at, id)
			}
			if slices.Contains(s.Rules[:i], id) {
				t.Errorf("%s\n  %s stands there twice", at, id)
			}
		}
	}
}

func TestEveryRuleHasASource(t *testing.T) {
	sourced := map[string]bool{}
	for _, s := range sources.Sentences() {
		for _, id := range s.Rules {
			sourced[id] = true
		}
	}
	for _, r := range oracle.Rules() {
		if !sourced[r.ID] {
			t.Errorf("%s stands on no entry of sources.yaml", r.ID)
		}
	}
}

// TestCitedSectionsExist: where the catalogue cites a document and a section of it, the table has both.
func TestCitedSectionsExist(t *testing.T) {
	known := map[string]bool{}
	for _, s := range sources.Sentences() {
		known[s.Title+", § "+s.Section] = true
	}
	for _, r := range oracle.Rules() {
		if strings.Contains(r.Source, " § ") && !known[r.Source] {
			t.Errorf("%s cites %q, which sources.yaml does not have", r.ID, r.Source)
		}
	}
}

// TestDocumentsAreCovered holds the table against the documents, where they are at hand: the sections are those of the document, in its
// order, and each member of a sample, each property of a definition and each value of an enumeration is in an entry of its section.
func TestDocumentsAreCovered(t *testing.T) {
	for _, number := range []string{"000", "001", "002", "003"} {
		t.Run(number, func(t *testing.T) {
			lines := document(t, number)
			headings, said := sections(number)
			for i, from := 0, 0; i < len(headings); i++ {
				at := find(lines, from, headings[i], slices.Contains(headings[:i], "Definitions"))
				if at < 0 {
					t.Fatalf("the document has no heading %q where the table has it", headings[i])
				}
				end := len(lines)
				if i+1 < len(headings) {
					if next := find(lines, at+1, headings[i+1], slices.Contains(headings[:i+1], "Definitions")); next >= 0 {
						end = next
					}
				}
				for _, name := range names(lines[at+1 : end]) {
					if !slices.Contains(said[headings[i]], name) {
						t.Errorf("§ %s: nothing is said of %s", headings[i], name)
					}
				}
				from = at + 1
			}
		})
	}
}

// document returns the lines of a document without what marks headings and cells.
func document(t *testing.T, number string) []string {
	t.Helper()
	found, err := filepath.Glob("../../../shared/documents/" + number + "_*.txt")
	if err != nil || len(found) != 1 {
		t.Skip("the documents are not at hand")
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.Join(strings.Fields(strings.ReplaceAll(strings.TrimLeft(line, "# "), "|", " ")), " "))
	}
	return lines
}

// sections returns the headings of a document in the table, and the words that are said under each of them.
func sections(number string) (headings []string, said map[string][]string) {
	said = map[string][]string{}
	for _, s := range sources.Sentences() {
		if s.Document != number {
			continue
		}
		if !slices.Contains(headings, s.Section) {
			headings = append(headings, s.Section)
		}
		said[s.Section] = append(said[s.Section], word.FindAllString(s.Says, -1)...)
	}
	return headings, said
}

// find returns the line that is this heading, or the page's title, which says it twice; a definition's is followed by its table, after a
// sentence at most, and so told from a mention of its name.
func find(lines []string, from int, heading string, definition bool) int {
	for i := from; i < len(lines); i++ {
		if (lines[i] == heading || lines[i] == heading+" - "+heading) && (!definition || tabled(lines[i+1:])) {
			return i
		}
	}
	return -1
}

// tabled reports that one of the next two lines with something on them begins a table.
func tabled(lines []string) bool {
	seen := 0
	for _, line := range lines {
		if line == "Name Type Description" || line == "Value Description" {
			return true
		}
		if line != "" {
			seen++
		}
		if seen == 2 {
			return false
		}
	}
	return false
}

var (
	sampleMember = regexp.MustCompile(`"([A-Za-z0-9_]+)":`)
	word         = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_+-]*`)
	oneWord      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*$`)
	// notNames are words that stand on a line of their own and name no property: types, and the print's own.
	notNames = []string{"string", "boolean", "object", "True", "Request", "Response", "OR"}
	// elsewhere are members of samples that the section says in other words.
	elsewhere = []string{"x509_props", "subject", "name", "message", "trigger", "action", "cty"}
)

// names are the names that a section has to account for: members of samples, and words on lines of their own.
func names(lines []string) []string {
	var all []string
	for _, line := range lines {
		for _, m := range sampleMember.FindAllStringSubmatch(line, -1) {
			if !slices.Contains(elsewhere, m[1]) {
				all = append(all, m[1])
			}
		}
		if oneWord.MatchString(line) && !slices.Contains(notNames, line) {
			all = append(all, line)
		}
	}
	return all
}
