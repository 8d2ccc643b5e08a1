package oracle

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// completedRulings are the rules about the certificate that an issuer has completed, held against the operation and the policy that it
// was made of.
var completedRulings = map[string]ruling{
	"poll-completed.key":            onCompleted(anyIssuer, completedKey),
	"poll-completed.enabled":        onCompleted(anyIssuer, completedEnabled),
	"poll-completed.self-signed":    onCompleted(self, selfSigned),
	"poll-completed.subject":        onCompleted(self, completedSubject),
	"poll-completed.sans":           onCompleted(self, completedSANs),
	"poll-completed.usages":         onCompleted(self, completedUsages),
	"poll-completed.validity":       onCompleted(self, completedValidity),
	"poll-completed.target-leads":   targetLeads,
	"poll-completed.comes":          comesToAnEnd,
	"poll-completed.self-completes": selfCompletes,
}

func anyIssuer(lifecycle.State) bool { return true }

// self is the issuer whose certificates the vault makes itself, so that nobody else may have changed what was asked for.
func self(s lifecycle.State) bool { return s.Issuer == "self" }

// completion is a GET of a certificate that its issuer has certainly completed.
type completion struct {
	*look
	operation lifecycle.State
	cer       *certificate
	created   *look
}

// onCompleted runs the rule on the certificates that the chosen issuers have completed.
func onCompleted(chosen func(lifecycle.State) bool, rule func(*court, completion)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if l.Call.Op != wire.Get || !anyBundle(l) || l.step == nil {
				continue
			}
			state, known := l.state()
			if !known || state.Origin != lifecycle.Issued || !chosen(state) || l.name.lastChangeBefore(l) != lifecycle.Create ||
				!l.step.All(func(s lifecycle.State) bool { return s.Status == lifecycle.Completed }) {
				continue
			}
			if cer := c.crypto.cer(l.Bundle.CER.Value); cer != nil {
				rule(c, completion{l, state, cer, l.name.createOf(state.ID)})
			}
		}
	}
}

// createOf is the create that began the operation of this request_id, nil where it was not seen.
func (n *life) createOf(requestID string) *look {
	for _, l := range n.looks {
		if l.begins() && requestID != "" && l.Operation.RequestID.Value == requestID {
			return l
		}
	}
	return nil
}

// lastChangeBefore is lastChange for a look.
func (n *life) lastChangeBefore(l *look) lifecycle.Action {
	return n.lastChange(slices.Index(n.followed, l))
}

// asked is the policy that the create sent, nil where it is not known.
func (one completion) asked() any {
	if one.created == nil {
		return nil
	}
	return member(one.created.Sent, "policy")
}

// policy is what the certificate was made of: what the create sent and, where it left something to the vault, what the policy beside the
// certificate says of that.
func (one completion) policy() any {
	asked := one.asked()
	if one.created == nil || one.created.unreadable() || one.lastCreate() != one.created || one.raced() {
		return asked
	}
	x509 := map[string]any{}
	for _, name := range []string{"validity_months", "key_usage", "ekus"} {
		if x509[name] = member(asked, "x509_props", name); x509[name] == nil {
			x509[name] = member(one.Bundle.Policy, "x509_props", name)
		}
	}
	return map[string]any{"x509_props": x509}
}

// completedKey: the certificate is for the key of the operation's csr.
func completedKey(c *court, one completion) {
	if one.operation.Key != "" {
		c.at(one.look, "/cer", one.cer.key == one.operation.Key, "a certificate for the key of the operation's csr", "a certificate for another key")
	}
}

// completedEnabled: a certificate that is completed is enabled, unless its create asked for something else.
func completedEnabled(c *court, one completion) {
	if !one.createdDisabled() && one.created != nil && !one.updatedSince(one.created) {
		c.at(one.look, "/attributes/enabled", one.Bundle.Enabled.Valid && one.Bundle.Enabled.Value, "enabled true", "enabled is not true")
	}
}

// updatedSince reports that somebody changed the certificate's own attributes in between.
func (l *look) updatedSince(before *look) bool {
	return slices.ContainsFunc(l.name.looks, func(o *look) bool {
		return o.Call.Op == wire.Update && !o.Refused() && o.Number > before.Number && o.Number < l.Number
	})
}

// selfSigned: the issuer Self signs with the certificate's own key.
func selfSigned(c *court, one completion) {
	kept := slices.Equal(relativesOf(one.cer.subject), relativesOf(one.cer.issuer))
	actual := "issuer " + spell(relativesOf(one.cer.issuer))
	if kept {
		if unsigned, unsure := one.cer.ownSignature(); !unsure && unsigned != nil {
			kept, actual = false, fmt.Sprint("its signature does not verify with its own key: ", unsigned)
		}
	}
	c.at(one.look, "/cer", kept, "a self-signed certificate", actual)
}

func completedSubject(c *court, one completion) {
	asked, _ := text(one.asked(), "x509_props", "subject")
	if want, comparable := relatives(asked); comparable {
		have := relativesOf(one.cer.subject)
		c.at(one.look, "/cer", slices.Equal(want, have), "subject "+spell(want), "subject "+spell(have))
	}
}

func completedSANs(c *court, one completion) {
	want := wantedSince(one.created, one.asked())
	if len(want.missing(names{})) == 0 || one.cer.unread != nil {
		return
	}
	missing := want.missing(one.cer.sans)
	c.at(one.look, "/cer", len(missing) == 0, "every requested subject alternative name", "without "+strings.Join(missing, ", "))
}

// completedUsages: key usage and extended key usage are those of the policy, where it has any.
func completedUsages(c *court, one completion) {
	if one.cer.unread != nil {
		return
	}
	for _, kind := range []struct {
		name       string
		want, have []string
	}{
		{"key usage", usagesAsked(one.policy()), one.cer.usages},
		{"extended key usage", texts(one.policy(), "x509_props", "ekus"), one.cer.ekus},
	} {
		if len(kind.want) > 0 {
			c.at(one.look, "/cer", sameSet(kind.want, kind.have), kind.name+" "+strings.Join(kind.want, ", "),
				kind.name+" "+strings.Join(kind.have, ", "))
		}
	}
}

// monthLeeway is how far the end of a certificate may be from its beginning plus its months: months are of 28 to 31 days, and a
// vault may begin a few minutes early, or end at midnight.
const monthLeeway = 3 * 24 * time.Hour

// dayLeeway is how much later than the vault's clock a new certificate may begin to be valid: one that is dated by days does so at the
// next midnight.
const dayLeeway = 24 * time.Hour

// completedValidity: the certificate is valid, and for validity_months.
func completedValidity(c *court, one completion) {
	if date, err := http.ParseTime(one.Response.Header.Get("Date")); err == nil && !c.trace.Recorded {
		c.at(one.look, "/cer", !one.cer.notBefore.After(date.Add(dayLeeway)) && one.cer.notAfter.After(date), "a certificate that is valid now, "+date.UTC().Format(time.DateTime),
			fmt.Sprintf("valid from %s to %s", one.cer.notBefore.UTC().Format(time.DateTime), one.cer.notAfter.UTC().Format(time.DateTime)))
	}
	months, sent := whole(one.policy(), "x509_props", "validity_months")
	if !sent || months < 1 || months > 1200 {
		return
	}
	want := one.cer.notBefore.AddDate(0, int(months), 0)
	c.at(one.look, "/cer", one.cer.notAfter.Sub(want).Abs() <= monthLeeway, fmt.Sprintf("validity of %d months, to %s", months, want.Format(time.DateOnly)),
		fmt.Sprintf("valid from %s to %s", one.cer.notBefore.Format(time.DateOnly), one.cer.notAfter.Format(time.DateOnly)))
}

// longestSelf is when an operation of issuer Self is late. Of 1,256 of the live service none took more than 129 s, and 99 in a hundred no
// more than 75 (live-service.md, section C).
const longestSelf = 150 * time.Second

// patience is how many polls an operation gets at least: some vaults move on only when they are looked at.
const patience = 2

// comesToAnEnd: an operation of issuer Self is not in progress for ever.
func comesToAnEnd(c *court) {
	for _, n := range c.lives {
		var begun *look
		polls := 0
		for _, l := range n.looks {
			switch {
			case l.begins():
				if begun, polls = nil, 0; l.event.Issuer == "self" {
					begun = l
				}
			case l.Operation == nil || !l.OK() || begun == nil || l.Call.Op != wire.GetPending || l.Operation.RequestID.Value != begun.Operation.RequestID.Value:
			case statusOf(l) > lifecycle.InProgress:
				c.held()
				begun = nil
			case polls < patience:
				polls++
			case l.Exchange.Sent.Sub(begun.Exchange.Sent) > longestSelf:
				c.at(l, "/status", false, "an end, within "+longestSelf.String(), fmt.Sprintf("inProgress, %d s after its create", int(l.Exchange.Sent.Sub(begun.Exchange.Sent).Seconds())))
				begun = nil
			}
		}
	}
}

// selfCompletes: what is asked of the issuer Self is made, unless somebody cancels it.
func selfCompletes(c *court) {
	for _, n := range c.lives {
		var begun *look
		lost := false // a cancel, or whatever else, that may still take effect
		for _, l := range n.looks {
			switch {
			case l.event.Loss == lifecycle.Vanished && changes(l):
				begun, lost = nil, true
			case l.begins():
				begun = nil
				// What overlaps the create may be a cancel of it.
				if !lost && l.event.Issuer == "self" && l.Defect == "" && l.step != nil && !l.step.Raced && plainPolicy(policyOf(l)) {
					begun = l
				}
			case begun == nil:
			case l.Call.Op != wire.GetPending && l.Request.Method != http.MethodGet:
				begun = nil // a cancel, a merge or whatever it was may have ended it
			case l.step == nil || l.step.Raced:
				begun = nil // a cancel that is on its way may take effect first
			case l.Operation != nil && l.OK() && statusOf(l) > lifecycle.InProgress && l.Operation.RequestID.Value == begun.Operation.RequestID.Value:
				c.at(l, "/status", statusOf(l) == lifecycle.Completed, "completed: the policy is a plain one, and nobody asked for a cancel", quote(l.Operation.Status.Value))
				begun = nil
			}
		}
	}
}

func policyOf(l *look) map[string]any {
	policy, _ := member(l.Sent, "policy").(map[string]any)
	return policy
}

// targetLeads: a target that names a version names the one that the operation has made (RULINGS R5).
func targetLeads(c *court) {
	for _, n := range c.lives {
		for i, l := range n.followed {
			if l.Operation == nil || !l.OK() || l.step.Raced || statusOf(l) != lifecycle.Completed {
				continue
			}
			named := c.identify(l.Operation.Target.Value).last
			made := n.nextRead(i)
			if made == nil || named == "pending" || named == "policy" {
				continue
			}
			version := versionOf(made.Bundle.ID.Value)
			c.at(l, "/target", named == "" || strings.EqualFold(named, version), "the certificate, or its version "+version, quote(l.Operation.Target.Value))
		}
	}
}

// nextRead is the next GET of the latest version after the i-th look, before anything else may have changed it.
func (n *life) nextRead(i int) *look {
	for _, l := range n.followed[i+1:] {
		switch {
		case l.step.Raced, changes(l) && !l.Refused():
			return nil
		case l.Call.Op == wire.Get && anyBundle(l) && complete(l):
			return l
		}
	}
	return nil
}
