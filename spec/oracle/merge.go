package oracle

import (
	"bytes"
	"slices"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// mergeRulings are the rules about what a merge answers, beside its status.
var mergeRulings = map[string]ruling{
	"merge-manual.location":             merged(mergeLocation),
	"merge-manual.cer":                  merged(mergedLeaf),
	"merge-manual.enabled":              merged(mergedEnabled),
	"merge-manual.policy":               merged(mergedPolicy),
	"merge-manual.policy-subject":       merged(mergedSubject),
	"merge-manual.pending-id":           eachBundle(pendingShown, mergedPending),
	"merge-manual.tags":                 merged(mergedTags),
	"merge-manual.refused-400":          refusedMerges,
	"merge-manual.second-refused":       secondMerges,
	"merge-manual.only-certificates":    onlyCertificates,
	"merge-manual.not-yet-valid":        mergedBeforeValid,
	"merge-manual.nothing-pending-code": nothing(lifecycle.MergeNothing),
	"merge-with-issuer.code": func(c *court) {
		for _, l := range c.looks {
			if l.Status() == 403 && l.spoke(lifecycle.MergeIssued) && l.Error != nil {
				c.at(l, "/error/code", l.Error.Code.Value == "Forbidden", "Forbidden", l.envelopeCode())
			}
		}
	},
}

// merged runs the rule on every accepted merge with a bundle that can be read.
func merged(rule func(*court, *look)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if l.Call.Op == wire.Merge && l.Status() == 201 && l.Bundle != nil {
				rule(c, l)
			}
		}
	}
}

// mergeLocation: Location is the certificate's URL, without a version.
func mergeLocation(c *court, l *look) {
	raw := l.Response.Header.Get("Location")
	if raw == "" && c.forgive("the recorder dropped Location") {
		return
	}
	id := c.identify(raw)
	version, versioned := parameter(id.query, "api-version")
	kept := id.of("certificates", l.Call.Name) && id.last == "" && (!versioned || version == l.Call.APIVersion)
	if !kept && id.collection == "certificates" && id.last == "" && (c.renamedLocation(l, id) || versioned && c.edited(version, l.Call.APIVersion) &&
		c.forgive("the recording's api-version was edited after the fact")) {
		return
	}
	c.expect(l, kept, "Location: …/certificates/"+l.Call.Name, "Location: "+quote(raw))
}

// mergedLeaf: cer is the certificate that was merged: that of x5c which is for the operation's key.
func mergedLeaf(c *court, l *look) {
	elements, _ := member(l.Sent, "x5c").([]any)
	have := c.crypto.cer(l.Bundle.CER.Value)
	state, known := l.state()
	for i, e := range elements {
		leaf, _, err := c.crypto.element(e)
		if err != nil || known && state.Key != "" && state.Key != leaf.key || state.Key == "" && i > 0 {
			continue
		}
		actual := "no cer that can be read"
		if have != nil {
			actual = "a certificate with the thumbprint " + have.thumbprint
		}
		c.at(l, "/cer", have != nil && bytes.Equal(have.der, leaf.der), "the merged certificate, thumbprint "+leaf.thumbprint, actual)
		return
	}
}

// state is what the model knows of the name, where all states agree on the operation.
func (l *look) state() (lifecycle.State, bool) {
	if l.step == nil || len(l.step.Before) == 0 {
		return lifecycle.State{}, false
	}
	first := l.step.Before[0]
	return first, l.step.All(func(s lifecycle.State) bool {
		return s.Presence == first.Presence && s.ID == first.ID && s.CSR == first.CSR && s.Key == first.Key && s.Origin == first.Origin
	})
}

// mergedEnabled: a merged certificate is enabled, unless the merge asked for something else.
func mergedEnabled(c *court, l *look) {
	want, asked := member(l.Sent, "attributes", "enabled").(bool)
	if !asked {
		if state, known := l.state(); !known || state.Presence != lifecycle.Something || l.createdDisabled() {
			return
		}
		want = true
	}
	actual := "enabled " + pick(l.Bundle.Enabled.Value, "true", "false")
	if !l.Bundle.Enabled.Valid {
		actual = "no attributes.enabled"
	}
	c.at(l, "/attributes/enabled", l.Bundle.Enabled.Valid && l.Bundle.Enabled.Value == want, "enabled "+pick(want, "true", "false"), actual)
}

// createdDisabled reports that the create behind this merge asked for a disabled certificate.
func (l *look) createdDisabled() bool {
	disabled := false
	for _, before := range l.name.looks {
		if before == l {
			break
		}
		if before.Call.Op == wire.Create && before.OK() {
			enabled, asked := member(before.Sent, "attributes", "enabled").(bool)
			disabled = asked && !enabled
		}
	}
	return disabled
}

// mergedPolicy: the bundle carries its policy; what every policy has, is for another rule.
func mergedPolicy(c *court, l *look) {
	c.at(l, "/policy", l.Bundle.HasPolicy, "a policy", "without policy")
}

// mergedSubject: the policy has the requested subject or that of the merged leaf (RULINGS R10).
func mergedSubject(c *court, l *look) {
	created := l.lastCreate()
	have, comparable := relatives(l.Bundle.PolicySubject.Value)
	if created == nil || !l.Bundle.PolicySubject.Valid || !comparable {
		return
	}
	asked, _ := text(created.Sent, "policy", "x509_props", "subject")
	want, comparable := relatives(asked)
	if !comparable {
		return
	}
	kept := slices.Equal(want, have)
	if leaf := c.crypto.cer(l.Bundle.CER.Value); leaf != nil {
		kept = kept || slices.Equal(relativesOf(leaf.subject), have)
	}
	c.at(l, "/policy/x509_props/subject", kept, spell(want)+", or the subject of the merged certificate", spell(have))
}

// lastCreate is the accepted create before this look, where no import came between.
func (l *look) lastCreate() *look {
	var last *look
	for _, before := range l.name.looks {
		if before == l {
			break
		}
		switch {
		case before.Call.Op == wire.Create && before.Status() == 202:
			last = before
		case before.event.Action != lifecycle.Poll && before.Call.Op != wire.Get && !before.Refused() && !before.begins() && replaces(before.Call.Op):
			last = nil
		}
	}
	return last
}

// replaces reports that the request may replace a certificate's policy, or that its answer was lost and may have.
func replaces(op wire.Op) bool {
	switch op {
	case wire.Create, wire.Import, wire.Update, wire.UpdatePolicy, wire.Delete, wire.Recover, wire.Purge:
		return true
	}
	return false
}

// pendingShown is a bundle that shows its operation: that of a merge has to, others may.
func pendingShown(l *look) bool { return l.Call.Op == wire.Merge || l.Bundle.PendingID.Valid }

// mergedPending: pending.id is the URL of the operation that was completed.
func mergedPending(c *court, l *look) {
	id := c.identify(l.Bundle.PendingID.Value)
	kept := l.Bundle.PendingID.Valid && id.of("certificates", l.Call.Name) && id.last == "pending"
	if !kept && id.last == "pending" && c.renamed(l, id, "the recorder replaced the certificate's name in an id") {
		return
	}
	c.at(l, "/pending/id", kept, "https://…/certificates/"+l.Call.Name+"/pending", quote(l.Bundle.PendingID.Value))
}

// mergedTags: tags that a merge brings come back.
func mergedTags(c *court, l *look) {
	tags, _ := member(l.Sent, "tags").(map[string]any)
	if len(tags) == 0 {
		return
	}
	kept := true
	for k, v := range tags {
		kept = kept && l.Bundle.Tags[k] == v
	}
	c.at(l, "/tags", kept, "the tags of the request", "other tags, or none")
}

// refusedMerges: what is wrong with a merge's certificate is a 400.
func refusedMerges(c *court) {
	for _, l := range c.looks {
		// Without a body, or with one that is no JSON, it is no certificate that is wrong: which refusal comes is free (RULINGS R20).
		if l.Refused() && l.spoke(lifecycle.MergeUnfit, lifecycle.MergeWrongKey) && c.able(wire.Merge) && l.Sent != nil {
			coded := l.Error != nil && l.Error.Code.Value == "BadParameter"
			if elements, sent := member(l.Sent, "x5c").([]any); !sent || len(elements) == 0 {
				coded = true // how the live service calls that was never recorded
			}
			c.expect(l, l.Status() == 400 && coded, "400, error.code BadParameter", l.says())
		}
	}
}

// onlyCertificates: a chain with the right certificate in it, and something that is no certificate, is refused.
func onlyCertificates(c *court) {
	for _, l := range c.looks {
		elements, _ := member(l.Sent, "x5c").([]any)
		if l.mergeable() && c.able(wire.Merge) && l.forItsKey(l.event.Keys) && slices.ContainsFunc(elements, c.crypto.beside) {
			c.expect(l, l.Refused(), "a refusal (4xx): x5c holds more than certificates", l.says())
		}
	}
}

// mergedBeforeValid: whether it is valid by now, is no matter of the merge.
func mergedBeforeValid(c *court) {
	for _, l := range c.looks {
		if l.mergeable() && c.able(wire.Merge) && c.notYetValid(l) && l.Defect == "" && len(l.event.Keys) > 0 && l.forItsKey(l.event.Keys[:1]) {
			c.expect(l, l.Status() == 201, "201, as the live service answers: it is for the operation's key", l.says())
		}
	}
}

// mergeable reports a merge with an answer, into a manual operation that is certainly in progress.
func (l *look) mergeable() bool {
	return l.Call.Op == wire.Merge && l.Answered() && !l.event.Rejected && l.running() && l.step.All(func(s lifecycle.State) bool {
		return s.Origin == lifecycle.Manual
	})
}

// forItsKey reports that one of the keys is certainly that of the operation.
func (l *look) forItsKey(keys []string) bool {
	return l.step.All(func(s lifecycle.State) bool { return s.Key != "" && slices.Contains(keys, s.Key) })
}

// secondMerges: a completed operation takes no second merge (RULINGS R26).
func secondMerges(c *court) {
	for _, l := range c.looks {
		if l.Call.Op == wire.Merge && l.Answered() && c.able(wire.Merge) && l.step != nil && l.step.All(func(s lifecycle.State) bool {
			return s.Presence == lifecycle.Something && s.Status == lifecycle.Completed
		}) {
			c.expect(l, l.Refused(), "a refusal (4xx): the operation is completed already", l.says())
		}
	}
}
