package example

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kvconform/kvconform/spec/exchange"
)

// longest is how many characters of a string of an answer a reader is shown: a CSR tells nothing at full length.
const longest = 96

// Render writes an exchange for a reader: request, answer, headers that matter, bodies indented, and long strings clipped in their middle. It ends
// with a newline.
func Render(e *exchange.Exchange) string {
	var b strings.Builder
	target := e.Request.URL
	if u, err := url.Parse(target); err == nil && u.Host != "" {
		target = u.RequestURI()
	}
	fmt.Fprintf(&b, "%s %s", e.Request.Method, target)
	var notes []string
	if e.Defect != "" {
		notes = append(notes, "wrong on purpose: "+e.Defect)
	}
	if e.Caller != exchange.Owner {
		notes = append(notes, "sent by: "+string(e.Caller))
	}
	if e.Attempt > 1 {
		notes = append(notes, fmt.Sprintf("attempt %d", e.Attempt))
	}
	if len(notes) > 0 {
		fmt.Fprintf(&b, "    (%s)", strings.Join(notes, "; "))
	}
	b.WriteByte('\n')
	headers(&b, e.Request.Header, "Accept")
	writeBody(&b, e.Request.Body)
	b.WriteByte('\n')
	if e.Response == nil {
		fmt.Fprintf(&b, "no answer: %s\n", e.Failure)
		return b.String()
	}
	fmt.Fprintf(&b, "%s\n", strings.TrimSpace(fmt.Sprintf("%d %s", e.Response.Status, http.StatusText(e.Response.Status))))
	headers(&b, e.Response.Header, "Content-Type", "Location", "Retry-After", "Www-Authenticate")
	writeBody(&b, e.Response.Body)
	if e.Response.Cut != "" {
		fmt.Fprintf(&b, "… cut off: %s\n", e.Response.Cut)
	}
	return b.String()
}

// headers writes those of the headers that say something about the exchange.
func headers(b *strings.Builder, header http.Header, names ...string) {
	for _, name := range names {
		for _, value := range header[name] {
			// The usual media type is no news.
			if name == "Content-Type" && strings.HasPrefix(strings.ToLower(value), "application/json") {
				continue
			}
			fmt.Fprintf(b, "%s: %s\n", name, value)
		}
	}
}

// writeBody writes JSON indented and anything else as it is, escaped where it is no text.
func writeBody(b *strings.Builder, body []byte) {
	if len(body) == 0 {
		return
	}
	var indented bytes.Buffer
	text := string(body)
	if err := json.Indent(&indented, body, "", "  "); err == nil {
		text = clipped(indented.String())
	}
	b.WriteString(printable(text))
	b.WriteByte('\n')
}

// clipped shortens the long strings of an indented JSON text. Each stands in a line of its own.
func clipped(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		start, end := strings.LastIndex(line, ` "`)+2, strings.LastIndexByte(line, '"')
		if end-start <= longest {
			continue
		}
		value := line[start:end]
		// Prose is for reading. What has no spaces is base64, an id or a URL.
		if strings.ContainsAny(value, ` \\`) || !isASCII(value) {
			continue
		}
		lines[i] = line[:start] + value[:longest*2/3] + "…" + value[len(value)-longest/3:] + line[end:]
	}
	return strings.Join(lines, "\n")
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// printable escapes what a terminal would obey: an example is ours, but Render does not ask where an exchange is from.
func printable(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == '\n', r >= ' ' && r != 0x7f && r != utf8.RuneError && (r < 0x80 || r > 0x9f) && r != '\uFEFF':
			b.WriteString(text[:size])
		default:
			quotedRune := fmt.Sprintf("%q", text[:size])
			b.WriteString(quotedRune[1 : len(quotedRune)-1])
		}
		text = text[size:]
	}
	return b.String()
}
