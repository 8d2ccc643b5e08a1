package oracle

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/kvconform/kvconform/spec/lifecycle" //nolint:staticcheck // a table in the model's own words

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// A claim is one thing that the model said of an answer, under the rule that it belongs to. Each clause of the model, in the
// context in which it spoke, belongs to exactly one rule: one defect, one finding.

// lifecycleRulings are the rules that the model judges.
var lifecycleRulings = func() map[string]ruling {
	all := map[string]ruling{}
	for _, id := range modelled {
		all[id] = claims
	}
	return all
}()

// modelled are the rules that ruleOf and untouchedRule can name. A test holds that they are all.
var modelled = []string{
	"create-manual.accepted", "create-manual.in-progress", "create-manual.stays-in-progress", "create-manual.refused-leaves-nothing",
	"create-with-issuer.accepted", "create-with-issuer.in-progress", "create-with-issuer.refused-leaves-nothing",
	"poll-in-progress.found", "poll-in-progress.filter-match", "poll-in-progress.request-id-stable", "poll-in-progress.csr-stable",
	"poll-in-progress.issuer-stable", "poll-in-progress.not-asked",
	"poll-completed.stays-readable", "poll-completed.stays-completed", "poll-completed.certificate-there",
	"poll-failed.stays-readable", "poll-failed.stays-ended", "poll-failed.no-certificate",
	"poll-gone.never-existed", "poll-gone.deleted", "poll-gone.overwritten", "poll-gone.overwritten-by-import", "poll-gone.filter-mismatch",
	"poll-gone.mismatch-untouched",
	"conflict.create-refused", "conflict.import-refused", "conflict.operation-untouched", "conflict.import-untouched", "conflict.create-after-end",
	"conflict.create-after-delete", "conflict.import-accepted", "conflict.import-after-end", "conflict.import-after-delete",
	"merge-with-issuer.refused", "merge-with-issuer.operation-untouched", "merge-with-issuer.after-end",
	"cancel.accepted", "cancel.acknowledged", "cancel.kept", "cancel.not-in-progress", "cancel.nothing-pending", "cancel.same-operation",
	"cancel.refused-untouched",
	"delete-pending.accepted", "delete-pending.as-it-stood", "delete-pending.again", "delete-pending.not-created",
	"delete-pending.certificate-survives",
	"merge-manual.accepted", "merge-manual.completes-operation", "merge-manual.certificate-there", "merge-manual.latest",
	"merge-manual.wrong-key", "merge-manual.x5c-refused", "merge-manual.nothing-pending", "merge-manual.refused-untouched",
	"get-certificate.unknown-name", "get-certificate.none-while-pending", "get-certificate.there", "get-certificate.latest",
	"protocol.unauthorised-untouched", "protocol.refused-untouched", "race.settled",
}

// refusals are the clauses that ask for a refusal, with the operation that has to be accepted elsewhere before they count.
var refusals = map[Clause]wire.Op{
	CreateConflict: wire.Create, ImportConflict: wire.Import, CancelEnded: wire.UpdatePending, CancelNothing: wire.UpdatePending,
	DeleteNothing: wire.DeletePending, MergeNothing: wire.Merge, MergeUnfit: wire.Merge, MergeWrongKey: wire.Merge,
	MergeIssued: wire.Merge, PollDeleted: wire.GetPending, PollOverwritten: wire.GetPending, PollFilter: wire.GetPending,
	GetEarly: wire.Get, GetAfterDelete: wire.Get, GetAfterEnd: wire.Get,
}

// shows are the clauses about what a look at the operation shows: after a refused change, they tell whether it changed something.
var shows = []Clause{PollNever, PollDeleted, PollOverwritten, PollFound, PollEnded, SameID, SameCSR, SameIssuer, Steady, StaysCompleted,
	StaysEnded, AskedStays, AskedNever, GetNever, GetEarly, GetAfterDelete, GetAfterEnd, GetThere, GetLatest}

// claim is what the model said of one answer, under one rule.
type claim struct {
	at               *look
	kept             bool
	expected, actual string
}

// claims is the ruling of every rule that the model judges alone.
func claims(c *court) {
	for _, one := range c.claimed[c.rule.ID] {
		c.expect(one.at, one.kept, one.expected, one.actual)
	}
	if about, ok := leaks[c.rule.ID]; ok {
		c.leaked(about)
	}
	if c.rule.ID == "conflict.import-refused" {
		c.importsAtWork()
	}
}

// claim sorts what the model said of every answer by rule.
func (ev *evidence) claim() {
	ev.claimed = map[string][]claim{}
	for _, n := range ev.lives {
		for i, l := range n.followed {
			ev.claimsOf(n, i, l)
		}
		ev.claimReplaced(n)
	}
}

// claimReplaced: a create that is accepted over an issuer's operation, in progress when it was last seen, says that the issuer is done. Where
// it is known to complete what it is asked for, a version came of that: where the list has fewer than came for certain, there was none, and
// the create replaced an operation in progress. A list that lacks a version that was shown before is late, or wrong, and says nothing.
func (ev *evidence) claimReplaced(n *life) {
	var over []*look
	came := map[string]bool{} // by request_id, or by the number of the import
	for _, l := range n.looks {
		switch {
		case l.Call.Op == wire.Versions && l.Status() == 200 && l.Items != nil && !l.paged():
			if len(over) > 0 && len(l.Items) < len(came) && n.listsAllShown(l) {
				ev.claimed["conflict.create-refused"] = append(ev.claimed["conflict.create-refused"], claim{at: over[0],
					expected: ev.expected(over[0], CreateConflict), actual: over[0].says() + ": and no version came of the operation that was there"})
				return
			}
		case l.step == nil:
		case l.step.Raced, l.event.Loss != 0, l.event.Action == Forget:
			return // nobody knows what is there
		case !l.OK():
		case l.event.Action == Import:
			came[fmt.Sprint(l.Number)] = true
		case l.event.Action == Create && l.step.All(ev.surelyCompletes):
			id := l.step.Before[0].ID
			if !came[id] && slices.ContainsFunc(l.step.Before, unseenEnd) {
				over = append(over, l)
			}
			came[id] = true
		case l.event.Action == Merge && len(l.step.Before) > 0:
			came[l.step.Before[0].ID] = true
		case l.event.Operation != nil && l.event.Operation.Status == Completed:
			came[l.event.Operation.ID] = true
		}
	}
}

// listsAllShown reports that a list names every version that an earlier answer showed.
func (n *life) listsAllShown(list *look) bool {
	return !slices.ContainsFunc(n.looks, func(l *look) bool {
		version := ""
		if anyBundle(l) && complete(l) && !l.Received.After(list.Exchange.Sent) {
			version = versionOf(l.Bundle.ID.Value)
		}
		return version != "" && !slices.ContainsFunc(list.Items, func(item wire.Bundle) bool {
			return strings.EqualFold(versionOf(item.ID.Value), version)
		})
	})
}

// unseenEnd reports an operation that is in progress, or may have been at the last look.
func unseenEnd(s State) bool { return s.Presence == Something && (s.Status == InProgress || s.Unseen) }

// surelyCompletes reports an operation that is completed, or that its issuer completes because nobody asked for anything else.
func (ev *evidence) surelyCompletes(s State) bool {
	return s.Presence == Something && s.ID != "" && (s.Status == Completed && !s.Unseen ||
		s.Status <= Completed && s.Origin == Issued && s.Asked == No && ev.yardstick.Reliable != nil && ev.yardstick.Reliable(s.Issuer))
}

func (ev *evidence) claimsOf(n *life, i int, l *look) {
	// A rule speaks once of an answer, however many clauses it bundles.
	var spoke []string
	speak := func(id string) {
		if id != "" && !slices.Contains(spoke, id) {
			spoke = append(spoke, id)
			ev.claimed[id] = append(ev.claimed[id], claim{at: l, kept: true})
		}
	}
	for _, clause := range l.step.Spoke {
		if op, refusal := refusals[clause]; refusal && !ev.able(op) {
			continue
		}
		speak(ev.ruleOf(n, i, clause))
		for _, id := range ev.untouched(n, l, clause) {
			if ev.able(wire.Create) || ev.able(wire.Import) {
				speak(id)
			}
		}
	}
	for _, clause := range l.step.Broken {
		id := ev.ruleOf(n, i, clause)
		if clause == GetThere && n.replaced(i) {
			id = "conflict.create-refused"
		}
		// What shows without any refusal before it, is not the refusal's doing.
		if ids := ev.untouched(n, l, clause); len(ids) > 0 && !ev.plain[clause] {
			id = ids[len(ids)-1]
		}
		ev.claimed[id] = append(ev.claimed[id], claim{at: l, expected: ev.expected(l, clause), actual: actual(l, clause)})
	}
}

// untouched are the rules about the refused requests before this look whose effect the clause would show.
func (ev *evidence) untouched(n *life, l *look, clause Clause) []string {
	if !slices.Contains(shows, clause) {
		return nil
	}
	var ids []string
	for _, refused := range l.step.Refused {
		if id := untouchedRule(n.followed[refused], clause); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// untouchedRule is the rule that says that this refused request changes nothing (RULINGS R22).
func untouchedRule(refused *look, clause Clause) string {
	switch {
	case refused.Caller != exchange.Owner:
		return "protocol.unauthorised-untouched"
	case refused.event.Rejected:
		return "protocol.refused-untouched"
	}
	switch refused.event.Action {
	case Create:
		if clause == PollNever || clause == GetNever {
			if refused.event.Origin == Issued {
				return "create-with-issuer.refused-leaves-nothing"
			}
			return "create-manual.refused-leaves-nothing"
		}
		return "conflict.operation-untouched"
	case Import:
		if slices.Contains(gets, clause) {
			return "conflict.import-untouched"
		}
		return "conflict.operation-untouched"
	case Merge:
		if refused.step.All(func(s State) bool { return s.Origin == Issued }) {
			return "merge-with-issuer.operation-untouched"
		}
		return "merge-manual.refused-untouched"
	case Cancel, Withdraw, Patch, Delete:
		if refused.step.All(func(s State) bool { return refused.event.Filtered && s.ID != refused.event.Filter }) {
			return "poll-gone.mismatch-untouched"
		}
		if refused.event.Action != Delete {
			return "cancel.refused-untouched"
		}
	}
	return ""
}

// gets are the clauses about what a look at the certificate shows.
var gets = []Clause{GetNever, GetEarly, GetAfterDelete, GetAfterEnd, GetThere, GetLatest}

// ruleOf is the rule that a clause belongs to, as the n-th look under the name shows it.
func (ev *evidence) ruleOf(n *life, i int, clause Clause) string {
	l := n.followed[i]
	issued := l.event.Origin == Issued
	if id := raceRule(n, i, clause); id != "" {
		return id
	}
	switch clause {
	case CreateFirst:
		return pick(issued, "create-with-issuer.accepted", "create-manual.accepted")
	case CreateBegins:
		return pick(issued, "create-with-issuer.in-progress", "create-manual.in-progress")
	case CreateConflict:
		return "conflict.create-refused"
	case ImportConflict:
		return "conflict.import-refused"
	case CreateAfterEnd:
		return "conflict.create-after-end"
	case CreateAfterDelete:
		return "conflict.create-after-delete"
	case ImportFree:
		return "conflict.import-accepted"
	case ImportAfterEnd:
		return "conflict.import-after-end"
	case ImportAfterDelete:
		return "conflict.import-after-delete"
	case CancelAccepted:
		return "cancel.accepted"
	case CancelShown:
		return "cancel.acknowledged"
	case CancelEnded:
		return "cancel.not-in-progress"
	case CancelNothing:
		return "cancel.nothing-pending"
	case DeleteNothing:
		return "delete-pending.again"
	case MergeNothing:
		return "merge-manual.nothing-pending"
	case DeleteAccepted:
		return "delete-pending.accepted"
	case MergeAccepted:
		return "merge-manual.accepted"
	case MergeAfterEnd:
		return "merge-with-issuer.after-end"
	case MergeIssued:
		return "merge-with-issuer.refused"
	case MergeUnfit:
		return "merge-manual.x5c-refused"
	case MergeWrongKey:
		return "merge-manual.wrong-key"
	case PollNever:
		return "poll-gone.never-existed"
	case PollDeleted:
		return "poll-gone.deleted"
	case PollOverwritten:
		return "poll-gone.overwritten-by-import"
	case PollFilter:
		return pick(n.former(i, l.event.Filter), "poll-gone.overwritten", "poll-gone.filter-mismatch")
	case PollFound:
		return "poll-in-progress.found"
	case PollEnded:
		return pick(l.step.All(func(s State) bool { return s.Status == Completed }), "poll-completed.stays-readable", "poll-failed.stays-readable")
	case PollMatch:
		return "poll-in-progress.filter-match"
	case GetNever:
		return "get-certificate.unknown-name"
	case GetEarly:
		return "get-certificate.none-while-pending"
	case GetAfterDelete:
		return "delete-pending.not-created"
	case GetAfterEnd:
		return "poll-failed.no-certificate"
	case GetThere:
		switch n.lastChange(i) {
		case Create:
			if l.step.All(func(s State) bool { return s.Origin == Issued && s.Status == Completed }) {
				return "poll-completed.certificate-there"
			}
		case Merge:
			return "merge-manual.certificate-there"
		case Delete:
			return "delete-pending.certificate-survives"
		}
		return "get-certificate.there"
	case GetLatest:
		return pick(n.lastChange(i) == Merge, "merge-manual.latest", "get-certificate.latest")
	}
	return ruleOfShown(n, i, clause)
}

// ruleOfShown is ruleOf for the clauses about what an answer shows of an operation: which rule they belong to, depends on the request.
func ruleOfShown(n *life, i int, clause Clause) string {
	switch n.followed[i].event.Action {
	case Delete:
		return "delete-pending.as-it-stood"
	case Cancel, Withdraw, Patch:
		return "cancel.same-operation"
	}
	switch clause {
	case SameID:
		return "poll-in-progress.request-id-stable"
	case SameCSR:
		return "poll-in-progress.csr-stable"
	case SameIssuer:
		return "poll-in-progress.issuer-stable"
	case Steady:
		return "create-manual.stays-in-progress"
	case StaysCompleted:
		return pick(n.lastChange(i) == Merge, "merge-manual.completes-operation", "poll-completed.stays-completed")
	case StaysEnded:
		return "poll-failed.stays-ended"
	case AskedStays:
		return "cancel.kept"
	}
	return "poll-in-progress.not-asked"
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// lastChange is the last request before the i-th that changed something and was accepted.
func (n *life) lastChange(i int) Action {
	for k := i - 1; k >= 0; k-- {
		if l := n.followed[k]; l.OK() && l.event.Action != Poll && l.event.Action != Get {
			return l.event.Action
		}
	}
	return Forget
}

// replaced reports that the certificate which the i-th look misses is that of an operation which a create may have found in progress: it was
// accepted, so the operation had ended, or the create was to be refused.
func (n *life) replaced(i int) bool {
	for k := i - 1; k >= 0; k-- {
		l := n.followed[k]
		switch {
		case !l.OK():
		case l.event.Action == Create:
			return slices.ContainsFunc(l.step.Before, unseenEnd)
		case l.event.Action == Import, l.event.Action == Merge, l.event.Action == Get && l.event.Live:
			return false
		}
	}
	return false
}

// former reports that an operation of this request_id was pending under the name before the i-th look, and was replaced.
func (n *life) former(i int, id string) bool {
	return slices.ContainsFunc(n.followed[:i], func(l *look) bool {
		return l.event.Action == Create && l.event.Operation != nil && l.event.Operation.ID == id
	})
}

// expected says what the clause asks for.
func (ev *evidence) expected(l *look, clause Clause) string {
	switch clause {
	case CreateFirst, CreateAfterEnd, CreateAfterDelete:
		return "202: nothing is in progress under this name"
	case CreateBegins:
		return "an operation in progress"
	case CreateConflict, ImportConflict:
		return "409: an operation is in progress"
	case ImportFree, ImportAfterEnd, ImportAfterDelete:
		return "200: nothing is in progress under this name"
	case CancelAccepted:
		return "200: the operation is in progress"
	case CancelShown:
		return "cancellation_requested true"
	case CancelEnded:
		return pick(ev.options.Authority == Live, "403 (completed), 400 or 403 (failed or cancelled): the operation has ended", "400: the operation has ended")
	case CancelNothing, DeleteNothing, MergeNothing:
		return "404: nothing is pending under this name"
	case DeleteAccepted:
		return "200: an operation is pending"
	case MergeAccepted, MergeAfterEnd:
		return "201: the certificate is for the operation's key"
	case MergeIssued:
		return "403: the issuer is at work"
	case MergeUnfit:
		return "a refusal (4xx): x5c holds no certificate"
	case MergeWrongKey:
		return "a refusal (4xx): the certificate is for another key than the operation's"
	case PollNever:
		return "404: nothing was ever made under this name"
	case PollDeleted:
		return "404: the operation was deleted"
	case PollOverwritten:
		return "404: the operation was overwritten by an import"
	case PollFilter:
		return "404: the pending operation has another request_id"
	case PollFound, PollEnded, PollMatch:
		return "200: the operation is pending"
	case GetNever:
		return "a refusal (404): there is no such certificate"
	case GetEarly, GetAfterDelete, GetAfterEnd:
		return "no certificate (no cer): nothing completed the operation"
	case GetThere:
		expected := "200 with the certificate, its cer in it"
		if version := l.versionBefore(); version != "" {
			expected += ": version " + version + " was complete before"
		}
		return expected
	}
	return expectedShown(l, clause)
}

// expectedShown is expected for what an operation shows: the value that it had.
func expectedShown(l *look, clause Clause) string {
	s := State{ID: "as before", CSR: "as before", Issuer: "as before"}
	if len(l.step.Before) > 0 {
		s = l.step.Before[0]
	}
	switch clause {
	case SameID:
		return "request_id " + s.ID
	case SameCSR:
		return "the same csr: " + shorten(s.CSR)
	case SameIssuer:
		return "issuer " + s.Issuer
	case Steady:
		if s.Origin == Issued {
			return "inProgress or completed: this issuer completes what nobody cancels"
		}
		return "inProgress: a manual operation ends by a merge, a cancel or a delete"
	case StaysCompleted:
		return "completed, as before"
	case StaysEnded:
		return "the terminal status that it had"
	case AskedStays:
		return "cancellation_requested true: a cancel was accepted"
	case AskedNever:
		return "cancellation_requested false: nobody asked for a cancel"
	default: // GetLatest
		return "version " + l.versionBefore()
	}
}

// versionBefore is the latest complete version that was seen before the look, in one of the states that the name may be in.
func (l *look) versionBefore() string {
	for _, s := range l.step.Before {
		if s.Version != "" {
			return s.Version
		}
	}
	return ""
}

// actual says what came, in the terms of the clause.
func actual(l *look, clause Clause) string {
	if o := l.Operation; o != nil {
		switch clause {
		case SameCSR:
			return "another csr: " + shorten(o.CSR.Value)
		case SameIssuer:
			return "issuer " + quote(o.IssuerName.Value)
		case SameID:
			return "request_id " + quote(o.RequestID.Value)
		case AskedStays, AskedNever, CancelShown:
			return pick(o.CancellationRequested.Value, "cancellation_requested true", "cancellation_requested false")
		}
	}
	if slices.Contains(gets, clause) && l.OK() {
		return l.says() + ": " + l.ofCER()
	}
	return l.says()
}

// ofCER says what a 200 to a GET of a certificate has of the certificate, and what it lacks.
func (l *look) ofCER() string {
	switch {
	case l.Bundle == nil:
		return "the body is no certificate that can be read"
	case l.Bundle.CER.Valid && l.Bundle.CER.Value != "":
		return "a complete certificate, its cer in it"
	}
	var lacks []string
	for name, t := range map[string]wire.Text{"cer": l.Bundle.CER, "kid": l.Bundle.KID, "sid": l.Bundle.SID, "x5t": l.Bundle.X5T} {
		if !t.Valid || t.Value == "" {
			lacks = append(lacks, name)
		}
	}
	slices.Sort(lacks)
	enabled := "without attributes.enabled"
	if l.Bundle.Enabled.Valid {
		enabled = fmt.Sprint("enabled ", l.Bundle.Enabled.Value)
	}
	return "without " + strings.Join(lacks, ", ") + " (" + enabled + pick(len(lacks) == 4, ": what a version that is still to come shows)", ")")
}
