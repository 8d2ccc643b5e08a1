package exchange

import (
	"net/http"
	"regexp"
	"strings"
)

// redacted stands where a credential was.
const redacted = "REDACTED"

// secretHeaders carry credentials by their definition, secretWords make a header's name suspicious.
var (
	secretHeaders = map[string]bool{
		"authorization": true, "proxy-authorization": true, "cookie": true, "set-cookie": true,
		"ocp-apim-subscription-key": true, "x-functions-key": true,
	}
	secretWords = []string{"token", "secret", "password", "api-key", "apikey", "credential"}
	// jwt is a JSON Web Token, or enough of one, wherever it stands.
	jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_-]*)*`)
)

// redact returns a header's value without what may be a credential. A scheme such as Bearer stays: it is no secret, and
// tells that a token was sent.
func redact(name, value string) string {
	if secretName(strings.ToLower(name)) {
		if scheme, rest, ok := strings.Cut(value, " "); ok && rest != "" && isScheme(scheme) {
			return scheme + " " + redacted
		}
		return redacted
	}
	if !strings.Contains(value, "eyJ") {
		return value
	}
	return jwt.ReplaceAllLiteralString(value, redacted)
}

// Redacted returns a copy of a message's header without what may be a credential.
func Redacted(h http.Header) http.Header {
	safe := h.Clone()
	for name, values := range safe {
		for i := range values {
			values[i] = redact(name, values[i])
		}
	}
	return safe
}

func secretName(name string) bool {
	if secretHeaders[name] {
		return true
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func isScheme(s string) bool {
	for _, known := range []string{"Bearer", "Basic", "Digest", "Negotiate", "SharedKey"} {
		if strings.EqualFold(s, known) {
			return true
		}
	}
	return false
}
