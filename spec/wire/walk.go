package wire

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// maxDefects bounds what one answer can bring into a report.
const maxDefects = 50

// walk holds a value against a shape and collects every defect in one pass.
type walk struct {
	// root is the kind of a member whose type its schema does not allow.
	root Kind
	// request makes it a walk over our own request: every defect is root, nulls are let pass, and values are not shown,
	// because a request may hold a password.
	request bool
	path    []step
	defects []Defect
	// looked is where the walk notes what it looked for; a walk over a request has none.
	looked map[Kind]bool
}

// step is a member's name, or an index where the name is empty and index is not negative.
type step struct {
	name  string
	index int
}

// value walks v. The caller has pushed the way to it.
func (w *walk) value(s *shape, v any) {
	if v == nil {
		if !s.nullable && !w.request {
			w.add(OtherNull, s.expected, "null")
		}
		return
	}
	switch s.typ {
	case openapi3.TypeObject:
		w.object(s, v)
	case openapi3.TypeArray:
		w.array(s, v)
	case openapi3.TypeString:
		w.text(s, v)
	case openapi3.TypeInteger:
		w.integer(s, v)
	case openapi3.TypeBoolean:
		if _, ok := v.(bool); !ok {
			w.mismatch(w.root, s, v)
		}
	}
}

func (w *walk) object(s *shape, v any) {
	object, ok := v.(map[string]any)
	if !ok {
		w.mismatch(w.root, s, v)
		return
	}
	if s.needed != nil {
		w.look(NeededNull)
	}
	for name, member := range object {
		w.path = append(w.path, step{name: name, index: -1})
		known := s.members[name]
		if known == nil {
			known = s.extra
		}
		switch {
		case known == nil:
			w.addUndeclared(s, member)
		case member == nil && w.needs(s, object, name):
			w.add(NeededNull, known.expected, "null")
		default:
			w.value(known, member)
		}
		w.path = w.path[:len(w.path)-1]
	}
	for _, name := range s.required {
		if _, ok := object[name]; !ok {
			w.add(w.root, "the member "+name, describeObject(object))
		}
	}
}

// needs reports whether the answer needs the member (R14).
func (w *walk) needs(s *shape, object map[string]any, name string) bool {
	if w.request || s.needed == nil {
		return false
	}
	return slices.Contains(s.needed, name) || name == "target" && object["status"] == "completed"
}

func (w *walk) array(s *shape, v any) {
	array, ok := v.([]any)
	if !ok {
		w.mismatch(w.root, s, v)
		return
	}
	for i, element := range array {
		w.path = append(w.path, step{index: i})
		w.value(s.items, element)
		w.path = w.path[:len(w.path)-1]
	}
}

func (w *walk) text(s *shape, v any) {
	text, ok := v.(string)
	if !ok {
		w.mismatch(w.root, s, v)
		return
	}
	switch {
	case s.format == formByte:
		w.look(Base64)
		if why := notByte(text); why != "" {
			w.malformed(Base64, s, why, text)
		}
	case s.format == formURL:
		w.look(Base64URL)
		if why := notBase64URL(text); why != "" {
			w.malformed(Base64URL, s, why, text)
		}
	case s.enum != nil:
		w.look(Enumeration)
		if !slices.Contains(s.enum, text) {
			w.mismatch(Enumeration, s, v)
		}
	}
}

func (w *walk) integer(s *shape, v any) {
	kind := w.root
	if s.format == formUnix {
		kind = UnixTime
		w.look(UnixTime)
	}
	number, ok := v.(json.Number)
	if !ok {
		w.mismatch(kind, s, v)
		return
	}
	if n, ok := integer(string(number)); !ok || !s.bounds.has(n) {
		w.mismatch(kind, s, v)
	}
}

// mismatch notes a value that its schema does not allow.
func (w *walk) mismatch(kind Kind, s *shape, v any) {
	actual := what(v)
	if !w.secret() {
		actual = show(v)
	}
	w.add(kind, s.expected, actual)
}

// malformed notes a text in a wrong format, and why it is.
func (w *walk) malformed(kind Kind, s *shape, why, text string) {
	if !w.secret() {
		why += ": " + showText(text)
	}
	w.add(kind, s.expected, why)
}

// secret reports whether the value at hand is never shown, whatever it looks like.
func (w *walk) secret() bool {
	return w.request || len(w.path) > 0 && w.path[len(w.path)-1].name == "pwd"
}

// addUndeclared notes a member that no schema has.
func (w *walk) addUndeclared(s *shape, member any) {
	w.add(Undeclared, "no member beyond those of "+s.title, what(member))
}

// look notes that a kind was looked for in an answer; our own request exercises nothing.
func (w *walk) look(kind Kind) {
	if !w.request {
		w.looked[kind] = true
	}
}

func (w *walk) add(kind Kind, expected, actual string) {
	if w.request {
		kind = w.root
	}
	w.defects = append(w.defects, Defect{Kind: kind, Pointer: w.pointer(), Expected: expected, Actual: actual})
}

// found returns the defects in an order that does not depend on how a map is walked. A name that is undeclared in every entry
// of a list is one habit of the vault, and told once.
func (w *walk) found() []Defect {
	if len(w.defects) < 2 {
		return w.defects
	}
	slices.SortFunc(w.defects, func(a, b Defect) int {
		return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Expected, b.Expected))
	})
	told := map[string]bool{}
	defects := slices.DeleteFunc(w.defects, func(d Defect) bool {
		if d.Kind != Undeclared {
			return false
		}
		name := d.Pointer[strings.LastIndexByte(d.Pointer, '/'):]
		again := told[name]
		told[name] = true
		return again
	})
	return defects[:min(len(defects), maxDefects)]
}

// pointer renders the way to the value at hand.
func (w *walk) pointer() string {
	var b strings.Builder
	for _, s := range w.path {
		b.WriteByte('/')
		if s.index >= 0 {
			b.WriteString(strconv.Itoa(s.index))
		} else {
			b.WriteString(escape(s.name))
		}
	}
	return clipPointer(b.String())
}

// escape renders a member's name as a token of a JSON pointer (RFC 6901).
func escape(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
