package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// policyRulings are the rules about what was asked for and is shown later: policy, tags, attributes, the key of a renewal; and about
// policies that are to be refused.
var policyRulings = map[string]ruling{
	"get-certificate.policy-kept":        onPolicyShown(keptSubject),
	"get-certificate.policy-key":         onPolicyShown(keptKey),
	"get-certificate.policy-x509":        onPolicyShown(keptX509),
	"get-certificate.policy-secret":      onPolicyShown(keptSecret),
	"get-certificate.policy-actions":     onPolicyShown(keptActions),
	"get-certificate.policy-issuer":      onPolicyShown(keptIssuer),
	"get-certificate.policy-complete":    onPolicyShown(keptWhole),
	"get-certificate.policy-lost":        onPolicyShown(keptEssential),
	"get-certificate.tags":               tagsKept,
	"get-certificate.tags-given-up":      tagsGivenUp,
	"get-certificate.enabled-kept":       enabledKept,
	"create-manual.reuse-key":            reuseKey,
	"create-manual.preserve-cert-order":  preserveKept,
	"create-manual.preserve-echoed":      preserveEchoed,
	"get-certificate.preserve-kept":      preserveOnBundles,
	"create-manual.bad-policy-refused":   onBadPolicy(func(policy any) string { return outOfBounds(policy) }),
	"create-manual.bad-subject-refused":  onBadPolicy(func(policy any) string { return badSubject(policy) }),
	"get-certificate.imported":           imported,
	"get-certificate.import-agrees":      onImportedPolicy(importAgrees),
	"get-certificate.import-kept":        onImportedPolicy(importKept),
	"get-certificate.refused-untouched":  refusedUntouched,
	"get-certificate.key-agrees":         keyAgrees,
	"get-certificate.no-ghost-version":   noGhosts,
	"get-certificate.versions-ids":       versionsIDs,
	"get-certificate.listed-readable":    listedReadable,
	"get-certificate.versions-there":     versionsThere,
	"get-certificate.pages-end":          pagesEnd,
	"get-certificate.policy-found":       policyFound,
	"get-certificate.created-time":       createdTime,
	"get-certificate.attributes-stable":  attributesStable,
	"get-certificate.recovery-retention": eachBundle(anyBundle, retention),
}

// policyShown is a policy that was shown, with the create that asked for it.
type policyShown struct {
	*look
	asked, shown any
	// at is the JSON pointer of the policy in the answer.
	at string
	// merged says that a merge came in between, which may have brought a subject of its own (RULINGS R10).
	merged bool
	// leaf is then the certificate that came, where the answer shows it.
	leaf *certificate
	// newer says that both sides know what came after api-version 7.5 (RULINGS R41).
	newer bool
}

// onPolicyShown runs the rule on every policy that must be that of an accepted create, whatever was refused since.
func onPolicyShown(rule func(*court, policyShown)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			one := policyShown{look: l}
			switch {
			case (l.Call.Op == wire.Get || l.Call.Op == wire.Merge) && anyBundle(l) && l.Bundle.Policy != nil:
				one.shown, one.at = l.Bundle.Policy, "/policy"
			case l.Call.Op == wire.GetPolicy && l.Status() == 200:
				one.shown = l.JSON
			default:
				continue
			}
			created := l.lastCreate()
			if created == nil || l.raced() || !l.certainPolicy(created) || created.unreadable() {
				continue
			}
			one.asked, one.merged = member(created.Sent, "policy"), l.Call.Op == wire.Merge || l.mergedSince(created)
			if (!c.trace.Fresh || created.renews()) && l.pendingStill(created) {
				// When the policy of a renewal takes the place of the one before it, no document says.
				before := created.lastCreate()
				if before == nil || before.unreadable() || !created.certainPolicy(before) {
					continue
				}
				if earlier := member(before.Sent, "policy"); differences(earlier, one.shown) < differences(one.asked, one.shown) {
					one.asked, one.merged = earlier, l.mergedSince(before)
				}
			}
			one.newer = since76(created.Call.APIVersion) && since76(l.Call.APIVersion)
			if one.merged && l.Bundle != nil {
				one.leaf = c.crypto.cer(l.Bundle.CER.Value)
			}
			rule(c, one)
		}
	}
}

// names are the alternative names that were asked for.
func (one policyShown) names() names {
	n := wanted(one.asked)
	if !one.newer {
		n.uris, n.ips = nil, nil
	}
	return n
}

// kept reports that a member of x509_props is to be shown as it was asked for. After a merge it is where the certificate that came
// has it, too: it does not matter then, whose it is that is shown.
func (one policyShown) kept(name string) bool {
	if !one.merged {
		return true
	}
	if one.leaf == nil || one.leaf.unread != nil {
		return false
	}
	switch name {
	case "sans":
		return len(one.names().missing(one.leaf.sans)) == 0
	case "ekus":
		return sameSet(texts(one.asked, "x509_props", "ekus"), one.leaf.ekus)
	case "key_usage":
		return sameSet(usagesAsked(one.asked), one.leaf.usages)
	}
	return false
}

// certainPolicy reports that the policy of this create is certainly the name's: it was the first, or its operation is in progress or
// completed. What becomes of a renewal's policy when the renewal is given up, no document says.
func (l *look) certainPolicy(created *look) bool {
	accepted := 0
	var last lifecycle.Status
	for _, o := range l.name.followed {
		if o.Number >= l.Number {
			break
		}
		if (o.event.Action == lifecycle.Create || o.event.Action == lifecycle.Import) && o.OK() {
			accepted++
		}
		if o.Number > created.Number && o.event.Action == lifecycle.Delete && o.OK() {
			last = lifecycle.Cancelled
		}
		if o.Number >= created.Number && o.Operation != nil && o.OK() && last != lifecycle.Cancelled {
			last = statusOf(o)
		}
	}
	return accepted == 1 || last == lifecycle.InProgress || last == lifecycle.Completed
}

// raced reports that the order of things under the name is not certain, or that something was changed while the look was on its way.
func (l *look) raced() bool {
	return slices.ContainsFunc(l.name.followed, func(o *look) bool {
		return o.Number < l.Number && (o.step.Raced || !o.Answered() && !o.busy()) || o != l && changes(o) && o.overlaps(l)
	})
}

// overlaps reports that both requests were on their way at the same time.
func (l *look) overlaps(o *look) bool { return !l.precedes(o) && !o.precedes(l) }

// unreadable reports a create that has something wrong with it, such as a member of another type than documented: what a vault that takes it
// makes of that, nobody knows.
func (l *look) unreadable() bool {
	return l.Defect != "" || !wellTyped("policy", member(l.Sent, "policy"))
}

// objects and arrays are the members of a policy that are none of the plain values.
var (
	objects = []string{"policy", "key_props", "secret_props", "x509_props", "sans", "issuer", "attributes", "trigger", "action"}
	arrays  = []string{"dns_names", "emails", "upns", "uris", "ipAddresses", "ekus", "key_usage", "lifetime_actions"}
)

// wellTyped reports that a member of a policy, and what is in it, has the type that it is documented to have, or none of them another.
func wellTyped(name string, v any) bool {
	switch x := v.(type) {
	case map[string]any:
		for inner, value := range x {
			if !wellTyped(inner, value) {
				return false
			}
		}
		return slices.Contains(objects, name)
	case []any:
		return slices.Contains(arrays, name)
	}
	return v == nil || !slices.Contains(objects, name) && !slices.Contains(arrays, name)
}

// renews reports a create before which the name had a certificate or an operation, or may have had.
func (l *look) renews() bool {
	return slices.ContainsFunc(l.name.followed, func(o *look) bool {
		return o.Number < l.Number && changes(o) && (o.OK() || !o.Answered() && !o.busy())
	})
}

// pendingStill reports that the operation of this create was not seen to end before the look.
func (l *look) pendingStill(created *look) bool {
	return !slices.ContainsFunc(l.name.followed, func(o *look) bool {
		ended := o.Call.Op == wire.Merge && o.OK() || o.Operation != nil && o.OK() && statusOf(o) > lifecycle.InProgress
		return ended && o.Number > created.Number && o.Number <= l.Number
	})
}

// differences counts the members of asked, at any depth, that are not shown, or are another's.
func differences(asked, shown any) int {
	members, ok := asked.(map[string]any)
	if !ok {
		return 0
	}
	n := 0
	for name, v := range members {
		there := member(shown, name)
		if _, deeper := v.(map[string]any); deeper && there != nil {
			n += differences(v, there)
		} else if !equalFold(v, there) {
			n++
		}
	}
	return n
}

// mergedSince reports that a merge was accepted between the create and this look: it may have brought a subject of its own (RULINGS R10).
func (l *look) mergedSince(created *look) bool {
	return slices.ContainsFunc(l.name.looks, func(o *look) bool {
		return o.Call.Op == wire.Merge && o.OK() && o.Number > created.Number && o.Number < l.Number
	})
}

// keptSubject: the subject is what the accepted create asked for.
func keptSubject(c *court, one policyShown) {
	asked, _ := text(one.asked, "x509_props", "subject")
	want, comparable := relatives(asked)
	shown, there := text(one.shown, "x509_props", "subject")
	have, readable := relatives(shown)
	if comparable && there && readable && !one.merged {
		c.at(one.look, one.at+"/x509_props/subject", slices.Equal(want, have), quote(asked)+", as the accepted create asked for", quote(shown))
	}
}

// same compares members of a policy, one after the other, where both sides have them.
func (one policyShown) same(c *court, compare func(asked, shown any) bool, group string, names ...string) {
	spoke := false
	for _, name := range names {
		asked, shown := member(one.asked, group, name), member(one.shown, group, name)
		if asked == nil || shown == nil {
			continue
		}
		spoke = true
		if !compare(asked, shown) {
			c.at(one.look, one.at+"/"+group+"/"+name, false, fmt.Sprintf("%v, as the accepted create asked for", asked), fmt.Sprint(shown))
			return
		}
	}
	if spoke {
		c.held()
	}
}

func equalValue(asked, shown any) bool { return fmt.Sprint(asked) == fmt.Sprint(shown) }

func equalFold(asked, shown any) bool { return strings.EqualFold(fmt.Sprint(asked), fmt.Sprint(shown)) }

// equalSet compares lists of strings without order and case.
func equalSet(asked, shown any) bool { return sameSet(folded(asked), folded(shown)) }

// containsAll reports that every string that was asked for is shown (RULINGS R31).
func containsAll(asked, shown any) bool {
	have := folded(shown)
	return !slices.ContainsFunc(folded(asked), func(s string) bool { return !slices.Contains(have, s) })
}

func folded(v any) []string {
	var all []string
	for _, s := range texts(map[string]any{"v": v}, "v") {
		all = append(all, strings.ToLower(s))
	}
	return all
}

func keptKey(c *court, one policyShown) {
	one.same(c, equalValue, "key_props", "kty", "key_size", "crv", "exportable", "reuse_key")
}

func keptSecret(c *court, one policyShown) { one.same(c, equalFold, "secret_props", "contentType") }

func keptIssuer(c *court, one policyShown) {
	one.same(c, equalFold, "issuer", "name", "cty", "cert_transparency")
}

func keptX509(c *court, one policyShown) {
	if !one.merged || !one.ofLeaf(c) {
		one.same(c, equalValue, "x509_props", "validity_months")
	}
	for _, name := range []string{"ekus", "key_usage"} {
		if one.kept(name) {
			one.same(c, equalSet, "x509_props", name)
		}
	}
	if !one.kept("sans") {
		return
	}
	sans := policyShown{look: one.look, at: one.at + "/x509_props", asked: member(one.asked, "x509_props"), shown: member(one.shown, "x509_props")}
	sans.same(c, containsAll, "sans", "dns_names", "emails", "upns", "uris", "ipAddresses")
}

// hoursOfMonth is how long a month is, one with another.
const hoursOfMonth = 365.25 * 24 / 12

// ofLeaf reports that the policy may have its validity from the certificate that was merged, as its subject (RULINGS R10), or that nobody
// knows that certificate.
func (one policyShown) ofLeaf(c *court) bool {
	var leaf *certificate
	for _, l := range one.name.looks {
		if l.Number <= one.Number && l.Call.Op == wire.Merge && anyBundle(l) {
			leaf = c.crypto.cer(l.Bundle.CER.Value)
		}
	}
	months, said := whole(one.shown, "x509_props", "validity_months")
	if leaf == nil || !said {
		return true
	}
	theirs := leaf.notAfter.Sub(leaf.notBefore).Hours() / hoursOfMonth
	return float64(months) >= theirs-1 && float64(months) <= theirs+1
}

// keptActions: the lifetime actions are those that were asked for, in any order.
func keptActions(c *court, one policyShown) {
	asked, shown := spelledActions(one.asked), spelledActions(one.shown)
	if len(asked) > 0 && member(one.shown, "lifetime_actions") != nil {
		c.at(one.look, one.at+"/lifetime_actions", sameSet(asked, shown), strings.Join(asked, "; "), strings.Join(shown, "; "))
	}
}

// spelledActions are the lifetime actions of a policy in words.
func spelledActions(policy any) []string {
	actions, _ := member(policy, "lifetime_actions").([]any)
	var all []string
	for _, a := range actions {
		kind, _ := text(a, "action", "action_type")
		all = append(all, strings.ToLower(fmt.Sprint(kind, " at ", or(member(a, "trigger", "lifetime_percentage"), "-"), " %, ",
			or(member(a, "trigger", "days_before_expiry"), "-"), " days before expiry")))
	}
	return all
}

func or(v any, instead string) any {
	if v == nil {
		return instead
	}
	return v
}

// keptWhole: what the create said of the policy has not gone missing.
func keptWhole(c *court, one policyShown) {
	missing := one.lost(one.asked, one.shown, "")
	c.at(one.look, one.at, len(missing) == 0, "every member that the create sent", "without "+strings.Join(missing, ", "))
}

// essential are the members of a policy without which it is another certificate's.
var essential = []string{"x509_props.subject", "x509_props.sans", "x509_props.ekus", "x509_props.key_usage", "issuer.name", "key_props.kty",
	"key_props.key_size", "key_props.crv", "x509_props", "issuer", "key_props"}

// keptEssential: what makes the certificate has not gone missing from its policy.
func keptEssential(c *court, one policyShown) {
	missing := slices.DeleteFunc(one.lost(one.asked, one.shown, ""), func(name string) bool {
		return !slices.Contains(essential, name) && !strings.HasPrefix(name, "x509_props.sans.")
	})
	c.at(one.look, one.at, len(missing) == 0, "what the create sent", "without "+strings.Join(missing, ", "))
}

// lost lists the members of asked, at any depth, that shown does not have. What a policy does not keep of itself (its id and
// attributes), what is empty, and what a merge may have replaced does not count, nor what came with a later api-version than some.
func (one policyShown) lost(asked, shown any, at string) []string {
	members, _ := asked.(map[string]any)
	var all []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		v := members[name]
		switch {
		case v == nil, at == "" && (name == "id" || name == "attributes"), !one.newer && (name == "uris" || name == "ipAddresses"):
			continue
		case at == "x509_props." && !one.kept(name):
			continue
		}
		if list, ok := v.([]any); ok && len(list) == 0 {
			continue
		}
		there := member(shown, name)
		switch {
		case there != nil:
			all = append(all, one.lost(v, there, at+name+".")...)
		case at != "" || name != "x509_props" || !one.merged:
			all = append(all, at+name)
		}
	}
	return all
}

// tagsKept: tags that came with a create, a merge or an import are those of the certificate that came of it, and stay those of this
// version.
func tagsKept(c *court) {
	for _, n := range c.lives {
		var tags map[string]any
		known := false
		versions := map[string]map[string]any{}
		for _, l := range n.looks {
			sent, _ := member(l.Sent, "tags").(map[string]any)
			switch l.Call.Op {
			case wire.Create, wire.Import:
				if !l.Refused() {
					tags, known = sent, l.OK()
				}
			case wire.Merge:
				if !l.Refused() {
					known = known && l.OK()
					if sent != nil {
						tags = sent
					}
				}
			case wire.Update, wire.Delete, wire.Recover, wire.Purge:
				if !l.Refused() {
					known = false
					clear(versions)
				}
			}
			if l.raced() {
				continue
			}
			if known && len(tags) > 0 && anyBundle(l) && l.ofThisCreate() {
				if version := strings.ToLower(versionOf(l.Bundle.ID.Value)); version != "" && complete(l) {
					versions[version] = tags
				}
				if l.Call.Op != wire.Merge || sent == nil { // what a merge brings itself is for a rule of its own
					c.tagged(l, "/tags", tags, member(l.JSON, "tags"))
				}
				continue
			}
			if made := versions[versionShown(l)]; made != nil && complete(l) {
				c.tagged(l, "/tags", made, member(l.JSON, "tags"))
			}
			if l.Call.Op != wire.Versions || !l.OK() {
				continue
			}
			listed, _ := member(l.JSON, "value").([]any)
			for i, item := range listed {
				id, _ := text(item, "id")
				if made := versions[strings.ToLower(versionOf(id))]; made != nil {
					c.tagged(l, fmt.Sprintf("/value/%d/tags", i), made, member(item, "tags"))
				}
			}
		}
	}
}

// tagsGivenUp: the tags of an operation that made no certificate are not those of one that another request made. A vault may keep a version's
// tags for the next one, and what is sent again is not the given-up operation's.
func tagsGivenUp(c *court) {
	if !c.trace.Fresh {
		return
	}
	for _, n := range c.lives {
		var created *look
		var given []*look
		for _, l := range n.looks {
			if l.raced() || !l.Answered() && changes(l) {
				break // what has come of which request is not certain any more
			}
			if created != nil && l.OK() && l.givesUp() {
				given = append(given, created)
			}
			switch {
			case l.Refused():
			case l.Call.Op == wire.Create:
				created = l
			case replaces(l.Call.Op):
				created = nil
			}
			if len(given) == 0 || !anyBundle(l) || !complete(l) {
				continue
			}
			actual := ""
			for _, g := range given {
				tags, _ := member(g.Sent, "tags").(map[string]any)
				for _, name := range slices.Sorted(maps.Keys(tags)) {
					if have, there := l.Bundle.Tags[name]; there && have == tags[name] && !n.broughtBeside(given, l, name, have) {
						actual = fmt.Sprintf("%s=%s, of the create #%d, whose operation made no certificate", name, have, g.Number)
					}
				}
			}
			c.at(l, "/tags", actual == "", "tags that the certificate's own requests brought", actual)
		}
	}
}

// givesUp reports an accepted request after which the operation before it has certainly made no certificate, and makes none.
func (l *look) givesUp() bool {
	certainly := func(statuses ...lifecycle.Status) bool {
		return l.step != nil && l.step.All(func(s lifecycle.State) bool {
			return s.Presence == lifecycle.Something && slices.Contains(statuses, s.Status)
		})
	}
	switch l.Call.Op {
	case wire.DeletePending:
		return certainly(lifecycle.InProgress, lifecycle.Failed, lifecycle.Cancelled) && l.Operation != nil && statusOf(l) != lifecycle.Completed
	case wire.Create, wire.Import:
		return certainly(lifecycle.Failed, lifecycle.Cancelled)
	}
	return false
}

// broughtBeside reports that another request than the given-up creates brought this tag before the look.
func (n *life) broughtBeside(given []*look, l *look, name, value string) bool {
	return slices.ContainsFunc(n.looks, func(o *look) bool {
		return o.Number <= l.Number && !o.Refused() && member(o.Sent, "tags", name) == value && !slices.Contains(given, o)
	})
}

// tagged holds tags that were sent against those that are shown. One that is shown and is no string is a finding of its own.
func (c *court) tagged(l *look, pointer string, sent map[string]any, shown any) {
	missing := ""
	for _, k := range slices.Sorted(maps.Keys(sent)) {
		value, isText := sent[k].(string)
		have := member(shown, k)
		if _, same := have.(string); isText && (have == nil || same && have != value) {
			missing = "not " + k + "=" + quote(value)
			break
		}
	}
	c.at(l, pointer, missing == "", fmt.Sprint("tags ", spellTags(sent)), missing)
}

// versionShown is the version that a bundle shows; empty where there is none.
func versionShown(l *look) string {
	if !anyBundle(l) {
		return ""
	}
	return strings.ToLower(versionOf(l.Bundle.ID.Value))
}

func spellTags(tags map[string]any) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, fmt.Sprintf("%s=%v", k, tags[k]))
	}
	return strings.Join(all, ", ")
}

// ofThisCreate reports a bundle that is certainly of the last create or import: its answer, its shell, or the version that it made.
func (l *look) ofThisCreate() bool {
	switch l.Call.Op {
	case wire.Import, wire.Merge:
		return true
	case wire.Get:
		return l.firstPending() || l.step != nil && l.step.All(func(s lifecycle.State) bool {
			return s.Certificate == lifecycle.Complete && (s.Presence == lifecycle.Something && s.Status == lifecycle.Completed ||
				s.Presence == lifecycle.Nothing && s.Absence == lifecycle.Overwritten)
		})
	}
	return false
}

// enabledKept: a certificate that was created or imported disabled is disabled.
func enabledKept(c *court) {
	for _, n := range c.lives {
		disabled, on := false, false
		for _, l := range n.looks {
			enabled, asked := member(l.Sent, "attributes", "enabled").(bool)
			if l.Call.Op == wire.Import && anyBundle(l) && !asked && !(c.trace.Recorded && l.Sent == nil) {
				c.at(l, "/attributes/enabled", l.Bundle.Enabled.Value, "enabled true: nobody asked for anything else", "enabled is not true")
			}
			switch l.Call.Op {
			case wire.Create, wire.Import:
				if !l.Refused() {
					disabled, on = asked && !enabled && l.OK(), asked && enabled && l.OK()
				}
			case wire.Merge, wire.Update, wire.Delete, wire.Recover, wire.Purge:
				kept := l.Refused() || l.Call.Op == wire.Merge && !asked
				disabled, on = disabled && kept, on && kept
			}
			if on && anyBundle(l) && complete(l) && l.ofThisCreate() && !l.raced() && l.Bundle.Enabled.Valid {
				c.at(l, "/attributes/enabled", l.Bundle.Enabled.Value, "enabled true, as was asked for", "enabled false")
			}
			if disabled && anyBundle(l) && complete(l) && l.ofThisCreate() && !l.raced() {
				c.at(l, "/attributes/enabled", l.Bundle.Enabled.Valid && !l.Bundle.Enabled.Value, "enabled false, as was asked for", "enabled is not false")
			}
		}
	}
}

// reuseKey: with reuse_key a renewal has the key of the version before it, without it another (RULINGS R43).
func reuseKey(c *court) {
	for _, n := range c.lives {
		var before *certificate
		for _, l := range n.looks {
			switch {
			case l.Call.Op == wire.Delete, l.Call.Op == wire.Purge, l.Call.Op == wire.Recover, !l.Answered():
				before = nil
			case anyBundle(l) && l.Call.Op != wire.GetVersion && l.Call.Op != wire.Update:
				if cer := c.crypto.cer(l.Bundle.CER.Value); cer != nil {
					before = cer
				}
			case l.begins():
				c.renewal(l, before)
			}
		}
	}
}

func (c *court) renewal(l *look, before *certificate) {
	csr := c.crypto.csr(l.Operation.CSR.Value)
	if before == nil || csr == nil || l.raced() {
		return
	}
	oldType, oldSize, _ := describeKey(before.public)
	newType, newSize, _ := describeKey(csr.public)
	if oldType != newType || oldSize != newSize {
		return
	}
	same := csr.key == before.key
	reuse, said := member(l.Sent, "policy", "key_props", "reuse_key").(bool)
	if !said {
		c.renewedUnasked(l, same)
		return
	}
	c.at(l, "/csr", same == reuse, pick(reuse, "the key of the version before: reuse_key is true", "a new key: reuse_key is false"),
		pick(same, "the same key", "another key"))
}

// renewedUnasked: where a renewal says nothing of reuse_key, and the policy says the same of it before and after, that is what was done.
func (c *court) renewedUnasked(renewal *look, same bool) {
	first := renewal.lastCreate()
	if first == nil {
		return
	}
	var before, after *look
	for _, l := range renewal.name.looks {
		if _, shown := l.reuseShown(); !shown || l.raced() {
			continue
		}
		switch created := l.lastCreate(); {
		case created == first && l.Number < renewal.Number && !l.pendingStill(first):
			before = l
		case created == renewal && !l.pendingStill(renewal) && after == nil:
			after = l
		}
	}
	if before == nil || after == nil {
		return
	}
	was, _ := before.reuseShown()
	if reuse, _ := after.reuseShown(); reuse == was {
		c.at(after, pick(after.Call.Op == wire.GetPolicy, "", "/policy")+"/key_props/reuse_key", reuse == same,
			pick(same, "reuse_key true: the renewal has the key of the version before", "reuse_key false: the renewal has a key of its own"),
			fmt.Sprintf("reuse_key %v, as before the renewal", reuse))
	}
}

// reuseShown is the reuse_key of a policy that is shown.
func (l *look) reuseShown() (reuse, shown bool) {
	switch {
	case (l.Call.Op == wire.Get || l.Call.Op == wire.Merge) && anyBundle(l):
		reuse, shown = member(l.Bundle.Policy, "key_props", "reuse_key").(bool)
	case l.Call.Op == wire.GetPolicy && l.Status() == 200:
		reuse, shown = member(l.JSON, "key_props", "reuse_key").(bool)
	}
	return reuse, shown
}

// preserveKept: an operation that was asked to keep the chain's order says nothing else.
func preserveKept(c *court) {
	for _, n := range c.lives {
		for _, l := range n.followed {
			if l.Operation == nil || !l.OK() || !l.Operation.PreserveCertOrder.Valid || l.event.Action == lifecycle.Create && !l.begins() {
				continue
			}
			created := l
			if l.event.Action != lifecycle.Create {
				if created = l.lastCreate(); created == nil || l.raced() {
					continue
				}
			}
			asked, _ := member(created.Sent, "preserveCertOrder").(bool)
			if since76(created.Call.APIVersion) {
				c.at(l, "/preserveCertOrder", l.Operation.PreserveCertOrder.Value == asked, fmt.Sprint(asked, ", as was asked for"),
					fmt.Sprint(l.Operation.PreserveCertOrder.Value))
			}
		}
	}
}

// preserveEchoed: an operation that was asked to keep the chain's order says so, wherever it is shown.
func preserveEchoed(c *court) {
	for _, l := range c.looks {
		created := l.beginning()
		if created == nil || !since76(created.Call.APIVersion) || !since76(l.Call.APIVersion) {
			continue
		}
		if asked, sent := member(created.Sent, "preserveCertOrder").(bool); sent && asked {
			c.at(l, "/preserveCertOrder", l.Operation.PreserveCertOrder.Present, "preserveCertOrder true", "no such member")
		}
	}
}

// preserveOnBundles: a certificate that was made with preserveCertOrder says so, and one that was made without does not.
func preserveOnBundles(c *court) {
	for _, n := range c.lives {
		asked, known := false, false
		versions := map[string]bool{}
		for _, l := range n.looks {
			switch l.Call.Op {
			case wire.Create, wire.Import:
				if !l.Refused() {
					asked, _ = member(l.Sent, "preserveCertOrder").(bool)
					known = l.OK() && since76(l.Call.APIVersion) && !l.unreadable()
				}
			case wire.Update, wire.Delete, wire.Recover, wire.Purge:
				if !l.Refused() {
					known = false
					clear(versions)
				}
			}
			version := versionShown(l)
			if version == "" || !complete(l) || l.raced() || !since76(l.Call.APIVersion) {
				continue
			}
			if known && l.ofThisCreate() {
				versions[version] = asked
			}
			want, made := versions[version]
			if !made {
				continue
			}
			shown, _ := member(l.JSON, "preserveCertOrder").(bool)
			c.at(l, "/preserveCertOrder", shown == want, fmt.Sprint("preserveCertOrder ", want, ", as was asked for"), fmt.Sprintf("it is %v", shown))
		}
	}
}

// onBadPolicy is a rule about creates whose policy is wrong for the reason that bad gives (RULINGS R46).
func onBadPolicy(bad func(policy any) string) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if l.Call.Op != wire.Create || !l.Answered() || l.event.Rejected || !c.able(wire.Create) {
				continue
			}
			if why := bad(member(l.Sent, "policy")); why != "" {
				c.expect(l, l.Refused(), "a refusal (4xx): "+why, l.says())
			}
		}
	}
}

// badSubject says why a subject is no distinguished name; empty where it is one, or may be.
func badSubject(policy any) string {
	subject, sent := text(policy, "x509_props", "subject")
	if sent && strings.TrimSpace(subject) != "" && !strings.Contains(subject, "=") {
		return "the subject " + quote(subject) + " is no X.500 distinguished name"
	}
	return ""
}

// enumerations are the values that document 001 lists, by the member of a policy that has one of them.
var enumerations = []struct {
	path   []string
	values []string
}{
	{[]string{"key_props", "kty"}, []string{"EC", "EC-HSM", "RSA", "RSA-HSM", "oct", "oct-HSM"}},
	{[]string{"key_props", "crv"}, []string{"P-256", "P-384", "P-521", "P-256K"}},
}

// outOfBounds says which bound of document 001 a policy breaks; empty where it breaks none.
func outOfBounds(policy any) string {
	isIn := func(values []string, v string) bool {
		return slices.ContainsFunc(values, func(known string) bool { return strings.EqualFold(known, v) })
	}
	for _, e := range enumerations {
		if v, sent := text(policy, e.path...); sent && !isIn(e.values, v) {
			return strings.Join(e.path, ".") + " " + quote(v) + " is no value of its enumeration"
		}
	}
	for _, usage := range texts(policy, "x509_props", "key_usage") {
		if !isIn(usageNames, usage) {
			return "x509_props.key_usage " + quote(usage) + " is no value of its enumeration"
		}
	}
	months, counted := whole(policy, "x509_props", "validity_months")
	if counted && months < 0 {
		return fmt.Sprintf("validity_months %d is negative", months)
	}
	actions, _ := member(policy, "lifetime_actions").([]any)
	for _, a := range actions {
		if kind, sent := text(a, "action", "action_type"); sent && !isIn([]string{"EmailContacts", "AutoRenew"}, kind) {
			return "action_type " + quote(kind) + " is no value of its enumeration"
		}
		if p, sent := whole(a, "trigger", "lifetime_percentage"); sent && (p < 1 || p > 99) {
			return fmt.Sprintf("lifetime_percentage %d is not between 1 and 99", p)
		}
		if d, sent := whole(a, "trigger", "days_before_expiry"); sent && (d < 1 || counted && d > 27*months) {
			return fmt.Sprintf("days_before_expiry %d is not between 1 and 27 times validity_months", d)
		}
	}
	return ""
}
