package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shown is how many characters of a value a report gets to see.
const shown = 80

// clip makes text of the target fit for a report: short, in one line, printable.
func clip(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > shown {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			r = '·'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// clipPointer bounds a pointer whose names the target chose.
func clipPointer(pointer string) string {
	if len(pointer) <= 4*shown {
		return strings.Map(printable, pointer)
	}
	return strings.Map(printable, strings.ToValidUTF8(pointer[:4*shown], "")) + "…"
}

func printable(r rune) rune {
	if !unicode.IsPrint(r) {
		return '·'
	}
	return r
}

// show renders an offending value. A scalar is shown, shortened; of the others only what they are.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return showText(v)
	case json.Number:
		return clip(v.String())
	case bool:
		return strconv.FormatBool(v)
	case map[string]any:
		return clip(describeObject(v))
	default:
		return what(v)
	}
}

// showText quotes a text, unless it looks like a secret that a target echoed.
func showText(s string) string {
	if looksSecret(s) {
		return "a string (not shown: it looks like a token)"
	}
	return `"` + clip(s) + `"`
}

// looksSecret reports whether s has a bearer token or a private key in it.
func looksSecret(s string) bool {
	if at := strings.Index(s, "eyJ"); at >= 0 && strings.Contains(s[at:], ".") {
		return true
	}
	lower := strings.ToLower(s[:min(len(s), 4096)])
	return strings.Contains(lower, "bearer ") || strings.Contains(lower, "private key")
}

// what names the type of a value.
func what(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return fmt.Sprintf("an array of %d", len(v))
	default:
		return "an object"
	}
}

// describeObject names the members of an object, in an order that does not change.
func describeObject(object map[string]any) string {
	if len(object) == 0 {
		return "an object without members"
	}
	names := slices.Sorted(maps.Keys(object))
	return "an object with " + strings.Join(names[:min(len(names), 12)], ", ")
}
