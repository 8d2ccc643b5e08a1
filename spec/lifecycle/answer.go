package lifecycle

import "slices"

// Yardstick is what the authorities differ in.
type Yardstick struct {
	// Live measures by what the live service was seen to do.
	Live bool
	// Reliable, where set, says of an issuer that it is known to complete what it is asked for: an operation of it that
	// nobody asked to cancel does not end in another way.
	Reliable func(issuer string) bool
	// MergesOnce says that the vault is known to refuse a merge into an operation that is completed.
	MergesOnce bool
}

// reliable reports that the operation is with an issuer that completes it.
func (y Yardstick) reliable(s State) bool {
	return y.Reliable != nil && s.Origin == Issued && y.Reliable(s.Issuer)
}

// outcome is what an event means for one state: the states that it may lead to, which clauses spoke, and which of them the
// answer broke. With broken clauses the states are those at face value: as if the answer had been allowed.
type outcome struct {
	next   []State
	spoke  []Clause
	broken []Clause
}

// says notes that a clause spoke, and whether it held.
func (o *outcome) says(c Clause, holds bool) {
	o.spoke = append(o.spoke, c)
	if !holds {
		o.broken = append(o.broken, c)
	}
}

// to sets the states that follow.
func (o *outcome) to(next ...State) outcome {
	o.next = next
	return *o
}

// answer tells what the event means in the state s. racing says that it overlapped another request that changes something:
// then a refusal may have come from that alone (RULINGS R27, B15).
func (y Yardstick) answer(s State, e *Event, racing bool) outcome {
	if e.Rejected {
		return outcome{next: []State{s}}
	}
	switch e.Action {
	case Create:
		return y.create(s, e)
	case Import:
		return y.importing(s, e)
	case Poll:
		return y.poll(s, e)
	case Cancel, Withdraw, Patch:
		if racing && e.refused() {
			return outcome{next: []State{s}}
		}
		return y.patch(s, e)
	case Delete:
		if racing && e.refused() {
			return outcome{next: []State{s}}
		}
		return y.remove(s, e)
	case Merge:
		if racing && e.refused() {
			return outcome{next: []State{s}}
		}
		return y.merge(s, e)
	case Get:
		return y.get(s, e)
	default:
		if e.ok() {
			return outcome{next: []State{s.forget()}}
		}
		return outcome{next: []State{s}}
	}
}

// refused reports an answer that says no.
func (e *Event) refused() bool { return e.Status/100 == 4 }

// mismatch reports that the event's filter names another operation than the state's; where the state's is not known, that
// cannot be told.
func (e *Event) mismatch(s State) bool {
	return e.Filtered && s.Presence == Something && s.ID != "" && s.ID != e.Filter
}

// anyones reports that the event's filter cannot be compared, because the request_id of what is pending was never seen: a
// refusal then only tells that it is another one. With which status, is a SHOULD where something was to be changed (RULINGS R21).
func (e *Event) anyones(s State) bool {
	return e.Filtered && s.Presence == Something && s.ID == ""
}

func (y Yardstick) create(s State, e *Event) outcome {
	var o outcome
	if s.running() {
		switch {
		case e.ok():
			o.says(CreateConflict, false)
			if e.Operation != nil && s.ID != "" && e.Operation.ID == s.ID {
				return o.to(s)
			}
			return o.to(y.begun(s, e))
		case e.Fitness == Good:
			o.says(CreateConflict, e.Status == 409)
		}
		return o.to(s)
	}
	if !e.ok() {
		if e.Fitness == Good && s.Presence != Anything {
			o.says(freeForCreate(s), false)
		}
		return o.to(s)
	}
	if s.Presence != Anything {
		o.says(freeForCreate(s), e.Status == 202)
	}
	if e.Operation != nil && e.Operation.Status != Unread {
		o.says(CreateBegins, e.Operation.Status == InProgress)
	}
	return o.to(y.begun(s, e))
}

// begun is the state after an accepted create. An answer that is no readable 202 tells nothing certain about what is pending now.
func (y Yardstick) begun(s State, e *Event) State {
	if e.Status != 202 || e.Operation == nil || e.Operation.ID == "" {
		return s.forget()
	}
	return s.replace(e, e.Operation)
}

// freeForCreate is the clause that says why a create is accepted in this state.
func freeForCreate(s State) Clause {
	switch {
	case s.Presence == Something, s.Absence == Overwritten:
		return CreateAfterEnd
	case s.Absence == Deleted:
		return CreateAfterDelete
	default:
		return CreateFirst
	}
}

func (y Yardstick) importing(s State, e *Event) outcome {
	var o outcome
	if s.running() {
		switch {
		case e.ok():
			o.says(ImportConflict, false)
			return o.to(s.imported(e.Version), s)
		case e.Fitness == Good:
			o.says(ImportConflict, e.Status == 409)
		}
		return o.to(s)
	}
	clause := ImportFree
	switch {
	case s.Presence == Something:
		clause = ImportAfterEnd
	case s.Presence == Nothing && s.Absence == Deleted:
		clause = ImportAfterDelete
	}
	if !e.ok() {
		if e.Fitness == Good && s.Presence != Anything {
			o.says(clause, false)
		}
		return o.to(s)
	}
	if s.Presence != Anything {
		o.says(clause, e.Status == 200)
	}
	return o.to(s.imported(e.Version))
}

// imported is the state after an import: it overwrites the pending operation (RULINGS R8).
func (s State) imported(version string) State {
	s = s.drop(Overwritten)
	s.Certificate, s.Version = Complete, version
	return s
}

func (y Yardstick) poll(s State, e *Event) outcome {
	var o outcome
	switch {
	case s.Presence == Anything:
		switch {
		case e.ok() && e.Operation != nil:
			return o.to(discovered(e.Operation))
		case e.Status == 404 && !e.Filtered:
			n := s.forget()
			n.Presence, n.Absence = Nothing, Deleted
			return o.to(n)
		}
		return o.to(s)
	case s.Presence == Nothing:
		clause := map[Absence]Clause{NeverMade: PollNever, Deleted: PollDeleted, Overwritten: PollOverwritten}[s.Absence]
		o.says(clause, e.Status == 404 || clause == PollNever && e.refused())
		if e.ok() && e.Operation != nil {
			n := discovered(e.Operation)
			n.Certificate, n.Version, n.Late = s.Certificate, s.Version, s.Late
			return o.to(s, n)
		}
		return o.to(s)
	case e.Status == 404 && e.anyones(s):
		return o.to(s)
	case e.mismatch(s):
		o.says(PollFilter, e.Status == 404)
		if e.ok() && e.Operation != nil {
			n := e.Operation
			if n.ID == e.Filter {
				// It answers as another operation: whether that is a defect of its own, the clauses about this one say
				// at the next plain poll.
				return o.to(s)
			}
			return y.shown(s, n, &o)
		}
		return o.to(s)
	}
	switch {
	case e.Filtered:
		o.says(PollMatch, e.Status == 200)
	case s.running():
		o.says(PollFound, e.Status == 200)
	default:
		o.says(PollEnded, e.Status == 200)
	}
	if e.ok() && e.Operation != nil {
		return y.shown(s, e.Operation, &o)
	}
	return o.to(s)
}

// discovered is the state of a name of which only this operation is known.
func discovered(shown *Operation) State {
	n := State{Presence: Something, Status: shown.Status, Asked: shown.Asked}.learn(shown)
	if shown.Status == Completed {
		n = n.complete("")
	}
	return n
}

// shown compares an operation that was shown with that of the state, and learns from it.
func (y Yardstick) shown(s State, shown *Operation, o *outcome) outcome {
	if s.ID != "" && shown.ID != "" {
		o.says(SameID, s.ID == shown.ID)
	}
	if s.CSR != "" && shown.CSR != "" {
		o.says(SameCSR, s.CSR == shown.CSR)
	}
	if s.Issuer != "" && shown.Issuer != "" {
		o.says(SameIssuer, s.Issuer == shown.Issuer)
	}
	n := s.learn(shown)
	if shown.Status != Unread {
		switch c := staying(s); {
		case s.Unseen && shown.Status == s.Status:
			// It is shown for the first time: whether it stays so, the next look tells.
		case c != "":
			o.says(c, shown.Status == s.Status)
		case shown.Status != s.Status:
			// Another state of the set stands for this; here it is simply not so.
			o.broken = append(o.broken, Steady)
		}
		n = n.become(shown.Status)
	}
	n = s.flagged(n, shown, o)
	o.next = append(o.next, n)
	// What is another one from now on was told once: the looks that follow are compared with what is shown now.
	other := n
	if slices.Contains(o.broken, SameID) {
		other.ID = shown.ID
	}
	if slices.Contains(o.broken, SameIssuer) {
		other.Issuer = shown.Issuer
	}
	if other != n {
		o.next = append(o.next, other)
	}
	return *o
}

// flagged compares cancellation_requested. A completed operation has lost the request for good (RULINGS R34); one that was cancelled
// shows the flag or not, whoever asked.
func (s State) flagged(n State, shown *Operation, o *outcome) State {
	if s.Asked == Maybe || shown.Asked == Maybe {
		return n
	}
	switch {
	case s.running() && shown.Status == InProgress && s.Asked == Yes:
		o.says(AskedStays, shown.Asked == Yes)
		n.Asked = shown.Asked
	case s.running() && shown.Status == InProgress:
		o.says(AskedNever, shown.Asked == No)
		n.Asked = shown.Asked
	case shown.Status == Completed && s.Asked == No:
		o.says(AskedNever, shown.Asked == No)
	}
	return n
}

// staying is the clause that says that the state's status cannot change by itself; empty where it can.
func staying(s State) Clause {
	switch {
	case s.Status == Completed:
		return StaysCompleted
	case s.Status == Cancelled || s.Status == Failed:
		return StaysEnded
	case s.Status == InProgress && s.Origin == Manual:
		return Steady
	default:
		return ""
	}
}

func (y Yardstick) patch(s State, e *Event) outcome {
	var o outcome
	switch {
	case s.Presence == Anything:
		if e.ok() && e.Operation != nil {
			return o.to(discovered(e.Operation))
		}
		return o.to(s)
	case s.Presence == Nothing:
		o.says(CancelNothing, e.refused())
		return o.to(s)
	case e.refused() && e.anyones(s):
		return o.to(s)
	case e.mismatch(s):
		if e.ok() {
			// R21: what a filter does here is a SHOULD; an acceptance may or may not have taken effect.
			return o.to(s, s.asked(e.Action))
		}
		return o.to(s)
	case s.running():
		return y.patchRunning(s, e, &o)
	}
	if e.Action == Cancel {
		o.says(CancelEnded, y.refusesCancel(s, e.Status))
		if e.ok() && e.Operation != nil && e.Operation.Status != Unread {
			return o.to(s.become(e.Operation.Status))
		}
	}
	return o.to(s)
}

func (y Yardstick) patchRunning(s State, e *Event, o *outcome) outcome {
	if !e.ok() {
		raced := y.Live && e.Status == 409 && s.Origin != Manual
		if e.Action == Cancel && !raced {
			o.says(CancelAccepted, false)
		}
		return o.to(s)
	}
	if e.Action == Cancel {
		o.says(CancelAccepted, e.Status == 200)
	}
	n := s.asked(e.Action)
	if e.Operation == nil {
		return o.to(n)
	}
	if e.Action == Cancel && e.Operation.Status == InProgress && e.Operation.Asked != Maybe {
		o.says(CancelShown, e.Operation.Asked == Yes)
		// Whether the answer says it or not, the cancel was accepted: AskedStays is about the polls that follow.
		shown := *e.Operation
		shown.Asked = Yes
		return y.afterPatch(n, &shown, o)
	}
	return y.afterPatch(n, e.Operation, o)
}

// afterPatch looks at the operation that an accepted patch shows. The issuer, or the cancel itself, may have ended it meanwhile.
func (y Yardstick) afterPatch(n State, shown *Operation, o *outcome) outcome {
	for _, later := range y.alone(n) {
		if later.Status == shown.Status {
			return y.shown(later, shown, o)
		}
	}
	return y.shown(n, shown, o)
}

// asked is the state after an accepted patch.
func (s State) asked(a Action) State {
	switch {
	case !s.running():
	case a == Cancel:
		s.Asked = Yes
	case a == Patch, s.Asked == Yes:
		s.Asked = Maybe
	}
	return s
}

// refusesCancel reports whether the status refuses a cancel of an operation that has ended: 400 by document 002, 403 by the
// live service for a completed one (B2); what it answers for the others was never recorded.
func (y Yardstick) refusesCancel(s State, status int) bool {
	if !y.Live {
		return status == 400
	}
	return status == 403 || status == 400 && s.Status != Completed
}

func (y Yardstick) remove(s State, e *Event) outcome {
	var o outcome
	switch {
	case s.Presence == Anything:
		if e.ok() || e.Status == 404 && !e.Filtered {
			n := s.forget()
			n.Presence, n.Absence = Nothing, Deleted
			return o.to(n)
		}
		return o.to(s)
	case s.Presence == Nothing:
		o.says(DeleteNothing, e.refused())
		return o.to(s)
	case e.refused() && e.anyones(s):
		return o.to(s)
	case e.mismatch(s):
		if e.ok() {
			return o.to(s, s.drop(Deleted))
		}
		return o.to(s)
	}
	if !e.ok() {
		if y.Live && e.Status == 409 && s.Origin != Manual {
			return o.to(s)
		}
		o.says(DeleteAccepted, false)
		return o.to(s)
	}
	o.says(DeleteAccepted, e.Status == 200)
	if e.Operation != nil {
		o = y.shown(s, e.Operation, &o)
		for i, n := range o.next {
			o.next[i] = n.drop(Deleted)
		}
		return o
	}
	return o.to(s.drop(Deleted))
}

func (y Yardstick) merge(s State, e *Event) outcome {
	var o outcome
	switch {
	case s.Presence == Anything:
		if e.ok() {
			n := State{Presence: Something, Status: InProgress, Late: s.Late}
			return o.to(n.complete(e.Version))
		}
		return o.to(s)
	case s.Presence == Nothing:
		o.says(MergeNothing, e.refused())
		if e.ok() {
			return o.to(s.imported(e.Version))
		}
		return o.to(s)
	case s.running() && s.Origin == Issued:
		// Of two reasons to refuse, either may come first.
		o.says(MergeIssued, e.Status == 403 || e.refused() && (e.Fitness == Bad || s.Key == "" || e.otherKey(s)))
	case s.Status == Completed && s.Unseen && e.ok() && y.MergesOnce && y.reliable(s):
		// It was in progress at the last look. Had its issuer been done since, this vault would have refused.
		o.says(MergeIssued, false)
	case s.Status == Completed:
		// R26: a second merge should be refused; that is for a rule of that level to say.
	case e.Fitness == Bad:
		o.says(MergeUnfit, e.refused())
	case e.otherKey(s):
		o.says(MergeWrongKey, e.refused())
	case (e.Fitness == Good || e.ok()) && s.Key != "" && len(e.Keys) > 0 && e.Keys[0] == s.Key && s.Origin != AnyOrigin:
		clause := MergeAccepted
		if s.ended() {
			clause = MergeAfterEnd
		}
		o.says(clause, e.Status == 201)
	}
	if e.ok() {
		return o.to(s.complete(e.Version))
	}
	return o.to(s)
}

// otherKey reports that the merged certificates are for other keys than the operation's.
func (e *Event) otherKey(s State) bool {
	return len(e.Keys) > 0 && s.Key != "" && !slices.Contains(e.Keys, s.Key)
}

func (y Yardstick) get(s State, e *Event) outcome {
	var o outcome
	switch {
	case s.Presence == Anything:
		return o.to(s)
	case s.Certificate == Complete:
		o.says(GetThere, e.ok() && e.Live)
		if e.ok() && e.Live && e.Version != "" {
			if s.Version != "" {
				o.says(GetLatest, e.Version == s.Version)
			}
			s.Version = e.Version
		}
		return o.to(s)
	case s.Certificate == NoCertificate:
		if s.Presence == Nothing && s.Absence == NeverMade {
			o.says(GetNever, e.refused())
		} else {
			o.says(absent(s), e.ok() && !e.Live || e.Status == 404 || !s.running() && !e.ok())
		}
		if e.ok() && e.Live {
			n := s
			n.Certificate, n.Version = Complete, e.Version
			return o.to(s, n)
		}
		return o.to(s)
	}
	if e.ok() && e.Live {
		s.Certificate, s.Version = Complete, e.Version
	}
	return o.to(s)
}

// absent is the clause that says why there is no certificate yet.
func absent(s State) Clause {
	switch {
	case s.running():
		return GetEarly
	case s.Presence == Nothing:
		return GetAfterDelete
	default:
		return GetAfterEnd
	}
}
