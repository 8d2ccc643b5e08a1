package lifecycle

import "slices"

// maxOverlap bounds how many overlapping events are put in order by search. Beyond it, the model gives up what it knew
// of the name rather than to take minutes: 2^12 subsets of a dozen events are still a matter of milliseconds.
const maxOverlap = 12

// node is a point in the search for an order: which events took effect, what is the case then, what was broken on the way.
type node struct {
	done   uint
	state  State
	broken []mark
}

// mark is a clause that an event broke.
type mark struct {
	event  int
	clause Clause
}

// overlapping takes the events i to n-1, which overlap in time: it looks for the orders in which they may have taken effect, and
// keeps those that break the fewest clauses. What even the best order breaks, is broken.
func (h *history) overlapping(i, n int) {
	h.states = h.closure(h.states)
	h.races++
	for k := i; k < n; k++ {
		h.steps[k].Raced, h.steps[k].Race, h.steps[k].Entering = true, h.races, h.states
	}
	h.unpolled, h.unread = nil, nil
	if n-i > maxOverlap {
		h.states = []State{Unknown}
		return
	}
	all := uint(1)<<(n-i) - 1
	frontier := [][]node{nil}
	for _, s := range h.states {
		frontier[0] = append(frontier[0], node{state: s})
	}
	seen := map[[2]any]bool{}
	// frontier[c] are the nodes reached with c broken clauses; they are taken in the order of that cost.
	for cost := 0; cost < len(frontier); cost++ {
		var ends []node
		for k := 0; k < len(frontier[cost]); k++ {
			at := frontier[cost][k]
			key := [2]any{at.done, at.state}
			if seen[key] {
				continue
			}
			seen[key] = true
			if at.done == all {
				ends = append(ends, at)
				continue
			}
			for _, to := range h.expand(at, i, n) {
				for len(to.broken) >= len(frontier) {
					frontier = append(frontier, nil)
				}
				frontier[len(to.broken)] = append(frontier[len(to.broken)], to)
			}
		}
		if len(ends) > 0 {
			h.settle(ends)
			return
		}
	}
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
		if e.Loss != Answered {
			for _, s := range h.lostOnce(at.state, k) {
				all = append(all, node{at.done | bit, s, at.broken})
			}
			continue
		}
		o := h.y.answer(at.state, e, h.rivals(k, i, n))
		broken := at.broken
		if len(o.broken) > 0 {
			broken = slices.Clone(broken)
			for _, c := range o.broken {
				broken = append(broken, mark{k, c})
			}
		}
		for _, s := range h.closure(o.next) {
			all = append(all, node{at.done | bit, s, broken})
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

// lostOnce is lost for one state, however often the search comes by: the same request gets the same bit.
func (h *history) lostOnce(s State, k int) []State {
	if at := slices.Index(h.late, k); at >= 0 {
		s.Late |= 1 << at
		return h.closure([]State{s})
	}
	return h.lost([]State{s}, k)
}

// settle takes over what the best orders end in, and what even they broke.
func (h *history) settle(ends []node) {
	h.states = nil
	for _, at := range ends {
		h.states = add(h.states, at.state)
	}
	for _, m := range ends[0].broken {
		h.steps[m.event].Broken = append(h.steps[m.event].Broken, m.clause)
	}
}
