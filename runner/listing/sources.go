package listing

import (
	"strings"

	"github.com/kvconform/kvconform/spec/sources"
)

// Sources is what the documents say, sentence by sentence, with the rules that stand on each.
type Sources struct {
	Documents []Document `json:"documents"`
}

// Document is one of them. What stands in none has no number.
type Document struct {
	Number   string    `json:"document,omitempty"`
	Title    string    `json:"title"`
	Sections []Section `json:"sections"`
}

// Section is a part of a document under its heading.
type Section struct {
	Section   string     `json:"section"`
	Sentences []Sentence `json:"sentences"`
}

// Sentence is one thing that a document says. Where no rule stands on it, None says why.
type Sentence struct {
	Kind  sources.Kind `json:"kind"`
	Says  string       `json:"says"`
	Rules []string     `json:"rules,omitempty"`
	None  string       `json:"none,omitempty"`
}

// NewSources lists the documents, in their order.
func NewSources() Sources {
	var all Sources
	for _, s := range sources.Sentences() {
		if n := len(all.Documents); n == 0 || all.Documents[n-1].Title != s.Title {
			all.Documents = append(all.Documents, Document{Number: s.Document, Title: s.Title})
		}
		d := &all.Documents[len(all.Documents)-1]
		if n := len(d.Sections); n == 0 || d.Sections[n-1].Section != s.Section {
			d.Sections = append(d.Sections, Section{Section: s.Section})
		}
		section := &d.Sections[len(d.Sections)-1]
		section.Sentences = append(section.Sentences, Sentence{Kind: s.Kind, Says: s.Says, Rules: s.Rules, None: s.None})
	}
	return all
}

func (d Document) name() string { return strings.TrimSpace(d.Number + " " + d.Title) }

func (l Sources) text(p *printer) {
	for i, d := range l.Documents {
		if i > 0 {
			p.printf("\n")
		}
		p.printf("%s\n", d.name())
		for _, section := range d.Sections {
			p.printf("\n  § %s\n", section.Section)
			for _, s := range section.Sentences {
				p.printf("    %-8s  %s\n", s.Kind, s.Says)
				if len(s.Rules) > 0 {
					p.printf("              → %s\n", strings.Join(s.Rules, ", "))
				} else {
					p.printf("              no rule: %s\n", s.None)
				}
			}
		}
	}
}

func (l Sources) markdown(p *printer) {
	p.printf("# What the documents say, and the rules that stand on it\n")
	for _, d := range l.Documents {
		p.printf("\n## %s\n", plain(d.name()))
		for _, section := range d.Sections {
			p.printf("\n### %s\n\n", plain(section.Section))
			var rows [][]string
			for _, s := range section.Sentences {
				rules := "no rule: " + plain(s.None)
				if len(s.Rules) > 0 {
					var ids []string
					for _, id := range s.Rules {
						ids = append(ids, code(id))
					}
					rules = strings.Join(ids, " ")
				}
				rows = append(rows, []string{string(s.Kind), plain(s.Says), rules})
			}
			p.table([]string{"kind", "what it says", "rules"}, rows)
		}
	}
}
