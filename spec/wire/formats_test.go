package wire

import (
	"encoding/base64"
	"strings"
	"testing"
)

// TestBase64: what is base64 here, is so for the standard library, which takes line breaks as well.
func TestBase64(t *testing.T) {
	const alphabet = "AZaz09+/-_=\n\r ~"
	var try func(s string, more int)
	try = func(s string, more int) {
		_, err := base64.StdEncoding.DecodeString(s)
		if want := err == nil && !strings.ContainsAny(s, "\r\n"); (notByte(s) == "") != want {
			t.Errorf("%q is base64: %v, %s", s, want, notByte(s))
		}
		_, err = base64.RawURLEncoding.DecodeString(s)
		if want := err == nil && !strings.ContainsAny(s, "\r\n"); (notBase64URL(s) == "") != want {
			t.Errorf("%q is base64url: %v, %s", s, want, notBase64URL(s))
		}
		if more == 0 {
			return
		}
		for i := range alphabet {
			try(s+alphabet[i:i+1], more-1)
		}
	}
	for _, start := range []string{"", "QUFB", "QUFBQQ=="} {
		try(start, 4)
	}
}

// TestWhyItIsNoBase64: a finding says what is wrong.
func TestWhyItIsNoBase64(t *testing.T) {
	for s, want := range map[string][2]string{
		"QUE=":           {"", "padding"},
		"QUE":            {"padding is missing, or the end", ""},
		"QUE==":          {"wrong padding", "padding"},
		"QQ===":          {"too much padding", "padding"},
		"Q":              {"padding is missing, or the end", "a length that no bytes have"},
		"Q===":           {"too much padding", "padding"},
		"QQ==QUFB":       {"padding in the middle", "padding"},
		"QU\nFB":         {"a line break", outsideAlphabet},
		"QU\rFB":         {"a line break", outsideAlphabet},
		"QU-B":           {"the alphabet of base64url", ""},
		"QU_B":           {"the alphabet of base64url", ""},
		"QU+B":           {"", "the alphabet of standard base64"},
		"QU/B":           {"", "the alphabet of standard base64"},
		"QU~B":           {outsideAlphabet, outsideAlphabet},
		"-----BEGIN CSR": {"PEM armour", outsideAlphabet},
	} {
		if got := [2]string{notByte(s), notBase64URL(s)}; got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

// TestBounds: the greatest and the least integer belong to their bounds.
func TestBounds(t *testing.T) {
	least, most := 7.0, 90.0
	for name, c := range map[string]struct {
		b        bounds
		in, out  []int64
		expected string
	}{
		"both":  {boundsOf(formInt32, &least, &most), []int64{7, 90}, []int64{6, 91}, "an integer from 7 to 90"},
		"least": {boundsOf(formInt32, &least, nil), []int64{7, 1<<31 - 1}, []int64{6, 1 << 31}, "an integer, 7 or more"},
		"none":  {boundsOf(formInt32, nil, nil), []int64{-1 << 31, 1<<31 - 1}, []int64{-1<<31 - 1, 1 << 31}, "an integer, written as one"},
		"most":  {boundsOf(formInt32, nil, &most), []int64{-1 << 31, 90}, []int64{91}, "an integer, written as one"},
		"long":  {boundsOf(formUnix, nil, nil), []int64{-1 << 63, 1<<63 - 1}, nil, "an integer, written as one"},
	} {
		for _, n := range c.in {
			if !c.b.has(n) {
				t.Errorf("%s: %d does not belong", name, n)
			}
		}
		for _, n := range c.out {
			if c.b.has(n) {
				t.Errorf("%s: %d belongs", name, n)
			}
		}
		if got := c.b.String(); got != c.expected {
			t.Errorf("%s: %q, want %q", name, got, c.expected)
		}
	}
}
