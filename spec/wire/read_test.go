package wire_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// TestGoodAnswers holds that every operation has an answer without a defect.
func TestGoodAnswers(t *testing.T) {
	checker := newChecker(t)
	good := map[wire.Op][]string{
		wire.Create: {goodOperation, goodCompleted}, wire.Import: {goodBundle}, wire.Get: {goodBundle},
		wire.GetVersion: {goodBundle}, wire.Versions: {goodList}, wire.List: {goodList}, wire.Update: {goodBundle},
		wire.Delete: {goodDeleted}, wire.GetPolicy: {goodPolicy}, wire.UpdatePolicy: {goodPolicy},
		wire.GetPending: {goodOperation, goodCompleted, goodFailed}, wire.UpdatePending: {goodOperation},
		wire.DeletePending: {goodFailed}, wire.Merge: {goodBundle}, wire.GetDeleted: {goodDeleted},
		wire.ListDeleted: {goodList}, wire.Purge: {""}, wire.Recover: {goodBundle}, wire.SetIssuer: {goodIssuer},
		wire.GetIssuer: {goodIssuer}, wire.UpdateIssuer: {goodIssuer}, wire.DeleteIssuer: {goodIssuer},
		wire.Issuers: {goodIssuers},
	}
	for op, request := range asked {
		if op == wire.Other {
			continue
		}
		if len(good[op]) == 0 {
			t.Errorf("no good answer for %s", op)
		}
		for _, body := range good[op] {
			media := json8
			if body == "" {
				media = ""
			}
			e := &exchange.Exchange{Request: request, Response: response(wire.Success(op), media, body)}
			r := checker.Read(driven(), e)
			if r.Call.Op != op {
				t.Errorf("%s is read as %s", op, r.Call.Op)
			}
			if len(r.Defects) > 0 {
				t.Errorf("%s: %+v", op, r.Defects)
			}
			if !r.Looked[wire.RequestShape] || !r.Looked[wire.UnexpectedStatus] {
				t.Errorf("%s was not looked over: %v", op, r.Looked)
			}
		}
		e := &exchange.Exchange{Request: request, Response: response(409, json8, goodRefusal)}
		if r := checker.Read(driven(), e); len(r.Defects) > 0 || r.Error == nil || r.Error.InnerCode.Value != "Pending" {
			t.Errorf("%s refused: %+v, %+v", op, r.Defects, r.Error)
		}
	}
}

// TestBadAnswers holds every kind of defect against an answer that has it, and only it.
func TestBadAnswers(t *testing.T) {
	checker := newChecker(t)
	html := "<html><body>Bad gateway</body></html>"
	deep := strings.Repeat("[", 10000) + strings.Repeat("]", 10000)
	op := func(pairs ...string) string { return change(t, goodOperation, pairs...) }
	done := func(pairs ...string) string { return change(t, goodCompleted, pairs...) }
	bundle := func(pairs ...string) string { return change(t, goodBundle, pairs...) }
	list := func(pairs ...string) string { return change(t, goodList, pairs...) }
	for _, test := range []struct {
		name   string
		op     wire.Op
		status int
		media  string
		body   string
		want   string
	}{
		{"cut off", wire.GetPending, 200, json8, goodOperation[:100], "json-syntax"},
		{"trailing bytes", wire.GetPending, 200, json8, goodOperation + "\n}", "json-syntax"},
		{"two values", wire.GetPending, 200, json8, goodOperation + goodOperation, "json-syntax"},
		{"a trailing NUL", wire.GetPending, 200, json8, goodOperation + "\x00", "json-syntax"},
		{"white space around", wire.GetPending, 200, json8, " \r\n" + goodOperation + "\t\n", ""},
		{"invalid UTF-8", wire.GetPending, 200, json8, op("Waits", "W\xffits"), "json-syntax"},
		{"byte order mark", wire.GetPending, 200, json8, "\xef\xbb\xbf" + goodOperation, "json-syntax"},
		{"UTF-16", wire.GetPending, 200, json8, "\xff\xfe{\x00}\x00", "json-syntax"},
		{"a trailing comma", wire.GetPending, 200, json8, strings.TrimSuffix(goodOperation, "}") + ",}", "json-syntax"},
		{"single quotes", wire.GetPending, 200, json8, "{'id':1}", "json-syntax"},
		{"NaN", wire.Get, 200, json8, bundle("1700000000", "NaN"), "json-syntax"},
		{"a leading zero", wire.Get, 200, json8, bundle("1700000000", "01700000000"), "json-syntax"},
		{"only white space", wire.GetPending, 200, json8, "  ", "json-syntax"},
		{"plain text typed JSON", wire.GetPending, 200, json8, "404 page not found", "json-syntax"},
		{"HTML typed JSON", wire.GetPending, 200, json8, html, "json-syntax"},
		{"HTML refusal typed JSON", wire.GetPending, 404, json8, html, "json-syntax"},
		{"absurd nesting", wire.GetPending, 200, json8, deep, "json-syntax"},
		{"absurd nesting below a member", wire.GetPending, 200, json8, op(`"Unknown"`, deep), "json-syntax"},

		{"a name twice", wire.GetPending, 200, json8, op(`{"id"`, `{"status":"failed","id"`), "duplicate-member /status"},
		{"a name twice, nested", wire.Get, 200, json8, bundle(`"kty":"RSA"`, `"kty":"EC","kty":"RSA"`), "duplicate-member /policy/key_props/kty"},
		{"a name twice, escaped", wire.GetPending, 200, json8, op(`{"id"`, `{"\u0073tatus":"failed","id"`), "duplicate-member /status"},
		{"a name twice in a refusal", wire.GetPending, 404, json8, `{"error":{"code":"A","code":"B","message":""}}`, "duplicate-member /error/code"},

		{"media type in another case", wire.GetPending, 200, "Application/JSON;charset=UTF-8", goodOperation, ""},
		{"bare media type", wire.GetPending, 200, "application/json", goodOperation, ""},
		{"text/plain", wire.GetPending, 200, "text/plain", goodOperation, "media-type"},
		{"text/json", wire.GetPending, 200, "text/json", goodOperation, "media-type"},
		{"problem+json", wire.GetPending, 404, "application/problem+json", goodRefusal, "media-type"},
		{"no media type", wire.GetPending, 200, "", goodOperation, "media-type"},
		{"HTML", wire.GetPending, 200, "text/html", html, "media-type"},
		{"HTML refusal", wire.GetPending, 404, "text/html", html, "media-type"},

		{"a body on a 204", wire.Purge, 204, json8, "{}", "unexpected-body"},
		{"200 for purge", wire.Purge, 200, json8, goodDeleted, "unexpected-status"},
		{"200 for purge without a body", wire.Purge, 200, "", "", "unexpected-status"},
		{"200 for create", wire.Create, 200, json8, goodOperation, "unexpected-status"},
		{"200 for create with a bundle", wire.Create, 200, json8, goodBundle, "unexpected-status"},
		{"200 for merge", wire.Merge, 200, json8, goodBundle, "unexpected-status"},
		{"201 for import", wire.Import, 201, json8, goodBundle, "unexpected-status"},
		{"202 for a poll", wire.GetPending, 202, json8, goodOperation, "unexpected-status"},
		{"204 for the operation's deletion", wire.DeletePending, 204, "", "", "unexpected-status"},
		{"200 for create, cut off", wire.Create, 200, json8, goodOperation[:50], "unexpected-status; json-syntax"},
		{"302", wire.GetPending, 302, "text/html", html, "redirect"},
		{"304", wire.Get, 304, "", "", "redirect"},
		{"no status of HTTP", wire.Get, 700, "", "", "unexpected-status"},
		{"500", wire.GetPending, 500, "text/html", html, "server-error"},
		{"501 on a method nobody has", wire.Other, 501, "", "", "server-error"},
		{"503 without Retry-After", wire.GetPending, 503, "", "", "server-error"},
		{"429", wire.GetPending, 429, "text/html", html, ""},

		{"empty refusal", wire.GetPending, 404, json8, "", "error-shape"},
		{"empty 401", wire.GetPending, 401, "", "", ""},
		{"no envelope", wire.GetPending, 404, json8, `{"code":"X","message":"Y"}`, "error-shape"},
		{"a framework's page", wire.Other, 405, json8, `{"timestamp":1,"status":405,"error":"Method Not Allowed"}`, "error-shape /error"},
		{"error null", wire.GetPending, 404, json8, `{"error":null}`, "error-shape /error"},
		{"error a string", wire.GetPending, 404, json8, `{"error":"text"}`, "error-shape /error"},
		{"an array for a refusal", wire.GetPending, 404, json8, `[]`, "error-shape"},
		{"null for a refusal", wire.GetPending, 404, json8, `null`, "error-shape"},
		{"code a number", wire.GetPending, 404, json8, `{"error":{"code":404,"message":""}}`, "error-shape /error/code"},
		{"code null", wire.GetPending, 404, json8, `{"error":{"code":null,"message":""}}`, "error-shape /error/code"},
		{"no message", wire.GetPending, 404, json8, `{"error":{"code":"X"}}`, "error-shape /error/message"},
		{"inner error null", wire.GetPending, 404, json8, `{"error":{"code":"X","message":"Y","innererror":null}}`, ""},
		{"inner error a string", wire.GetPending, 404, json8, `{"error":{"code":"X","message":"Y","innererror":"Z"}}`, "error-shape /error/innererror"},
		{"inner code null", wire.GetPending, 404, json8, `{"error":{"code":"X","message":"Y","innererror":{"code":null}}}`, "other-null /error/innererror/code"},
		{"more in a refusal", wire.GetPending, 404, json8, `{"error":{"code":"X","message":"Y","details":[]},"status":404}`, "undeclared-member /error/details; undeclared-member /status"},
		{"error with a member in between", wire.GetPending, 400, json8, `{"error":{"error":{"code":"X","message":"Y"}}}`, "error-shape /error/code; undeclared-member /error/error; error-shape /error/message"},

		{"no body for an operation", wire.Create, 202, "", "", "operation-shape"},
		{"an array for an operation", wire.GetPending, 200, json8, "[]", "operation-shape"},
		{"null for an operation", wire.GetPending, 200, json8, "null", "operation-shape"},
		{"nothing in an operation", wire.GetPending, 200, json8, "{}", "operation-shape"},
		{"a bundle for an operation", wire.GetPending, 200, json8, goodBundle, "operation-shape"},
		{"a refusal for an operation", wire.GetPending, 200, json8, goodRefusal, "operation-shape"},
		{"request_id a number", wire.GetPending, 200, json8, op(`"0f3c"`, `7`), "operation-shape /request_id"},
		{"issuer a string", wire.GetPending, 200, json8, op(`{"name":"Unknown"}`, `"Unknown"`), "operation-shape /issuer"},
		{"issuer's name a number", wire.GetPending, 200, json8, op(`"Unknown"`, `1`), "operation-shape /issuer/name"},
		{"flag a string", wire.GetPending, 200, json8, op(`false`, `"false"`), "operation-shape /cancellation_requested"},
		{"status an object", wire.GetPending, 200, json8, op(`"inProgress"`, `{}`), "operation-shape /status"},
		{"csr an array", wire.GetPending, 200, json8, op(`"MIICqzCCAZMCAQA="`, `["MIIC"]`), "operation-shape /csr"},
		{"error a string", wire.GetPending, 200, json8, done(`"error":null`, `"error":"no"`), "operation-shape /error"},

		{"no body for a bundle", wire.Get, 200, json8, "", "bundle-shape"},
		{"an operation for a bundle", wire.Import, 200, json8, goodOperation, "bundle-shape"},
		{"enabled a string", wire.Get, 200, json8, bundle(`"enabled":true`, `"enabled":"true"`), "bundle-shape /attributes/enabled"},
		{"attributes an array", wire.GetDeleted, 200, json8, change(t, goodDeleted, `{"enabled":false,"created":1700000000,"updated":1700000001}`, `[]`), "bundle-shape /attributes"},
		{"a tag that is a number", wire.Get, 200, json8, bundle(`"k":"v"`, `"k":1`), "bundle-shape /tags/k"},
		{"a tag that is null", wire.Get, 200, json8, bundle(`"k":"v"`, `"k/~":null`), "other-null /tags/k~1~0"},
		{"key_size a string", wire.Get, 200, json8, bundle(`2048`, `"2048"`), "bundle-shape /policy/key_props/key_size"},
		{"key_size 2048.0", wire.Get, 200, json8, bundle(`2048`, `2048.0`), "bundle-shape /policy/key_props/key_size"},
		{"key_size beyond int32", wire.Get, 200, json8, bundle(`2048`, `2147483648`), "bundle-shape /policy/key_props/key_size"},
		{"percentage out of bounds", wire.Get, 200, json8, bundle(`:80}`, `:100}`), "bundle-shape /policy/lifetime_actions/0/trigger/lifetime_percentage"},
		{"negative months", wire.Get, 200, json8, bundle(`:12,`, `:-12,`), "bundle-shape /policy/x509_props/validity_months"},
		{"ekus a string", wire.Get, 200, json8, bundle(`["1.3.6.1.5.5.7.3.1"]`, `"1.3.6.1.5.5.7.3.1"`), "bundle-shape /policy/x509_props/ekus"},
		{"an eku that is a number", wire.Get, 200, json8, bundle(`"1.3.6.1.5.5.7.3.1"`, `"1.3",2`), "bundle-shape /policy/x509_props/ekus/1"},

		{"no body for a list", wire.List, 200, json8, "", "list-shape"},
		{"an array for a list", wire.List, 200, json8, "[]", "list-shape"},
		{"a list without value", wire.List, 200, json8, `{"items":[]}`, "list-shape"},
		{"value an object", wire.List, 200, json8, `{"value":{}}`, "list-shape /value"},
		{"an entry that is a string", wire.List, 200, json8, `{"value":["a"]}`, "list-shape /value/0"},
		{"nextLink a number", wire.List, 200, json8, list(`"nextLink":null`, `"nextLink":1`), "list-shape /nextLink"},
		{"value null", wire.List, 200, json8, `{"value":null}`, "other-null /value"},
		{"an entry's id null", wire.List, 200, json8, list(`"https://vault.test/certificates/b"`, `null`), "needed-null /value/1/id"},
		{"an array for a policy", wire.GetPolicy, 200, json8, "[]", "policy-shape"},
		{"kty a number", wire.GetPolicy, 200, json8, change(t, goodPolicy, `"RSA"`, `1`), "policy-shape /key_props/kty"},
		{"a string for an issuer", wire.GetIssuer, 200, json8, `"acme"`, "issuer-shape"},
		{"provider a number", wire.GetIssuer, 200, json8, change(t, goodIssuer, `"Test"`, `1`), "issuer-shape /provider"},

		{"id null", wire.GetPending, 200, json8, op(`"https://vault.test/certificates/try-1/pending"`, `null`), "needed-null /id"},
		{"status null", wire.GetPending, 200, json8, op(`"inProgress"`, `null`), "needed-null /status"},
		{"csr null", wire.GetPending, 200, json8, op(`"MIICqzCCAZMCAQA="`, `null`), "needed-null /csr"},
		{"request_id null", wire.GetPending, 200, json8, op(`"0f3c"`, `null`), "needed-null /request_id"},
		{"target null, completed", wire.GetPending, 200, json8, done(`"https://vault.test/certificates/try-1"`, `null`), "needed-null /target"},
		{"target null, in progress", wire.GetPending, 200, json8, op(`{"id"`, `{"target":null,"id"`), "other-null /target"},
		{"bundle's id null", wire.Get, 200, json8, bundle(`"https://vault.test/certificates/try-1/9a1b"`, `null`), "needed-null /id"},
		{"status_details null", wire.GetPending, 200, json8, op(`"Waits for a merge."`, `null`), "other-null /status_details"},
		{"issuer null", wire.GetPending, 200, json8, op(`{"name":"Unknown"}`, `null`), "other-null /issuer"},
		{"kid null", wire.Get, 200, json8, bundle(`"https://vault.test/keys/try-1/9a1b"`, `null`), "other-null /kid"},
		{"error null", wire.GetPending, 200, json8, op(`{"id"`, `{"error":null,"id"`), ""},

		{"one more member", wire.GetPending, 200, json8, op(`{"id"`, `{"x/y~z":1,"id"`), "undeclared-member /x~1y~0z"},
		{"one more member, nested", wire.Get, 200, json8, bundle(`"ca":false`, `"ca":false,"path_len":0`), "undeclared-member /policy/x509_props/basic_constraints/path_len"},
		{"one more member in each entry", wire.List, 200, json8, `{"value":[{"id":"a","b":1},{"id":"b","b":2}]}`, "undeclared-member /value/0/b"},
		{"a level in lower case", wire.Get, 200, json8, bundle(`recoveryLevel`, `recoverylevel`), "undeclared-member /attributes/recoverylevel"},
		{"what the service adds", wire.GetVersion, 200, json8, bundle(`{"id"`, `{"subject":"CN=a","issuer":"CN=a","sans":{"uris":["a:b"],"ipAddresses":["::1"]},"serialnumber":"42","id"`), ""},

		{"csr in base64url", wire.GetPending, 200, json8, op(`MIICqz`, `MIIC-_`), "base64 /csr"},
		{"csr without padding", wire.GetPending, 200, json8, op(`AQA=`, `AQA`), "base64 /csr"},
		{"csr with too much padding", wire.GetPending, 200, json8, op(`AQA=`, `A===`), "base64 /csr"},
		{"csr in lines", wire.GetPending, 200, json8, op(`qzCC`, `\r\nqzCC`), "base64 /csr"},
		{"csr as PEM", wire.GetPending, 200, json8, op(`MIICqzCCAZMCAQA=`, `-----BEGIN CERTIFICATE REQUEST-----\nMIIC`), "base64 /csr"},
		{"csr padded in the middle", wire.GetPending, 200, json8, op(`MIICqzCC`, `MIICqz==`), "base64 /csr"},
		{"csr with a space", wire.GetPending, 200, json8, op(`MIICqzCC`, `MIIC zCC`), "base64 /csr"},
		{"cer in base64url", wire.Get, 200, json8, bundle(`MIICqz`, `MIIC-_`), "base64 /cer"},
		{"x5t in hexadecimal with colons", wire.Get, 200, json8, bundle(`fLi3U52HunIVNXubkEnf8tP6Wbo`, `7C:B8`), "base64url /x5t"},
		{"x5t padded", wire.Get, 200, json8, bundle(`6Wbo`, `6Wbo=`), "base64url /x5t"},
		{"x5t in standard base64", wire.Get, 200, json8, bundle(`6Wbo`, `+/bo`), "base64url /x5t"},
		{"x5t of a length that nothing has", wire.Get, 200, json8, bundle(`6Wbo`, `6W`), "base64url /x5t"},
		{"x5t in an entry", wire.List, 200, json8, list(`6Wbo`, `6Wbo=`), "base64url /value/0/x5t"},

		{"a time 1.0", wire.Get, 200, json8, bundle(`1800000000`, `1800000000.0`), "unix-time /attributes/exp"},
		{"a time 1e9", wire.Get, 200, json8, bundle(`1800000000`, `1e9`), "unix-time /attributes/exp"},
		{"a time as text", wire.Get, 200, json8, bundle(`1800000000`, `"1800000000"`), "unix-time /attributes/exp"},
		{"a time in ISO 8601", wire.Get, 200, json8, bundle(`1800000000`, `"2027-01-15T08:00:00Z"`), "unix-time /attributes/exp"},
		{"a time beyond any integer", wire.Get, 200, json8, bundle(`1800000000`, `18000000000000000000000`), "unix-time /attributes/exp"},
		{"a time null", wire.Get, 200, json8, bundle(`1800000000`, `null`), "other-null /attributes/exp"},
		{"deletion's time as text", wire.GetDeleted, 200, json8, change(t, goodDeleted, `1707776002`, `"soon"`), "unix-time /scheduledPurgeDate"},

		{"kty in another case", wire.Get, 200, json8, bundle(`"RSA"`, `"rsa"`), "enumeration /policy/key_props/kty"},
		{"an unknown curve", wire.GetPolicy, 200, json8, change(t, goodPolicy, `"kty":"RSA"`, `"kty":"EC","crv":"secp256r1"`), "enumeration /key_props/crv"},
		{"crlSign", wire.Get, 200, json8, bundle(`cRLSign`, `crlSign`), "enumeration /policy/x509_props/key_usage/1"},
		{"an unknown level", wire.Get, 200, json8, bundle(`Recoverable+Purgeable`, `Forever`), "enumeration /attributes/recoveryLevel"},
		{"an unknown action", wire.Get, 200, json8, bundle(`EmailContacts`, `Email`), "enumeration /policy/lifetime_actions/0/action/action_type"},
		{"an unknown status is not ours", wire.GetPending, 200, json8, op(`inProgress`, `running`), ""},

		{"a vault's other answer", wire.Other, 200, json8, `{"anything":[1]}`, ""},
		{"a vault's other answer, broken", wire.Other, 200, json8, `{"anything":`, "json-syntax"},
		{"a vault's other answer, no JSON", wire.Other, 200, "text/plain", `hello`, ""},
		{"two defects at once", wire.GetPending, 200, json8, op(`false`, `0`, `"0f3c"`, `7`), "operation-shape /cancellation_requested; operation-shape /request_id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := checker.Read(driven(), &exchange.Exchange{
				Request: asked[test.op], Response: response(test.status, test.media, test.body),
			})
			if got := defects(r); got != test.want {
				t.Fatalf("%q, want %q: %+v", got, test.want, r.Defects)
			}
			for _, d := range r.Defects {
				if !r.Looked[d.Kind] {
					t.Errorf("%s was found and not looked for", d.Kind)
				}
				if d.Expected == "" || d.Actual == "" || len([]rune(d.Actual)) > 200 {
					t.Errorf("%+v does not tell what to mend", d)
				}
			}
		})
	}
}

func TestCutBody(t *testing.T) {
	checker := newChecker(t)
	for body, readable := range map[string]bool{"": false, goodOperation[:60]: false, goodOperation: true} {
		for cut, want := range map[string]string{"unexpected EOF": "truncated", exchange.TooLong + "9 bytes": "json-syntax"} {
			resp := response(200, json8, body)
			resp.Cut = cut
			r := checker.Read(driven(), &exchange.Exchange{Request: asked[wire.GetPending], Response: resp})
			if got := defects(r); got != want || (r.Operation != nil) != readable {
				t.Errorf("%d bytes, %s: %q, an operation: %t", len(body), cut, got, r.Operation != nil)
			}
		}
	}
}

// TestServerErrors holds who is told of a 5xx: only he who sent a valid request himself.
func TestServerErrors(t *testing.T) {
	checker := newChecker(t)
	throttled := response(503, json8, goodRefusal)
	throttled.Header.Set("Retry-After", "2")
	for _, test := range []struct {
		name     string
		trace    *exchange.Trace
		defect   string
		response *exchange.Response
		want     string
	}{
		{"driven", driven(), "", response(500, json8, goodRefusal), "server-error"},
		{"spoilt on purpose", driven(), "bad name", response(500, json8, goodRefusal), ""},
		{"recorded", &exchange.Trace{Base: base, Recorded: true}, "", response(500, json8, goodRefusal), ""},
		{"told to wait", driven(), "", throttled, ""},
	} {
		r := checker.Read(test.trace, &exchange.Exchange{
			Request: asked[wire.Create], Defect: test.defect, Response: test.response,
		})
		if got := defects(r); got != test.want || r.Looked[wire.ServerError] != (test.want != "") {
			t.Errorf("%s: %q, looked %t", test.name, got, r.Looked[wire.ServerError])
		}
		if r.Error == nil {
			t.Errorf("%s: no error to tell of", test.name)
		}
	}
}

func TestForeignTrafficIsNotJudged(t *testing.T) {
	checker := newChecker(t)
	r := checker.Read(&exchange.Trace{Recorded: true}, &exchange.Exchange{
		Request:  exchange.Request{Method: "POST", URL: "https://login.test/t/oauth2/v2.0/token", Body: []byte("grant_type=x")},
		Response: response(400, "text/html", "<html>"),
	})
	if len(r.Defects) > 0 || len(r.Looked) > 0 || !r.Call.Foreign {
		t.Errorf("%+v", r)
	}
}

func TestNoAnswer(t *testing.T) {
	checker := newChecker(t)
	r := checker.Read(driven(), &exchange.Exchange{Request: asked[wire.Create], Failure: "connection reset"})
	if len(r.Defects) > 0 || r.Status() != 0 || r.Sent == nil {
		t.Errorf("%+v", r)
	}
	r = checker.Read(driven(), &exchange.Exchange{Request: asked[wire.UpdatePolicy], Failure: "connection reset"})
	if diff := cmp.Diff(map[wire.Kind]bool{wire.RequestShape: true}, r.Looked); diff != "" {
		t.Errorf("our own request counts as an answer: %s", diff)
	}
}

func TestBareCSR(t *testing.T) {
	checker := newChecker(t)
	const csr = "MIICqzCCAZMCAQA="
	for _, test := range []struct {
		name, accept, media, body string
		recorded                  bool
		wantCSR                   bool
		want                      string
	}{
		{"asked for", "application/pkcs10", "application/pkcs10; charset=utf-8", csr, false, true, ""},
		{"asked for, typed as text", "application/pkcs10", "text/plain", csr, false, true, ""},
		{"asked for, JSON all the same", "application/pkcs10, application/json", json8, goodOperation, false, false, ""},
		{"not asked for", "application/json", "application/pkcs10", csr, false, false, "media-type"},
		{"nothing asked for", "", "application/pkcs10", csr, false, false, "media-type"},
		{"recorded without headers", "", "application/pkcs10", csr, true, true, ""},
	} {
		request := asked[wire.GetPending]
		request.Header = http.Header{}
		if test.accept != "" {
			request.Header.Set("Accept", test.accept)
		}
		trace := driven()
		trace.Recorded = test.recorded
		r := checker.Read(trace, &exchange.Exchange{Request: request, Response: response(200, test.media, test.body)})
		if got := defects(r); got != test.want || (r.CSR == csr) != test.wantCSR {
			t.Errorf("%s: %q, CSR %q", test.name, got, r.CSR)
		}
	}
}

// TestActualTellsNoSecrets holds what a report gets to see of a target's values.
func TestActualTellsNoSecrets(t *testing.T) {
	checker := newChecker(t)
	token := "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzIn0.c2ln"
	for _, test := range []struct {
		op        wire.Op
		body, not string
	}{
		{wire.GetPending, change(t, goodOperation, `MIICqzCCAZMCAQA=`, token), "eyJ"},
		{wire.GetPending, change(t, goodOperation, `MIICqzCCAZMCAQA=`, "Bearer s3cret"), "s3cret"},
		{wire.GetPending, change(t, goodOperation, `{"id"`, `{"token":"`+token+`","id"`), "eyJ"},
		{wire.GetIssuer, change(t, goodIssuer, `"account_id":"a"`, `"pwd":4711`), "4711"},
		{wire.GetPending, change(t, goodOperation, `MIICqzCCAZMCAQA=`, `\u001b[2J\u202e`), "\x1b"},
		{wire.GetPending, change(t, goodOperation, `MIICqzCCAZMCAQA=`, strings.Repeat("-", 500)+"end"), "end"},
		{wire.GetPending, "<html>" + token, "eyJ"},
	} {
		r := checker.Read(driven(), &exchange.Exchange{Request: asked[test.op], Response: response(200, json8, test.body)})
		if len(r.Defects) != 1 || strings.Contains(fmt.Sprintf("%+v", r.Defects), test.not) {
			t.Errorf("%+v", r.Defects)
		}
	}
}

// TestDefectsAreBounded holds that one hostile answer does not flood a report, and reads alike every time.
func TestDefectsAreBounded(t *testing.T) {
	checker := newChecker(t)
	var many strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&many, `"m%d":%d,"csr":1,`, i, i)
	}
	body := `{` + many.String() + `"status":1}`
	e := &exchange.Exchange{Request: asked[wire.GetPending], Response: response(200, json8, body)}
	first := checker.Read(driven(), e)
	if n := len(first.Defects); n > 100 {
		t.Errorf("%d defects", n)
	}
	for range 5 {
		if diff := cmp.Diff(first.Defects, checker.Read(driven(), e).Defects); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestViews(t *testing.T) {
	checker := newChecker(t)
	read := func(op wire.Op, body string) wire.Reading {
		return checker.Read(driven(), &exchange.Exchange{
			Request: asked[op], Response: response(wire.Success(op), json8, body),
		})
	}
	is := func(s string) wire.Text { return wire.Text{Present: true, Valid: true, Value: s} }
	number := func(n int64) wire.Whole { return wire.Whole{Present: true, Valid: true, Value: n} }
	flag := func(b bool) wire.Flag { return wire.Flag{Present: true, Valid: true, Value: b} }

	operation := &wire.Operation{
		ID: is("https://vault.test/certificates/try-1/pending"), CSR: is("MIICqzCCAZMCAQA="), Status: is("failed"),
		RequestID: is("0f3c"), Issuer: true, IssuerName: is("acme"), CancellationRequested: flag(false),
		Error: &wire.Error{Code: is("Request rejected"), Message: is("No."), InnerCode: is("Why")},
	}
	if diff := cmp.Diff(operation, read(wire.GetPending, goodFailed).Operation); diff != "" {
		t.Error(diff)
	}
	bundle := read(wire.Get, goodBundle).Bundle
	want := &wire.Bundle{
		ID: is("https://vault.test/certificates/try-1/9a1b"), KID: is("https://vault.test/keys/try-1/9a1b"),
		SID: is("https://vault.test/secrets/try-1/9a1b"), X5T: is("fLi3U52HunIVNXubkEnf8tP6Wbo"), CER: is("MIICqzCCAZMCAQA="),
		PendingID: is("https://vault.test/certificates/try-1/pending"), Enabled: flag(true),
		NotBefore: number(1700000000), Expires: number(1800000000), Created: number(1700000000), Updated: number(1700000001),
		RecoverableDays: number(90), RecoveryLevel: is("Recoverable+Purgeable"), Attributes: true, HasPolicy: true,
		PolicyID: is("https://vault.test/certificates/try-1/policy"), PolicySubject: is("CN=try"), PolicyIssuer: is("Unknown"),
		Policy: bundle.Policy, Tags: map[string]string{"k": "v"},
	}
	if diff := cmp.Diff(want, bundle); diff != "" {
		t.Error(diff)
	}
	if size := bundle.Policy["key_props"].(map[string]any)["key_size"]; size != json.Number("2048") {
		t.Errorf("key_size is %#v", size)
	}
	if deleted := read(wire.GetDeleted, goodDeleted).Bundle; deleted.RecoveryID != is("https://vault.test/deletedcertificates/try-1") {
		t.Errorf("%+v", deleted)
	}
	if items := read(wire.List, goodList).Items; len(items) != 2 || items[1].ID != is("https://vault.test/certificates/b") {
		t.Errorf("%+v", items)
	}
	if r := read(wire.Issuers, goodIssuers); r.Items != nil || r.JSON == nil {
		t.Errorf("%+v", r)
	}
	// Wrong types say so themselves, and an integer that is written oddly keeps its meaning.
	odd := read(wire.Get, change(t, goodBundle, `"nbf":1700000000`, `"nbf":1.7e9`, `"exp":1800000000`, `"exp":"x"`,
		`"created":1700000000`, `"created":0.5`, `"enabled":true`, `"enabled":null`, `"k":"v"`, `"k":1`)).Bundle
	if odd.NotBefore != number(1700000000) || odd.Expires != (wire.Whole{Present: true}) ||
		odd.Created != (wire.Whole{Present: true}) || odd.Enabled != (wire.Flag{Present: true}) || len(odd.Tags) != 0 {
		t.Errorf("%+v", odd)
	}
	// The last of two members of one name counts.
	if twice := read(wire.GetPending, change(t, goodOperation, `{"id"`, `{"status":"failed","id"`)); twice.Operation.Status != is("inProgress") {
		t.Errorf("%+v", twice.Operation)
	}
	// A status that was not due leaves the answer readable, another kind of answer has no view.
	early := checker.Read(driven(), &exchange.Exchange{Request: asked[wire.Create], Response: response(200, json8, goodOperation)})
	other := checker.Read(driven(), &exchange.Exchange{Request: asked[wire.Create], Response: response(200, json8, goodBundle)})
	if early.Operation == nil || other.Operation != nil || other.Bundle != nil {
		t.Errorf("%+v, %+v", early, other)
	}
}

func TestStatusOfAReading(t *testing.T) {
	for status, want := range map[int][2]bool{200: {true, false}, 204: {true, false}, 404: {false, true}, 429: {false, false}, 500: {false, false}} {
		r := wire.Reading{Exchange: &exchange.Exchange{Response: &exchange.Response{Status: status}}}
		if got := [2]bool{r.OK(), r.Refused()}; got != want {
			t.Errorf("%d: %v", status, got)
		}
	}
	if wire.Success(wire.Purge) != 204 || wire.Success(wire.Other) != 0 {
		t.Error("the table of successes")
	}
}

func TestOurRequests(t *testing.T) {
	checker := newChecker(t)
	for _, test := range []struct {
		name, method, path, body, want string
	}{
		{"no api-version", "GET", "/certificates/try-1", "", "request-shape"},
		{"an empty api-version", "GET", "/certificates/try-1?api-version=", "", "request-shape"},
		{"a name that create does not take", "POST", "/certificates/try_1/create" + version, goodCreate, "request-shape"},
		{"an empty body", "POST", "/certificates/try-1/create" + version, "", "request-shape"},
		{"a body that is null", "POST", "/certificates/try-1/create" + version, "null", "request-shape"},
		{"a body that is no JSON", "POST", "/certificates/try-1/create" + version, "{", "request-shape"},
		{"a body on a GET", "GET", "/certificates/try-1" + version, "{}", "request-shape"},
		{"a name twice", "PATCH", "/certificates/try-1/pending" + version, `{"cancellation_requested":true,"cancellation_requested":true}`, "request-shape /cancellation_requested"},
		{"a member that is needed", "PATCH", "/certificates/try-1/pending" + version, `{}`, "request-shape"},
		{"a member of a wrong type", "PATCH", "/certificates/try-1/pending" + version, `{"cancellation_requested":"true"}`, "request-shape /cancellation_requested"},
		{"a member that nobody knows", "POST", "/certificates/try-1/create" + version, `{"Policy":{}}`, "request-shape /Policy"},
		{"a value that no enumeration has", "POST", "/certificates/try-1/create" + version, `{"policy":{"key_props":{"kty":"DSA"}}}`, "request-shape /policy/key_props/kty"},
		{"a chain that is no base64", "POST", "/certificates/try-1/pending/merge" + version, `{"x5c":["-"]}`, "request-shape /x5c/0"},
		{"a null", "POST", "/certificates/try-1/create" + version, `{"policy":{"issuer":null},"tags":null}`, ""},
		{"a password of a wrong type", "POST", "/certificates/try-1/import" + version, `{"value":"a","pwd":4711}`, "request-shape /pwd"},
		{"a path of nobody's", "GET", "/health", "", ""},
	} {
		e := &exchange.Exchange{Request: exchange.Request{Method: test.method, URL: base + test.path, Body: []byte(test.body)}}
		r := checker.Read(driven(), e)
		if got := defects(r); got != test.want || strings.Contains(fmt.Sprint(r.Defects), "4711") {
			t.Errorf("%s: %q, want %q: %+v", test.name, got, test.want, r.Defects)
		}
		e.Defect = "on purpose"
		if r := checker.Read(driven(), e); len(r.Defects) > 0 || r.Looked[wire.RequestShape] {
			t.Errorf("%s, on purpose: %+v", test.name, r.Defects)
		}
		e.Defect = ""
		if r := checker.Read(&exchange.Trace{Base: base, Recorded: true}, e); len(r.Defects) > 0 {
			t.Errorf("%s, recorded: %+v", test.name, r.Defects)
		}
	}
}
