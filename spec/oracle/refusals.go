package oracle

import (
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// goneRulings are the rules about how an operation that is not there is refused, beside the status that the model judges.
var goneRulings = map[string]ruling{
	"poll-gone.code":        gone(lifecycle.PollDeleted, lifecycle.PollOverwritten),
	"poll-gone.never-code":  gone(lifecycle.PollNever),
	"poll-gone.filter-code": gone(lifecycle.PollFilter),
	"poll-gone.mismatch-refused": func(c *court) {
		for _, l := range c.mismatches() {
			c.expect(l, l.Status() == 404, "404: the pending operation has another request_id", l.says())
		}
	},
}

const pendingNotFound = "PendingCertificateNotFound"

// gone is the rule about error.code where the model says that the answer has to be 404 for this reason.
func gone(clauses ...lifecycle.Clause) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			never := c.rule.ID == "poll-gone.never-code"
			spoke := l.spoke(clauses...) || never && l.Status() == 404 && l.unknown()
			former := l.spoke(lifecycle.PollFilter) && l.name.former(slices.Index(l.name.followed, l), l.event.Filter)
			if slices.Contains(clauses, lifecycle.PollFilter) {
				spoke = spoke && !former
			} else if slices.Contains(clauses, lifecycle.PollOverwritten) {
				spoke = spoke || former
			}
			if !spoke || !l.Refused() || !c.able(wire.GetPending) || l.Status() != 404 && !never {
				continue // also a target that knows no operation at all (RULINGS R44)
			}
			if (l.unknown() || l.spoke(lifecycle.PollDeleted)) && l.name.goneWhole(l) {
				continue // the document speaks of the operation by itself
			}
			if never && (l.Status() != 404 || l.Error == nil) {
				c.expect(l, false, "404, error.code "+pendingNotFound, l.says())
				continue
			}
			if l.Error == nil {
				continue // its shape is a finding of its own
			}
			c.at(l, "/error/code", l.Error.Code.Value == pendingNotFound, pendingNotFound, quote(l.Error.Code.Value))
		}
	}
}

// goneWhole reports that the operation went with its certificate, and was not deleted by itself.
func (n *life) goneWhole(l *look) bool {
	for _, before := range slices.Backward(n.followed[:slices.Index(n.followed, l)]) {
		switch before.event.Action {
		case lifecycle.Forget:
			if before.OK() {
				return true
			}
		case lifecycle.Delete, lifecycle.Create, lifecycle.Import:
			if before.OK() {
				return false
			}
		}
	}
	return false
}

// unknown reports a poll of a name of which nothing is known: why nothing is pending, nobody can tell, and its code is the same for
// every reason.
func (l *look) unknown() bool {
	return l.Call.Op == wire.GetPending && l.step != nil && l.step.All(func(s lifecycle.State) bool { return s.Presence == lifecycle.Anything })
}

// spoke reports that the model is sure that one of the clauses holds here, kept or not.
func (l *look) spoke(clauses ...lifecycle.Clause) bool {
	if l.step == nil {
		return false
	}
	for _, c := range clauses {
		for _, s := range l.step.Spoke {
			if s == c {
				return true
			}
		}
		for _, b := range l.step.Broken {
			if b == c {
				return true
			}
		}
	}
	return false
}

// mismatches are the PATCHes and DELETEs whose request_id is certainly not that of the pending operation (RULINGS R21).
func (ev *evidence) mismatches() []*look {
	var all []*look
	for _, l := range ev.looks {
		if l.step == nil || !l.event.Filtered || l.Call.Op != wire.UpdatePending && l.Call.Op != wire.DeletePending {
			continue
		}
		if l.Answered() && ev.able(l.Call.Op) && l.step.All(func(s lifecycle.State) bool {
			return s.Presence == lifecycle.Something && s.ID != "" && s.ID != l.event.Filter
		}) {
			all = append(all, l)
		}
	}
	return all
}

// conflictRulings are the rules about how a create is refused while an operation is in progress.
var conflictRulings = map[string]ruling{
	"conflict.code": func(c *court) {
		code := pick(c.options.Authority == Live, "Conflict", "Forbidden")
		for _, l := range c.looks {
			if l.Status() != 409 || !l.spoke(lifecycle.CreateConflict, lifecycle.ImportConflict) || l.Error == nil {
				continue
			}
			// What the live service calls an import's conflict was never recorded (B30).
			kept := l.Error.Code.Value == code || l.Call.Op == wire.Import && l.Error.Code.Value == "Forbidden"
			c.at(l, "/error/code", kept, "error.code "+code, quote(l.Error.Code.Value))
		}
	},
}

// cancelRulings are the rules about PATCH of an operation, beside those that the model judges.
var cancelRulings = map[string]ruling{
	"cancel.nothing-pending-code": nothing(lifecycle.CancelNothing),
	"cancel.ended-code": func(c *court) {
		for _, l := range c.looks {
			if l.spoke(lifecycle.CancelEnded) && l.Status() == 403 && l.Error != nil {
				c.at(l, "/error/code", l.Error.Code.Value == "Forbidden", "Forbidden", quote(l.Error.Code.Value))
			}
		}
	},
	"cancel.false-accepted": func(c *court) {
		for _, l := range c.looks {
			if l.event.Action == lifecycle.Withdraw && l.Answered() && !l.event.Rejected && l.running() && !l.mismatched() {
				c.expect(l, l.Status() == 200, "200: cancellation_requested false asks for nothing", l.says())
			}
		}
	},
	"cancel.junk-refused": func(c *court) {
		for _, l := range c.looks {
			if l.Call.Op == wire.UpdatePending && l.event.Action == lifecycle.Patch && l.Answered() && l.running() && !l.mismatched() &&
				c.able(wire.UpdatePending) && !(c.trace.Recorded && l.Request.Body == nil) {
				c.expect(l, l.Refused(), "a refusal (4xx): the body does not say cancellation_requested true or false", l.says())
			}
		}
	},
}

// running reports that an operation is certainly in progress under the name.
func (l *look) running() bool {
	return l.step != nil && l.step.All(func(s lifecycle.State) bool {
		return s.Presence == lifecycle.Something && s.Status == lifecycle.InProgress
	})
}

// mismatched reports that the filter may name another operation than the one that is pending.
func (l *look) mismatched() bool {
	return l.event.Filtered && !l.step.All(func(s lifecycle.State) bool { return s.ID == l.event.Filter })
}

// deleteRulings are the rules about how a DELETE is refused where nothing is pending.
var deleteRulings = map[string]ruling{
	"delete-pending.again-code": nothing(lifecycle.DeleteNothing),
}

// nothing is the rule that a refusal because nothing is pending is a 404 with its code (RULINGS R23).
func nothing(clause lifecycle.Clause) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			// What is wrong with a request besides may be what it is refused for.
			if l.spoke(clause) && l.Refused() && l.Defect == "" && c.able(l.Call.Op) {
				kept := l.Status() == 404 && l.Error != nil && l.Error.Code.Value == pendingNotFound
				c.expect(l, kept, "404, error.code "+pendingNotFound, l.says())
			}
		}
	}
}

// envelopeCode is an error's code, for a reader.
func (l *look) envelopeCode() string {
	if l.Error == nil {
		return "(none)"
	}
	return quote(strings.TrimSpace(l.Error.Code.Value))
}
