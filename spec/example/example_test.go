package example_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/exchange"
)

func TestOf(t *testing.T) {
	good, broken, ok := example.Of("conflict.create-refused")
	if !ok {
		t.Fatal("no example")
	}
	if got := example.Differing(good, broken); !slices.Equal(got, []int{3}) {
		t.Errorf("the two differ in %v", got)
	}
	if g, b := good.Exchanges[2].Response.Status, broken.Exchanges[2].Response.Status; g != 409 || b != 202 {
		t.Errorf("good %d, broken %d", g, b)
	}
	if good, broken, ok := example.Of("conflict.nothing-of-this-name"); good != nil || broken != nil || ok {
		t.Error("an example of a rule that is not there")
	}
}

// TestTwinsDifferLittle: a reader sees at a glance what breaks the rule.
func TestTwinsDifferLittle(t *testing.T) {
	for _, x := range example.All() {
		if n := len(example.Differing(x.Good, x.Broken)); n != 1 {
			t.Errorf("%s: the twins differ in %d exchanges", x.Rule, n)
		}
		if len(x.Good.Exchanges) != len(x.Broken.Exchanges) {
			t.Errorf("%s: the twins have %d and %d exchanges", x.Rule, len(x.Good.Exchanges), len(x.Broken.Exchanges))
		}
	}
}

// TestStory: a story told with a prefix has names, ids and keys of its own, and one told again is the same to the last byte.
func TestStory(t *testing.T) {
	one, again, other := example.Story("manual", ""), example.Story("manual", ""), example.Story("manual", "other-")
	if got := example.Differing(one, again); got != nil {
		t.Errorf("told again it differs in %v", got)
	}
	if got := example.Differing(one, other); len(got) != len(one.Exchanges) {
		t.Errorf("told with a prefix it differs in %v only", got)
	}
	for _, member := range []string{"request_id", "csr", "id"} {
		if a, b := operation(t, one)[member], operation(t, other)[member]; a == b || b == nil {
			t.Errorf("%s: %v and %v", member, a, b)
		}
	}
	if !strings.Contains(other.Exchanges[0].Request.URL, "/certificates/other-web/pending?") {
		t.Errorf("the prefix is not in %s", other.Exchanges[0].Request.URL)
	}
	if example.Story("no such story", "") != nil {
		t.Error("a story that is not there")
	}
}

// operation is what the story's create answers.
func operation(t *testing.T, trace *exchange.Trace) map[string]any {
	t.Helper()
	i := slices.IndexFunc(trace.Exchanges, func(e exchange.Exchange) bool { return e.Response.Status == 202 })
	var v map[string]any
	if err := json.Unmarshal(trace.Exchanges[i].Response.Body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestMaterial: requests and certificates are what they seem, by another reader's judgement.
func TestMaterial(t *testing.T) {
	der, err := base64.StdEncoding.DecodeString(operation(t, example.Story("manual", "x-"))["csr"].(string))
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		t.Fatal(err)
	}
	if err := csr.CheckSignature(); err != nil || csr.Subject.CommonName != "x-web.example" {
		t.Errorf("subject %v, signature %v", csr.Subject, err)
	}
	good, broken, _ := example.Of("create-manual.csr-sans")
	for want, trace := range map[int]*exchange.Trace{1: good, 0: broken} {
		der, err := base64.StdEncoding.DecodeString(operation(t, trace)["csr"].(string))
		if err != nil {
			t.Fatal(err)
		}
		csr, err := x509.ParseCertificateRequest(der)
		if err != nil {
			t.Fatal(err)
		}
		if len(csr.DNSNames) != 2 || len(csr.EmailAddresses) != 1 || strings.Count(string(der), "web@corp.example") != want {
			t.Errorf("names %v %v, UPN expected %d times", csr.DNSNames, csr.EmailAddresses, want)
		}
	}
}

// TestTimes: exchanges follow each other, but for those that are meant to overlap.
func TestTimes(t *testing.T) {
	for _, name := range example.Stories() {
		overlaps := false
		exchanges := example.Story(name, "").Exchanges
		for i, e := range exchanges {
			if e.Number != i+1 || !e.Sent.Before(e.Received) || i > 0 && e.Sent.Before(exchanges[i-1].Sent) {
				t.Errorf("%s: exchange %d: number %d, %v to %v", name, i+1, e.Number, e.Sent, e.Received)
			}
			overlaps = overlaps || i > 0 && e.Sent.Before(exchanges[i-1].Received)
		}
		if overlaps != (name == "race" || strings.HasSuffix(name, "-meanwhile")) {
			t.Errorf("%s: overlaps %v", name, overlaps)
		}
	}
}

func TestRecorded(t *testing.T) {
	ours := example.Story("token", "")
	theirs := example.Recorded(ours)
	if !theirs.Recorded || theirs.Fresh || theirs.Base != "" {
		t.Errorf("%+v", theirs)
	}
	for _, e := range theirs.Exchanges {
		if e.Caller != exchange.Owner || e.Defect != "" || e.Attempt != 0 {
			t.Errorf("exchange %d tells more than a recording: %+v", e.Number, e)
		}
	}
	if ours.Exchanges[5].Caller != exchange.Nobody {
		t.Error("the story itself was changed")
	}
}

func TestRender(t *testing.T) {
	for _, c := range []struct {
		name string
		e    exchange.Exchange
		want string
	}{
		{
			"request and refusal",
			exchange.Exchange{
				Defect: "the name holds the character _", Attempt: 2, Caller: exchange.Nobody,
				Request: exchange.Request{Method: "PATCH", URL: "https://vault.example/certificates/we_b/pending?api-version=2025-07-01",
					Header: map[string][]string{"Accept": {"application/pkcs10"}}, Body: []byte(`{"cancellation_requested":true}`)},
				Response: &exchange.Response{Status: 401, Header: map[string][]string{"Www-Authenticate": {"Bearer"}, "Date": {"today"}}},
			},
			"PATCH /certificates/we_b/pending?api-version=2025-07-01    (wrong on purpose: the name holds the character _; sent by: nobody; attempt 2)\n" +
				"Accept: application/pkcs10\n{\n  \"cancellation_requested\": true\n}\n\n401 Unauthorized\nWww-Authenticate: Bearer\n",
		},
		{
			"no answer",
			exchange.Exchange{Request: exchange.Request{Method: "GET", URL: "https://vault.example/certificates"}, Failure: "connection reset"},
			"GET /certificates\n\nno answer: connection reset\n",
		},
		{
			"long strings",
			exchange.Exchange{
				Request: exchange.Request{Method: "GET", URL: "/certificates"},
				Response: &exchange.Response{Status: 200, Header: map[string][]string{"Content-Type": {"application/json"}},
					Body: []byte(`{"csr":"` + strings.Repeat("A", 300) + `","message":"` + strings.Repeat("word ", 40) + `"}`)},
			},
			"GET /certificates\n\n200 OK\n{\n  \"csr\": \"" + strings.Repeat("A", 64) + "…" + strings.Repeat("A", 32) + "\",\n  \"message\": \"" +
				strings.Repeat("word ", 40) + "\"\n}\n",
		},
		{
			"no JSON, and what a terminal would obey",
			exchange.Exchange{
				Request: exchange.Request{Method: "GET", URL: "/"},
				Response: &exchange.Response{Status: 299, Header: map[string][]string{"Content-Type": {"text/plain"}}, Cut: "unexpected EOF",
					Body: []byte("\x1b[2J\xff\u009b\uFEFF")},
			},
			"GET /\n\n299\nContent-Type: text/plain\n\\x1b[2J\\xff\\u009b\\ufeff\n… cut off: unexpected EOF\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := example.Render(&c.e); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// BenchmarkAll measures what a program pays that looks at every example, once.
func BenchmarkAll(b *testing.B) {
	for b.Loop() {
		example.All()
	}
}
