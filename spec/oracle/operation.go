package oracle

import (
	"fmt"
	"strings"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// operationRulings are the rules about an operation wherever it is shown: by GET, PATCH or DELETE, and by the 202 of a create.
var operationRulings = map[string]ruling{
	"poll-in-progress.members":                eachOperation(shownLater, operationMembers),
	"poll-in-progress.cancellation-requested": eachOperation(notManualCreate, cancellationShown),
	"poll-in-progress.status":                 eachOperation(shown, fourStatuses),
	"poll-in-progress.id":                     eachOperation(shown, operationID),
	"poll-in-progress.no-target":              eachOperation(inState(lifecycle.InProgress), noTarget),
	"poll-in-progress.no-error":               eachOperation(inState(lifecycle.InProgress), noError),
	"poll-in-progress.status-spelling":        eachOperation(shown, spelling),
	"poll-completed.target":                   eachOperation(surelyCompleted, target),
	"poll-completed.no-error":                 eachOperation(inState(lifecycle.Completed), noError),
	"poll-failed.error":                       eachOperation(inState(lifecycle.Failed), failure),
	"poll-failed.error-code":                  eachOperation(inState(lifecycle.Failed), failureCode),
	"poll-failed.no-target":                   eachOperation(inState(lifecycle.Failed), noTarget),
	"poll-failed.cancelled-has-no-target":     eachOperation(inState(lifecycle.Cancelled), noTarget),
	"poll-failed.cancelled-spelling":          eachOperation(inState(lifecycle.Cancelled), cancelledSpelling),
	"poll-failed.cancelled-asked":             eachOperation(inState(lifecycle.Cancelled), cancelledAsked),
	"poll-in-progress.issuer-parameters":      onIssuerParameters(otherParameters),
	"poll-in-progress.issuer-unasked":         onIssuerParameters(unaskedParameters),
}

// eachOperation runs the rule on the operations that are chosen.
func eachOperation(chosen func(*look) bool, rule func(*court, *look)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if l.Operation != nil && l.OK() && chosen(l) {
				rule(c, l)
			}
		}
	}
}

// shown is any answer with an operation; a create that was not answered with 202 is the business of the rules about that.
func shown(l *look) bool { return l.Call.Op != wire.Create || l.begins() }

// shownLater is any answer with an operation but a create's.
func shownLater(l *look) bool { return l.Call.Op != wire.Create }

// notManualCreate is any answer with an operation but that of a create by hand, whose sample has no cancellation_requested (RULINGS R6).
func notManualCreate(l *look) bool {
	return shown(l) && (l.Call.Op != wire.Create || l.event.Origin == lifecycle.Issued)
}

func inState(status lifecycle.Status) func(*look) bool {
	return func(l *look) bool { return shown(l) && statusOf(l) == status }
}

// surelyCompleted is an operation that says that it is completed, or that says something else which nobody can read, and was completed
// before for certain.
func surelyCompleted(l *look) bool {
	switch {
	case statusOf(l) != lifecycle.Unread:
		return inState(lifecycle.Completed)(l)
	case !l.Operation.Status.Present || l.step == nil || l.step.Raced || l.Call.Op == wire.Create:
		return false
	}
	return l.step.All(func(s lifecycle.State) bool {
		return s.Presence == lifecycle.Something && s.Status == lifecycle.Completed && !s.Unseen && (!l.event.Filtered || l.event.Filter == s.ID)
	})
}

// cancellationShown: the member is there (RULINGS R6).
func cancellationShown(c *court, l *look) {
	c.at(l, "/cancellation_requested", l.Operation.CancellationRequested.Present, "cancellation_requested", "no such member")
}

// fourStatuses: an operation has one of four (RULINGS R2 to R4, R13).
func fourStatuses(c *court, l *look) {
	if !l.Operation.Status.Valid {
		return // a missing or null status is a finding of its own
	}
	c.at(l, "/status", statusOf(l) != lifecycle.Unread, "inProgress, completed, cancelled or failed", quote(l.Operation.Status.Value))
}

// spelling: the 202 too says inProgress, as all clients compare it (RULINGS R3).
func spelling(c *court, l *look) {
	if l.Call.Op == wire.Create && statusOf(l) == lifecycle.InProgress {
		c.at(l, "/status", l.Operation.Status.Value == "inProgress", "inProgress", quote(l.Operation.Status.Value))
	}
}

// cancelledSpelling: the live service says cancelled (RULINGS R2).
func cancelledSpelling(c *court, l *look) {
	c.at(l, "/status", l.Operation.Status.Value == "cancelled", "cancelled", quote(l.Operation.Status.Value))
}

// cancelledAsked: an operation that was cancelled says that somebody asked for it (B11).
func cancelledAsked(c *court, l *look) {
	c.at(l, "/cancellation_requested", l.Operation.CancellationRequested.Value, "cancellation_requested true", "cancellation_requested is not true")
}

// operationID: id is the URL of this name's pending operation, whole and without a version or a query.
func operationID(c *court, l *look) {
	if !l.Operation.ID.Valid {
		return // a missing or null id is a finding of its own
	}
	id := c.identify(l.Operation.ID.Value)
	kept := id.whole && id.last == "pending" && len(id.query) == 0 && id.of("certificates", l.Call.Name)
	if !kept && id.last == "pending" && id.collection == "certificates" && c.renamed(l, id, "the recorder replaced the certificate's name in an id") {
		return
	}
	c.at(l, "/id", kept, "https://…/certificates/"+l.Call.Name+"/pending", quote(l.Operation.ID.Value))
}

// noTarget: there is nothing to point at before the operation is completed.
func noTarget(c *court, l *look) {
	c.at(l, "/target", !l.Operation.Target.Valid || l.Operation.Target.Value == "", "no target: nothing was created", "target "+quote(l.Operation.Target.Value))
}

// noError: only a failed operation has an error.
func noError(c *court, l *look) {
	actual := ""
	if l.Operation.Error != nil {
		actual = "error.code " + quote(l.Operation.Error.Code.Value)
	}
	c.at(l, "/error", l.Operation.Error == nil, "no error: the operation did not fail", actual)
}

// target: a completed operation points at this name's certificate, latest or a version of it (RULINGS R5).
func target(c *court, l *look) {
	id := c.identify(l.Operation.Target.Value)
	kept := l.Operation.Target.Valid && id.of("certificates", l.Call.Name) && id.last != "pending" && id.last != "policy" && id.scheme != ""
	if !kept && id.collection == "certificates" && c.renamed(l, id, "the recorder replaced the certificate's name in a target") {
		return
	}
	c.at(l, "/target", kept, "https://…/certificates/"+l.Call.Name, quote(l.Operation.Target.Value))
}

// failure: a failed operation says why.
func failure(c *court, l *look) {
	e := l.Operation.Error
	kept := e != nil && e.Code.Valid && e.Code.Value != "" && e.Message.Valid
	actual := "no error"
	if e != nil {
		actual = "code " + quote(e.Code.Value) + ", message " + quote(e.Message.Value)
	}
	c.at(l, "/error", kept, "an error with code and message", actual)
}

// failureCode: the codes that document 002 names.
func failureCode(c *court, l *look) {
	if l.Operation.Error == nil || !l.Operation.Error.Code.Valid {
		return
	}
	code := l.Operation.Error.Code.Value
	c.at(l, "/error/code", strings.EqualFold(code, "Request rejected") || strings.EqualFold(code, "Certificate issuer error"),
		"Request rejected or Certificate issuer error", code)
}

// beginning is the create whose operation the answer certainly shows: itself, or the last one before; nil where there is none.
func (l *look) beginning() *look {
	switch {
	case l.begins():
		return l
	case l.name == nil || l.Call.Op == wire.Create || l.Operation == nil || !l.OK() || l.raced():
		return nil
	}
	created := l.lastCreate()
	if created == nil || !created.begins() || created.Operation.RequestID.Value != l.Operation.RequestID.Value {
		return nil
	}
	return created
}

// onIssuerParameters runs the rule on operations of which it is known what was asked of their issuer.
func onIssuerParameters(rule func(c *court, l, created *look)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if created := l.beginning(); created != nil && !created.unreadable() && member(created.Sent, "policy") != nil {
				rule(c, l, created)
			}
		}
	}
}

// otherParameters: an operation need not show what was asked of its issuer, but shows nothing else (RULINGS R33).
func otherParameters(c *court, l, created *look) {
	for _, name := range []string{"cty", "cert_transparency"} {
		asked, shown := member(created.Sent, "policy", "issuer", name), member(l.JSON, "issuer", name)
		if asked != nil {
			c.at(l, "/issuer/"+name, shown == nil || equalFold(asked, shown), fmt.Sprintf("%v, as was asked for, or none", asked), fmt.Sprint(shown))
		}
	}
}

// unaskedParameters: nobody asked Self or Unknown for a kind of certificate of a provider's, or for its publication. What a provider does
// of itself, is the provider's.
func unaskedParameters(c *court, l, created *look) {
	issuer, named := text(created.Sent, "policy", "issuer", "name")
	if named && !strings.EqualFold(issuer, "Self") && !strings.EqualFold(issuer, "Unknown") {
		return
	}
	cty, _ := text(l.JSON, "issuer", "cty")
	if cty != "" && member(created.Sent, "policy", "issuer", "cty") == nil {
		c.at(l, "/issuer/cty", false, "none: nobody asked for one", cty)
		return
	}
	published := member(l.JSON, "issuer", "cert_transparency") == true
	c.at(l, "/issuer/cert_transparency", !published || member(created.Sent, "policy", "issuer", "cert_transparency") != nil,
		"none, or false: nobody asked for it", "true")
}
