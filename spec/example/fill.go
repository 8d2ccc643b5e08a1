package example

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// filler fills the placeholders of one step:
//
//	{base} {name} {name api}            the vault, the name in the step's path, another one of the story
//	{request-id} {version}              those of the step's operation; {request-id 2} another of that name, {request-id api/1} of another name
//	{csr} {cer} {x5t} {pfx}             likewise, with what differs behind it: {csr dns=www.example upn=a@b.example}, {cer self}
//
// What makes a CSR or certificate another one is listed at wish.
type filler struct {
	prefix, name, op string
	// err is the first placeholder that nobody knows.
	err error
}

// fill fills the placeholders of a text. Braces around anything else stay: a body may be JSON.
func (f *filler) fill(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		inside, after, closed := strings.Cut(rest, "}")
		kind, arguments, _ := strings.Cut(inside, " ")
		value, known := "", false
		if closed {
			value, known = f.value(kind, strings.Fields(arguments))
		}
		if !known {
			b.WriteByte('{')
			text = rest
			continue
		}
		b.WriteString(value)
		text = after
	}
}

// value is what a placeholder stands for.
func (f *filler) value(kind string, arguments []string) (string, bool) {
	switch kind {
	case "base":
		return base, true
	case "name":
		if len(arguments) > 0 {
			return f.prefix + arguments[0], true
		}
		return f.prefix + f.name, true
	case "request-id", "version":
		return hash(kind, f.wish(arguments).key), true
	case "csr", "cer", "x5t", "pfx":
		text, err := make64(kind, f.wish(arguments))
		if err != nil && f.err == nil {
			f.err = fmt.Errorf("{%s %s}: %w", kind, strings.Join(arguments, " "), err)
		}
		return text, true
	}
	return "", false
}

// hash makes an id of the service's form: 32 hexadecimal digits.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
