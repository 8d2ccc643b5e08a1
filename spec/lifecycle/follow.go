package lifecycle

import (
	"math/bits"
	"slices"
)

// Step is what the model says of one event.
type Step struct {
	// Possible are all states that the name may have been in when the request took effect, Before those among them in which
	// the answer is possible; where it is possible in none, all. Both are empty where requests overlapped, because nobody
	// knows which of them came first.
	Possible, Before []State
	// Spoke are the clauses that all these states agree on and that the answer kept, Broken those that it broke.
	Spoke, Broken []Clause
	// Raced says that the event overlapped another one, Race which of the name's races it belongs to, counted from 1, and
	// Entering the states that the name may have been in before that race.
	Raced    bool
	Race     int
	Entering []State
	// Refused are the events since the last look of this kind (at the operation, or at the certificate) that asked for a
	// change and were refused: what this look shows, tells whether they changed something after all (RULINGS R22).
	Refused []int
}

// All reports that at least one state is left in Before and every one satisfies p.
func (s *Step) All(p func(State) bool) bool {
	return len(s.Before) > 0 && !slices.ContainsFunc(s.Before, func(x State) bool { return !p(x) })
}

// Follow runs the events of one name, in the order of their Start, through the model, and says of each what it means.
func (y Yardstick) Follow(events []Event, begin State) []Step {
	h := history{y: y, events: events, states: []State{begin}, steps: make([]Step, len(events))}
	for i := 0; i < len(events); {
		n := h.cluster(i)
		if n-i == 1 {
			h.single(i)
		} else {
			h.overlapping(i, n)
		}
		i = n
	}
	return h.steps
}

// history is a run of the model over the events of one name.
type history struct {
	y      Yardstick
	events []Event
	steps  []Step
	// states are those that the name may be in now, late the events behind the bits of State.Late.
	states []State
	late   []int
	// unpolled are the refused changes since the last look at the operation, unread those since the last one at the
	// certificate.
	unpolled, unread []int
	races            int
}

// end is when the event is over as far as the order of effects goes: a vanished request leaves its trace at its start.
func (h *history) end(i int) int64 {
	if h.events[i].Loss == Vanished {
		return h.events[i].Start
	}
	return h.events[i].End
}

// cluster returns the end of the run of events, beginning at i, that overlap in time.
func (h *history) cluster(i int) int {
	last := h.end(i)
	n := i + 1
	for n < len(h.events) && h.events[n].Start < last {
		last = max(last, h.end(n))
		n++
	}
	return n
}

// single takes one event that overlaps no other.
func (h *history) single(i int) {
	e, step := &h.events[i], &h.steps[i]
	h.states = h.closure(h.states)
	if e.Loss != Answered {
		h.states = h.lost(h.states, i)
		return
	}
	step.Possible, step.Before = h.states, h.states
	best := -1
	var next []State
	var outcomes []outcome
	for _, s := range h.states {
		o := h.y.answer(s, e, false)
		outcomes = append(outcomes, o)
		switch cost := len(o.broken); {
		case best < 0 || cost < best:
			best, step.Broken, next = cost, o.broken, add(nil, o.next...)
		case cost == best:
			next = add(next, o.next...)
		}
	}
	if best == 0 {
		step.Before, outcomes = surviving(h.states, outcomes)
		step.Spoke = agreed(outcomes)
	}
	h.states = next
	h.look(i)
}

// surviving keeps the states that the answer is possible in.
func surviving(states []State, outcomes []outcome) (left []State, theirs []outcome) {
	for i, o := range outcomes {
		if len(o.broken) == 0 {
			left, theirs = append(left, states[i]), append(theirs, o)
		}
	}
	return left, theirs
}

// agreed returns the clauses that spoke in every state.
func agreed(outcomes []outcome) []Clause {
	var all []Clause
	for _, c := range outcomes[0].spoke {
		if !slices.ContainsFunc(outcomes[1:], func(o outcome) bool { return !slices.Contains(o.spoke, c) }) {
			all = append(all, c)
		}
	}
	return all
}

// look keeps account of refused changes and of the looks that would show what they did.
func (h *history) look(i int) {
	e := &h.events[i]
	switch {
	case e.Rejected && !e.Action.changes():
	case e.Action == Poll && !e.refused(), e.Action == Poll && e.Status == 404 && !e.Filtered:
		h.steps[i].Refused, h.unpolled = h.unpolled, nil
	case e.Action == Get:
		h.steps[i].Refused, h.unread = h.unread, nil
	case e.Action.changes() && e.refused():
		h.unpolled, h.unread = append(h.unpolled, i), append(h.unread, i)
	case e.Action.changes():
		h.unpolled, h.unread = nil, nil
	}
}

// lost widens the set for a request without an answer.
func (h *history) lost(states []State, i int) []State {
	e := &h.events[i]
	if !e.Action.changes() {
		return states
	}
	var all []State
	if e.Loss == Dropped {
		for _, s := range states {
			all = add(all, s, effect(s, e))
		}
		return h.closure(all)
	}
	if len(h.late) == bits.UintSize/2 {
		// More vanished requests than there are bits: nothing certain is left to say.
		return []State{Unknown}
	}
	bit := uint32(1) << len(h.late)
	h.late = append(h.late, i)
	for _, s := range states {
		s.Late |= bit
		all = add(all, s)
	}
	return h.closure(all)
}

// effect is what a request does when it is accepted and nobody sees the answer.
func effect(s State, e *Event) State {
	switch {
	case s.Presence == Anything, e.mismatch(s):
		return s
	case e.Action == Forget:
		return s.forget()
	case e.Action == Create && !s.running():
		return s.replace(e, nil)
	case e.Action == Import && !s.running():
		return s.imported("")
	case e.Action == Delete && s.Presence == Something:
		return s.drop(Deleted)
	case e.Action == Merge && s.Presence == Something && (s.Origin != Issued || s.ended()):
		return s.complete("")
	case e.Action == Cancel, e.Action == Withdraw, e.Action == Patch:
		return s.asked(e.Action)
	}
	return s
}

// alone returns the states that the name may move to by itself, itself first.
func (y Yardstick) alone(s State) []State {
	all := []State{s}
	if !s.running() {
		return all
	}
	if s.Origin != Manual {
		all = append(all, s.complete("").unseen())
		if !y.reliable(s) {
			return append(all, s.finish(Failed).unseen(), s.finish(Cancelled).unseen())
		}
	}
	if s.Asked != No {
		all = append(all, s.finish(Cancelled).unseen())
	}
	return all
}

// closure adds every state that time and vanished requests may lead to.
func (h *history) closure(states []State) []State {
	var all []State
	all = add(all, states...)
	for i := 0; i < len(all); i++ {
		s := all[i]
		all = add(all, h.y.alone(s)...)
		for b := s.Late; b != 0; b &= b - 1 {
			bit := bits.TrailingZeros32(b)
			n := s
			n.Late &^= 1 << bit
			all = add(all, effect(n, &h.events[h.late[bit]]))
		}
	}
	return all
}

// add appends the states that are not there yet.
func add(all []State, states ...State) []State {
	for _, s := range states {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}
