package oracle

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// refusedUntouched: what a certificate shows is after a refused request what it was before (RULINGS R22). The operation is the model's; what
// a version never changes by itself is for get-certificate.attributes-stable, and the tags that a refused request brought are for its own rule.
func refusedUntouched(c *court) {
	s := steadiness{moved: map[string]bool{}, stood: map[string]bool{}}
	for _, n := range c.lives {
		n.views(c.trace.Recorded, func(before, refused, now *look) bool {
			if refused == nil {
				s.learn(before, now)
			}
			return false
		})
	}
	for _, n := range c.lives {
		n.views(c.trace.Recorded, func(before, refused, now *look) bool {
			if refused == nil {
				return false
			}
			was, is := s.difference(before, now)
			if was == nil || n.broughtByRefused(is.tags) {
				c.held()
				return false
			}
			c.at(now, is.pointer, false, fmt.Sprintf("%s, as #%d showed before the refused request #%d", was.value, before.Number, refused.Number),
				is.value)
			return true
		})
	}
}

// broughtByRefused reports that one of the tags was brought by a refused request.
func (n *life) broughtByRefused(tags map[string]string) bool {
	return slices.ContainsFunc(n.looks, func(o *look) bool {
		if !o.Refused() {
			return false
		}
		for name, value := range tags {
			if member(o.Sent, "tags", name) == value {
				return true
			}
		}
		return false
	})
}

// views pairs the looks at one address between which nothing but looks and refused requests happened, where nothing can change by itself.
// refused is the last refused request between the two, or nil. Where each says that it has told of a change, the looks that follow are held
// against the changed one.
func (n *life) views(recorded bool, each func(before, refused, now *look) bool) {
	before := map[string]*look{}
	var refused []*look
	restless := recorded
	for _, l := range n.looks {
		switch changing := l.Request.Method != http.MethodGet; {
		case changing && l.busy():
		case changing && l.Refused():
			refused = append(refused, l)
		case changing && !l.OK():
			return // what became of it, nobody knows
		case changing:
			clear(before)
			refused, restless = nil, l.leavesRestless(restless)
		case n.disturbed(l):
		case l.Operation != nil && l.OK():
			restless = restless && statusOf(l) <= lifecycle.InProgress
		case !restless && l.isView():
			was := before[l.Request.URL]
			if was == nil {
				before[l.Request.URL] = l
				continue
			}
			var between *look
			for _, r := range refused {
				if was.precedes(r) && r.precedes(l) {
					between = r
				}
			}
			if each(was, between, l) {
				before[l.Request.URL] = l
			}
		}
	}
}

// leavesRestless reports that, after this accepted request, what the name shows may change by itself: an issuer is at work, a cancellation
// may come true, a deletion takes its time.
func (l *look) leavesRestless(before bool) bool {
	switch l.Call.Op {
	case wire.Create:
		return l.event.Origin != lifecycle.Manual
	case wire.Import, wire.Merge:
		return false
	case wire.DeletePending, wire.Update:
		return before
	}
	return true
}

// disturbed reports that something was changed, or may have been, while the look was on its way.
func (n *life) disturbed(l *look) bool {
	return slices.ContainsFunc(n.looks, func(o *look) bool {
		return o.Request.Method != http.MethodGet && !o.Refused() && o.overlaps(l)
	})
}

// isView reports a look at what a certificate shows.
func (l *look) isView() bool {
	switch l.Call.Op {
	case wire.Get, wire.GetVersion:
		return anyBundle(l)
	case wire.GetPolicy:
		return l.Status() == http.StatusOK && l.JSON != nil
	case wire.Versions:
		return l.Status() == http.StatusOK && l.Items != nil && !l.paged()
	}
	return false
}

// steadiness is what a target was seen to do without any refused request: a member that moves by itself tells nothing of one, and a time
// has to have stood still while the target's clock went on.
type steadiness struct{ moved, stood map[string]bool }

func (s steadiness) learn(before, now *look) {
	ticked := before.Response.Header.Get("Date") != now.Response.Header.Get("Date")
	have := now.showing()
	for _, was := range before.showing() {
		switch is := have.like(was); {
		case is == nil:
		case is.value != was.value:
			s.moved[was.kind] = true
		case ticked:
			s.stood[was.kind] = true
		}
	}
}

// difference finds what two looks show differently; what only one of them shows does not count.
func (s steadiness) difference(before, now *look) (was, is *showing) {
	have := now.showing()
	for _, m := range before.showing() {
		is := have.like(m)
		if is != nil && is.value != m.value && !s.moved[m.kind] && (!strings.HasSuffix(m.kind, "/updated") || s.stood[m.kind]) {
			return &m, is
		}
	}
	return nil, &showing{}
}

// showing is something that a look shows: of which version, what it is, and where it stands. tags are set where it is those.
type showing struct {
	version, kind, pointer, value string
	tags                          map[string]string
}

type showings []showing

// like is the same member of the same version in another look; nil where that does not show it.
func (all showings) like(m showing) *showing {
	for i := range all {
		if all[i].version == m.version && all[i].kind == m.kind {
			return &all[i]
		}
	}
	return nil
}

// showing is what the look shows of what no other rule keeps still. What document 001 does not declare is nobody's.
func (l *look) showing() showings {
	var all showings
	switch l.Call.Op {
	case wire.GetPolicy:
		return all.policy("", l.JSON)
	case wire.Versions:
		for i := range l.Items {
			all = all.bundle(strings.ToLower(versionOf(l.Items[i].ID.Value)), fmt.Sprintf("/value/%d", i), &l.Items[i])
		}
		return all
	}
	all = all.bundle("", "", l.Bundle)
	all = all.add("", "", "/preserveCertOrder", member(l.JSON, "preserveCertOrder"))
	return all.policy("/policy", l.Bundle.Policy)
}

// bundle adds what a bundle, or an entry of a list, shows. Tags that are not there are none.
func (all showings) bundle(version, at string, b *wire.Bundle) showings {
	tags := map[string]any{}
	for name, value := range b.Tags {
		tags[name] = value
	}
	all = all.add(version, at, "/tags", tags)
	all[len(all)-1].tags = b.Tags
	if b.Updated.Valid {
		all = all.add(version, at, "/attributes/updated", b.Updated.Value)
	}
	if b.RecoveryLevel.Valid {
		all = all.add(version, at, "/attributes/recoveryLevel", b.RecoveryLevel.Value)
	}
	return all
}

// policyMembersKept are the members of a policy that document 001 declares.
var policyMembersKept = []string{
	"key_props/exportable", "key_props/kty", "key_props/key_size", "key_props/crv", "key_props/reuse_key", "secret_props/contentType",
	"x509_props/subject", "x509_props/ekus", "x509_props/key_usage", "x509_props/validity_months", "x509_props/sans/dns_names",
	"x509_props/sans/emails", "x509_props/sans/upns", "x509_props/sans/uris", "x509_props/sans/ipAddresses", "lifetime_actions",
	"issuer/name", "issuer/cty", "issuer/cert_transparency", "attributes/enabled", "attributes/created", "attributes/updated",
}

func (all showings) policy(at string, policy any) showings {
	for _, m := range policyMembersKept {
		all = all.add("", "", at+"/"+m, member(policy, strings.Split(m, "/")...))
	}
	return all
}

// add adds a member that is there. In which order a list shows its elements, means nothing.
func (all showings) add(version, at, kind string, v any) showings {
	if v == nil {
		return all
	}
	if list, ok := v.([]any); ok {
		var texts []string
		for _, one := range list {
			texts = append(texts, spelled(one))
		}
		slices.Sort(texts)
		return append(all, showing{version: version, kind: kind, pointer: at + kind, value: "[" + strings.Join(texts, ", ") + "]"})
	}
	return append(all, showing{version: version, kind: kind, pointer: at + kind, value: spelled(v)})
}

// spelled is a value as JSON, its members in order.
func spelled(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
