package oracle

import (
	"net/url"
	"strings"
)

// hostOf is the host of a URL as text, or nothing.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// identifier is an id of the interface, such as https://host/certificates/name/version, taken apart.
type identifier struct {
	scheme, host     string
	collection, name string
	last             string // version, "pending" or "policy"; empty where there is none
	query            url.Values
	doubled          bool // there is a doubled slash in its path
	whole            bool // it has scheme and host, and nothing after its last part
}

// identify takes an id or a Location apart, below the target's base path. A doubled slash is noted and otherwise
// overlooked (RULINGS R9).
func (ev *evidence) identify(raw string) identifier {
	id, known := ev.identified[raw]
	if !known {
		if ev.identified == nil {
			ev.identified = map[string]identifier{}
		}
		id = identify(raw, ev.trace.Base)
		ev.identified[raw] = id
	}
	return id
}

func identify(raw, below string) identifier {
	u, err := url.Parse(raw)
	if err != nil {
		return identifier{}
	}
	id := identifier{scheme: u.Scheme, host: strings.ToLower(u.Host), query: u.Query()}
	path := u.Path
	if base, err := url.Parse(below); err == nil && base.Path != "" {
		path = strings.TrimPrefix(path, strings.TrimSuffix(base.Path, "/"))
	}
	id.doubled = strings.Contains(path, "//")
	var parts []string
	for _, p := range strings.Split(path, "/") {
		if p != "" {
			parts = append(parts, p)
		}
	}
	id.whole = u.Scheme != "" && u.Host != "" && !strings.HasSuffix(path, "/") && u.Fragment == ""
	switch len(parts) {
	case 3:
		id.last = parts[2]
		fallthrough
	case 2:
		id.collection, id.name = parts[0], parts[1]
	default:
		id.whole = false
	}
	return id
}

// of reports that the id is in this collection and of this name. Names have no case.
func (id identifier) of(collection, name string) bool {
	return id.collection == collection && strings.EqualFold(id.name, name)
}

// versionOf is the version in a certificate's id; empty where it has none.
func versionOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	for i, p := range parts {
		if p == "certificates" && len(parts) == i+3 {
			return parts[i+2]
		}
	}
	return ""
}

// parameter finds a query parameter by name.
func parameter(q url.Values, name string) (string, bool) {
	v, ok := q[name]
	if !ok || len(v) == 0 {
		return "", false
	}
	return v[0], true
}
