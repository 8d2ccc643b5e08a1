package wire

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// format is what a string or an integer of the document has to look like beyond its type.
type format string

// The formats that openapi.yaml uses (RULINGS R39).
const (
	anyFormat format = ""
	formByte  format = "byte"      // standard base64, padded, unbroken
	formURL   format = "base64url" // unpadded
	formUnix  format = "unixtime"  // an integer literal
	formInt32 format = "int32"
)

const outsideAlphabet = "a character outside its alphabet"

// notByte says why s is not standard, padded base64 without line breaks; empty where it is. The bits that padding leaves
// over are not looked at, as no decoder in use does.
func notByte(s string) string {
	body := strings.TrimRight(s, "=")
	if len(s)-len(body) > 2 {
		return "too much padding"
	}
	for i := range len(body) {
		switch c := body[i]; {
		case isAlphanumeric(c) || c == '+' || c == '/':
		case c == '\r' || c == '\n':
			return "a line break"
		case c == '-' && strings.HasPrefix(body, "-----BEGIN"):
			return "PEM armour"
		case c == '-' || c == '_':
			return "the alphabet of base64url"
		case c == '=':
			return "padding in the middle"
		default:
			return outsideAlphabet
		}
	}
	switch {
	case len(s)%4 == 0 && len(body)%4 != 1:
		return ""
	case len(s) == len(body):
		return "padding is missing, or the end"
	default:
		return "wrong padding"
	}
}

// notBase64URL says why s is not unpadded base64url; empty where it is.
func notBase64URL(s string) string {
	for i := range len(s) {
		switch c := s[i]; {
		case isAlphanumeric(c) || c == '-' || c == '_':
		case c == '=':
			return "padding"
		case c == '+' || c == '/':
			return "the alphabet of standard base64"
		default:
			return outsideAlphabet
		}
	}
	if len(s)%4 == 1 {
		return "a length that no bytes have"
	}
	return ""
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// integer reads an integer literal. 1.0 and 1e9 are integers to JSON Schema but break clients that read into an integer
// (client-consequences.md, 3), so they are none here.
func integer(literal string) (int64, bool) {
	n, err := strconv.ParseInt(literal, 10, 64)
	return n, err == nil
}

// bounds are the least and the greatest value that an integer may have.
type bounds struct{ min, max int64 }

func boundsOf(f format, least, most *float64) bounds {
	b := bounds{math.MinInt64, math.MaxInt64}
	if f == formInt32 {
		b = bounds{math.MinInt32, math.MaxInt32}
	}
	if least != nil {
		b.min = int64(*least)
	}
	if most != nil {
		b.max = int64(*most)
	}
	return b
}

func (b bounds) has(n int64) bool { return b.min <= n && n <= b.max }

func (b bounds) String() string {
	switch {
	case b.min > math.MinInt32 && b.max < math.MaxInt32:
		return fmt.Sprintf("an integer from %d to %d", b.min, b.max)
	case b.min > math.MinInt32:
		return fmt.Sprintf("an integer, %d or more", b.min)
	default:
		return "an integer, written as one"
	}
}
