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
	// NextLink is where a list goes on, Listed the versions that it names, a few at the most, Shells those that it shows no thumbprint of.
	NextLink       string
	Listed, Shells []string
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
	body := members(e.Response.Body)
	a.ID, a.Status, a.RequestID = body.text("id"), body.text("status"), body.text("request_id")
	a.Target, a.RecoveryID = body.text("target"), body.text("recoveryId")
	a.Issuer = members(body["issuer"]).text("name")
	a.NextLink = body.text("nextLink")
	var entries []json.RawMessage
	_ = json.Unmarshal(body["value"], &entries) // what is no list names nothing
	for _, entry := range entries[:min(mostListed, len(entries))] {
		if version := versionIn(members(entry).text("id")); version != "" {
			a.Listed = append(a.Listed, version)
			if members(entry).text("x5t") == "" {
				a.Shells = append(a.Shells, version)
			}
		}
	}
	a.ErrorCode = members(body["error"]).text("code")
	a.CSR = anyBase64(body.text("csr"))
	return a
}

// innerCode is error.innererror.code of an answer's body.
func innerCode(body []byte) string {
	return members(members(members(body)["error"])["innererror"]).text("code")
}

// fields are a JSON object whose members are not looked into before they are asked for: they may hold anything, to any depth.
type fields map[string]json.RawMessage

// members takes an object apart; what is none has no members.
func members(text []byte) fields {
	var f fields
	if len(text) == 0 || json.Unmarshal(text, &f) != nil {
		return nil
	}
	return f
}

// text is a member that is a string, empty where it is none.
func (f fields) text(name string) string {
	var value string
	if raw, there := f[name]; !there || json.Unmarshal(raw, &value) != nil {
		return ""
	}
	return value
}

// unpadded makes the standard alphabet of whichever base64.
var unpadded = strings.NewReplacer("-", "+", "_", "/", "=", "", "\r", "", "\n", "")

// anyBase64 decodes whichever base64 it is: a drive goes on with a CSR in the wrong alphabet.
func anyBase64(s string) []byte {
	decoded, err := base64.RawStdEncoding.DecodeString(unpadded.Replace(s))
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
