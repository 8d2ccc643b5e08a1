package report

import (
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/spec/oracle"
)

// mostUnreached is how many rules are named that nothing broken stands in the way of.
const mostUnreached = 10

// unreached says what was never reached, by what stands in the way: as many lines as there are causes, unless every rule is
// to be named.
func (p *printer) unreached(r *Report) {
	groups := r.behind()
	if len(groups) == 0 {
		return
	}
	p.printf("\nUnreached\n")
	for _, g := range groups {
		p.printf("  %s: %s\n", g.title, count(len(g.rules), "rule"))
		shown, left := g.rules, 0
		if !p.text.Verbose {
			shown, left = g.first()
		}
		for _, rule := range shown {
			p.printf("    %s", rule.ID)
			if g.reasons {
				p.printf("  %s", p.in(grey, Printable(why(rule))))
			}
			p.printf("\n")
		}
		if left > 0 {
			p.printf("    and %d more: %s\n", left, p.all())
		}
	}
}

// all says where every unreached rule is named.
func (p *printer) all() string {
	if p.text.Reports == "" {
		return "--verbose names them"
	}
	return "see " + HTMLFile + ", or --verbose"
}

// why says what never happened.
func why(rule Rule) string { return strings.TrimSuffix(rule.Reason, ": that never happened") }

// group are the unreached rules that wait for the same thing.
type group struct {
	title   string
	reasons bool // each rule has a reason of its own
	rules   []Rule
}

// first are the rules to name where not all are, and how many more there are. Those behind a broken rule need no name: it is
// the broken one that has to be mended.
func (g group) first() (shown []Rule, left int) {
	switch {
	case !g.reasons:
		return nil, 0
	case len(g.rules) <= mostUnreached:
		return g.rules, 0
	}
	return g.rules[:mostUnreached], len(g.rules) - mostUnreached
}

// behind groups the unreached rules by what they are behind, in the order of the catalogue.
func (r *Report) behind() []group {
	var groups []group
	at := map[string]int{}
	for _, rule := range r.Rules {
		if rule.Verdict != oracle.Unreached {
			continue
		}
		title := fmt.Sprintf("behind %s, which is broken", rule.Behind)
		switch {
		case rule.Behind == "" && rule.Chance:
			title = "left to chance"
		case rule.Behind == "":
			title = "never got to"
		}
		i, found := at[title]
		if !found {
			i = len(groups)
			at[title] = i
			groups = append(groups, group{title: title, reasons: rule.Behind == ""})
		}
		groups[i].rules = append(groups[i].rules, rule)
	}
	return groups
}
