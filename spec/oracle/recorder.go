package oracle

import "strings"

// What recorders do to names and hosts, they do throughout: a name that is replaced in one id and stands in another was replaced by
// nobody. So a lenient judgement forgives what is the same all over, and nothing else.

// alias is the one other name that every id in an answer's body shows in the place of the life's own; empty where one shows its own, or
// where they show several.
func (ev *evidence) alias(n *life) string {
	if n.aliased {
		return n.alias
	}
	n.aliased = true
	for _, l := range n.looks {
		for _, shown := range l.ids() {
			if shown.pointer == inHeader {
				continue
			}
			name := strings.ToLower(ev.identify(shown.raw).name)
			switch {
			case name == "":
			case name == strings.ToLower(n.name), n.alias != "" && n.alias != name:
				n.alias = ""
				return ""
			default:
				n.alias = name
			}
		}
	}
	return n.alias
}

// renamed reports, and notes, that the recorder replaced the certificate's name in this id.
func (c *court) renamed(l *look, id identifier, reason string) bool {
	return l.name != nil && strings.EqualFold(id.name, c.alias(l.name)) && c.forgive(reason)
}

// renamedLocation is renamed for a Location: a recorder that sees to bodies alone leaves there the name, and the host, that it replaced
// elsewhere.
func (c *court) renamedLocation(l *look, id identifier) bool {
	left := id.host != hostOf(l.Request.URL) || c.alias(l.name) != "" && strings.EqualFold(id.name, c.alias(l.name)) ||
		strings.HasPrefix(strings.ToLower(id.name), strings.ToLower(l.Call.Name))
	return left && c.forgive("the recorder replaced the certificate's name in Location")
}

// dialled reports that some id of this kind, in a body or in a Location, is under the host that was dialled.
func (ev *evidence) dialled(inLocation bool) bool {
	for _, l := range ev.looks {
		for _, shown := range l.ids() {
			if (shown.pointer == inHeader) == inLocation && ev.identify(shown.raw).host == hostOf(l.Request.URL) {
				return true
			}
		}
	}
	return false
}

// edited reports that an api-version in a Location is that of the recording, and the one of the requests was put in later: it is older
// than theirs, and no Location has theirs.
func (ev *evidence) edited(version, asked string) bool {
	if !olderVersion(version, asked) {
		return false
	}
	for _, l := range ev.looks {
		for _, shown := range l.ids() {
			if v, _ := parameter(ev.identify(shown.raw).query, "api-version"); shown.pointer == inHeader && v == l.Call.APIVersion {
				return false
			}
		}
	}
	return true
}

// olderVersion reports that the api-version a came before b. Versions were dates up to 2016-10-01, then numbers from 7.0 to 7.6, and are
// dates again; a preview comes before the version that it is one of.
func olderVersion(a, b string) bool {
	rank := func(v string) string {
		v, preview, _ := strings.Cut(v, "-preview")
		era := "2"
		switch {
		case !strings.Contains(v, "-"):
			era = "1"
		case v < "2017":
			era = "0"
		}
		if preview == "" && !strings.HasSuffix(v, "-preview") {
			preview = "~" // after every preview
		}
		return era + v + preview
	}
	return rank(a) < rank(b)
}
