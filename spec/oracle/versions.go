package oracle

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// imported: what an import answers is the certificate that was imported.
func imported(c *court) {
	for _, l := range c.looks {
		if l.Call.Op != wire.Import || !anyBundle(l) {
			continue
		}
		value, _ := text(l.Sent, "value")
		password, _ := text(l.Sent, "pwd")
		want := c.crypto.pfx(value, password)
		if want == nil {
			continue
		}
		have := c.crypto.cer(l.Bundle.CER.Value)
		actual := "no cer that can be read"
		if have != nil {
			actual = "a certificate with the thumbprint " + have.thumbprint
		}
		c.at(l, "/cer", have != nil && bytes.Equal(have.der, want.der), "the imported certificate, thumbprint "+want.thumbprint, actual)
	}
}

// keyAgrees: the key properties that a policy shows are those of the certificate's key, where the request left them to the vault (RULINGS R24).
// What becomes of the policy of a create when something is imported over its certificate, no document says; nor whether a second import
// changes the first one's.
func keyAgrees(c *court) {
	for _, n := range c.lives {
		known, created := false, false
		var sent any
		var may []*certificate
		for _, l := range n.looks {
			if replaces(l.Call.Op) && !l.Refused() {
				begins := l.Call.Op == wire.Create || l.Call.Op == wire.Import
				known, sent = begins && l.OK() && !l.unreadable() && !(created && l.Call.Op == wire.Import), member(l.Sent, "policy", "key_props")
				if created = created || l.Call.Op == wire.Create || !l.OK(); created {
					may = nil
				}
			}
			if !known || !anyBundle(l) || !complete(l) || l.Bundle.Policy == nil || l.raced() || !l.ofThisCreate() {
				continue
			}
			cer := c.crypto.cer(l.Bundle.CER.Value)
			if cer == nil || cer.public == nil {
				continue
			}
			if created {
				may = nil
			}
			may = append(may, cer)
			pointer, want, have := "", "", ""
			for _, one := range may {
				if pointer, want, have = disagrees(sent, member(l.Bundle.Policy, "key_props"), one); pointer == "" {
					break
				}
			}
			c.at(l, "/policy/key_props"+pointer, pointer == "", want+", as the certificate's key", have)
		}
	}
}

// disagrees finds the first of the key properties that nobody asked for and that is not the key's.
func disagrees(sent, shown any, cer *certificate) (pointer, want, have string) {
	kty, size, curve := describeKey(cer.public)
	if says, there := text(shown, "kty"); there && member(sent, "kty") == nil && !strings.EqualFold(strings.TrimSuffix(says, "-HSM"), kty) {
		return "/kty", kty, says
	}
	if says, there := text(shown, "crv"); there && says != "" && member(sent, "crv") == nil && says != curve {
		return "/crv", pick(curve == "", "no curve", curve), says
	}
	if says, there := whole(shown, "key_size"); there && says > 0 && member(sent, "key_size") == nil && int(says) != size {
		return "/key_size", fmt.Sprint(size), fmt.Sprint(says)
	}
	return "", "", ""
}

// pfx returns the certificate of a PFX in base64, or nil where it cannot be read: a recording's is masked, and PEM is another matter.
func (in *inspector) pfx(value, password string) *certificate {
	key := password + "\x00" + value
	if c, seen := in.certificates[key]; seen {
		return c
	}
	c := opened.of(key, func() *certificate {
		if der, err := base64.StdEncoding.DecodeString(value); err == nil {
			if _, leaf, _, err := pkcs12.DecodeChain(der, password); err == nil {
				c, _ := readCertificate(leaf.Raw)
				return c
			}
		}
		return nil
	})
	in.certificates[key] = c
	return c
}

// opened are the PFX files that were read last. To read one is slow on purpose, and runs in one process import the same few.
var opened pfxCache

// pfxCache remembers what PFX files hold, some of them: it is emptied where it is full.
type pfxCache struct {
	mu    sync.Mutex
	byKey map[string]*certificate
}

func (p *pfxCache) of(key string, read func() *certificate) *certificate {
	const most = 256
	p.mu.Lock()
	c, seen := p.byKey[key]
	p.mu.Unlock()
	if seen {
		return c
	}
	c = read()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byKey == nil || len(p.byKey) >= most {
		p.byKey = map[string]*certificate{}
	}
	p.byKey[key] = c
	return c
}

// noGhosts: a list of versions has no more of them than were made.
func noGhosts(c *court) {
	if !c.trace.Fresh {
		return
	}
	for _, n := range c.lives {
		for _, one := range n.lists() {
			complete, all := n.madeBefore(one.last)
			c.ghosts(one, complete, all)
		}
	}
}

// madeBefore counts what may have made a version by the time of the look's answer, and of these, what may have completed one.
func (n *life) madeBefore(l *look) (complete, all int) {
	for _, o := range n.looks {
		if l.precedes(o) || o.Refused() {
			continue
		}
		switch o.Call.Op {
		case wire.Create:
			all++
			if o.event.Origin != lifecycle.Manual {
				complete++
			}
		case wire.Import, wire.Merge:
			complete++
			all++
		}
	}
	return complete, all
}

func (c *court) ghosts(one list, complete, all int) {
	l, listed := one.last, 0
	for _, item := range one.items {
		if item.X5T.Valid && item.X5T.Value != "" {
			listed++
		}
	}
	c.at(l, "/value", listed <= complete && len(one.items) <= all+complete, fmt.Sprintf("at most %d complete versions: no more were made", complete),
		fmt.Sprintf("%d entries, %d of them complete", len(one.items), listed))
}

// listedReadable: a version that a list names, or that was shown complete, can be read, as long as nobody deletes the certificate.
func listedReadable(c *court) {
	for _, n := range c.lives {
		c.shellsReadable(n)
		listed := map[string]bool{}
		for _, l := range n.looks {
			if anyBundle(l) && complete(l) && l.Call.Op != wire.GetVersion && versionOf(l.Bundle.ID.Value) != "" {
				listed[strings.ToLower(versionOf(l.Bundle.ID.Value))] = true
			}
			switch l.Call.Op {
			case wire.Versions:
				for _, item := range l.Items {
					// What is not enabled may be the shell of a version that is yet to come.
					if (item.X5T.Valid || item.Enabled.Value) && l.Status() == http.StatusOK {
						listed[strings.ToLower(versionOf(item.ID.Value))] = true
					}
				}
			case wire.Delete, wire.Purge, wire.Recover:
				if !l.Refused() {
					clear(listed)
				}
			case wire.GetVersion:
				if listed[strings.ToLower(l.Call.Version)] && l.Answered() && l.Defect == "" && !l.event.Rejected && l.Caller == exchange.Owner {
					c.expect(l, l.OK(), "200: there is this version, as an answer before has shown", l.says())
				}
			}
		}
	}
}

// shellsReadable: what a list names without a thumbprint may be the shell of a version that is yet to come, and go when that comes. So it
// is only certain to be there where the next list still names it, and nobody asked for a change in between.
func (c *court) shellsReadable(n *life) {
	var before *look
	var missing []*look
	for _, l := range n.looks {
		switch {
		case l.Request.Method != http.MethodGet:
			before, missing = nil, nil
		case l.Call.Op == wire.GetVersion && before != nil && before.precedes(l) && l.Refused() && !l.event.Rejected && l.Defect == "" &&
			l.Caller == exchange.Owner && before.shell(l.Call.Version):
			missing = append(missing, l)
		case l.Call.Op == wire.Versions && l.Status() == http.StatusOK && !l.paged():
			for _, m := range missing {
				if m.precedes(l) && l.shell(m.Call.Version) && !n.changing(before, l) {
					c.expect(m, false, "200: the lists before and after name this version", m.says())
				}
			}
			before, missing = l, nil
		}
	}
}

// shell reports that a list names this version, and does not show a certificate of it.
func (l *look) shell(version string) bool {
	return slices.ContainsFunc(l.Items, func(item wire.Bundle) bool {
		return !item.X5T.Valid && !item.Enabled.Value && strings.EqualFold(versionOf(item.ID.Value), version)
	})
}

// changing reports that something was asked for under the name between the two looks, or was on its way.
func (n *life) changing(from, to *look) bool {
	return slices.ContainsFunc(n.looks, func(o *look) bool {
		return o.Request.Method != http.MethodGet && !o.precedes(from) && !to.precedes(o)
	})
}

// versionsThere: where there are versions, their list is there. policyFound: and so is the policy.
func versionsThere(c *court) {
	c.foundWhereComplete(wire.Versions, "200 with the list: the certificate has a version")
}

func policyFound(c *court) {
	c.foundWhereComplete(wire.GetPolicy, "200 with the policy: the certificate has a version")
}

func (c *court) foundWhereComplete(op wire.Op, expected string) {
	for _, n := range c.lives {
		var complete *look
		for _, l := range n.looks {
			switch {
			case anyBundle(l) && l.Bundle.CER.Value != "":
				if complete == nil {
					complete = l
				}
			case l.Call.Op == wire.Delete || l.Call.Op == wire.Purge || l.Call.Op == wire.Recover:
				if !l.Refused() {
					complete = nil
				}
			case l.Call.Op == op && complete != nil && complete.precedes(l) && l.Answered() && l.Defect == "" && l.Caller == exchange.Owner && !l.denied() &&
				l.Status() != http.StatusUnauthorized:
				c.expect(l, !l.Refused(), expected, l.says())
			}
		}
	}
}

// pagesEnd: a list that is read page by page comes to an end.
func pagesEnd(c *court) {
	for _, n := range c.lives {
		followed := map[string]bool{}
		for _, l := range n.looks {
			next, ok := text(l.JSON, "nextLink")
			if l.Call.Op != wire.Versions || !l.OK() {
				continue
			}
			followed[l.Request.URL] = true
			if l.paged() {
				c.at(l, "/nextLink", !ok || next == "" || !followed[next], "the next page, or none", "a page that was read already: "+shorten(next))
			}
		}
	}
}

// versionsIDs: the entries of a list of versions are versions of this name.
func versionsIDs(c *court) {
	for _, l := range c.looks {
		if l.Call.Op != wire.Versions || l.Status() != http.StatusOK || len(l.Items) == 0 {
			continue
		}
		bad, pointer := "", ""
		for i, item := range l.Items {
			id := c.identify(item.ID.Value)
			kept := item.ID.Valid && id.whole && id.of("certificates", l.Call.Name) && id.last != "" && id.last != "pending" && len(id.query) == 0
			if !kept && id.collection == "certificates" && id.last != "" && c.forgive("the recorder replaced the certificate's name in an id") {
				continue
			}
			if !kept && bad == "" {
				bad, pointer = quote(item.ID.Value), fmt.Sprintf("/value/%d/id", i)
			}
		}
		c.at(l, pointer, bad == "", "https://…/certificates/"+l.Call.Name+"/<version>", bad)
	}
}

// clockLeeway is how far a time that the vault gives for what it just did may be from its Date header: the two may come from
// different machines, and the work itself takes its time.
const clockLeeway = 600

// pastLeeway is how much earlier than the request that began it, by the Date of that request's answer, a version may say that it was made:
// R36 takes Date for the vault's clock, and a vault may count by the minute.
const pastLeeway = 90

// createdTime: what was made was made after it was asked for, and not later than it is shown, by the vault's own clock (RULINGS R36). So
// was what stands for a certificate that is still to come, and so was its policy.
func createdTime(c *court) {
	for _, l := range c.looks {
		date, err := http.ParseTime(l.header("Date"))
		if err != nil {
			continue
		}
		if anyBundle(l) && l.Bundle.Created.Valid {
			switch {
			case l.Bundle.CER.Value != "":
				c.madeBetween(l, "/attributes/created", l.asked(), date, l.Bundle.Created.Value)
			case c.trace.Fresh && l.firstPending():
				c.madeBetween(l, "/attributes/created", l.name.begun(), date, l.Bundle.Created.Value)
			}
		}
		if created, at, shown := l.policyCreated(); shown && c.trace.Fresh {
			c.madeBetween(l, at+"/attributes/created", l.name.begun(), date, created)
		}
	}
}

// header is a line of the answer's head; empty where there is none.
func (l *look) header(name string) string {
	if l.Response == nil {
		return ""
	}
	return l.Response.Header.Get(name)
}

// madeBetween holds a time against that of the request that began what is shown, where that is known, and of the answer that shows it.
func (c *court) madeBetween(l *look, pointer string, begun *look, date time.Time, created int64) {
	earliest, latest := int64(math.MinInt64), date.Unix()+clockLeeway
	if begun != nil {
		if since, err := http.ParseTime(begun.header("Date")); err == nil {
			earliest = since.Unix() - int64(begun.Received.Sub(begun.Exchange.Sent).Seconds()) - pastLeeway
		}
	}
	c.at(l, pointer, created >= earliest && created <= latest,
		fmt.Sprintf("the time of its making, by the vault's clock %d at the latest, and after it was asked for", date.Unix()),
		fmt.Sprint(created))
}

// begun is the create or import that was the first to make something under the name; nil where it is not known, or where one brought the
// time of its policy.
func (n *life) begun() *look {
	var first *look
	for _, l := range n.looks {
		if l.Refused() || l.busy() || l.Call.Op != wire.Create && l.Call.Op != wire.Import {
			continue
		}
		if member(l.Sent, "policy", "attributes", "created") != nil {
			return nil
		}
		if first == nil {
			first = l
		}
	}
	if first == nil || !first.OK() {
		return nil
	}
	return first
}

// policyCreated is when the policy that is shown says that it was made, and where in the answer it stands.
func (l *look) policyCreated() (created int64, at string, shown bool) {
	switch {
	case anyBundle(l):
		created, shown = whole(l.Bundle.Policy, "attributes", "created")
		return created, "/policy", shown
	case l.Call.Op == wire.GetPolicy && l.Status() == http.StatusOK && l.name != nil:
		created, shown = whole(l.JSON, "attributes", "created")
	}
	return created, "", shown
}

// asked is the create or import that certainly began the version that is shown; nil where it is not known.
func (l *look) asked() *look {
	switch {
	case l.Call.Op == wire.Import:
		return l
	case l.step == nil || l.step.Raced:
	case l.Call.Op == wire.Merge, l.Call.Op == wire.Get && l.ofThisCreate():
		return l.lastCreate()
	}
	return nil
}

// attributesStable: what a version shows of itself stays the same as long as nobody changes it.
func attributesStable(c *court) {
	for _, n := range c.lives {
		first := map[string]*look{}
		for _, l := range n.looks {
			switch l.Call.Op {
			case wire.Update, wire.Delete, wire.Purge, wire.Recover:
				if !l.Refused() {
					first = map[string]*look{}
				}
				continue
			}
			for i := range l.Items {
				if before := first[strings.ToLower(versionOf(l.Items[i].ID.Value))]; before != nil && l.Call.Op == wire.Versions && l.OK() {
					pointer, want, have := changed(listedAspects(before.Bundle), listedAspects(&l.Items[i]))
					c.at(l, fmt.Sprintf("/value/%d%s", i, pointer), pointer == "", want+", as the version itself showed", have)
				}
			}
			version := ""
			if anyBundle(l) && l.Bundle.CER.Value != "" {
				version = strings.ToLower(versionOf(l.Bundle.ID.Value))
			}
			if version == "" {
				continue
			}
			if first[version] == nil {
				first[version] = l
				continue
			}
			pointer, want, have := changed(aspects(first[version].Bundle), aspects(l.Bundle))
			c.at(l, pointer, pointer == "", want+", as version "+version+" showed before", have)
		}
	}
}

// aspect is something that a version shows of itself, and that stays the same.
type aspect struct{ pointer, value string }

// aspects are what a bundle shows. What can be held against its cer is for other rules.
func aspects(b *wire.Bundle) []aspect {
	return []aspect{{"/kid", strings.ToLower(b.KID.Value)}, {"/sid", strings.ToLower(b.SID.Value)},
		{"/attributes/created", shownNumber(b.Created)}, {"/attributes/enabled", shownFlag(b.Enabled)}}
}

// listedAspects are what a list shows of a version; it has no cer beside them.
func listedAspects(b *wire.Bundle) []aspect {
	return []aspect{{"/x5t", strings.TrimRight(b.X5T.Value, "=")}, {"/attributes/created", shownNumber(b.Created)},
		{"/attributes/enabled", shownFlag(b.Enabled)}, {"/attributes/nbf", shownNumber(b.NotBefore)}, {"/attributes/exp", shownNumber(b.Expires)}}
}

func shownNumber(n wire.Whole) string {
	if !n.Valid {
		return ""
	}
	return fmt.Sprint(n.Value)
}

func shownFlag(f wire.Flag) string {
	if !f.Valid {
		return ""
	}
	return fmt.Sprint(f.Value)
}

// changed finds what two bundles of one version show differently; what only one of them shows does not count.
func changed(before, now []aspect) (pointer, want, have string) {
	for i, m := range now {
		if was := before[i].value; was != "" && m.value != "" && was != m.value {
			return m.pointer, was, m.value
		}
	}
	return "", "", ""
}

// retention: 90 days of retention are not customized, and less are (document 001, DeletionRecoveryLevel).
func retention(c *court, l *look) {
	level, days := l.Bundle.RecoveryLevel, l.Bundle.RecoverableDays
	if !level.Valid || !days.Valid || days.Value < 7 || days.Value > 90 || !strings.Contains(level.Value, "Recoverable") {
		return
	}
	customized := strings.HasPrefix(level.Value, "Customized")
	c.at(l, "/attributes/recoverableDays", customized == (days.Value < 90), pick(customized, "7 to 89", "90")+": the level is "+level.Value, fmt.Sprint(days.Value))
}
