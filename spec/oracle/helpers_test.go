package oracle

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/exchange"
)

// decode reads JSON as the bodies of a trace are read.
func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v map[string]any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// TestBoundsOfAPolicy: which policies break a bound of document 001, which every vault has to take, and which are in between.
func TestBoundsOfAPolicy(t *testing.T) {
	const plain, between, wrong = "plain", "in between", "wrong"
	for _, c := range []struct{ policy, want string }{
		{`"x509_props":{"subject":"CN=a"}`, plain},
		{`"x509_props":{"subject":"a"}`, wrong},
		{`"x509_props":{"subject":" "}`, between},
		{`"x509_props":{"subject":""}`, between},
		{`"x509_props":{"subject":"X=a"}`, between},
		{`"x509_props":{"validity_months":12}`, between},
		{`"x509_props":{"subject":"CN=a","validity_months":1}`, plain},
		{`"x509_props":{"subject":"CN=a","validity_months":0}`, between},
		{`"x509_props":{"subject":"CN=a","validity_months":-1}`, wrong},
		{`"x509_props":{"subject":"CN=a","validity_months":120}`, plain},
		{`"x509_props":{"subject":"CN=a","validity_months":121}`, between},
		{`"x509_props":{"subject":"CN=a","validity_months":"-1"}`, plain},
		{`"x509_props":{"subject":"CN=a","key_usage":["digitalSignature"]}`, plain},
		{`"x509_props":{"subject":"CN=a","key_usage":["crlSign"]}`, between},
		{`"x509_props":{"subject":"CN=a","key_usage":["digitalSignature","x"]}`, wrong},
		{`"x509_props":{"subject":"CN=a","ekus":["1.3.6"]}`, plain},
		{`"x509_props":{"subject":"CN=a","ekus":["136"]}`, between},
		{`"x509_props":{"subject":"CN=a","ekus":["1.3.x"]}`, between},
		{`"x509_props":{"subject":"CN=a"},"issuer":{"name":"self"}`, plain},
		{`"x509_props":{"subject":"CN=a"},"issuer":{"name":"UNKNOWN"}`, plain},
		{`"x509_props":{"subject":"CN=a"},"issuer":{"name":"ca"}`, between},
		{`"x509_props":{"subject":"CN=a"},"secret_props":{"contentType":"application/x-pem-file"}`, plain},
		{`"x509_props":{"subject":"CN=a"},"secret_props":{"contentType":"application/x-pkcs12"}`, plain},
		{`"x509_props":{"subject":"CN=a"},"secret_props":{"contentType":"text/plain"}`, between},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"RSA"}`, plain},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"RSA","key_size":2048}`, plain},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"RSA","key_size":3072}`, plain},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"key_size":4096}`, plain},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"RSA","key_size":1024}`, between},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"RSA","crv":"P-256"}`, between},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"RSA-HSM"}`, between},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"DSA"}`, wrong},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"EC"}`, between},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"EC","crv":"P-256"}`, plain},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"EC","crv":"P-384","key_size":384}`, plain},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"EC","crv":"P-384","key_size":256}`, between},
		{`"x509_props":{"subject":"CN=a"},"key_props":{"kty":"EC","crv":"P-224"}`, wrong},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"lifetime_percentage":1}}]`, plain},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"lifetime_percentage":99}}]`, plain},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"lifetime_percentage":0}}]`, wrong},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"lifetime_percentage":100}}]`, wrong},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":1}}]`, plain},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":0}}]`, wrong},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":324}}]`, plain},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":325}}]`, between},
		{`"x509_props":{"subject":"CN=a","validity_months":2},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":54}}]`, plain},
		{`"x509_props":{"subject":"CN=a","validity_months":2},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":55}}]`, wrong},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"}}]`, between},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":9,"lifetime_percentage":9}}]`, between},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"Shred"},"trigger":{"days_before_expiry":9}}]`, wrong},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"trigger":{"days_before_expiry":9}}]`, between},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"AutoRenew"},"trigger":{"days_before_expiry":9}}]`, between},
		{`"issuer":{"name":"Self"},"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"AutoRenew"},"trigger":{"days_before_expiry":9}}]`, plain},
		{`"x509_props":{"subject":"CN=a"},"lifetime_actions":[{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":9}},
			{"action":{"action_type":"EmailContacts"},"trigger":{"days_before_expiry":8}}]`, between},
	} {
		policy := decode(t, "{"+c.policy+"}")
		got := between
		switch bad := outOfBounds(policy) + badSubject(policy); {
		case bad != "" && plainPolicy(policy):
			got = "plain and wrong: " + bad
		case bad != "":
			got = wrong
		case plainPolicy(policy):
			got = plain
		}
		if got != c.want {
			t.Errorf("%s is %s, want %s", c.policy, got, c.want)
		}
	}
	if plainPolicy(nil) {
		t.Error("no policy is plain")
	}
}

// TestSubjects: two spellings of one name are the same, and what cannot be read is not compared.
func TestSubjects(t *testing.T) {
	for subject, want := range map[string]string{
		"CN=a":                  "CN=a",
		" cn = A ":              "CN=a",
		"O=x, CN=a":             "O=x, CN=a",
		"CN=a+O=x":              "O=x+CN=a",
		"CN=a;O=x":              "O=x, CN=a",
		`CN="a, b"`:             "CN=a, b",
		`CN=a\, b`:              "CN=a, b",
		`CN="`:                  `CN="`,
		`CN="a`:                 `CN="a`,
		`CN=a"`:                 `CN=a"`,
		"E=a@b":                 "E=a@b",
		"EMAILADDRESS=a@b":      "E=a@b",
		"ST=x":                  "S=x",
		"":                      "",
		"a":                     "",
		"X=a":                   "",
		"CN=#0c0161":            "",
		`CN=\c3\a9`:             "",
		"CN=a,":                 "",
		"CN=a, CN=b":            "CN=a, CN=b",
		"STREET=s, T=t, SN=n":   "T=t, SN=n, STREET=s",
		"SERIALNUMBER=1, G=g":   "G=g, SERIALNUMBER=1",
		"DC=example, UID=u":     "UID=u, DC=example",
		"C=de, L=l, OU=u, O=o":  "O=o, OU=u, C=de, L=l",
		"1.2.840.113549.1.9.1=": "",
	} {
		got := ""
		if names, ok := relatives(subject); ok {
			got = spell(names)
		}
		if got != want {
			t.Errorf("%q is read as %q, want %q", subject, got, want)
		}
	}
	if got := spell(nil); got != "no subject" {
		t.Errorf("no name is spelled %q", got)
	}
	if got := spell([]string{"1.2.3=x"}); got != "1.2.3=x" {
		t.Errorf("a type without a name is spelled %q", got)
	}
}

// TestVersionsOfTheInterface: which api-versions have what came after 7.5.
func TestVersionsOfTheInterface(t *testing.T) {
	for version, want := range map[string]bool{
		"2015-06-01": false, "2016-10-01": false, "7.0": false, "7.5": false, "7.6-preview.1": true, "7.6": true, "7.7": true, "8.0": true,
		"2024-12-31": false, "2025-01-01": true, "2025-06-01-preview": true, "2025-07-01": true, "10.0": false, "": false, "7": false,
	} {
		if got := since76(version); got != want {
			t.Errorf("%q: %v, want %v", version, got, want)
		}
	}
}

// TestIdentifiers takes ids apart.
func TestIdentifiers(t *testing.T) {
	for raw, want := range map[string]struct {
		base                   string
		collection, name, last string
		whole, doubled         bool
		version                string
	}{
		"https://v.example/certificates/a/1":            {collection: "certificates", name: "a", last: "1", whole: true, version: "1"},
		"https://v.example/certificates/a":              {collection: "certificates", name: "a", whole: true},
		"https://v.example/certificates/a/":             {collection: "certificates", name: "a"},
		"https://v.example/certificates/a#f":            {collection: "certificates", name: "a"},
		"https://v.example/certificates//a/1":           {collection: "certificates", name: "a", last: "1", whole: true, doubled: true},
		"https://v.example/certificates":                {},
		"https://v.example/certificates/a/1/2":          {},
		"/certificates/a/1":                             {collection: "certificates", name: "a", last: "1", version: "1"},
		"https:/certificates/a/1":                       {collection: "certificates", name: "a", last: "1", version: "1"},
		"https://v.example/base/certificates/a/pending": {base: "https://v.example/base/", collection: "certificates", name: "a", last: "pending", whole: true, version: "pending"},
		"https://v.example/keys/a/1":                    {collection: "keys", name: "a", last: "1", whole: true},
		"://":                                           {},
	} {
		ev := &evidence{trace: &exchange.Trace{Base: want.base}}
		id := ev.identify(raw)
		if id.collection != want.collection || id.name != want.name || id.last != want.last || id.whole != want.whole || id.doubled != want.doubled {
			t.Errorf("%s is read as %+v, want %+v", raw, id, want)
		}
		if got := versionOf(raw); got != want.version {
			t.Errorf("%s has the version %q, want %q", raw, got, want.version)
		}
	}
}

// TestWhatGoesMissing: what a policy asks for and does not show.
func TestWhatGoesMissing(t *testing.T) {
	for _, c := range []struct {
		asked, shown string
		merged       bool
		want         string
	}{
		{`{"a":1}`, `{"a":1}`, false, ""},
		{`{"a":1}`, `{"a":2}`, false, ""},
		{`{"a":1,"b":{"c":1}}`, `{"b":{}}`, false, "a b.c"},
		{`{"a":null,"b":[]}`, `{}`, false, ""},
		{`{"b":[1]}`, `{}`, false, "b"},
		{`{"id":"x","attributes":{}}`, `{}`, false, ""},
		{`{"a":{"id":"x","attributes":1}}`, `{"a":{}}`, false, "a.attributes a.id"},
		{`{"x509_props":{"subject":"x","sans":{"uris":["u"],"ipAddresses":["i"],"dns_names":["d"]}}}`, `{"x509_props":{"sans":{}}}`, false,
			"x509_props.sans.dns_names x509_props.subject"},
		{`{"x509_props":{"subject":"x"},"a":1}`, `{}`, true, "a"},
		{`{"a":{"x509_props":1}}`, `{"a":{}}`, true, "a.x509_props"},
	} {
		if got := strings.Join(policyShown{merged: c.merged}.lost(decode(t, c.asked), decode(t, c.shown), ""), " "); got != c.want {
			t.Errorf("%s, shown as %s: %q is missing, want %q", c.asked, c.shown, got, c.want)
		}
	}
	n := names{dns: []string{"D"}, emails: []string{"e"}, upns: []string{"u"}, uris: []string{"r"}, ips: []string{"i"}}
	if got := n.missing(names{dns: []string{"d"}}); !slices.Equal(got, []string{"email e", "UPN u", "URI r", "IP address i"}) {
		t.Errorf("missing are %q", got)
	}
	for _, c := range []struct {
		a, b []string
		same bool
	}{
		{nil, nil, true}, {[]string{"a", "b"}, []string{"b", "a", "a"}, true}, {[]string{"a"}, nil, false}, {nil, []string{"a"}, false},
		{[]string{"a", "b"}, []string{"a", "c"}, false},
	} {
		if got := sameSet(c.a, c.b); got != c.same {
			t.Errorf("%q and %q are the same: %v", c.a, c.b, got)
		}
	}
}

// TestMembers: members of another type are none.
func TestMembers(t *testing.T) {
	v := decode(t, `{"text":"t","whole":7,"broken":7.5,"big":99999999999999999999,"list":["a",1,"b"],"object":{"inner":"i"}}`)
	v["float"], v["half"] = 7.0, 7.5
	for name, want := range map[string]bool{"whole": true, "broken": false, "big": false, "float": true, "half": false, "text": false, "none": false} {
		if n, ok := whole(v, name); ok != want || ok && n != 7 {
			t.Errorf("%s is the integer %d: %v", name, n, ok)
		}
	}
	if s, ok := text(v, "object", "inner"); s != "i" || !ok {
		t.Errorf("inner is %q, %v", s, ok)
	}
	if s, ok := text(v, "text", "inner"); s != "" || ok {
		t.Errorf("a member of a text is %q, %v", s, ok)
	}
	if got := texts(v, "list"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("the texts are %q", got)
	}
	for length, want := range map[int]int{239: 239, 240: 240, 241: 240 + len("…")} {
		if got := len(shorten(strings.Repeat("x", length))); got != want {
			t.Errorf("of %d bytes %d are kept, want %d", length, got, want)
		}
	}
}
