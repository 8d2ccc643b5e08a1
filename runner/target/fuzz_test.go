package target

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

// FuzzChallenge: no challenge, however it is written, has a token fetched for a host that does not belong to the scope's.
func FuzzChallenge(f *testing.F) {
	for _, seed := range []string{
		`Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"`,
		`Bearer authorization="https://login.example/t" scope="https://vault.azure.net/.default"`,
		`bearer resource=https://vault.azure.net`, `Bearer resource="https://evil.example", resource="https://vault.azure.net"`,
		`Bearer resource="https://evil.example\", resource=\"https://vault.azure.net"`, `Bearer =,"=`, "PoP",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, challenge string) {
		x := &exchange.Response{Status: http.StatusUnauthorized, Header: http.Header{"Www-Authenticate": {challenge}}}
		const scope = "https://vault.azure.net/.default"
		if claims(x, "https://v.evil.example", scope) == nil || claims(x, "https://evilvault.azure.net", scope) == nil {
			t.Errorf("a token was fetched for another host: %q", challenge)
		}
		err := claims(x, "https://mine.vault.azure.net", scope)
		if err == nil && !strings.Contains(strings.ToLower(challenge), "vault.azure.net") {
			t.Errorf("a token was fetched for %q", challenge)
		}
		if err != nil && strings.ContainsAny((&UnauthorizedError{Err: err}).Error(), "\n\r\x1b") {
			t.Errorf("not one line: %q", err)
		}
	})
}

// FuzzRetryAfter: a wait is never longer than is waited, nor none at all, whatever the target's header and clock say.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range [][2]string{{"7", ""}, {"99999999999999999999", ""}, {"-1", ""}, {"soon", ""},
		{"Sun, 01 Jan 2023 00:00:09 GMT", "Sun, 01 Jan 2023 00:00:00 GMT"}, {"Fri, 01 Mar 3026 12:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		h := http.Header{"Retry-After": {value}, "Date": {date}}
		wait, told := retryAfter(h, time.Unix(1_800_000_000, 0))
		if told && (wait < shortPause || wait > maxWait) || !told && wait != 0 {
			t.Errorf("%q at %q: %v", value, date, wait)
		}
	})
}

// FuzzToken: whatever a file or a command holds, what becomes a header fits into one, and no error shows it.
func FuzzToken(f *testing.F) {
	for _, seed := range []string{"abc", " Bearer abc\n", "two words", `{"accessToken":1}`, jwt(`{"exp":1900000000}`), "a.!.c", "\x00", "ünicode-that-is-long"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := bare(text)
		if err != nil {
			if rest := strings.TrimSpace(text); len(rest) >= shortest && strings.Contains(err.Error(), rest) {
				t.Errorf("the error shows the token: %v", err)
			}
			return
		}
		if token == "" || len(token) > maxToken || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Errorf("%q is taken for a token", token)
		}
		if end := expiry(token); !end.IsZero() && end.Unix() <= 0 {
			t.Errorf("%q expires at %v", token, end)
		}
	})
}

// FuzzRefusal: what is shown of a refusal's code is a word.
func FuzzRefusal(f *testing.F) {
	for _, seed := range []string{`{"error":{"code":"Forbidden","innererror":{"code":"AccessDenied"}}}`, `{"error":{"code":"a\u001b[31m"}}`, `[]`, `{"error":[]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		code, refused := Denied(&exchange.Response{Status: http.StatusForbidden, Body: body})
		if !refused || code != "" && code != "AccessDenied" && !codes.MatchString(code) {
			t.Errorf("%q: %q, %v", body, code, refused)
		}
		if text := (&ForbiddenError{Code: codeOf(body)}).Error(); oneLine(text) != text {
			t.Errorf("%q", text)
		}
	})
}
