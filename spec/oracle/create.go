package oracle

import (
	"strings"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// createRulings are the rules about what a create answers beside its status, for manual operations and for those with an issuer.
var createRulings = join(creates("create-manual", lifecycle.Manual), creates("create-with-issuer", lifecycle.Issued), map[string]ruling{
	"create-manual.request-id-new": newRequestIDs,
})

// creates are the rules that read the same in both scenarios.
func creates(scenario string, origin lifecycle.Origin) map[string]ruling {
	each := func(rule func(c *court, l *look)) ruling {
		return func(c *court) {
			for _, l := range c.looks {
				if l.begins() && l.event.Origin == origin {
					rule(c, l)
				}
			}
		}
	}
	return map[string]ruling{
		scenario + ".location":      each(location),
		scenario + ".issuer":        each(issuer),
		scenario + ".not-cancelled": each(notCancelled),
		scenario + ".members":       each(operationMembers),
	}
}

// begins reports the 202 of a create with an operation that can be read.
func (l *look) begins() bool {
	return l.Call.Op == wire.Create && l.Status() == 202 && l.Operation != nil
}

// location: Location is the pending URL of this name, with api-version and the body's request_id.
func location(c *court, l *look) {
	raw := l.Response.Header.Get("Location")
	expected := "Location: …/certificates/" + l.Call.Name + "/pending?api-version=" + l.Call.APIVersion + "&request_id=" + l.Operation.RequestID.Value
	if raw == "" {
		if !c.forgive("the recorder dropped Location") {
			c.expect(l, false, expected, "no Location")
		}
		return
	}
	id := c.identify(raw)
	requestID, _ := parameter(id.query, "request_id")
	version, versioned := parameter(id.query, "api-version")
	kept := id.collection == "certificates" && id.last == "pending" && versioned && version != ""
	if kept && !strings.EqualFold(id.name, l.Call.Name) && c.renamedLocation(l, id) {
		id.name = l.Call.Name
	}
	if kept && version != l.Call.APIVersion && c.edited(version, l.Call.APIVersion) && c.forgive("the recording's api-version was edited after the fact") {
		version = l.Call.APIVersion
	}
	c.expect(l, kept && strings.EqualFold(id.name, l.Call.Name) && version == l.Call.APIVersion && requestID == l.Operation.RequestID.Value && requestID != "",
		expected, "Location: "+raw)
}

// issuer: the operation names the issuer that was asked for (RULINGS R33).
func issuer(c *court, l *look) {
	policy := member(l.Sent, "policy")
	if policy == nil {
		return
	}
	asked, named := text(policy, "issuer", "name")
	shown := l.Operation.IssuerName.Value
	if !named {
		c.expect(l, shown == "" || strings.EqualFold(shown, "Unknown"), "issuer.name Unknown, or none", "issuer.name "+quote(shown))
		return
	}
	c.expect(l, strings.EqualFold(asked, shown), "issuer.name "+asked, "issuer.name "+quote(shown))
}

// notCancelled: nobody asked for a cancel yet (RULINGS R6).
func notCancelled(c *court, l *look) {
	c.expect(l, !l.Operation.CancellationRequested.Value, "cancellation_requested false", "cancellation_requested true")
}

// operationMembers: what every sample of an operation shows, and what every client builds on.
func operationMembers(c *court, l *look) {
	o := l.Operation
	var missing []string
	for _, m := range []struct {
		name string
		text wire.Text
	}{{"id", o.ID}, {"csr", o.CSR}, {"status", o.Status}, {"request_id", o.RequestID}} {
		if lacking(m.text) {
			missing = append(missing, m.name)
		}
	}
	if (!o.Issuer || lacking(o.IssuerName)) && l.issuerExpected() {
		missing = append(missing, "issuer.name")
	}
	c.expect(l, len(missing) == 0, "id, issuer, csr, status and request_id", "without "+strings.Join(missing, ", "))
}

// issuerExpected reports that the operation was made with an issuer, so that it shows one (RULINGS R33).
func (l *look) issuerExpected() bool {
	created := l
	if l.Call.Op != wire.Create {
		created = l.lastCreate()
	}
	if created == nil {
		return true
	}
	_, named := text(created.Sent, "policy", "issuer", "name")
	return named && (l != created || l.event.Origin == lifecycle.Issued)
}

// newRequestIDs: each operation has a request_id of its own.
func newRequestIDs(c *court) {
	first := map[string]*look{}
	for _, l := range c.looks {
		if !l.begins() || l.Operation.RequestID.Value == "" {
			continue
		}
		id := l.Operation.RequestID.Value
		before := first[id]
		if before == nil {
			first[id] = l
			if len(first) > 1 {
				c.held()
			}
			continue
		}
		c.expect(l, false, "a request_id that no other operation has", "request_id "+id+", which "+before.Call.Name+"'s operation has already")
	}
}
