package oracle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// leaks are the rules about refused requests that also look for what such a request brought, in what is shown later (RULINGS R22): the
// model knows states, and not what is in a certificate.
var leaks = map[string]func(refused *look) bool{
	"conflict.operation-untouched": func(l *look) bool { return l.Call.Op == wire.Create },
	"conflict.import-untouched":    func(l *look) bool { return l.Call.Op == wire.Import },
	"merge-manual.refused-untouched": func(l *look) bool {
		return l.Call.Op == wire.Merge && !l.step.All(func(s lifecycle.State) bool { return s.Origin == lifecycle.Issued })
	},
	"merge-with-issuer.operation-untouched": func(l *look) bool {
		return l.Call.Op == wire.Merge && l.step.All(func(s lifecycle.State) bool { return s.Origin == lifecycle.Issued })
	},
}

// leaked finds what refused requests have left behind in certificates: their tags, their attributes, the certificates that they brought.
func (c *court) leaked(about func(*look) bool) {
	known := map[bool]bool{}
	for _, l := range c.looks {
		if l.Call.Op == wire.Merge && anyBundle(l) && l.Bundle.Enabled.Valid && member(l.Sent, "attributes", "enabled") == nil {
			known[l.Bundle.Enabled.Value] = true
		}
	}
	for _, n := range c.lives {
		for i, refused := range n.followed {
			if refused.Refused() && !refused.event.Rejected && about(refused) {
				c.leftBehind(refused, n.followed[i+1:], known)
			}
		}
	}
}

// leftBehind looks for what a refused request has left behind in what was asked for later. known says which values of enabled certificates
// were seen to have by what their creates had asked for.
func (c *court) leftBehind(refused *look, followed []*look, known map[bool]bool) {
	again := false
	for _, later := range followed {
		if later.Request.Method != "GET" && !later.Refused() && later.Call.Op == refused.Call.Op {
			again = true
			if c.trace.Recorded && later.Sent == nil {
				return // what it brought may be the same, and the recorder did not keep it
			}
		}
		if !anyBundle(later) || c.leftTags(refused, later) || c.leftEnabled(refused, later, known) {
			continue
		}
		if !again { // the certificate of a later one may be the same
			c.leftCertificate(refused, later)
		}
	}
}

func (c *court) leftTags(refused, later *look) bool {
	tags, _ := member(refused.Sent, "tags").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		value := tags[name]
		if have, there := later.Bundle.Tags[name]; there && have == value && !later.name.sent(later, value, "tags", name) {
			c.at(later, "/tags/"+name, false, fmt.Sprintf("no tag of the refused request #%d", refused.Number), fmt.Sprintf("%s=%v", name, value))
			return true
		}
	}
	return false
}

// leftEnabled: the certificate that came later is enabled, or is not, as the refused request asked for and nobody else did.
func (c *court) leftEnabled(refused, later *look, known map[bool]bool) bool {
	asked, said := member(refused.Sent, "attributes", "enabled").(bool)
	if !said || !known[!asked] || !complete(later) || !later.ofThisCreate() || later.raced() || !later.Bundle.Enabled.Valid ||
		later.name.sent(later, asked, "attributes", "enabled") {
		return false
	}
	if created := later.lastCreate(); asked && (created == nil || member(created.Sent, "attributes", "enabled") != false) {
		return false // enabled is what a certificate is without a word
	}
	c.at(later, "/attributes/enabled", later.Bundle.Enabled.Value != asked,
		fmt.Sprintf("enabled %v: but for the refused request #%d nobody asked for anything else", !asked, refused.Number),
		fmt.Sprint("enabled ", asked))
	return later.Bundle.Enabled.Value == asked
}

func (c *court) leftCertificate(refused, later *look) {
	elements, _ := member(refused.Sent, "x5c").([]any)
	shown := c.crypto.cer(later.Bundle.CER.Value)
	for _, e := range elements {
		brought, _, err := c.crypto.element(e)
		if err == nil && shown != nil && brought.thumbprint == shown.thumbprint && !c.mergedBefore(later, brought) {
			c.at(later, "/cer", false, fmt.Sprintf("not the certificate of the refused merge #%d", refused.Number), "that certificate")
			return
		}
	}
}

// precedes reports that the answer was there before the other request was sent, so that it shows nothing of that.
func (l *look) precedes(o *look) bool {
	return o.Number >= l.Number && !o.Exchange.Sent.Before(l.Received)
}

// sent reports that a request that was not refused brought this member before the look.
func (n *life) sent(l *look, value any, path ...string) bool {
	return slices.ContainsFunc(n.looks, func(o *look) bool {
		return !l.precedes(o) && !o.Refused() && member(o.Sent, path...) == value
	})
}

// mergedBefore reports that the certificate may have come to the name otherwise: by a merge that was not refused, or before the trace
// shows how its operation began.
func (c *court) mergedBefore(l *look, brought *certificate) bool {
	began := false
	for _, o := range l.name.looks {
		switch {
		case l.precedes(o) || o.Refused():
		case o.Call.Op == wire.Create:
			began = true
		case o.Call.Op == wire.Merge:
			elements, _ := member(o.Sent, "x5c").([]any)
			for _, e := range elements {
				if merged, _, err := c.crypto.element(e); err == nil && merged.thumbprint == brought.thumbprint {
					return true
				}
			}
		}
	}
	return !began
}

// importsAtWork finds imports that were accepted while an issuer was at work. Whether it was, an operation that was overwritten does not show
// any more; but had the issuer been done, its certificate would be among the versions.
func (c *court) importsAtWork() {
	for _, n := range c.lives {
		for _, l := range n.looks {
			created := l.lastCreate()
			if l.Call.Op != wire.Import || !anyBundle(l) || created == nil || created.event.Origin != lifecycle.Issued ||
				c.yardstick.Reliable == nil || !c.yardstick.Reliable(created.event.Issuer) || l.raced() || n.changedBetween(created, l) {
				continue
			}
			var imported []string
			for _, list := range n.looks {
				if list.Number >= l.Number && list.Call.Op == wire.Import && anyBundle(list) {
					imported = append(imported, strings.ToLower(versionOf(list.Bundle.ID.Value)))
				}
				if list.Number < l.Number || list.Call.Op != wire.Versions || !list.isView() || list.raced() || n.changedBetween(l, list) {
					continue
				}
				listed := list.versions()
				if !slices.ContainsFunc(imported, func(v string) bool { return !slices.Contains(listed, v) }) {
					known := append(n.shownBefore(created), imported...)
					more := slices.ContainsFunc(listed, func(v string) bool { return !slices.Contains(known, v) })
					c.expect(l, more, fmt.Sprintf("409: had the issuer completed #%d by then, its certificate would be in the list #%d",
						created.Number, list.Number), l.says())
				}
				break
			}
		}
	}
}

// changedBetween reports that a request between the two, other than an import that was accepted, may have changed something.
func (n *life) changedBetween(first, last *look) bool {
	return slices.ContainsFunc(n.looks, func(o *look) bool {
		return o != first && o != last && o.Request.Method != "GET" && !o.Refused() && !o.busy() && !o.precedes(first) && !last.precedes(o) &&
			!(o.Call.Op == wire.Import && anyBundle(o))
	})
}

// versions are those that a list names, in lower case.
func (l *look) versions() []string {
	var all []string
	for i := range l.Items {
		all = append(all, strings.ToLower(versionOf(l.Items[i].ID.Value)))
	}
	return all
}

// shownBefore are the versions of the name that were shown before the create.
func (n *life) shownBefore(created *look) []string {
	var all []string
	for _, l := range n.looks {
		if l.Number >= created.Number {
			break
		}
		all = append(all, l.versions()...)
		if anyBundle(l) {
			all = append(all, strings.ToLower(versionOf(l.Bundle.ID.Value)))
		}
	}
	return all
}
