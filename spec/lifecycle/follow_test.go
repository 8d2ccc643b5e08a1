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
			// Some changes have a place in one history of twenty: rounds go on until enough of them were tried.
			for round := 0; tried < 10 && round < 100; round++ {
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
			}
			if tried < 10 {
				t.Errorf("only %d histories had a place for it", tried)
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
	otherKey, junk := merge(400), merge(400)
	otherKey.Keys = []string{"key-b"}
	junk.Fitness, junk.Keys = Bad, nil
	cases["or because the merge is for another key, or junk"] = struct {
		events []Event
		want   []string
	}{at(issued, otherKey, junk, running), nil}
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

// TestWhatIsHeldAgainstAHistory has a case for each of the model's decisions that the drawn histories do not get to.
func TestWhatIsHeldAgainstAHistory(t *testing.T) {
	issued := func(id string) Event {
		return Event{Action: Create, Fitness: Good, Origin: Issued, Issuer: "self", Status: 202,
			Operation: &Operation{ID: id, CSR: "csr-" + id, Key: "key-" + id, Issuer: "self", Status: InProgress, Asked: No}}
	}
	looks := func(id, issuer string, status Status) Event {
		return Event{Action: Poll, Status: 200, Operation: &Operation{ID: id, CSR: "csr-" + id, Issuer: issuer, Status: status, Asked: No}}
	}
	refused := func(action Action, status int) Event { return Event{Action: action, Fitness: Good, Status: status} }
	filtered := func(e Event, id string) Event {
		e.Filtered, e.Filter = true, id
		return e
	}
	asked := func(e Event, asked Tristate) Event {
		shown := *e.Operation
		shown.Asked, e.Operation = asked, &shown
		return e
	}
	cancelOf := func(issuer string, status int, shown Tristate) Event {
		e := asked(looks("a", issuer, InProgress), shown)
		e.Action, e.Status = Cancel, status
		return e
	}
	cancel := func(status int, shown Tristate) Event { return cancelOf("unknown", status, shown) }
	imports := func(status int) Event {
		return Event{Action: Import, Fitness: Good, Status: status, Version: "i", Live: true}
	}
	showing := func(e Event, id string, status Status) Event {
		e.Operation = shows(id, status).Operation
		return e
	}
	refusal := func(id string) Event {
		e := shows(id, InProgress)
		e.Status = 404
		return e
	}
	vanished := func(action Action) Event { return Event{Action: action, Origin: Manual, Loss: Vanished} }
	removes := func(status int) Event { return Event{Action: Delete, Status: status} }
	merges := func(status int) Event {
		return Event{Action: Merge, Fitness: Good, Keys: []string{"key-a"}, Status: status, Version: "v", Live: true}
	}
	gets := func(status int, version string) Event {
		return Event{Action: Get, Status: status, Version: version, Live: true}
	}
	merged := merges(201)
	sameAgain := issued("b")
	sameAgain.Operation = manual("a").Operation
	self := Yardstick{Reliable: func(issuer string) bool { return issuer == "self" }}
	for name, c := range map[string]struct {
		yardstick Yardstick
		begin     State
		events    []Event
		want      []string
	}{
		"a second create is accepted, and answers the operation that is there": {
			begin: Fresh, events: at(manual("a"), sameAgain, shows("a", InProgress)), want: []string{"1: create-conflict"},
		},
		"an issuer that is known to complete fails": {
			yardstick: self, begin: Fresh, events: at(issued("a"), looks("a", "self", Failed)), want: []string{"1: steady"},
		},
		"an issuer that is known to complete does": {
			yardstick: self, begin: Fresh, events: at(issued("a"), looks("a", "self", Completed)),
		},
		"an issuer of which nothing is known fails": {
			begin: Fresh, events: at(issued("a"), looks("a", "self", Failed)),
		},
		"an operation whose id nobody saw is not found": {
			events: at(merged, refused(Poll, 404)), want: []string{"1: poll-ended"},
		},
		"nor under an id that may be another's": {
			events: at(merged, filtered(refused(Poll, 404), "a")),
		},
		"nor for a cancel, a delete with such an id": {
			events: at(merged, filtered(refused(Cancel, 404), "a"), filtered(refused(Delete, 404), "a")),
		},
		"but it is for a delete without": {
			events: at(merged, refused(Delete, 404)), want: []string{"1: delete-accepted"},
		},
		"nothing was there, and a create is refused": {
			events: at(refused(Poll, 404), refused(Create, 409)), want: []string{"1: create-after-delete"},
		},
		"an operation shows up under another's id, and has changed besides": {
			begin: Fresh, events: at(manual("a"), filtered(shows("a", Completed), "b")), want: []string{"1: poll-filter", "1: steady"},
		},
		"a second create is accepted, and shows nothing": {
			begin: Fresh, events: at(manual("a"), Event{Action: Create, Fitness: Good, Status: 202}, shows("a", InProgress)),
			want: []string{"1: create-conflict"},
		},
		"of an unknown name, an operation that is shown is there": {
			events: at(shows("a", InProgress), refused(Poll, 404)), want: []string{"1: poll-found"},
		},
		"of an unknown name, that one of an id is not found says nothing of others": {
			events: at(filtered(refused(Poll, 404), "b"), shows("a", InProgress)),
		},
		"what is gone is refused with 404":  {begin: Fresh, events: at(manual("a"), removes(200), refused(Poll, 403)), want: []string{"2: poll-deleted"}},
		"what never was, in any way":        {begin: Fresh, events: at(refused(Poll, 403))},
		"what should not be there, is then": {begin: Fresh, events: at(shows("a", InProgress), shows("a", InProgress)), want: []string{"0: poll-never"}},
		// A refusal shows no operation, whatever is in it.
		"a refusal of an unknown name": {events: at(refusal("a"), refused(Poll, 404))},
		"a refusal where nothing is":   {begin: Fresh, events: at(refusal("a"), shows("a", InProgress)), want: []string{"1: poll-never"}},
		"a refusal of an operation":    {begin: Fresh, events: at(manual("a"), refusal("b")), want: []string{"1: poll-found"}},
		"a refusal under another id":   {begin: Fresh, events: at(manual("a"), filtered(refusal("c"), "b"))},

		"a refused cancel of an unknown name": {events: at(showing(refused(Cancel, 404), "a", InProgress), refused(Poll, 404))},
		"a refused cancel of an ended operation": {
			begin: Fresh, events: at(issued("a"), looks("a", "self", Failed), showing(refused(Cancel, 400), "a", Cancelled), looks("a", "self", Failed)),
		},
		"a refusal to show a certificate that is there": {
			begin: Fresh, events: at(imports(200), gets(404, "w"), gets(200, "i")), want: []string{"1: get-there"},
		},
		"a refusal to show one that is not": {
			begin: Fresh, events: at(manual("a"), gets(404, "v"), gets(200, "v"), shows("a", InProgress)), want: []string{"2: get-early"},
		},

		// A refusal under an id that nobody can compare may be for that id, and its status then is for a rule of its own.
		"a cancel under such an id is refused in any way": {events: at(merged, filtered(refused(Cancel, 403), "a"))},
		"and a delete": {events: at(merged, filtered(refused(Delete, 400), "a"))},
		"without one, the status is the clause's": {events: at(merged, refused(Cancel, 403)), want: []string{"1: cancel-ended"}},

		// What is learnt from a look.
		"who completes an operation": {events: at(shows("a", InProgress), shows("a", Completed)), want: []string{"1: steady"}},
		"whether it is to be cancelled": {
			begin: Fresh, events: at(manual("a"), Event{Action: Patch, Status: 200}, shows("a", InProgress), asked(shows("a", InProgress), Yes)),
			want: []string{"3: asked-never"},
		},
		"not, where the look does not show it": {
			begin: Fresh, events: at(manual("a"), cancel(200, Yes), asked(shows("a", InProgress), Maybe), shows("a", InProgress)),
			want: []string{"3: asked-stays"},
		},
		"nor its status": {begin: Fresh, events: at(manual("a"), shows("a", Unread), refused(Poll, 404)), want: []string{"2: poll-found"}},

		// What a look shows of a cancellation.
		"a completion besides": {begin: Fresh, events: at(manual("a"), cancel(200, Yes), shows("a", Completed)), want: []string{"2: steady"}},
		"a failure besides":    {begin: Fresh, events: at(manual("a"), asked(shows("a", Failed), Yes)), want: []string{"1: steady"}},
		"a return besides": {
			begin: Fresh, events: at(issued("a"), looks("a", "self", Failed), asked(looks("a", "self", InProgress), Yes)), want: []string{"2: stays-ended"},
		},
		"a return that has lost it": {
			begin: Fresh, events: at(issued("a"), cancelOf("self", 200, Yes), asked(looks("a", "self", Failed), Yes), looks("a", "self", InProgress)),
			want: []string{"3: stays-ended"},
		},
		"a cancelled operation need not show that it was asked for": {
			begin: Fresh, events: at(manual("a"), cancel(200, Yes), shows("a", Cancelled)),
		},
		"a completed one shows a cancellation that nobody asked for": {
			begin: Fresh, events: at(issued("a"), asked(looks("a", "self", Completed), Yes)), want: []string{"1: asked-never"},
		},
		"a completed one may have lost it": {
			begin: Fresh, events: at(issued("a"), cancelOf("self", 200, Yes), looks("a", "self", Completed)),
		},
		"or kept it": {
			begin: Fresh, events: at(issued("a"), cancelOf("self", 200, Yes), asked(looks("a", "self", Completed), Yes)),
		},

		// Creates and imports.
		"a create whose validity is unsure is refused": {begin: Fresh, events: at(Event{Action: Create, Status: 400})},
		"a create is accepted with another status": {
			begin: Fresh, events: at(Event{Action: Create, Fitness: Good, Origin: Manual, Status: 201}), want: []string{"0: create-first"},
		},
		"of the create after that nothing is known": {
			begin: Fresh, events: at(Event{Action: Create, Fitness: Good, Origin: Manual, Status: 202}, refused(Poll, 404)),
		},
		"a conflict with another status": {
			begin: Fresh, events: at(manual("a"), refused(Create, 400), shows("a", InProgress)), want: []string{"1: create-conflict"},
		},
		"a conflict of a request that may be wrong": {
			begin: Fresh, events: at(manual("a"), Event{Action: Create, Status: 400}, shows("a", InProgress)),
		},
		"an import's conflict": {
			begin: Fresh, events: at(manual("a"), refused(Import, 409), shows("a", InProgress)),
		},
		"an import's conflict with another status": {
			begin: Fresh, events: at(manual("a"), refused(Import, 400), shows("a", InProgress)), want: []string{"1: import-conflict"},
		},
		"an import's conflict that may be another": {
			begin: Fresh, events: at(manual("a"), Event{Action: Import, Status: 400}, shows("a", InProgress)),
		},
		"an import into an operation, which is gone": {
			begin: Fresh, events: at(manual("a"), imports(200), refused(Poll, 404)), want: []string{"1: import-conflict"},
		},
		"an import into an operation, which is still on": {
			begin: Fresh, events: at(manual("a"), imports(200), shows("a", InProgress)), want: []string{"1: import-conflict"},
		},
		"an import is refused for nothing": {begin: Fresh, events: at(refused(Import, 409)), want: []string{"0: import-free"}},
		"an import with another status":    {begin: Fresh, events: at(imports(201)), want: []string{"0: import-free"}},
		"an import is refused after an end": {
			begin: Fresh, events: at(manual("a"), merged, refused(Import, 409)), want: []string{"2: import-after-end"},
		},
		"an import is refused after a delete": {
			begin: Fresh, events: at(manual("a"), removes(200), refused(Import, 409)), want: []string{"2: import-after-delete"},
		},
		"an import that may be wrong is refused":   {begin: Fresh, events: at(Event{Action: Import, Status: 400})},
		"an import of an unknown name is refused":  {events: at(refused(Import, 409))},
		"an import of an unknown name is accepted": {events: at(imports(201))},
		"an import overwrites what was pending": {
			events: at(imports(200), Event{Action: Poll, Status: 200, Operation: shows("a", Completed).Operation}),
			want:   []string{"1: poll-overwritten"},
		},

		// Cancels.
		"a cancel of nothing":          {begin: Fresh, events: at(cancel(200, Yes)), want: []string{"0: cancel-nothing"}},
		"a cancel shows what there is": {events: at(cancel(200, Yes), refused(Poll, 404)), want: []string{"1: poll-found"}},
		"a cancel is accepted with another status": {
			begin: Fresh, events: at(manual("a"), cancel(202, Yes)), want: []string{"1: cancel-accepted"},
		},
		"a cancel is refused": {
			begin: Fresh, events: at(manual("a"), refused(Cancel, 400)), want: []string{"1: cancel-accepted"},
		},
		"a withdrawal is refused": {begin: Fresh, events: at(manual("a"), refused(Withdraw, 400))},
		"a cancel is refused because the issuer is at it": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(issued("a"), refused(Cancel, 409), looks("a", "self", InProgress)),
		},
		"that is the live service's alone": {
			begin: Fresh, events: at(issued("a"), refused(Cancel, 409), looks("a", "self", InProgress)), want: []string{"1: cancel-accepted"},
		},
		"nobody is at a manual operation": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(manual("a"), refused(Cancel, 409)), want: []string{"1: cancel-accepted"},
		},
		"a cancel whose answer does not show it": {
			begin: Fresh, events: at(manual("a"), cancel(200, No), asked(shows("a", InProgress), Yes)), want: []string{"1: cancel-shown"},
		},
		"a cancel without an operation is one as well": {
			begin: Fresh, events: at(manual("a"), Event{Action: Cancel, Status: 200}, shows("a", InProgress)),
			want: []string{"2: asked-stays"},
		},
		"a cancel that came too late": {
			begin: Fresh, events: at(issued("a"), Event{Action: Cancel, Status: 200, Operation: looks("a", "self", Completed).Operation}),
		},
		"a patch of something else": {
			begin: Fresh, events: at(manual("a"), Event{Action: Patch, Status: 200}, asked(shows("a", InProgress), Yes)),
		},
		"a withdrawal of nothing": {
			begin: Fresh, events: at(manual("a"), Event{Action: Withdraw, Status: 200}, asked(shows("a", InProgress), Yes)),
			want: []string{"2: asked-never"},
		},
		"a withdrawal of a cancel": {
			begin: Fresh, events: at(manual("a"), cancel(200, Yes), Event{Action: Withdraw, Status: 200}, shows("a", InProgress)),
		},
		"a cancel of another operation is refused": {
			begin: Fresh, events: at(manual("a"), filtered(refused(Cancel, 404), "b"), asked(shows("a", InProgress), Yes)),
			want: []string{"2: asked-never"},
		},
		"a cancel of another operation is accepted": {
			begin: Fresh, events: at(manual("a"), filtered(Event{Action: Cancel, Status: 200}, "b"), asked(shows("a", InProgress), Yes)),
		},
		"or not quite": {
			begin: Fresh, events: at(manual("a"), filtered(Event{Action: Cancel, Status: 200}, "b"), shows("a", InProgress)),
		},
		"a cancel of a completed operation": {
			begin: Fresh, events: at(manual("a"), merged, refused(Cancel, 403)), want: []string{"2: cancel-ended"},
		},
		"a cancel of a completed operation, live": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(manual("a"), merged, refused(Cancel, 403)),
		},
		"with the documents' status, live": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(manual("a"), merged, refused(Cancel, 400)),
			want: []string{"2: cancel-ended"},
		},
		"a cancel of a failed operation, live": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(issued("a"), looks("a", "self", Failed), refused(Cancel, 400), refused(Cancel, 403)),
		},
		"with any other status": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(issued("a"), looks("a", "self", Failed), refused(Cancel, 409)),
			want: []string{"2: cancel-ended"},
		},
		"a patch of an ended operation is accepted": {begin: Fresh, events: at(manual("a"), merged, Event{Action: Withdraw, Status: 200})},
		"a cancel of an ended operation is accepted": {
			begin: Fresh, events: at(issued("a"), looks("a", "self", Failed), Event{Action: Cancel, Status: 200, Operation: looks("a", "self", Cancelled).Operation},
				looks("a", "self", Cancelled)), want: []string{"2: cancel-ended"},
		},

		// Deletes.
		"a delete of nothing":              {begin: Fresh, events: at(removes(200)), want: []string{"0: delete-nothing"}},
		"a delete of an unknown operation": {events: at(removes(200), shows("a", InProgress)), want: []string{"1: poll-deleted"}},
		"a delete that finds none": {
			events: at(refused(Delete, 404), shows("a", InProgress)), want: []string{"1: poll-deleted"},
		},
		"a delete that finds none of that id": {events: at(filtered(refused(Delete, 404), "b"), shows("a", InProgress))},
		"a delete is refused": {
			begin: Fresh, events: at(manual("a"), refused(Delete, 400)), want: []string{"1: delete-accepted"},
		},
		"a delete of an issuer's is refused": {
			begin: Fresh, events: at(issued("a"), refused(Delete, 409)), want: []string{"1: delete-accepted"},
		},
		"a delete is refused for another reason, live": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(issued("a"), refused(Delete, 400)), want: []string{"1: delete-accepted"},
		},
		"a delete is refused, live": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(issued("a"), refused(Delete, 409)),
		},
		"a delete of a manual one is refused, live": {
			yardstick: Yardstick{Live: true}, begin: Fresh, events: at(manual("a"), refused(Delete, 409)),
			want: []string{"1: delete-accepted"},
		},
		"a delete is accepted with another status": {
			begin: Fresh, events: at(manual("a"), removes(202)), want: []string{"1: delete-accepted"},
		},
		"a delete of another operation is refused": {
			begin: Fresh, events: at(manual("a"), filtered(refused(Delete, 404), "b"), refused(Poll, 404)), want: []string{"2: poll-found"},
		},
		"a delete of another operation is accepted": {
			begin: Fresh, events: at(manual("a"), filtered(removes(200), "b"), refused(Poll, 404)),
		},
		"or was, and did nothing": {
			begin: Fresh, events: at(manual("a"), filtered(removes(200), "b"), shows("a", InProgress)),
		},
		"a delete shows another operation": {
			begin: Fresh, events: at(manual("a"), Event{Action: Delete, Status: 200, Operation: shows("b", InProgress).Operation}, refused(Poll, 404)),
			want: []string{"1: same-id", "1: same-csr"},
		},
		"what a delete shows is gone after it": {
			begin: Fresh, events: at(manual("a"), Event{Action: Delete, Status: 200, Operation: shows("a", InProgress).Operation}, shows("a", InProgress)),
			want: []string{"2: poll-deleted"},
		},
		"a create after a delete": {
			begin: Fresh, events: at(manual("a"), removes(200), refused(Create, 409)), want: []string{"2: create-after-delete"},
		},
		"a create after an end": {
			begin: Fresh, events: at(manual("a"), merged, refused(Create, 409)), want: []string{"2: create-after-end"},
		},
		"a create after an import": {
			begin: Fresh, events: at(imports(200), refused(Create, 409)), want: []string{"1: create-after-end"},
		},
		"a create of an unknown name is refused":  {events: at(refused(Create, 409))},
		"a create of an unknown name is accepted": {events: at(Event{Action: Create, Fitness: Good, Status: 201})},
		"a create shows another status than its own": {
			events: at(Event{Action: Create, Fitness: Good, Status: 202, Operation: &Operation{ID: "a", Status: Failed}}),
			want:   []string{"0: create-begins"},
		},

		// Merges.
		"a merge into nothing":         {begin: Fresh, events: at(merged), want: []string{"0: merge-nothing"}},
		"and the certificate is there": {begin: Fresh, events: at(merged, gets(200, "v")), want: []string{"0: merge-nothing"}},
		"a merge into the unknown":     {events: at(merged, refused(Get, 404)), want: []string{"1: get-there"}},
		"a merge of rubbish is accepted": {
			begin: Fresh, events: at(manual("a"), Event{Action: Merge, Fitness: Bad, Status: 201}), want: []string{"1: merge-unfit"},
		},
		"a merge of another's certificate is": {
			begin: Fresh, events: at(manual("a"), Event{Action: Merge, Keys: []string{"key-b"}, Status: 201}),
			want: []string{"1: merge-wrong-key"},
		},
		"a merge with another status": {begin: Fresh, events: at(manual("a"), merges(200)), want: []string{"1: merge-accepted"}},
		"a merge is refused":          {begin: Fresh, events: at(manual("a"), merges(400)), want: []string{"1: merge-accepted"}},
		"a merge that may be wrong is refused": {
			begin: Fresh, events: at(manual("a"), Event{Action: Merge, Keys: []string{"key-a"}, Status: 400}),
		},
		"one that may be wrong has its status": {
			begin: Fresh, events: at(manual("a"), Event{Action: Merge, Keys: []string{"key-a"}, Status: 200}),
			want: []string{"1: merge-accepted"},
		},
		"a merge whose leaf is not the first": {
			begin: Fresh, events: at(manual("a"), Event{Action: Merge, Fitness: Good, Keys: []string{"ca", "key-a"}, Status: 400}),
		},
		"a merge without a readable key is accepted": {begin: Fresh, events: at(manual("a"), Event{Action: Merge, Fitness: Good, Status: 201})},
		"a merge without a readable key":             {begin: Fresh, events: at(manual("a"), Event{Action: Merge, Fitness: Good, Status: 400})},
		"a merge after an end is refused": {
			begin: Fresh, events: at(manual("a"), cancel(200, Yes), shows("a", Cancelled), merges(400)),
			want: []string{"3: merge-after-end"},
		},
		"a merge after an end is accepted": {
			begin: Fresh, events: at(manual("a"), cancel(200, Yes), shows("a", Cancelled), merges(201), shows("a", Completed)),
		},
		"a second merge": {begin: Fresh, events: at(manual("a"), merged, merges(201), merges(400))},
		"a merge into an operation of any issuer": {
			events: at(Event{Action: Poll, Status: 200, Operation: &Operation{ID: "a", Key: "key-a", Status: InProgress}}, merges(400)),
		},
		"a merge that an issuer's operation takes": {
			yardstick: self, begin: Fresh, events: at(issued("a"), merges(201)),
		},
		"where the vault takes no second": {
			yardstick: Yardstick{Reliable: self.Reliable, MergesOnce: true}, begin: Fresh, events: at(issued("a"), merges(201)), want: []string{"1: merge-issued"},
		},
		"where it does, and the issuer was done": {
			yardstick: Yardstick{Reliable: self.Reliable, MergesOnce: true}, begin: Fresh, events: at(issued("a"), looks("a", "self", Completed), merges(201)),
		},
		"and nothing is known of the issuer": {
			yardstick: Yardstick{MergesOnce: true}, begin: Fresh, events: at(issued("a"), merges(201)),
		},

		// Certificates.
		"a certificate before its time": {
			begin: Fresh, events: at(manual("a"), gets(200, "v"), shows("a", InProgress)), want: []string{"1: get-early"},
		},
		"another refusal before its time": {
			begin: Fresh, events: at(manual("a"), refused(Get, 403), shows("a", InProgress)), want: []string{"1: get-early"},
		},
		"a shell before its time": {
			begin: Fresh, events: at(manual("a"), Event{Action: Get, Status: 200, Version: "s"}, shows("a", InProgress)),
		},
		"a certificate after a delete": {
			begin: Fresh, events: at(manual("a"), removes(200), gets(200, "v")), want: []string{"2: get-after-delete"},
		},
		"another refusal after a delete": {begin: Fresh, events: at(manual("a"), removes(200), refused(Get, 403))},
		"a certificate after an end": {
			begin: Fresh, events: at(issued("a"), looks("a", "self", Failed), gets(200, "v")), want: []string{"2: get-after-end"},
		},
		"and what is there, stays there": {
			begin: Fresh, events: at(issued("a"), looks("a", "self", Failed), gets(200, "v"), gets(200, "v")),
			want: []string{"2: get-after-end"},
		},
		"a shell where nothing was": {
			begin: Fresh, events: at(Event{Action: Get, Status: 200, Version: "s"}), want: []string{"0: get-never"},
		},
		"a certificate of an unknown name": {events: at(gets(200, "v"), gets(200, "w"))},
		"a certificate that was there is not": {
			begin: Fresh, events: at(imports(200), refused(Get, 404)), want: []string{"1: get-there"},
		},
		"a certificate that was there is a shell": {
			begin: Fresh, events: at(imports(200), Event{Action: Get, Status: 200, Version: "s"}), want: []string{"1: get-there"},
		},
		"another version than the latest": {begin: Fresh, events: at(imports(200), gets(200, "w")), want: []string{"1: get-latest"}},
		"a version that nobody saw before": {
			begin: Fresh, events: at(issued("a"), looks("a", "self", Completed), gets(200, "v"), gets(200, "w")),
			want: []string{"3: get-latest"},
		},

		// Losses, and what nothing is known after.
		"a delete of the certificate": {
			begin: Fresh, events: at(manual("a"), Event{Action: Forget, Status: 200}, refused(Poll, 404)),
		},
		"a delete of the certificate is refused": {
			begin: Fresh, events: at(manual("a"), Event{Action: Forget, Status: 409}, refused(Poll, 404)), want: []string{"2: poll-found"},
		},
		"a delete whose answer was dropped": {
			begin: Fresh, events: at(manual("a"), Event{Action: Delete, Loss: Dropped}, refused(Poll, 404), shows("a", InProgress)),
			want: []string{"3: poll-deleted"},
		},
		"a delete whose answer is still awaited": {
			begin: Fresh, events: at(manual("a"), Event{Action: Delete, Loss: Vanished}, shows("a", InProgress), refused(Poll, 404)),
		},
		"an import whose answer was dropped": {begin: Fresh, events: at(Event{Action: Import, Loss: Dropped}, gets(200, "i"))},
		"an import into an operation was dropped": {
			begin: Fresh, events: at(manual("a"), Event{Action: Import, Loss: Dropped}, refused(Poll, 404)), want: []string{"2: poll-found"},
		},
		"a merge whose answer was dropped": {
			begin: Fresh, events: at(manual("a"), Event{Action: Merge, Loss: Dropped}, shows("a", Completed), gets(200, "v")),
		},
		"a merge at an issuer's was dropped": {
			yardstick: self, begin: Fresh, events: at(issued("a"), Event{Action: Merge, Loss: Dropped}, looks("a", "self", InProgress)),
		},
		"a cancel whose answer was dropped": {
			begin: Fresh, events: at(manual("a"), Event{Action: Cancel, Loss: Dropped}, shows("a", Cancelled)),
		},
		"two whose answers are still awaited": {
			begin: Fresh, events: at(manual("a"), vanished(Delete), vanished(Import), refused(Poll, 404), gets(200, "i")),
		},
		"and neither has to hurry": {
			begin: Fresh, events: at(manual("a"), vanished(Delete), vanished(Import), shows("a", InProgress), refused(Poll, 404)),
		},
		"each takes effect once": {
			begin: Fresh, events: at(manual("a"), vanished(Cancel), removes(200), vanished(Create), shows("b", InProgress), removes(200), shows("c", InProgress)),
			want: []string{"6: poll-deleted"},
		},
		"also the one before": {
			begin: Fresh, events: at(manual("a"), vanished(Delete), refused(Poll, 404), manual("b"), vanished(Cancel), refused(Poll, 404)),
			want: []string{"5: poll-found"},
		},
		"a cancel of nothing makes no operation": {
			begin: Fresh, events: at(Event{Action: Cancel, Loss: Dropped}, shows("a", InProgress)), want: []string{"1: poll-never"},
		},
		"a withdrawal whose answer was dropped": {
			begin: Fresh, events: at(manual("a"), cancel(200, Yes), Event{Action: Withdraw, Loss: Dropped}, shows("a", InProgress)),
		},
		"a patch whose answer was dropped": {
			begin: Fresh, events: at(manual("a"), Event{Action: Patch, Loss: Dropped}, asked(shows("a", InProgress), Yes)),
		},
		"two whose answers were dropped": {
			begin: Fresh, events: at(manual("a"), Event{Action: Delete, Loss: Dropped}, Event{Action: Poll, Loss: Dropped}, refused(Poll, 404)),
		},
		"a poll whose answer was dropped": {
			begin: Fresh, events: at(manual("a"), Event{Action: Poll, Loss: Dropped}, refused(Poll, 404)), want: []string{"2: poll-found"},
		},

		"a filter of which nothing is pending that could match": {
			begin: Fresh, events: at(filtered(Event{Action: Poll, Status: 200, Operation: shows("a", InProgress).Operation}, "a")), want: []string{"0: poll-never"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for i, s := range c.yardstick.Follow(c.events, c.begin) {
				for _, broken := range s.Broken {
					got = append(got, fmt.Sprintf("%d: %s", i, broken))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestRequestsThatOverlap: what came at the same time may have taken effect in any order, and refuses more than it would alone. What came one
// after the other may not.
func TestRequestsThatOverlap(t *testing.T) {
	during := func(start, end int64, e Event) Event {
		e.Start, e.End = start, end
		return e
	}
	begun := during(0, 1, manual("a"))
	refused := func(action Action) Event {
		return Event{Action: action, Fitness: Good, Keys: []string{"key-a"}, Status: 400}
	}
	cancelled := Event{Action: Cancel, Status: 200}
	running := shows("a", InProgress)
	gone := Event{Action: Poll, Status: 404}
	many := func(n int) []Event {
		events := []Event{begun}
		for i := range n {
			events = append(events, during(10+int64(i), 100, running))
		}
		return append(events, during(200, 201, gone))
	}
	for name, c := range map[string]struct {
		events []Event
		want   []string
	}{
		"a cancel that another change is in the way of": {[]Event{begun, during(10, 20, cancelled), during(15, 25, refused(Cancel))}, nil},
		"a delete": {[]Event{begun, during(10, 20, cancelled), during(15, 25, refused(Delete))}, nil},
		"a merge":  {[]Event{begun, during(10, 20, cancelled), during(15, 25, refused(Merge))}, nil},
		"a poll is in nobody's way": {
			[]Event{begun, during(10, 20, running), during(15, 25, refused(Delete))}, []string{"2: delete-accepted"},
		},
		"nor is what was over before": {
			[]Event{begun, during(10, 20, cancelled), during(20, 25, refused(Delete))}, []string{"2: delete-accepted"},
		},
		"and overlaps with another only": {
			[]Event{begun, during(10, 20, cancelled), during(15, 40, running), during(20, 30, refused(Delete))},
			[]string{"3: delete-accepted"},
		},
		"nor is what came after": {
			[]Event{begun, during(10, 20, refused(Delete)), during(15, 40, running), during(20, 30, cancelled)},
			[]string{"1: delete-accepted"},
		},
		"what is accepted is judged as ever": {
			[]Event{begun, during(10, 20, manual("b")), during(15, 25, manual("c"))}, []string{"1: create-conflict", "2: create-conflict"},
		},
		"a poll sees the name before or after": {
			[]Event{begun, during(10, 20, Event{Action: Delete, Status: 200}), during(15, 25, gone), during(16, 26, running)}, nil,
		},
		"but not before what it came after": {
			[]Event{begun, during(10, 20, Event{Action: Delete, Status: 200}), during(15, 40, gone), during(20, 30, running)}, []string{"3: poll-deleted"},
		},
		"and what was seen after, is so": {
			[]Event{begun, during(10, 20, Event{Action: Delete, Status: 200}), during(15, 25, running), during(30, 31, running)}, []string{"3: poll-deleted"},
		},
		"what got no answer leaves its trace when it is sent": {
			[]Event{begun, during(10, 90, Event{Action: Delete, Loss: Vanished}), during(20, 30, refused(Cancel)), during(40, 41, running)}, []string{"3: poll-deleted"},
		},
		"what was dropped, by its end": {
			[]Event{begun, during(10, 25, Event{Action: Delete, Loss: Dropped}), during(20, 30, refused(Cancel)), during(40, 41, gone)}, nil,
		},
		"what is broken before does not count": {
			[]Event{begun, during(5, 6, refused(Delete)), during(10, 20, running), during(15, 25, running)}, []string{"1: delete-accepted"},
		},
		"what came later in between has its place": {
			[]Event{begun, during(10, 40, running), during(12, 20, cancelled), during(20, 30, refused(Delete))}, []string{"3: delete-accepted"},
		},
		"as many as can be put in order": {many(12), []string{"13: poll-found"}},
		"one more, and nothing is known": {many(13), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := blamed(c.events, Fresh, false); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestWhichClausesSpeak: a clause that says nothing about a state is silent there.
func TestWhichClausesSpeak(t *testing.T) {
	create := Event{Action: Create, Fitness: Good, Origin: Issued, Issuer: "self", Status: 202,
		Operation: &Operation{ID: "a", CSR: "csr-a", Issuer: "self", Status: InProgress, Asked: No}}
	look := Event{Action: Poll, Status: 200, Operation: &Operation{ID: "a", Issuer: "self", Status: InProgress, Asked: No}}
	for name, c := range map[string]struct {
		events []Event
		want   []Clause
	}{
		"an issuer's operation need not stay": {at(create, look), []Clause{PollFound, SameID, SameIssuer, AskedNever}},
		"a manual one does": {
			at(manual("a"), shows("a", InProgress)), []Clause{PollFound, SameID, SameCSR, SameIssuer, Steady, AskedNever},
		},
		"what is not shown cannot be compared": {
			at(manual("a"), Event{Action: Poll, Status: 200, Operation: &Operation{Status: InProgress}}), []Clause{PollFound, Steady},
		},
		"an end that is shown first": {
			at(create, Event{Action: Poll, Status: 200, Operation: &Operation{Status: Completed}}), []Clause{PollEnded},
		},
		"and again": {
			at(create, Event{Action: Poll, Status: 200, Operation: &Operation{Status: Completed}}, Event{Action: Poll, Status: 200, Operation: &Operation{Status: Completed}}),
			[]Clause{PollEnded, StaysCompleted},
		},
		"what only one of two states says": {
			at(manual("a"), Event{Action: Cancel, Status: 200, Operation: &Operation{ID: "a", Status: InProgress, Asked: Yes}},
				Event{Action: Merge, Fitness: Good, Keys: []string{"key-a"}, Status: 201}),
			nil,
		},
		"a create that shows no status": {
			at(Event{Action: Create, Fitness: Good, Origin: Issued, Status: 202, Operation: &Operation{ID: "a"}}), []Clause{CreateFirst},
		},
	} {
		t.Run(name, func(t *testing.T) {
			steps := (Yardstick{}).Follow(c.events, Fresh)
			if got := steps[len(steps)-1].Spoke; !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestWhatWasRefusedSince: a look is told which changes were refused since the last one of its kind.
func TestWhatWasRefusedSince(t *testing.T) {
	refused := func(action Action) Event { return Event{Action: action, Fitness: Good, Status: 409} }
	running, get := shows("a", InProgress), Event{Action: Get, Status: 404}
	elsewhere := running
	elsewhere.Filtered, elsewhere.Filter, elsewhere.Status, elsewhere.Operation = true, "b", 404, nil
	rejected, denied := refused(Cancel), get
	rejected.Rejected, denied.Rejected, denied.Status = true, true, 403
	for name, c := range map[string]struct {
		events []Event
		want   []int
	}{
		"a change":                        {at(manual("a"), refused(Create), running), []int{1}},
		"two":                             {at(manual("a"), refused(Create), refused(Import), running), []int{1, 2}},
		"a rejected one as well":          {at(manual("a"), rejected, running), []int{1}},
		"up to the last look":             {at(manual("a"), refused(Create), running, running), nil},
		"of this kind":                    {at(manual("a"), refused(Create), get, running), []int{1}},
		"or of that":                      {at(manual("a"), refused(Create), running, get), []int{1}},
		"a look that was refused is none": {at(manual("a"), refused(Create), denied, get), []int{1}},
		"nor is one at another id":        {at(manual("a"), refused(Create), elsewhere, running), []int{1}},
		"what is gone is seen":            {at(manual("a"), refused(Create), Event{Action: Poll, Status: 404}, running), nil},
		"an accepted change explains":     {at(manual("a"), refused(Create), Event{Action: Cancel, Status: 200}, running), nil},
		"a poll in between is no change":  {at(manual("a"), refused(Poll), running), nil},
		"a lost one was not refused":      {at(manual("a"), refused(Create), Event{Action: Poll, Loss: Dropped}, running), []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			steps := (Yardstick{}).Follow(c.events, Fresh)
			if got := steps[len(steps)-1].Refused; !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// TestWhatTouchesDoesNotOverlap: a request that was sent when the answer before was here came after it.
func TestWhatTouchesDoesNotOverlap(t *testing.T) {
	a, b, c := manual("a"), shows("a", InProgress), shows("a", InProgress)
	a.Start, a.End, b.Start, b.End, c.Start, c.End = 0, 10, 10, 20, 19, 30
	for i, s := range (Yardstick{}).Follow([]Event{a, b, c}, Fresh) {
		if want := i > 0; s.Raced != want || (s.Race == 1) != want {
			t.Errorf("%d raced: %v, in race %d, want %v", i, s.Raced, s.Race, want)
		}
	}
}

// TestWhatIsPossible: before its answer is looked at, an operation that its issuer may have ended is in any of its states.
func TestWhatIsPossible(t *testing.T) {
	create := Event{Action: Create, Fitness: Good, Origin: Issued, Issuer: "self", Status: 202,
		Operation: &Operation{ID: "a", Issuer: "self", Status: InProgress, Asked: No}}
	look := Event{Action: Poll, Status: 200, Operation: &Operation{ID: "a", Issuer: "self", Status: Failed, Asked: No}}
	step := (Yardstick{}).Follow(at(create, look), Fresh)[1]
	statuses := func(states []State) (all []Status) {
		for _, s := range states {
			all = append(all, s.Status)
		}
		return all
	}
	if got := statuses(step.Possible); !slices.Equal(got, []Status{InProgress, Completed, Failed, Cancelled}) {
		t.Errorf("possible are %v", got)
	}
	if got := statuses(step.Before); !slices.Equal(got, []Status{Failed}) {
		t.Errorf("in the light of the answer it was %v", got)
	}
}

// TestWhatIsAnotherOneIsToldOnce: the looks that follow are compared with what is shown now.
func TestWhatIsAnotherOneIsToldOnce(t *testing.T) {
	for name, change := range map[string]func(o *Operation){
		"request_id": func(o *Operation) { o.ID = "b" },
		"issuer":     func(o *Operation) { o.Issuer = "other" },
	} {
		other := func() Event {
			e := shows("a", InProgress)
			changed := *e.Operation
			change(&changed)
			e.Operation = &changed
			return e
		}
		if told := blamed(at(manual("a"), shows("a", InProgress), other(), other(), other()), Fresh, false); len(told) != 1 {
			t.Errorf("another %s is told as %v", name, told)
		}
	}
}
