package listing

import (
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// Rules is the catalogue under one authority.
type Rules struct {
	Authority oracle.Authority `json:"authority"`
	Rules     []Rule           `json:"rules"`
}

// NewRules lists the catalogue. Coverage is what a run made of the rules, by id; nil where there is none to tell of.
func NewRules(a oracle.Authority, coverage map[string]Coverage) Rules {
	all := Rules{Authority: a}
	for _, r := range oracle.Rules() {
		one := ruleOf(r)
		if coverage != nil {
			covered := coverage[r.ID]
			one.Coverage = &covered
		}
		all.Rules = append(all.Rules, one)
	}
	return all
}

func (l Rules) text(p *printer) {
	for _, r := range l.Rules {
		p.rule(r, r.level(l.Authority))
	}
}

// rule shows a rule in some lines.
func (p *printer) rule(r Rule, level string) {
	p.printf("%s  %s", r.ID, level)
	if r.Profile != oracle.Core {
		p.printf("  profile %s", r.Profile)
	}
	if r.Chance {
		p.printf("  by chance")
	}
	if r.Coverage != nil {
		p.printf("  %s", r.Coverage)
	}
	p.printf("\n  %s\n  Source  %s", r.Says, r.Source)
	if len(r.Rulings) > 0 {
		p.printf(" (%s)", strings.Join(r.Rulings, ", "))
	}
	p.printf("\n")
	if r.Live != "" {
		p.printf("  Live    %s\n", r.Live)
	}
}

// String is the coverage in a few words.
func (c Coverage) String() string {
	if c.Verdict == "" {
		return "not selected"
	}
	return fmt.Sprintf("%s, exercised %d×", c.Verdict, c.Exercised)
}

func (l Rules) markdown(p *printer) {
	p.printf("# The rules of kvconform\n\n%d rules, with their levels under the authority `%s`. `kvconform explain RULE` tells of one in full.\n",
		len(l.Rules), l.Authority)
	for _, s := range suites.All() {
		var rows [][]string
		for _, r := range l.Rules {
			if r.Scenario != s.ID {
				continue
			}
			row := []string{anchored(r.ID), r.level(l.Authority), plain(r.Says), plain(r.Source + bracketed(r.Rulings)), plain(r.Live)}
			if r.Profile != oracle.Core {
				row[1] += ", profile " + r.Profile
			}
			if r.Chance {
				row[1] += ", by chance"
			}
			if r.Coverage != nil {
				row = append(row, r.Coverage.String())
			}
			rows = append(rows, row)
		}
		if len(rows) == 0 {
			continue
		}
		p.printf("\n## %s\n\n%s.\n\n", s.ID, plain(strings.TrimSuffix(s.Title, ".")))
		columns := []string{"rule", "level", "what it asks for", "source", "live service"}
		if len(rows[0]) > len(columns) {
			columns = append(columns, "in the run")
		}
		p.table(columns, rows)
	}
}

func bracketed(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}
