package oracle

import (
	"fmt"
	"slices"

	"github.com/kvconform/kvconform/spec/lifecycle"
)

// raceRulings are the rules about requests on one name that overlap in time (RULINGS R27). The model looks for an order in which
// the answers are possible; where there is none, what even the best order breaks is a finding of these rules.
var raceRulings = map[string]ruling{
	"race.creates": races(func(n *life, r race) bool { return r.count(lifecycle.Create, nil) > 1 }),
	"race.merges":  mergeRaces,
	"race.deletes": races(func(n *life, r race) bool { return r.count(lifecycle.Delete, nil) > 1 }),
	"race.consistent": races(func(n *life, r race) bool {
		answered := slices.DeleteFunc(slices.Clone(r), func(l *look) bool { return !l.Answered() })
		return len(answered) > 1 && slices.ContainsFunc(answered, changes)
	}),
}

// race is a run of requests on one name that overlap in time.
type race []*look

// count counts the requests of this kind that satisfy p.
func (r race) count(action lifecycle.Action, p func(*look) bool) int {
	n := 0
	for _, l := range r {
		if l.event.Action == action && !l.event.Rejected && l.Answered() && (p == nil || p(l)) {
			n++
		}
	}
	return n
}

// races are the races under a name.
func (n *life) races() []race {
	var all []race
	for _, l := range n.followed {
		switch id := l.step.Race; {
		case id == 0:
		case id > len(all):
			all = append(all, race{l})
		default:
			all[id-1] = append(all[id-1], l)
		}
	}
	return all
}

// changes reports a request that can change something.
func changes(l *look) bool {
	return l.event.Action != lifecycle.Poll && l.event.Action != lifecycle.Get
}

// races is a rule that speaks of the races that are chosen, and finds what the model says is impossible in any order.
func races(chosen func(*life, race) bool) ruling {
	return func(c *court) {
		for _, n := range c.lives {
			for _, r := range n.races() {
				if chosen(n, r) {
					c.held()
				}
			}
		}
		claims(c)
	}
}

// mergeRaces: of two merges that race, one takes effect at the most.
func mergeRaces(c *court) {
	for _, n := range c.lives {
		for _, r := range n.races() {
			if r.count(lifecycle.Merge, nil) < 2 || r.count(lifecycle.Create, nil) > 0 {
				continue
			}
			accepted := r.count(lifecycle.Merge, func(l *look) bool { return l.OK() })
			last := r[slices.IndexFunc(r, func(l *look) bool { return l.event.Action == lifecycle.Merge })]
			for _, l := range r {
				if l.event.Action == lifecycle.Merge && l.OK() {
					last = l
				}
			}
			c.expect(last, accepted < 2, "one accepted merge at the most: they were sent at the same time", fmt.Sprint(accepted, " accepted merges"))
		}
	}
	claims(c)
}

// raceRule is the rule of a clause that spoke in a race, or at the first look after one; empty where it was neither.
func raceRule(n *life, i int, clause lifecycle.Clause) string {
	l := n.followed[i]
	if !l.step.Raced {
		if i > 0 && n.followed[i-1].step.Raced && !changes(l) && slices.Contains(shows, clause) {
			return "race.settled"
		}
		return ""
	}
	if clause == lifecycle.CreateBegins {
		return "" // it is about the answer alone
	}
	switch l.event.Action {
	case lifecycle.Create:
		return "race.creates"
	case lifecycle.Delete:
		return "race.deletes"
	case lifecycle.Merge:
		return "race.merges"
	}
	return "race.consistent"
}
