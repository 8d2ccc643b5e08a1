package wire_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

const (
	base    = "https://vault.test:8443/v"
	version = "?api-version=2025-07-01"
	json8   = "application/json; charset=utf-8"
)

// Answers as a good vault gives them. What is in csr, cer and x5t is base64 of nothing in particular: here nobody decodes it.
const (
	goodOperation = `{"id":"https://vault.test/certificates/try-1/pending","issuer":{"name":"Unknown"},"csr":"MIICqzCCAZMCAQA=",` +
		`"cancellation_requested":false,"status":"inProgress","status_details":"Waits for a merge.","request_id":"0f3c"}`
	goodCompleted = `{"id":"https://vault.test/certificates/try-1/pending","issuer":{"name":"Self","cty":"OV-SSL","cert_transparency":true},` +
		`"csr":"MIICqzCCAZMCAQA=","cancellation_requested":false,"status":"completed","request_id":"0f3c","preserveCertOrder":true,` +
		`"target":"https://vault.test/certificates/try-1","error":null}`
	goodFailed = `{"id":"https://vault.test/certificates/try-1/pending","issuer":{"name":"acme"},"csr":"MIICqzCCAZMCAQA=",` +
		`"cancellation_requested":false,"status":"failed","request_id":"0f3c",` +
		`"error":{"code":"Request rejected","message":"No.","innererror":{"code":"Why","innererror":null}}}`
	goodPolicy = `{"id":"https://vault.test/certificates/try-1/policy","key_props":{"exportable":true,"kty":"RSA","key_size":2048,"reuse_key":false},` +
		`"secret_props":{"contentType":"application/x-pkcs12"},"x509_props":{"subject":"CN=try","sans":{"dns_names":["a.test"],"upns":[]},` +
		`"ekus":["1.3.6.1.5.5.7.3.1"],"key_usage":["digitalSignature","cRLSign"],"validity_months":12,"basic_constraints":{"ca":false}},` +
		`"lifetime_actions":[{"trigger":{"lifetime_percentage":80},"action":{"action_type":"EmailContacts"}}],` +
		`"issuer":{"name":"Unknown"},"attributes":{"enabled":true,"created":1700000000,"updated":1700000001}}`
	goodBundle = `{"id":"https://vault.test/certificates/try-1/9a1b","kid":"https://vault.test/keys/try-1/9a1b",` +
		`"sid":"https://vault.test/secrets/try-1/9a1b","x5t":"fLi3U52HunIVNXubkEnf8tP6Wbo","cer":"MIICqzCCAZMCAQA=",` +
		`"attributes":{"enabled":true,"nbf":1700000000,"exp":1800000000,"created":1700000000,"updated":1700000001,` +
		`"recoveryLevel":"Recoverable+Purgeable","recoverableDays":90},"tags":{"k":"v"},"policy":` + goodPolicy +
		`,"pending":{"id":"https://vault.test/certificates/try-1/pending"}}`
	goodDeleted = `{"recoveryId":"https://vault.test/deletedcertificates/try-1","deletedDate":1700000002,"scheduledPurgeDate":1707776002,` +
		`"id":"https://vault.test/certificates/try-1/9a1b","attributes":{"enabled":false,"created":1700000000,"updated":1700000001}}`
	goodList = `{"value":[{"id":"https://vault.test/certificates/a","x5t":"fLi3U52HunIVNXubkEnf8tP6Wbo","attributes":{"enabled":true,` +
		`"nbf":1700000000},"tags":{},"subject":"CN=a"},{"id":"https://vault.test/certificates/b","attributes":{}}],"nextLink":null}`
	goodIssuer = `{"id":"https://vault.test/certificates/issuers/acme","provider":"Test","credentials":{"account_id":"a"},` +
		`"org_details":{"zip":0,"admin_details":[{"email":"a@b.test"}]},"attributes":{"enabled":true,"created":1700000000,"updated":1700000001}}`
	goodIssuers = `{"value":[{"id":"https://vault.test/certificates/issuers/acme","provider":"Test"}],"nextLink":""}`
	goodRefusal = `{"error":{"code":"Conflict","message":"Wait.","innererror":{"code":"Pending"}}}`

	goodCreate = `{"policy":{"x509_props":{"subject":"CN=try"},"issuer":{"name":"Unknown"}}}`
)

func newChecker(tb testing.TB) *wire.Checker {
	tb.Helper()
	checker, err := wire.New()
	if err != nil {
		tb.Fatal(err)
	}
	return checker
}

// asked are valid requests, by operation.
var asked = map[wire.Op]exchange.Request{
	wire.Create:        request(http.MethodPost, "/certificates/try-1/create", goodCreate),
	wire.Import:        request(http.MethodPost, "/certificates/try-1/import", `{"value":"MIIJ","pwd":null}`),
	wire.Get:           request(http.MethodGet, "/certificates/try-1", ""),
	wire.GetVersion:    request(http.MethodGet, "/certificates/try-1/9a1b", ""),
	wire.Versions:      request(http.MethodGet, "/certificates/try-1/versions", ""),
	wire.List:          request(http.MethodGet, "/certificates", ""),
	wire.Update:        request(http.MethodPatch, "/certificates/try-1", `{"tags":{"k":"v"}}`),
	wire.Delete:        request(http.MethodDelete, "/certificates/try-1", ""),
	wire.GetPolicy:     request(http.MethodGet, "/certificates/try-1/policy", ""),
	wire.UpdatePolicy:  request(http.MethodPatch, "/certificates/try-1/policy", `{"key_props":{"kty":"EC","crv":"P-256"}}`),
	wire.GetPending:    request(http.MethodGet, "/certificates/try-1/pending", ""),
	wire.UpdatePending: request(http.MethodPatch, "/certificates/try-1/pending", `{"cancellation_requested":true}`),
	wire.DeletePending: request(http.MethodDelete, "/certificates/try-1/pending", ""),
	wire.Merge:         request(http.MethodPost, "/certificates/try-1/pending/merge", `{"x5c":["MIICqzCCAZMCAQA="]}`),
	wire.GetDeleted:    request(http.MethodGet, "/deletedcertificates/try-1", ""),
	wire.ListDeleted:   request(http.MethodGet, "/deletedcertificates", ""),
	wire.Purge:         request(http.MethodDelete, "/deletedcertificates/try-1", ""),
	wire.Recover:       request(http.MethodPost, "/deletedcertificates/try-1/recover", ""),
	wire.SetIssuer:     request(http.MethodPut, "/certificates/issuers/acme", `{"provider":"Test"}`),
	wire.GetIssuer:     request(http.MethodGet, "/certificates/issuers/acme", ""),
	wire.UpdateIssuer:  request(http.MethodPatch, "/certificates/issuers/acme", `{"credentials":{"account_id":"b","pwd":"c"}}`),
	wire.DeleteIssuer:  request(http.MethodDelete, "/certificates/issuers/acme", ""),
	wire.Issuers:       request(http.MethodGet, "/certificates/issuers", ""),
	wire.Other:         request(http.MethodPut, "/certificates/try-1/create", ""),
}

func request(method, path, body string) exchange.Request {
	return exchange.Request{Method: method, URL: base + path + version, Header: http.Header{}, Body: []byte(body)}
}

func response(status int, media, body string) *exchange.Response {
	header := http.Header{}
	if media != "" {
		header.Set("Content-Type", media)
	}
	return &exchange.Response{Status: status, Header: header, Body: []byte(body)}
}

// driven is the trace of a run of our own.
func driven() *exchange.Trace { return &exchange.Trace{Base: base, Fresh: true} }

// change replaces a part of a good answer and fails where it is not there.
func change(tb testing.TB, good string, pairs ...string) string {
	tb.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(good, pairs[i]) {
			tb.Fatalf("%q is not in %s", pairs[i], good)
		}
		good = strings.Replace(good, pairs[i], pairs[i+1], 1)
	}
	return good
}

// defects renders what was found as "kind pointer".
func defects(r wire.Reading) string {
	var all []string
	for _, d := range r.Defects {
		all = append(all, strings.TrimSpace(string(d.Kind)+" "+d.Pointer))
	}
	return strings.Join(all, "; ")
}
