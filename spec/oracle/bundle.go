package oracle

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// bundleRulings are the rules about certificates, wherever a bundle is shown.
var bundleRulings = map[string]ruling{
	"get-certificate.members":              eachBundle(complete, bundleMembers),
	"get-certificate.attributes":           eachBundle(anyBundle, attributesThere),
	"get-certificate.purgeable":            purgeable,
	"get-certificate.ids":                  eachBundle(anyBundle, bundleIDs),
	"get-certificate.exact-version":        exactVersion,
	"get-certificate.cer":                  eachBundle(complete, readableCER),
	"get-certificate.x5t":                  eachCertificate(thumbprint),
	"get-certificate.times":                eachCertificate(leafTimes),
	"get-certificate.created-updated":      eachBundle(anyBundle, createdUpdated),
	"get-certificate.recovery":             eachBundle(anyBundle, recovery),
	"get-certificate.policy-id":            eachBundle(anyBundle, policyID),
	"get-certificate.policy-there":         eachBundle(latest, policyThere),
	"get-certificate.version-stable":       versionStable,
	"get-certificate.versions":             versionsListed,
	"get-certificate.policy-members":       eachBundle(func(l *look) bool { return l.Bundle.Policy != nil }, policyMembers),
	"get-certificate.pending-times":        eachBundle(func(l *look) bool { return !complete(l) }, pendingTimes),
	"get-certificate.pending-thumbprint":   pendingThumbprint,
	"get-certificate.pending-id":           pendingID,
	"get-certificate.imported-pending":     importedPending,
	"get-certificate.content-type":         contentType,
	"get-certificate.stays-there":          staysThere,
	"get-certificate.stays-gone":           staysGone,
	"get-certificate.deleted-whole":        deletedWhole,
	"get-certificate.pending-found":        pendingFound,
	"get-certificate.pending-disabled":     pendingDisabled,
	"get-certificate.unknown-name-code":    unknownName,
	"get-certificate.unknown-version":      unknownVersions(false),
	"get-certificate.unknown-version-code": unknownVersions(true),
}

// eachBundle runs the rule on the bundles that are chosen.
func eachBundle(chosen func(*look) bool, rule func(*court, *look)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if anyBundle(l) && chosen(l) {
				rule(c, l)
			}
		}
	}
}

// eachCertificate runs the rule on the bundles whose certificate can be read.
func eachCertificate(rule func(*court, *look, *certificate)) ruling {
	return eachBundle(complete, func(c *court, l *look) {
		if cer := c.crypto.cer(l.Bundle.CER.Value); cer != nil {
			rule(c, l, cer)
		}
	})
}

// anyBundle is an answer that is a certificate, with the status that its operation has.
func anyBundle(l *look) bool {
	if l.Bundle == nil || l.Status() != wire.Success(l.Call.Op) {
		return false
	}
	switch l.Call.Op {
	case wire.Get, wire.GetVersion, wire.Import, wire.Merge, wire.Update:
		return true
	}
	return false
}

// complete is a bundle with a certificate in it, or one that must have one.
func complete(l *look) bool {
	return l.Bundle.CER.Valid && l.Bundle.CER.Value != "" || l.Call.Op == wire.Merge || l.Call.Op == wire.Import
}

// latest is a complete bundle of GET without a version.
func latest(l *look) bool { return l.Call.Op == wire.Get && complete(l) }

// bundleMembers: what every sample of a complete bundle shows.
func bundleMembers(c *court, l *look) {
	b := l.Bundle
	var missing []string
	for _, m := range []struct {
		name string
		text wire.Text
	}{{"id", b.ID}, {"kid", b.KID}, {"sid", b.SID}, {"x5t", b.X5T}, {"cer", b.CER}} {
		if lacking(m.text) {
			missing = append(missing, m.name)
		}
	}
	if !b.Attributes {
		missing = append(missing, "attributes")
	}
	c.expect(l, len(missing) == 0, "id, kid, sid, x5t, cer and attributes", "without "+strings.Join(missing, ", "))
}

// lacking reports a member that is not there, or empty. One that is null or no string is a finding of its own.
func lacking(t wire.Text) bool { return !t.Present || t.Valid && t.Value == "" }

// attributesThere: every sample has them.
func attributesThere(c *court, l *look) {
	if !l.Bundle.Attributes {
		return
	}
	var missing []string
	for _, m := range []struct {
		name  string
		there bool
	}{{"enabled", l.Bundle.Enabled.Present}, {"created", l.Bundle.Created.Present}, {"updated", l.Bundle.Updated.Present}} {
		if !m.there {
			missing = append(missing, m.name)
		}
	}
	c.at(l, "/attributes", len(missing) == 0, "enabled, created and updated", "without "+strings.Join(missing, ", "))
}

// bundleIDs: id, kid and sid are those of one version of this name.
func bundleIDs(c *court, l *look) {
	if !l.Bundle.ID.Valid {
		return // a missing or null id is a finding of its own
	}
	version := ""
	for _, m := range []struct {
		name, collection string
		text             wire.Text
	}{{"id", "certificates", l.Bundle.ID}, {"kid", "keys", l.Bundle.KID}, {"sid", "secrets", l.Bundle.SID}} {
		if !m.text.Valid {
			continue // a shell has none, and elsewhere that is a finding of its own
		}
		id := c.identify(m.text.Value)
		if version == "" {
			version = id.last
		}
		kept := id.whole && id.of(m.collection, l.Call.Name) && (id.last != "" || !complete(l)) && id.last == version && len(id.query) == 0
		if !kept && id.collection == m.collection && id.last == version && c.renamed(l, id, "the recorder replaced the certificate's name in an id") {
			continue
		}
		if !kept {
			expected := fmt.Sprintf("https://…/%s/%s/%s", m.collection, l.Call.Name, pick(m.name == "id", "<version>", version))
			c.at(l, "/"+m.name, false, expected, quote(m.text.Value))
			return
		}
	}
	c.held()
}

// exactVersion: GET of a version answers with that version.
func exactVersion(c *court) {
	for _, l := range c.looks {
		if l.Call.Op == wire.GetVersion && anyBundle(l) && l.Bundle.ID.Valid {
			have := c.identify(l.Bundle.ID.Value).last
			c.at(l, "/id", strings.EqualFold(have, l.Call.Version), "version "+l.Call.Version, "version "+quote(have))
		}
	}
}

func readableCER(c *court, l *look) {
	if slices.ContainsFunc(l.Defects, func(d wire.Defect) bool { return d.Kind == wire.Base64 && d.Pointer == "/cer" }) || l.Bundle.CER.Value == "" {
		return // a finding already
	}
	c.at(l, "/cer", c.crypto.cer(l.Bundle.CER.Value) != nil, "a DER X.509 certificate", "it cannot be read as one")
}

// thumbprint: x5t is the SHA-1 of cer.
func thumbprint(c *court, l *look, cer *certificate) {
	if l.Bundle.X5T.Valid {
		have := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(l.Bundle.X5T.Value), "=")
		c.at(l, "/x5t", have == cer.thumbprint, cer.thumbprint+", the SHA-1 of cer", quote(l.Bundle.X5T.Value))
	}
}

// leafTimes: nbf and exp are the certificate's own (RULINGS R36).
func leafTimes(c *court, l *look, cer *certificate) {
	for _, m := range []struct {
		name string
		have wire.Whole
		want int64
	}{{"nbf", l.Bundle.NotBefore, cer.notBefore.Unix()}, {"exp", l.Bundle.Expires, cer.notAfter.Unix()}} {
		if !m.have.Valid {
			c.at(l, "/attributes/"+m.name, false, fmt.Sprintf("%d, the certificate's own", m.want), "no such member")
			return
		}
		if m.have.Value != m.want {
			c.at(l, "/attributes/"+m.name, false, fmt.Sprintf("%d, the certificate's own", m.want), fmt.Sprint(m.have.Value))
			return
		}
	}
	c.held()
}

// createdUpdated: nothing is updated before it is created, nor after it is shown, by the vault's own clock (RULINGS R36).
func createdUpdated(c *court, l *look) {
	if !l.Bundle.Created.Valid || !l.Bundle.Updated.Valid {
		return
	}
	created, updated := l.Bundle.Created.Value, l.Bundle.Updated.Value
	pointer := "/attributes/updated"
	policyCreated, ok := whole(l.Bundle.Policy, "attributes", "created")
	policyUpdated, too := whole(l.Bundle.Policy, "attributes", "updated")
	if ok && too && created <= updated && policyCreated > policyUpdated {
		pointer, created, updated = "/policy/attributes/updated", policyCreated, policyUpdated
	}
	kept, expected := created <= updated, fmt.Sprintf("at least created, %d", created)
	if date, err := http.ParseTime(l.Response.Header.Get("Date")); kept && err == nil && updated > date.Unix()+clockLeeway {
		kept, expected = false, fmt.Sprintf("a time that has been, by the vault's clock %d at the latest", date.Unix())
	}
	c.at(l, pointer, kept, expected, fmt.Sprint(updated))
}

// recovery: recoverableDays are 7 to 90 where soft delete is on, else 0, and agree with recoveryLevel.
func recovery(c *court, l *look) {
	level, days := l.Bundle.RecoveryLevel, l.Bundle.RecoverableDays
	if !level.Valid || !days.Valid {
		return
	}
	kept, expected := days.Value == 0, "0: the level is "+level.Value
	if strings.Contains(level.Value, "Recoverable") {
		kept, expected = days.Value >= 7 && days.Value <= 90, "7 to 90: the level is "+level.Value
	}
	c.at(l, "/attributes/recoverableDays", kept, expected, fmt.Sprint(days.Value))
}

// policyID: the policy's id is the URL of the name's policy.
func policyID(c *court, l *look) {
	if !l.Bundle.PolicyID.Valid {
		return
	}
	id := c.identify(l.Bundle.PolicyID.Value)
	kept := id.whole && id.of("certificates", l.Call.Name) && id.last == "policy"
	if !kept && id.last == "policy" && c.renamed(l, id, "the recorder replaced the certificate's name in an id") {
		return
	}
	c.at(l, "/policy/id", kept, "https://…/certificates/"+l.Call.Name+"/policy", quote(l.Bundle.PolicyID.Value))
}

// purgeable: what the recovery level protects is not purged. That a purge is refused, is never a finding (RULINGS R37).
func purgeable(c *court) {
	for _, n := range c.lives {
		level := ""
		for _, l := range n.looks {
			switch {
			case l.Bundle != nil && l.OK() && l.Bundle.RecoveryLevel.Valid:
				level = l.Bundle.RecoveryLevel.Value
			case l.Call.Op == wire.Purge && l.Answered() && level != "":
				c.expect(l, l.Status() != http.StatusNoContent || strings.Contains(level, "Purgeable"), "a refusal: the recovery level is "+level, l.says())
			}
		}
	}
}

func policyThere(c *court, l *look) {
	c.at(l, "/policy", l.Bundle.HasPolicy, "the policy", "no policy")
}

// policyMembers: what every sample of a policy shows. Where the create named no issuer, its policy need not either (RULINGS R33).
func policyMembers(c *court, l *look) {
	var missing []string
	created := l.lastCreate()
	for _, name := range []string{"id", "key_props", "secret_props", "x509_props", "issuer", "attributes"} {
		if name == "issuer" && created != nil && member(created.Sent, "policy", "issuer", "name") == nil {
			continue
		}
		if l.Bundle.Policy[name] == nil {
			missing = append(missing, name)
		}
	}
	c.at(l, "/policy", len(missing) == 0, "a policy with id, key_props, secret_props, x509_props, issuer and attributes",
		"without "+strings.Join(missing, ", "))
}

// pendingTimes: a certificate that is still to come has both nbf and exp or neither, and they are validity_months apart.
func pendingTimes(c *court, l *look) {
	from, until := l.Bundle.NotBefore, l.Bundle.Expires
	if !from.Valid && !until.Valid {
		return
	}
	if !from.Valid || !until.Valid {
		c.at(l, "/attributes", false, "nbf and exp", "without "+pick(from.Valid, "exp", "nbf"))
		return
	}
	months, known := whole(l.Bundle.Policy, "x509_props", "validity_months")
	if !known || months < 1 || months > 1200 {
		return
	}
	want := time.Unix(from.Value, 0).UTC().AddDate(0, int(months), 0)
	c.at(l, "/attributes/exp", time.Unix(until.Value, 0).Sub(want).Abs() <= monthLeeway,
		fmt.Sprintf("%d months after nbf, about %d", months, want.Unix()), fmt.Sprint(until.Value))
}

// presence is what GETs have shown of a certificate since the last request that may have changed it.
type presence struct {
	// deleted says that a DELETE was accepted since: that it may take its time to go, is another matter (RULINGS R37).
	deleted     bool
	there, gone *look
}

// staysThere and staysGone: a certificate that is there stays there until somebody deletes it, and one that was deleted and is gone is not
// there again before somebody makes it anew.
func staysThere(c *court) {
	c.presences(func(l *look, p *presence) {
		if p.there != nil {
			c.expect(l, l.Status() != http.StatusNotFound, "200, as in exchange "+strconv.Itoa(p.there.Number)+": nobody deleted it", l.says())
		}
	})
}

func staysGone(c *court) {
	c.presences(func(l *look, p *presence) {
		if p.gone != nil {
			c.expect(l, !l.OK(), "404, as in exchange "+strconv.Itoa(p.gone.Number)+": it was deleted", l.says())
		}
	})
}

// deletedWhole: once a deleted certificate is gone, its versions, its policy and its operation are, and nothing can be done with that.
func deletedWhole(c *court) {
	if !c.trace.Fresh {
		return
	}
	for _, n := range c.lives {
		deleted := false
		var gone *look
		for _, l := range n.looks {
			if gone != nil && l.finds() && l.Defect == "" && !l.event.Rejected && l.Answered() && !l.raced() && gone.precedes(l) {
				found := l.OK()
				if list, ok := member(l.JSON, "value").([]any); ok && l.Call.Op == wire.Versions {
					found = found && len(list) > 0 // a list of nothing tells the same as a 404
				}
				c.expect(l, !found, "404: the certificate was deleted, and is gone since exchange "+strconv.Itoa(gone.Number), l.says())
			}
			switch {
			case l.Request.Method != http.MethodGet && !l.Refused():
				deleted, gone = l.Call.Op == wire.Delete && l.OK(), nil
			case l.Defect != "" || l.event.Rejected || !l.Answered() || l.raced():
			case l.Call.Op == wire.Get && deleted && l.Status() == http.StatusNotFound:
				gone = l
			}
		}
	}
}

// finds reports a request that finds a part of a certificate, or its operation, where it is accepted. It makes neither.
func (l *look) finds() bool {
	switch l.Call.Op {
	case wire.GetPending, wire.GetVersion, wire.Versions, wire.GetPolicy, wire.UpdatePending, wire.DeletePending, wire.Merge:
		return true
	}
	return false
}

// presences calls read for each GET of a certificate that tells whether it is there, with what is known of that.
func (ev *evidence) presences(read func(*look, *presence)) {
	known := map[*life]*presence{}
	for _, l := range ev.looks {
		if l.name == nil {
			if l.Request.Method != http.MethodGet {
				clear(known) // a restore, for one, does not name its certificate
			}
			continue
		}
		p := known[l.name]
		if p == nil {
			p = &presence{}
			known[l.name] = p
		}
		switch {
		case l.Call.Op == wire.Get:
			if l.step == nil || l.step.Raced || l.event.Rejected || l.spoke(lifecycle.GetThere) || !l.Answered() {
				continue
			}
			read(l, p)
			switch {
			case l.OK() && !p.deleted:
				p.there = l
			case l.Status() == http.StatusNotFound && p.deleted:
				p.gone = l
			}
		case l.Request.Method == http.MethodGet, l.Refused(), l.Call.Op == wire.Purge && l.Answered():
		default:
			*p = presence{deleted: l.Call.Op == wire.Delete || p.deleted && !l.OK()}
		}
	}
}

// versionStable: a version that was shown once, is shown with the same certificate ever after.
func versionStable(c *court) {
	for _, n := range c.lives {
		first := map[string]*look{}
		for _, l := range n.looks {
			if l.event.Action == lifecycle.Forget && l.Call.Op != wire.GetVersion && (l.Call.Op == wire.Purge || l.Call.Op == wire.Delete) {
				first = map[string]*look{}
			}
			if !anyBundle(l) || l.Bundle.CER.Value == "" {
				continue
			}
			version := versionOf(l.Bundle.ID.Value)
			if version == "" {
				continue
			}
			if first[version] == nil {
				first[version] = l
				continue
			}
			before := first[version].Bundle
			c.expect(l, before.CER.Value == l.Bundle.CER.Value, "the certificate that version "+version+" had before", "another one")
		}
	}
}

// versionsListed: the list of versions, read to its end, has every version that was shown complete before it was begun.
func versionsListed(c *court) {
	for _, n := range c.lives {
		lists := n.lists()
		known := map[string]*look{}
		for _, l := range n.looks {
			begun := slices.IndexFunc(lists, func(one list) bool { return one.first == l })
			switch {
			case l.Call.Op == wire.Delete || l.Call.Op == wire.Purge || l.Call.Op == wire.Recover:
				clear(known)
			case anyBundle(l) && l.Bundle.CER.Value != "" && l.Call.Op != wire.GetVersion:
				if v := versionOf(l.Bundle.ID.Value); v != "" && known[v] == nil {
					known[v] = l
				}
			case begun >= 0:
				c.listed(lists[begun], known)
			}
		}
	}
}

// paged reports that the list has more pages than this, or is not the first.
func (l *look) paged() bool {
	next, ok := text(l.JSON, "nextLink")
	return ok && next != "" || strings.Contains(strings.ToLower(l.Request.URL), "skiptoken") || strings.Contains(l.Request.URL, "maxresults")
}

// list is a list of versions, from its first page to its last.
type list struct {
	first, last *look
	items       []wire.Bundle
}

// lists are the lists of a name's versions that were read to their ends, while nobody changed anything.
func (n *life) lists() []list {
	var all []list
	open := map[string]list{} // by the link to the page that comes next
	for _, l := range n.looks {
		if l.Request.Method != http.MethodGet && !l.Refused() {
			clear(open)
		}
		if l.Call.Op != wire.Versions || l.Status() != http.StatusOK || l.Items == nil {
			continue
		}
		one, continued := open[l.Request.URL]
		if !continued {
			if strings.Contains(strings.ToLower(l.Request.URL), "skiptoken") {
				continue
			}
			one.first = l
		}
		delete(open, l.Request.URL)
		one.last, one.items = l, append(slices.Clip(one.items), l.Items...)
		if next, more := text(l.JSON, "nextLink"); more && next != "" {
			open[next] = one
		} else {
			all = append(all, one)
		}
	}
	return all
}

func (c *court) listed(all list, known map[string]*look) {
	l := all.last
	before := slices.DeleteFunc(slices.Sorted(maps.Keys(known)), func(v string) bool { return !known[v].precedes(all.first) })
	if len(before) == 0 {
		return
	}
	var missing []string
	for _, v := range before {
		if !slices.ContainsFunc(all.items, func(b wire.Bundle) bool { return strings.EqualFold(versionOf(b.ID.Value), v) }) {
			missing = append(missing, v)
		}
	}
	c.at(l, "/value", len(missing) == 0, "every version of "+l.Call.Name, "without "+strings.Join(missing, ", "))
}

// pendingFound: while the first version is pending, GET answers with its shell (RULINGS R12).
func pendingFound(c *court) {
	for _, l := range c.looks {
		if l.firstPending() && l.Answered() {
			c.expect(l, l.Status() == 200, "200 with a disabled certificate that has no cer yet", l.says())
		}
	}
}

// pendingDisabled: that shell is disabled, and so is what stays of it when the first operation has failed, was cancelled or was deleted
// (RULINGS R11, R12). In recorded traffic, whose names have a past, any other is, too. Somebody may have asked for something else.
func pendingDisabled(c *court) {
	for _, l := range c.looks {
		shell := l.firstPending() || (c.trace.Recorded || l.neverCompleted()) && l.Call.Op == wire.Get && !l.changed()
		if shell && l.Status() == 200 && l.Bundle != nil && !complete(l) {
			c.at(l, "/attributes/enabled", l.Bundle.Enabled.Valid && !l.Bundle.Enabled.Value, "enabled false: there is no certificate yet", "enabled is not false")
		}
	}
}

// pendingThumbprint: there is no certificate yet that it could be the thumbprint of (B16).
func pendingThumbprint(c *court) {
	for _, l := range c.looks {
		if l.firstPending() && l.Status() == 200 && l.Bundle != nil && !complete(l) {
			c.at(l, "/x5t", l.Bundle.X5T.Value == "", "no x5t: there is no certificate yet", quote(l.Bundle.X5T.Value))
		}
	}
}

// pendingID: what stands for a certificate that is still to come is the same at each look, as long as its operation is in progress.
func pendingID(c *court) {
	for _, n := range c.lives {
		var before, begun *look
		for _, l := range n.looks {
			if !l.firstPending() || l.raced() || l.Status() != 200 || l.Bundle == nil || complete(l) || !l.Bundle.ID.Valid {
				continue
			}
			created := l.lastCreate()
			if before != nil && created != nil && created == begun {
				c.at(l, "/id", strings.EqualFold(versionOf(before.Bundle.ID.Value), versionOf(l.Bundle.ID.Value)),
					quote(before.Bundle.ID.Value)+", as exchange "+strconv.Itoa(before.Number)+" showed", quote(l.Bundle.ID.Value))
			}
			before, begun = l, created
		}
	}
}

// importedPending: a certificate whose name was never created points at no operation (B17).
func importedPending(c *court) {
	if !c.trace.Fresh {
		return // it may have been created before
	}
	for _, n := range c.lives {
		created := false
		for _, l := range n.looks {
			created = created || l.Request.Method != http.MethodGet && l.Call.Op != wire.Import && l.Call.Op != wire.Update && !l.Refused()
			if !created && anyBundle(l) && complete(l) {
				c.at(l, "/pending", l.Bundle.PendingID.Value == "", "no pending: nothing was ever created under this name",
					quote(l.Bundle.PendingID.Value))
			}
		}
	}
}

// contentType: a certificate need not say what its secret is (B21), but where it does, it agrees with its policy. Which of the two an import goes by whose policy says
// another thing than its value is, no document tells, nor what becomes of a secret whose policy is changed.
func contentType(c *court) {
	for _, n := range c.lives {
		unsure := false
		for _, l := range n.looks {
			switch l.Call.Op {
			case wire.Create:
				unsure = unsure && l.Refused()
			case wire.Import:
				if !l.Refused() {
					unsure = c.trace.Recorded && l.Sent == nil || member(l.Sent, "policy") != nil
				}
			case wire.UpdatePolicy, wire.Update, wire.Recover:
				unsure = unsure || !l.Refused()
			}
			inPolicy, said := "", false
			if anyBundle(l) {
				inPolicy, said = text(l.Bundle.Policy, "secret_props", "contentType")
			}
			if unsure || !said || !complete(l) || !l.ofThisCreate() || l.raced() {
				continue
			}
			kept := !l.Bundle.ContentType.Valid || strings.EqualFold(mediaType(l.Bundle.ContentType.Value), mediaType(inPolicy))
			c.at(l, "/contentType", kept, inPolicy+", as its policy says, or none", quote(l.Bundle.ContentType.Value))
		}
	}
}

// mediaType is a content type without its parameters.
func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.TrimSpace(s)
}

// changed reports that somebody asked to enable or disable the certificate before.
func (l *look) changed() bool {
	return slices.ContainsFunc(l.name.looks, func(o *look) bool {
		return o.Call.Op == wire.Update && o.Number < l.Number && member(o.Sent, "attributes", "enabled") != nil
	})
}

// firstPending reports a GET of a name whose first version is certainly still pending.
func (l *look) firstPending() bool {
	return l.Call.Op == wire.Get && !l.event.Rejected && l.step != nil && l.step.All(func(s lifecycle.State) bool {
		return s.Presence == lifecycle.Something && s.Status == lifecycle.InProgress && s.Certificate == lifecycle.NoCertificate
	})
}

// neverCompleted reports a GET of a name whose first operation certainly made no certificate: it is in progress, or came to another end.
func (l *look) neverCompleted() bool {
	return l.Call.Op == wire.Get && !l.event.Rejected && l.step != nil && l.step.All(func(s lifecycle.State) bool {
		return s.Certificate == lifecycle.NoCertificate && (s.Presence == lifecycle.Something || s.Presence == lifecycle.Nothing && s.Absence == lifecycle.Deleted)
	})
}

const certificateNotFound = "CertificateNotFound"

// unknownName: a name that nobody used is refused as such, and so is any other that is not found.
func unknownName(c *court) {
	for _, l := range c.looks {
		missing := l.spoke(lifecycle.GetNever) || c.trace.Recorded && l.Call.Op == wire.Get && l.Status() == 404
		if missing && l.Refused() && !l.event.Rejected && c.able(wire.Get) {
			c.expect(l, l.Status() == 404 && l.Error != nil && l.Error.Code.Value == certificateNotFound, "404, error.code "+certificateNotFound, l.says())
		}
	}
}

var hexVersion = regexp.MustCompile(`^[0-9a-f]{32}$`)

// unknownVersions: a version that nobody ever saw is refused; code asks for the documented way to say so.
func unknownVersions(code bool) ruling {
	return func(c *court) {
		if !c.trace.Fresh && !code {
			return // what versions a name has that is older than the trace, nobody knows
		}
		for _, n := range c.lives {
			seen := map[string]bool{}
			for _, l := range n.looks {
				if l.Bundle != nil {
					seen[versionOf(l.Bundle.ID.Value)] = true
				}
				for _, item := range l.Items {
					seen[versionOf(item.ID.Value)] = true
				}
			}
			for _, l := range n.looks {
				if l.Call.Op != wire.GetVersion || !l.Answered() || l.Defect != "" || !c.able(wire.GetVersion) || !hexVersion.MatchString(l.Call.Version) {
					continue
				}
				switch made := seen[l.Call.Version] && !l.onlyItself(n); {
				case made:
				case !code:
					c.expect(l, !l.OK(), "a refusal (404): there is no such version", l.says())
				case l.Refused():
					c.expect(l, l.Status() == 404 && l.Error != nil && l.Error.Code.Value == certificateNotFound, "404, error.code "+certificateNotFound, l.says())
				}
			}
		}
	}
}

// onlyItself reports that nothing but answers to GETs of this very version ever showed it.
func (l *look) onlyItself(n *life) bool {
	return !slices.ContainsFunc(n.looks, func(o *look) bool {
		if o.Call.Op == wire.GetVersion && o.Call.Version == l.Call.Version {
			return false
		}
		return o.Bundle != nil && versionOf(o.Bundle.ID.Value) == l.Call.Version ||
			slices.ContainsFunc(o.Items, func(b wire.Bundle) bool { return versionOf(b.ID.Value) == l.Call.Version })
	})
}
