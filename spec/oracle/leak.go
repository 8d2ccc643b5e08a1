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
		if brought, _, err := c.crypto.element(e); err == nil && shown != nil && brought.thumbprint == shown.thumbprint {
			c.at(later, "/cer", false, fmt.Sprintf("not the certificate of the refused merge #%d", refused.Number), "that certificate")
			return
		}
	}
}

// sent reports that a request that was not refused brought this tag before the look.
func (n *life) sent(l *look, name string, value any) bool {
	return slices.ContainsFunc(n.looks, func(o *look) bool {
		return o.Number < l.Number && !o.Refused() && member(o.Sent, "tags", name) == value
	})
}
