package lifecycle

import (
	"math/bits"
	"slices"
)

// Step is what the model says of one event.
type Step struct {
	// Possible are all states that the name may have been in when the request took effect, as far as the events before it tell.
	// Before are those among them that agree with the answer and with all that was shown later; where the answer is possible in
	// none, those that it is the least wrong in. Both are empty where requests overlapped, because nobody knows which of them came
	// first.
	Possible, Before []State
	// Spoke are the clauses that all these states agree on and that the answer kept, Broken those that it broke.
	Spoke, Broken []Clause
	// Raced says that the event overlapped another one, Race which of the name's races it belongs to, counted from 1.
	Raced bool
	Race  int
	// Refused are the events since the last look of this kind (at the operation, or at the certificate) that asked for a
	// change and were refused: what this look shows, tells whether they changed something after all (RULINGS R22).
	Refused []int
}

// All reports that at least one state is left in Before and every one satisfies p.
func (s *Step) All(p func(State) bool) bool {
	return len(s.Before) > 0 && !slices.ContainsFunc(s.Before, func(x State) bool { return !p(x) })
}

// Follow runs the events of one name, in the order of their Start, through the model, and says of each what it means.
//
// It looks for the histories that break the least. What comes later tells of what was before: an operation that is shown in
// progress was so all the time, since nothing returns to that. So the model goes through the events twice, forth to find every
// history, and back to see which are still possible in the light of what followed.
func (y Yardstick) Follow(events []Event, begin State) []Step {
	h := history{y: y, events: events, steps: make([]Step, len(events))}
	beliefs := h.closure(nil, belief{State: begin, from: -1})
	for i := 0; i < len(events); {
		n := h.cluster(i)
		s := stage{first: i, next: n, before: beliefs}
		if n-i == 1 {
			beliefs = h.single(&s)
		} else {
			beliefs = h.overlapping(&s)
		}
		h.stages = append(h.stages, s)
		i = n
	}
	h.lookBack(beliefs)
	return h.steps
}

// history is a run of the model over the events of one name.
type history struct {
	y      Yardstick
	events []Event
	steps  []Step
	stages []stage
	// late are the events behind the bits of State.Late.
	late []int
	// unpolled are the refused changes since the last look at the operation, unread those since the last one at the
	// certificate.
	unpolled, unread []int
	races            int
}

// belief is a state that the name may be in before a stage, with the least cost of a history that leads to it.
type belief struct {
	State
	cost int
	// from is the belief of the stage before on such a history, others are further ones; -1 at the beginning.
	from   int
	others []int
}

// stage is one event, or a run of events that overlap in time.
type stage struct {
	first, next int
	before      []belief
	// outcomes are what a single event means for each of before; broken is what a race breaks.
	outcomes []outcome
	broken   []mark
}

// The cost of a broken clause. A refusal for the right reason with another status is less of a break than a wrong decision, and one that
// rests on an end that nobody saw is a little more.
const (
	clauseCost = 4
	statusCost = 3
	unseenCost = 1
	// suspicion is how much more than the cheapest history one may cost that is still followed: later events may prove it right.
	suspicion = clauseCost + unseenCost
)

// wantsRefusal are the clauses that ask for a refusal with a certain status.
var wantsRefusal = []Clause{CreateConflict, ImportConflict, CancelEnded, MergeIssued}

// cost is what the outcome's broken clauses cost in the state.
func (o *outcome) cost(s State, e *Event) int {
	sum := 0
	for _, c := range o.broken {
		switch {
		case e.refused() && slices.Contains(wantsRefusal, c):
			sum += statusCost
		case s.Unseen:
			sum += clauseCost + unseenCost
		default:
			sum += clauseCost
		}
	}
	return sum
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

// single takes one event that overlaps no other, and returns what may be the case after it.
func (h *history) single(s *stage) []belief {
	i := s.first
	e := &h.events[i]
	var next []belief
	for k, b := range s.before {
		if e.Loss != Answered {
			for _, to := range h.lost(b.State, i) {
				next = h.closure(next, belief{State: to, cost: b.cost, from: k})
			}
			continue
		}
		o := h.y.answer(b.State, e, false)
		s.outcomes = append(s.outcomes, o)
		for _, to := range o.next {
			next = h.closure(next, belief{State: to, cost: b.cost + o.cost(b.State, e), from: k})
		}
	}
	if e.Loss == Answered {
		h.look(i)
	}
	return prune(next)
}

// prune drops the beliefs that cost too much. The order of the others, and with it which of two equals is taken, stays.
func prune(beliefs []belief) []belief {
	least := cheapest(beliefs)
	kept := func(b belief) bool { return b.cost > least+suspicion }
	return slices.DeleteFunc(beliefs, kept)
}

// cheapest is the least cost among beliefs.
func cheapest(beliefs []belief) int {
	least := beliefs[0].cost
	for _, b := range beliefs {
		least = min(least, b.cost)
	}
	return least
}

// lookBack goes from the end to the beginning: which beliefs are on a history that breaks the least, and what that means for each event.
func (h *history) lookBack(after []belief) {
	least := cheapest(after)
	var ends []int
	alive := make([]bool, len(after))
	for i, b := range after {
		if alive[i] = b.cost == least; alive[i] {
			ends = append(ends, i)
		}
	}
	for k := len(h.stages) - 1; k >= 0; k-- {
		s := &h.stages[k]
		before := make([]bool, len(s.before))
		for i, b := range after {
			if alive[i] {
				for _, from := range b.ways() {
					before[from] = true
				}
			}
		}
		// Of histories that break equally much, the one that broke it last is told: it takes the earlier answers at their word.
		chosen := -1
		for _, i := range ends {
			for _, from := range after[i].ways() {
				if chosen < 0 || s.before[from].cost < s.before[chosen].cost {
					chosen = from
				}
			}
		}
		ends, alive, after = []int{chosen}, before, s.before
		h.settle(s, alive, chosen)
	}
}

// ways are the beliefs of the stage before that lead to this one.
func (b *belief) ways() []int { return append([]int{b.from}, b.others...) }

// settle says what a stage's events mean, once it is known which beliefs were right.
func (h *history) settle(s *stage, alive []bool, chosen int) {
	for _, m := range s.broken {
		h.steps[m.event].Broken = append(h.steps[m.event].Broken, m.clause)
	}
	if s.outcomes == nil {
		return
	}
	step := &h.steps[s.first]
	least := cheapest(s.before)
	var kept []outcome
	for i, b := range s.before {
		if b.cost == least {
			step.Possible = append(step.Possible, b.State)
		}
		if alive[i] && (len(s.outcomes[i].broken) == 0 || len(s.outcomes[chosen].broken) > 0) {
			step.Before = append(step.Before, b.State)
			kept = append(kept, s.outcomes[i])
		}
	}
	if step.Broken = s.outcomes[chosen].broken; len(step.Broken) == 0 {
		step.Spoke = agreed(kept)
	}
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

// lost returns the states that a request without an answer may lead to. However often it is asked of the same request, that gets the
// same bit.
func (h *history) lost(s State, i int) []State {
	e := &h.events[i]
	if !e.Action.changes() {
		return []State{s}
	}
	if e.Loss == Dropped {
		return []State{s, effect(s, e)}
	}
	at := slices.Index(h.late, i)
	if at < 0 {
		if len(h.late) == bits.UintSize/2 {
			// More vanished requests than there are bits: nothing certain is left to say.
			return []State{Unknown}
		}
		at = len(h.late)
		h.late = append(h.late, i)
	}
	s.Late |= 1 << at
	return []State{s}
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

// closure adds a belief to others, with every state that time and vanished requests may make of it. Of two ways to one state the cheaper
// counts.
func (h *history) closure(beliefs []belief, b belief) []belief {
	reached := []State{b.State}
	for i := 0; i < len(reached); i++ {
		s := reached[i]
		reached = add(reached, h.y.alone(s)...)
		for late := s.Late; late != 0; late &= late - 1 {
			bit := bits.TrailingZeros32(late)
			n := s
			n.Late &^= 1 << bit
			reached = add(reached, effect(n, &h.events[h.late[bit]]))
		}
	}
	for _, s := range reached {
		beliefs = hold(beliefs, belief{State: s, cost: b.cost, from: b.from})
	}
	return beliefs
}

// hold adds a belief, or what it says of one that is held already.
func hold(beliefs []belief, b belief) []belief {
	at := slices.IndexFunc(beliefs, func(x belief) bool { return x.State == b.State })
	switch {
	case at < 0:
		return append(beliefs, b)
	case b.cost < beliefs[at].cost:
		beliefs[at] = b
	case b.cost == beliefs[at].cost && b.from != beliefs[at].from:
		beliefs[at].others = append(beliefs[at].others, b.from)
	}
	return beliefs
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
