package oracle

import (
	"fmt"
	"slices"

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

// leaked finds what refused requests have left behind in certificates: their tags, and the certificates that they brought.
func (c *court) leaked(about func(*look) bool) {
	for _, n := range c.lives {
		for i, refused := range n.followed {
			if refused.Refused() && !refused.event.Rejected && about(refused) {
				for _, later := range n.followed[i+1:] {
					if later.Request.Method != "GET" && !later.Refused() && later.Call.Op == refused.Call.Op {
						break // what a later one brings may be the same
					}
					c.left(refused, later)
				}
			}
		}
	}
}

func (c *court) left(refused, later *look) {
	if !anyBundle(later) {
		return
	}
	tags, _ := member(refused.Sent, "tags").(map[string]any)
	for name, value := range tags {
		if have, there := later.Bundle.Tags[name]; there && have == value && !later.name.sent(later, name, value) {
			c.at(later, "/tags/"+name, false, fmt.Sprintf("no tag of the refused request #%d", refused.Number), fmt.Sprintf("%s=%v", name, value))
			return
		}
	}
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

// sent reports that a request that was not refused brought this tag before the look.
func (n *life) sent(l *look, name string, value any) bool {
	return slices.ContainsFunc(n.looks, func(o *look) bool {
		return !l.precedes(o) && !o.Refused() && member(o.Sent, "tags", name) == value
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
