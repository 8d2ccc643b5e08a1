package report

import (
	"slices"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

// MostFindings is how many findings of a rule a record shows; it counts the others. Nobody reads the fifty-first, and recorded traffic
// may hold any number.
const MostFindings = 50

// Evidence is what a record shows of the traces that were judged. They are handed over one by one, in the order in which their
// findings are added up, and none of them is kept.
type Evidence struct {
	// Authority is the yardstick; Lenient says that recorded traffic was judged leniently.
	Authority oracle.Authority
	Lenient   bool

	requests  int
	shown     map[string]int // the findings of each rule so far
	exchanges []Exchange
	as        map[mark]string

	traffic  *Traffic // nil for a run
	files    []File
	forgiven map[oracle.Forgiven]*Forgiven // by rule and reason
}

// mark is a finding's place.
type mark struct {
	rule string
	at   place
}

// place is an exchange's place among several traces.
type place struct {
	trace  string
	number int
}

// Add takes from a trace what the outcomes of its judgement make worth showing.
func (e *Evidence) Add(t *exchange.Trace, outcomes []oracle.Outcome) {
	if e.shown == nil {
		e.shown, e.as = map[string]int{}, map[mark]string{}
	}
	e.requests += len(t.Exchanges)
	cited := map[int]bool{}
	var moved []oracle.Outcome
	for _, o := range outcomes {
		o.Findings = o.Findings[:min(len(o.Findings), MostFindings-e.shown[o.Rule.ID])]
		e.shown[o.Rule.ID] += len(o.Findings)
		for _, f := range o.Findings {
			cited[f.Exchange] = true
			for _, number := range f.Related {
				cited[number] = true
			}
		}
		if len(o.Findings) == 0 {
			continue
		}
		if _, moves := sources.Moved(o.Rule.ID); moves {
			moved = append(moved, o)
		}
	}
	for _, one := range t.Exchanges {
		if cited[one.Number] {
			e.exchanges = append(e.exchanges, exchangeOf(t.Name, one))
		}
	}
	if len(moved) > 0 {
		e.elsewhere(t, moved)
	}
}

// elsewhere marks the findings whose answers keep the rule under the other authority: what deviates from the documents as the live
// service does is no accident, and its evidence is known.
func (e *Evidence) elsewhere(t *exchange.Trace, moved []oracle.Outcome) {
	other, as := oracle.Live, "as the live service"
	if e.Authority == oracle.Live {
		other, as = oracle.Documented, "as documented"
	}
	found := map[string][]oracle.Finding{}
	for _, o := range oracle.Judge(t, oracle.Options{Authority: other, Lenient: e.Lenient}).Outcomes(nil, nil) {
		found[o.Rule.ID] = o.Findings
	}
	for _, o := range moved {
		text := as
		if difference, _ := sources.Moved(o.Rule.ID); difference.Seen() != "" && other == oracle.Live {
			text += ", seen " + difference.Seen()
		}
		for _, f := range o.Findings {
			if !slices.ContainsFunc(found[o.Rule.ID], func(theirs oracle.Finding) bool { return theirs.Exchange == f.Exchange }) {
				e.as[mark{o.Rule.ID, place{f.Trace, f.Exchange}}] = text
			}
		}
	}
}
