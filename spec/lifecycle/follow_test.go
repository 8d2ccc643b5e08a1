package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	. "github.com/kvconform/kvconform/spec/lifecycle"
)

// blamed lists what the model holds against a history.
func blamed(events []Event, begin State, live bool) []string {
	var all []string
	for i, s := range (Yardstick{Live: live}).Follow(events, begin) {
		for _, c := range s.Broken {
			all = append(all, fmt.Sprintf("%d: %s", i, c))
		}
	}
	return all
}

func TestNoSerialHistoryIsBlamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := rapid.Bool().Draw(t, "live")
		events := serial(t, live)
		if b := blamed(events, Fresh, live); b != nil {
			t.Fatalf("a conforming history is blamed: %v\n%+v", b, events)
		}
	})
}

func TestNoTangledHistoryIsBlamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := tangled(t)
		if b := blamed(events, Fresh, false); b != nil {
			t.Fatalf("a conforming history is blamed: %v\n%+v", b, events)
		}
	})
}

func TestNoHistoryThatBeginsInTheUnknownIsBlamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := rapid.Bool().Draw(t, "live")
		events := serial(t, live)
		events = events[rapid.IntRange(0, len(events)-1).Draw(t, "cut"):]
		if b := blamed(events, Unknown, live); b != nil {
			t.Fatalf("a conforming history is blamed: %v\n%+v", b, events)
		}
	})
}

// forbidden are changes of one answer that no conforming vault could have given after the history so far, each with the
// question whether it applies: the states are those that the model holds possible before the event.
var forbidden = map[string]struct {
	applies func(e Event, s *Step) bool
	change  func(e *Event)
}{
	"another request_id": {
		func(e Event, s *Step) bool { return e.Action == Poll && e.Operation != nil && knowsID(s) },
		func(e *Event) { e.Operation.ID = "other" },
	},
	"another csr": {
		func(e Event, s *Step) bool { return e.Action == Poll && e.Operation != nil && knowsID(s) },
		func(e *Event) { e.Operation.CSR = "other" },
	},
	"a manual operation completes by itself": {
		func(e Event, s *Step) bool {
			return e.Action == Poll && e.Operation != nil && sure(s, func(s State) bool { return s.Origin == Manual && s.Status == InProgress })
		},
		func(e *Event) { e.Operation.Status = Completed },
	},
	"a terminal state comes back": {
		func(e Event, s *Step) bool {
			return e.Action == Poll && e.Operation != nil && sure(s, func(s State) bool { return s.Status > InProgress })
		},
		func(e *Event) { e.Operation.Status = InProgress },
	},
	"gone while pending": {
		func(e Event, s *Step) bool {
			return e.Action == Poll && !e.Filtered && sure(s, func(s State) bool { return s.Presence == Something })
		},
		func(e *Event) { e.Status, e.Operation = 404, nil },
	},
	"found though gone": {
		func(e Event, s *Step) bool {
			return e.Action == Poll && sure(s, func(s State) bool { return s.Presence == Nothing })
		},
		func(e *Event) { e.Status, e.Operation = 200, &Operation{ID: "ghost", Status: InProgress} },
	},
	"a second create": {
		func(e Event, s *Step) bool {
			return e.Action == Create && sure(s, func(s State) bool { return s.Presence == Something && s.Status == InProgress })
		},
		func(e *Event) { e.Status, e.Operation = 202, &Operation{ID: "second", Status: InProgress} },
	},
	"a create that is refused for nothing": {
		func(e Event, s *Step) bool {
			return e.Action == Create && sure(s, func(s State) bool { return s.Presence == Nothing })
		},
		func(e *Event) { e.Status, e.Operation = 409, nil },
	},
	"a merge for another key": {
		func(e Event, s *Step) bool {
			return e.Action == Merge && len(e.Keys) > 0 && sure(s, func(s State) bool {
				return s.Presence == Something && s.Status != Completed && s.Key != "" && s.Key != e.Keys[0]
			})
		},
		func(e *Event) { e.Status, e.Version = 201, "wrong" },
	},
	"a certificate out of nowhere": {
		func(e Event, s *Step) bool {
			return e.Action == Get && sure(s, func(s State) bool { return s.Certificate == NoCertificate })
		},
		func(e *Event) { e.Status, e.Live, e.Version = 200, true, "ghost" },
	},
	"a certificate that is lost": {
		func(e Event, s *Step) bool {
			return e.Action == Get && sure(s, func(s State) bool { return s.Certificate == Complete })
		},
		func(e *Event) { e.Status, e.Live, e.Version = 404, false, "" },
	},
}

// sure reports that every state that was possible before the answer satisfies p.
func sure(s *Step, p func(State) bool) bool {
	return len(s.Possible) > 0 && !slices.ContainsFunc(s.Possible, func(x State) bool { return !p(x) })
}

// knowsID reports that the operation is pending and its identity certain.
func knowsID(s *Step) bool {
	return sure(s, func(s State) bool { return s.Presence == Something && s.ID != "" && s.CSR != "" })
}

func TestAForbiddenAnswerIsBlamed(t *testing.T) {
	for name, f := range forbidden {
		t.Run(name, func(t *testing.T) {
			tried := 0
			rapid.Check(t, func(t *rapid.T) {
				events := serial(t, false)
				steps := (Yardstick{}).Follow(events, Fresh)
				var at []int
				for i := range events {
					if f.applies(events[i], &steps[i]) {
						at = append(at, i)
					}
				}
				if len(at) == 0 {
					return
				}
				tried++
				i := rapid.SampledFrom(at).Draw(t, "where")
				f.change(&events[i])
				// Whether the blame falls on this answer or on an earlier one that it contradicts, is a matter of weighing.
				if blamed(events[:i+1], Fresh, false) == nil {
					t.Fatalf("%s at %d goes unblamed\n%+v", name, i, events[:i+1])
				}
			})
			if tried == 0 {
				t.Error("no history had a place for it")
			}
		})
	}
}

// manual is a create of a manual operation and what follows.
func manual(id string) Event {
	return Event{Action: Create, Fitness: Good, Origin: Manual, Issuer: "unknown", Status: 202,
		Operation: &Operation{ID: id, CSR: "csr-" + id, Key: "key-" + id, Issuer: "unknown", Status: InProgress, Asked: No}}
}

func shows(id string, status Status) Event {
	return Event{Action: Poll, Status: 200, Operation: &Operation{ID: id, CSR: "csr-" + id, Issuer: "unknown", Status: status, Asked: No}}
}

// at gives the events times: one after the other.
func at(events ...Event) []Event {
	for i := range events {
		events[i].Start, events[i].End = int64(10*i), int64(10*i+5)
	}
	return events
}

func TestWhichClauseBreaks(t *testing.T) {
	lostCreate := manual("b")
	lostCreate.Status, lostCreate.Operation, lostCreate.Loss = 0, nil, Vanished
	cases := map[string]struct {
		events []Event
		want   []string
	}{
		"nothing":                          {at(manual("a"), shows("a", InProgress), shows("a", InProgress)), nil},
		"the id changes on the third poll": {at(manual("a"), shows("a", InProgress), shows("a", InProgress), shows("b", InProgress)), []string{"3: same-id", "3: same-csr"}},
		"completed inside create": {
			at(Event{Action: Create, Fitness: Good, Origin: Manual, Status: 202, Operation: &Operation{ID: "a", Status: Completed}}, shows("a", Completed)),
			[]string{"0: create-begins"},
		},
		"a lost create explains a new operation": {
			at(manual("a"), Event{Action: Delete, Status: 200, Operation: &Operation{ID: "a", Status: InProgress}}, lostCreate, shows("b", InProgress)), nil,
		},
		"but only one": {
			at(manual("a"), Event{Action: Delete, Status: 200, Operation: &Operation{ID: "a", Status: InProgress}}, lostCreate, shows("b", InProgress),
				Event{Action: Delete, Status: 200, Operation: &Operation{ID: "b", Status: InProgress}}, shows("c", InProgress)),
			[]string{"5: poll-deleted"},
		},
		"a cancel that is acknowledged and not kept": {
			at(manual("a"), Event{Action: Cancel, Status: 200, Operation: &Operation{ID: "a", Status: InProgress, Asked: Yes}}, shows("a", InProgress)),
			[]string{"2: asked-stays"},
		},
		"the old request_id after a second create": {
			at(manual("a"), Event{Action: Delete, Status: 200}, manual("b"), Event{Action: Poll, Filtered: true, Filter: "a", Status: 200, Operation: shows("a", InProgress).Operation}),
			[]string{"3: poll-filter"},
		},
	}
	issued := Event{Action: Create, Fitness: Good, Origin: Issued, Issuer: "self", Status: 202,
		Operation: &Operation{ID: "a", CSR: "csr-a", Key: "key-a", Issuer: "self", Status: InProgress, Asked: No}}
	merge := func(status int) Event {
		return Event{Action: Merge, Fitness: Good, Keys: []string{"key-a"}, Status: status, Version: "v"}
	}
	running := Event{Action: Poll, Status: 200, Operation: &Operation{ID: "a", CSR: "csr-a", Issuer: "self", Status: InProgress, Asked: No}}
	cases["a merge that an issuer's operation refuses"] = struct {
		events []Event
		want   []string
	}{at(issued, merge(403), running), nil}
	cases["with another status, as a later look tells"] = struct {
		events []Event
		want   []string
	}{at(issued, merge(400), running), []string{"1: merge-issued"}}
	cases["or because the issuer was done"] = struct {
		events []Event
		want   []string
	}{at(issued, merge(400)), nil}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := blamed(c.events, Fresh, false); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestALaterLookTellsOfTheStateBefore(t *testing.T) {
	issued := Event{Action: Create, Fitness: Good, Origin: Issued, Issuer: "self", Status: 202,
		Operation: &Operation{ID: "a", Issuer: "self", Status: InProgress, Asked: No}}
	refused := Event{Action: Merge, Fitness: Good, Keys: []string{"key-a"}, Status: 403}
	for status, want := range map[Status]bool{InProgress: true, Completed: false} {
		look := Event{Action: Poll, Status: 200, Operation: &Operation{ID: "a", Issuer: "self", Status: status, Asked: No}}
		steps := (Yardstick{}).Follow(at(issued, refused, look), Fresh)
		if got := slices.Contains(steps[1].Spoke, MergeIssued); got != want {
			t.Errorf("%v afterwards: the clause spoke: %v", status, got)
		}
	}
}

func TestOverlappingCreates(t *testing.T) {
	a, b := manual("a"), manual("b")
	a.Start, a.End, b.Start, b.End = 0, 10, 5, 15
	if got := blamed([]Event{a, b}, Fresh, false); len(got) != 1 {
		t.Errorf("two creates that overlap cannot both be accepted: %v", got)
	}
	b.Status, b.Operation = 409, nil
	if got := blamed([]Event{a, b}, Fresh, false); got != nil {
		t.Errorf("one was refused, and still: %v", got)
	}
}
