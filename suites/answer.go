package suites

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

// Answer is what a drive needs of an answer to find its way. It is made of whatever can be read, and a member that cannot
// is empty: what is wrong with an answer is for the oracle to say.
type Answer struct {
	// Exchange is the exchange's number, Code the answer's status code: 0 where none came.
	Exchange, Code int
	// ID, Status, RequestID, Target and ErrorCode are members of the body, Issuer is the name of the operation's issuer, CSR its CSR
	// in DER.
	ID, Status, RequestID, Target, ErrorCode, Issuer string
	CSR                                              []byte
	// RecoveryID is that of a deleted certificate: the vault keeps it for a while.
	RecoveryID string
	// Location is the header, LocationRequestID the request_id in its query.
	Location, LocationRequestID string
	// NextLink is where a list goes on, Listed the versions that it names, a few at the most.
	NextLink string
	Listed   []string
	// Asked says that the target asked to wait, RetryAfter how long.
	Asked      bool
	RetryAfter time.Duration
}

// mostListed bounds what a drive reads of a list: more versions than it has made, and no more requests than it can afford.
const mostListed = 6

// OK reports a 2xx.
func (a Answer) OK() bool { return a.Code/100 == 2 }

// lost reports that nobody knows whether the request took effect.
func (a Answer) lost() bool { return a.Code == 0 || a.Code >= http.StatusInternalServerError }

// InProgress reports an operation that may still come to something. A status in another spelling counts: the oracle speaks
// of that, while the drive has to go on.
func (a Answer) InProgress() bool { return a.OK() && strings.EqualFold(a.Status, "inProgress") }

// Version is the certificate version at the end of the id, or empty.
func (a Answer) Version() string { return versionIn(a.ID) }

// versionIn is the certificate version at the end of a certificate's URL, empty where it has none.
func versionIn(id string) string {
	_, rest, _ := strings.Cut(id, "/certificates/")
	rest, _, _ = strings.Cut(rest, "?")
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	if len(parts) != 2 || parts[1] == "pending" || parts[1] != url.PathEscape(parts[1]) {
		return ""
	}
	return parts[1]
}

func read(e exchange.Exchange) Answer {
	a := Answer{Exchange: e.Number}
	if e.Response == nil {
		return a
	}
	a.Code = e.Response.Status
	a.Location = e.Response.Header.Get("Location")
	a.LocationRequestID = requestIDOf(a.Location)
	a.RetryAfter, a.Asked = retryAfter(e.Response.Header)
	var body any
	if json.Unmarshal(e.Response.Body, &body) != nil {
		return a
	}
	a.ID, a.Status, a.RequestID = text(body, "id"), text(body, "status"), text(body, "request_id")
	a.Target, a.RecoveryID = text(body, "target"), text(body, "recoveryId")
	a.Issuer = text(member(body, "issuer"), "name")
	a.NextLink = text(body, "nextLink")
	entries, _ := member(body, "value").([]any)
	for _, entry := range entries[:min(mostListed, len(entries))] {
		if version := versionIn(text(entry, "id")); version != "" {
			a.Listed = append(a.Listed, version)
		}
	}
	a.ErrorCode = text(member(body, "error"), "code")
	a.CSR = anyBase64(text(body, "csr"))
	return a
}

// innerCode is error.innererror.code of an answer's body.
func innerCode(body []byte) string {
	var parsed any
	if json.Unmarshal(body, &parsed) != nil {
		return ""
	}
	return text(member(member(parsed, "error"), "innererror"), "code")
}

// member is a member of an object, nil where there is none or where it is no object.
func member(of any, name string) any {
	object, _ := of.(map[string]any)
	return object[name]
}

func text(of any, name string) string {
	value, _ := member(of, name).(string)
	return value
}

// anyBase64 decodes whichever base64 it is: a drive goes on with a CSR in the wrong alphabet.
func anyBase64(s string) []byte {
	s = strings.NewReplacer("-", "+", "_", "/", "=", "", "\r", "", "\n", "").Replace(s)
	decoded, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(decoded) == 0 {
		return nil
	}
	return decoded
}

func requestIDOf(location string) string {
	parsed, err := url.Parse(location)
	if err != nil {
		return ""
	}
	return parsed.Query().Get("request_id")
}

// retryAfter reads the header's seconds. A date is as good as none: the vault's clock may be off by any constant.
func retryAfter(h http.Header) (time.Duration, bool) {
	seconds, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil || seconds < 0 {
		return 0, false
	}
	return time.Duration(min(seconds, int(time.Hour/time.Second))) * time.Second, true
}
