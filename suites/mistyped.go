package suites

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kvconform/kvconform/fixtures/pki"
)

// mistype is one member of a body, by its path, and a value of a type that it does not have (Get Certificate, § Definitions).
type mistype struct {
	path  string
	value any
}

// createBody has every member that a create may have up to api-version 7.5, each with a value of its type.
const createBody = `{
	"policy": {
		"key_props": {"exportable": true, "kty": "RSA", "key_size": 2048, "reuse_key": false},
		"secret_props": {"contentType": "application/x-pkcs12"},
		"x509_props": {
			"subject": "CN=MyCertSubject1",
			"sans": {"dns_names": ["www.example.org"], "emails": ["someone@example.org"], "upns": ["someone@corp.example.org"]},
			"ekus": ["1.3.6.1.5.5.7.3.1"], "key_usage": ["digitalSignature"], "validity_months": 12
		},
		"lifetime_actions": [{"trigger": {"lifetime_percentage": 80}, "action": {"action_type": "EmailContacts"}}],
		"issuer": {"name": "Unknown"},
		"attributes": {"enabled": true}
	},
	"attributes": {"enabled": true},
	"tags": {"purpose": "conformance"}
}`

var mistypedCreate = []mistype{
	{"policy", []any{}}, {"policy", 1},
	{"policy.key_props", "RSA"}, {"policy.key_props.kty", 1}, {"policy.key_props.key_size", "2048"}, {"policy.key_props.key_size", 2048.5},
	{"policy.key_props.exportable", "true"}, {"policy.key_props.reuse_key", 1}, {"policy.key_props.crv", 256},
	{"policy.secret_props", []any{}}, {"policy.secret_props.contentType", 1},
	{"policy.x509_props", "CN=x"}, {"policy.x509_props.subject", 1}, {"policy.x509_props.subject", []any{"CN=x"}},
	{"policy.x509_props.sans", []any{"www.example.org"}}, {"policy.x509_props.sans.dns_names", "www.example.org"},
	{"policy.x509_props.sans.emails", 1}, {"policy.x509_props.sans.upns", map[string]any{}},
	{"policy.x509_props.ekus", "1.3.6.1.5.5.7.3.1"}, {"policy.x509_props.ekus.0", 1},
	{"policy.x509_props.key_usage", "digitalSignature"}, {"policy.x509_props.key_usage.0", map[string]any{}},
	{"policy.x509_props.validity_months", "12"}, {"policy.x509_props.validity_months", []any{12}},
	{"policy.lifetime_actions", map[string]any{}}, {"policy.lifetime_actions.0", "EmailContacts"},
	{"policy.lifetime_actions.0.trigger", 80}, {"policy.lifetime_actions.0.trigger.lifetime_percentage", "80"},
	{"policy.lifetime_actions.0.trigger.days_before_expiry", true},
	{"policy.lifetime_actions.0.action", "EmailContacts"}, {"policy.lifetime_actions.0.action.action_type", 1},
	{"policy.issuer", "Unknown"}, {"policy.issuer.name", 1}, {"policy.issuer.cty", []any{}}, {"policy.issuer.cert_transparency", "no"},
	{"policy.attributes", true}, {"policy.attributes.enabled", "yes"},
	{"attributes", true}, {"attributes.enabled", "yes"}, {"tags", "purpose"}, {"tags.purpose", 1},
}

var mistypedImport = []mistype{
	{"value", 1}, {"value", []any{"dGVzdA=="}}, {"pwd", 1}, {"policy", "CN=x"}, {"policy.x509_props", 1}, {"attributes", true},
	{"attributes.enabled", "yes"}, {"tags", []any{}}, {"tags.purpose", map[string]any{}},
}

var mistypedMerge = []mistype{
	{"tags", "purpose"}, {"tags.purpose", 1}, {"attributes", []any{}}, {"attributes.enabled", "yes"},
}

// importBody is an import with every member that mistypedImport spoils.
func importBody() []byte {
	return body(Members{
		"policy":     map[string]any{"x509_props": map[string]any{"subject": "CN=MyCertSubject1"}},
		"attributes": map[string]any{"enabled": true},
		"tags":       map[string]string{"purpose": "conformance"},
	}, "value", pki.PFX("every member", 0))
}

// mergeBody is a merge with every member that mistypedMerge spoils.
func mergeBody(ders [][]byte) []byte {
	return body(Members{"attributes": map[string]any{"enabled": true}, "tags": map[string]string{"purpose": "conformance"}},
		"x5c", pki.X5C(ders...))
}

// in puts the value into a body. What the suites put into one can always be encoded.
func (m mistype) in(raw []byte) []byte {
	var document any
	if err := json.Unmarshal(raw, &document); err != nil {
		panic(err)
	}
	raw, err := json.Marshal(replaced(document, strings.Split(m.path, "."), m.value))
	if err != nil {
		panic(err)
	}
	return raw
}

// mistyped are bodies, each with one of the mistypes in it.
func mistyped(raw []byte, mistypes []mistype) []wrong {
	var all []wrong
	for _, m := range mistypes {
		all = append(all, wrong{m.defect(), m.in(raw)})
	}
	return all
}

// defect says what is wrong.
func (m mistype) defect() string { return "the type of " + m.path }

// replaced is the document with the member at the path replaced.
func replaced(document any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	switch d := document.(type) {
	case []any:
		i, err := strconv.Atoi(path[0])
		if err != nil {
			panic(err)
		}
		d[i] = replaced(d[i], path[1:], value)
	case map[string]any:
		d[path[0]] = replaced(d[path[0]], path[1:], value)
	}
	return document
}
