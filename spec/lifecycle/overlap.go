package lifecycle

import "slices"

// maxOverlap bounds how many overlapping events are put in order by search. Beyond it, the model gives up what it knew
// of the name rather than to take minutes: 2^12 subsets of a dozen events are still a matter of milliseconds.
const maxOverlap = 12

// node is a point in the search for an order: which events took effect, what is the case then, what was broken on the way, and at
// what cost; from is the belief that it began with.
type node struct {
	done   uint
	state  State
	broken []mark
	cost   int
	from   int
}

// mark is a clause that an event broke.
type mark struct {
	event  int
	clause Clause
}

// overlapping takes a stage of events that overlap in time: it looks for the orders in which they may have taken effect, and keeps those
// that break the least. What even the best order breaks, is broken.
func (h *history) overlapping(s *stage) []belief {
	i, n := s.first, s.next
	h.races++
	for k := i; k < n; k++ {
		h.steps[k].Raced, h.steps[k].Race = true, h.races
	}
	h.unpolled, h.unread = nil, nil
	least := cheapest(s.before)
	if n-i > maxOverlap {
		unknown := belief{State: Unknown, cost: least, from: -1}
		for k, b := range s.before {
			switch {
			case b.cost > least:
			case unknown.from < 0:
				unknown.from = k
			default:
				unknown.others = append(unknown.others, k)
			}
		}
		return []belief{unknown}
	}
	all := uint(1)<<(n-i) - 1
	var frontier [][]node
	reach := func(at node) {
		for at.cost-least >= len(frontier) {
			frontier = append(frontier, nil)
		}
		frontier[at.cost-least] = append(frontier[at.cost-least], at)
	}
	for k, b := range s.before {
		reach(node{state: b.State, cost: b.cost, from: k})
	}
	type place struct {
		done  uint
		state State
		from  int
	}
	seen := map[place]bool{}
	// frontier[c] are the nodes that cost c more than the least; they are taken in the order of that cost.
	for cost := 0; ; cost++ {
		var ends []node
		for k := 0; k < len(frontier[cost]); k++ {
			at := frontier[cost][k]
			if seen[place{at.done, at.state, at.from}] {
				continue
			}
			seen[place{at.done, at.state, at.from}] = true
			if at.done == all {
				ends = append(ends, at)
				continue
			}
			for _, to := range h.expand(at, i, n) {
				reach(to)
			}
		}
		if len(ends) > 0 {
			return s.end(ends)
		}
	}
}

// end takes over what the best orders lead to, and what even they broke.
func (s *stage) end(ends []node) []belief {
	s.broken = ends[0].broken
	var beliefs []belief
	for _, at := range ends {
		beliefs = hold(beliefs, belief{State: at.state, cost: at.cost, from: at.from})
	}
	return beliefs
}

// expand returns the nodes that one more event leads to.
func (h *history) expand(at node, i, n int) []node {
	var all []node
	for k := i; k < n; k++ {
		bit := uint(1) << (k - i)
		if at.done&bit != 0 || !h.ready(at.done, k, i, n) {
			continue
		}
		e := &h.events[k]
		to := at
		to.done |= bit
		var next []State
		if e.Loss != Answered {
			next = h.lost(at.state, k)
		} else {
			o := h.y.answer(at.state, e, h.rivals(k, i, n))
			next = o.next
			if len(o.broken) > 0 {
				to.cost += o.cost(at.state, e)
				to.broken = slices.Clone(at.broken)
				for _, c := range o.broken {
					to.broken = append(to.broken, mark{k, c})
				}
			}
		}
		for _, s := range next {
			for _, b := range h.closure(nil, belief{State: s}) {
				to.state = b.State
				all = append(all, to)
			}
		}
	}
	return all
}

// ready reports that every event that was over before k began has taken effect.
func (h *history) ready(done uint, k, i, n int) bool {
	for j := i; j < n; j++ {
		if j != k && done&(1<<(j-i)) == 0 && h.end(j) <= h.events[k].Start {
			return false
		}
	}
	return true
}

// rivals reports that k overlaps another event that changes something.
func (h *history) rivals(k, i, n int) bool {
	for j := i; j < n; j++ {
		if j != k && h.events[j].Action.changes() && h.events[j].Start < h.end(k) && h.events[k].Start < h.end(j) {
			return true
		}
	}
	return false
}
