package oracle

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/wire"
)

// tagRulings are the rules about tags that nobody sent: document 001 has them for the application's own metadata.
var tagRulings = map[string]ruling{
	"get-certificate.tags-own": onTagsShown(func(c *court, l *look, one tagsShown) {
		key, other := "", (*look)(nil)
		for _, k := range slices.Sorted(maps.Keys(one.tags)) {
			if other = c.broughtElsewhere(l, one, k); other != nil {
				key = k
				break
			}
		}
		if other == nil {
			c.held()
			return
		}
		c.at(l, one.at+"/tags/"+key, false, "no tag of "+other.name.name+", which request #"+fmt.Sprint(other.Number)+" brought",
			key+"="+quote(one.tags[key]))
	}),
	"get-certificate.tags-unasked": onTagsShown(func(c *court, l *look, one tagsShown) {
		var more []string
		for _, k := range slices.Sorted(maps.Keys(one.tags)) {
			if !c.brought(l, one.owner, k, nil) && c.broughtElsewhere(l, one, k) == nil {
				more = append(more, k+"="+one.tags[k])
			}
		}
		c.at(l, one.at+"/tags", len(more) == 0, "no tags but those that were sent for "+one.owner.name, strings.Join(more, ", "))
	}),
}

// tagsShown are the tags that an answer shows of one certificate, and where in it that is.
type tagsShown struct {
	owner *life
	at    string
	tags  map[string]string
}

// onTagsShown runs the rule on every certificate that is shown, by itself or in a list, and whose name is as old as the trace: which tags
// another one has from before, nobody knows.
func onTagsShown(rule func(*court, *look, tagsShown)) ruling {
	return func(c *court) {
		if !c.trace.Fresh {
			return
		}
		names := map[string]*life{}
		for _, n := range c.lives {
			names[strings.ToLower(n.name)] = n
		}
		for _, l := range c.looks {
			switch {
			case l.name != nil && l.Bundle != nil && l.OK():
				rule(c, l, tagsShown{l.name, "", l.Bundle.Tags})
			case (l.Call.Op == wire.Versions || l.Call.Op == wire.List || l.Call.Op == wire.ListDeleted) && l.OK():
				for i, item := range l.Items {
					id := item.ID.Value
					if owner := names[strings.ToLower(c.identify(id).name)]; owner != nil {
						rule(c, l, tagsShown{owner, fmt.Sprintf("/value/%d", i), item.Tags})
					}
				}
			}
		}
	}
}

// brought reports that a request under this name has brought the tag before the look, whatever was answered to it, or that one may have
// which nobody can read. Without a value, it is enough that the tag had this name. What a vault makes of case and blanks is for another rule.
func (c *court) brought(l *look, owner *life, key string, value *string) bool {
	return slices.ContainsFunc(c.looks, func(o *look) bool {
		if o.name != owner && o.name != nil || o.Request.Method == http.MethodGet || l.precedes(o) {
			return false
		}
		tags, readable := o.tags()
		if !readable {
			return true
		}
		for k, v := range tags {
			if alike(k, key) && (value == nil || alike(fmt.Sprint(v), *value)) {
				return true
			}
		}
		return false
	})
}

// tags are what the request brings. They are not readable where the body or its tags are none that anybody could read, and the request was
// not refused for it.
func (l *look) tags() (tags map[string]any, readable bool) {
	sent := member(l.Sent, "tags")
	tags, ok := sent.(map[string]any)
	return tags, l.Refused() || ok || sent == nil && (l.Sent != nil || len(l.Request.Body) == 0)
}

func alike(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// broughtElsewhere is the request that brought the tag that is shown under another name, where none under its own did.
func (c *court) broughtElsewhere(l *look, one tagsShown, key string) *look {
	value := one.tags[key]
	if c.brought(l, one.owner, key, &value) {
		return nil
	}
	i := slices.IndexFunc(c.looks, func(o *look) bool {
		brings := o.Request.Method != http.MethodGet && member(o.Sent, "tags", key) == value
		return brings && o.name != nil && o.name != one.owner && !l.precedes(o)
	})
	if i < 0 {
		return nil
	}
	return c.looks[i]
}
