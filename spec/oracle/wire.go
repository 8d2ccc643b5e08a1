package oracle

import (
	"net/http"

	"github.com/kvconform/kvconform/spec/wire"
)

// wireRulings are the rules about the form of every answer: one for each kind of defect that the reader tells apart.
var wireRulings = map[string]ruling{
	"protocol.json":              wholeJSON,
	"protocol.duplicate-member":  form(wire.DuplicateMember),
	"protocol.media-type":        form(wire.MediaType),
	"protocol.no-body":           form(wire.UnexpectedBody),
	"protocol.status":            form(wire.UnexpectedStatus),
	"protocol.no-redirect":       form(wire.Redirect),
	"protocol.error-envelope":    form(wire.ErrorShape),
	"protocol.operation-shape":   form(wire.OperationShape),
	"protocol.bundle-shape":      form(wire.BundleShape),
	"protocol.list-shape":        form(wire.ListShape),
	"protocol.policy-shape":      form(wire.PolicyShape),
	"protocol.needed-null":       form(wire.NeededNull),
	"protocol.null":              form(wire.OtherNull),
	"protocol.undeclared-member": undeclared,
	"protocol.base64":            form(wire.Base64),
	"protocol.base64url":         form(wire.Base64URL),
	"protocol.unix-time":         form(wire.UnixTime),
	"protocol.enumeration":       form(wire.Enumeration),
}

// wholeJSON: a body is JSON, and whole. One that ended early may have been lost on its way (RULINGS R35): it counts where a second
// attempt ended so, too, or where no answer to this kind of request was ever whole.
func wholeJSON(c *court) {
	form(wire.JSONSyntax)(c)
	whole, short := map[wire.Op]bool{}, map[wire.Op]int{}
	for _, l := range c.looks {
		switch {
		case l.Response == nil:
		case l.Response.Short():
			short[l.Call.Op]++
		default:
			whole[l.Call.Op] = true
		}
	}
	for _, l := range c.looks {
		for _, d := range l.Defects {
			if d.Kind == wire.Truncated && (l.Attempt > 1 || short[l.Call.Op] > 1 && !whole[l.Call.Op]) {
				c.at(l, d.Pointer, false, d.Expected, d.Actual)
			}
		}
	}
}

// notOffered reports an answer that a web framework gives where there is no such route: the documents are about operations and certificates,
// and neither about lists, policies and issuers nor about what becomes of a deleted certificate.
func (c *court) notOffered(l *look) bool {
	if l.Error != nil {
		return false
	}
	switch l.Call.Op {
	case wire.Create, wire.Import, wire.Get, wire.GetVersion, wire.GetPending, wire.UpdatePending, wire.DeletePending, wire.Merge, wire.Other:
		return false
	}
	switch l.Status() {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return !c.accepted[l.Call.Op]
	}
	return false
}

// form is the rule about one kind of defect.
func form(kind wire.Kind) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			clean := true
			if c.notOffered(l) {
				continue
			}
			if kind == wire.UnexpectedStatus && l.step != nil && len(l.step.Broken) > 0 {
				continue // a rule of its own says so already
			}
			for _, d := range l.Defects {
				if d.Kind != kind {
					continue
				}
				clean = false
				if kind == wire.UnexpectedBody && string(l.Response.Body) == "[]" && c.forgive("the recorder wrote a body into a 204") {
					continue
				}
				c.at(l, d.Pointer, false, d.Expected, d.Actual)
			}
			if clean && l.Looked[kind] {
				c.held()
			}
		}
	}
}

// undeclared: every member is one that the documents or the live service know; said once for each (RULINGS R38).
func undeclared(c *court) {
	said := map[string]bool{}
	for _, l := range c.looks {
		clean := true
		for _, d := range l.Defects {
			if d.Kind != wire.Undeclared {
				continue
			}
			if clean = false; !said[d.Pointer] {
				said[d.Pointer] = true
				c.at(l, d.Pointer, false, d.Expected, d.Actual)
			}
		}
		if clean && l.Looked[wire.Undeclared] {
			c.held()
		}
	}
}
