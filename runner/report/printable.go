package report

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable escapes what a terminal would act on: control characters, and the marks that turn the direction of text; and the commands
// that CI systems look for anywhere in a line. The target's text is not trusted.
func Printable(s string) string {
	s = shown(s)
	if strings.Contains(s, "##") {
		s = anywhere.ReplaceAllString(s, `#\x23$1`)
	}
	return s
}

// anywhere are the commands that GitHub's runner (##[error]) and others (##vso[…], ##teamcity[…]) take from the midst of a line.
var anywhere = regexp.MustCompile(`##([A-Za-z]*\[)`)

// unled keeps a line of foreign text from being a workflow command, which GitHub's runner takes from the beginning of a line alone, spaces
// apart.
func unled(line string) string {
	if rest := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(rest, "::") {
		return line[:len(line)-len(rest)] + `\x3a` + rest[1:]
	}
	return line
}

func shown(s string) string {
	if !strings.ContainsFunc(s, acts) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case acts(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case acts(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// acts reports whether a terminal does something else with the character than to show it.
func acts(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }
