package suites

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// What holds for every request: the api-version, names, JSON, methods. A request that is wrong stands beside the same one
// without its defect, because a target that refuses everything passes nothing (RULINGS R44).
var protocol = Scenario{
	ID:     "protocol",
	Title:  "What holds for every request",
	Source: "Get Certificate Operation, § URI Parameters and § Responses",
	Drive: func(v *Vault) {
		parts := []func(v *Vault){versionsOnReads, versionsOnChanges, versionsOnMerge, versionsInOtherForms, wrongMethods,
			wrongMethodsOfCertificates, badNames, longNames, goodNames, longestNames, everyMember}
		parts = append(parts, spare(versionsOnImports, otherMediaTypes)...)
		parts = append(parts, v.withTokens()...)
		var onCreate []func(v *Vault)
		for _, c := range versionDefects {
			onCreate = append(onCreate, versionOnCreate(c.defect, c.option))
		}
		wrong := inTurn(createDefects, wrongCreates)
		parts = append(parts, onCreate[0], wrong[0])
		parts = append(parts, spare(slices.Concat(onCreate[1:], wrong[1:],
			inTurn(mistyped([]byte(createBody), mistypedCreate), wrongCreates))...)...)
		parts = append(parts, inTurn(slices.Concat(importDefects, mistyped(importBody(), mistypedImport)), wrongImports)...)
		for _, m := range mistypedMerge {
			parts = append(parts, spare(mistypeInMerge(m))...)
		}
		v.Together(parts...)
	},
}

var versionDefects = []struct {
	defect string
	option RequestOption
}{
	{"api-version is missing", NoAPIVersion()},
	{"api-version is empty", APIVersion("")},
	{"api-version is unknown", APIVersion("1999-12-31")},
}

// versionOnCreate leaves nothing behind.
func versionOnCreate(defect string, option RequestOption) func(v *Vault) {
	return func(v *Vault) {
		name, imported := v.NewName(), v.NewName()
		v.Create(name, policy.Manual(), option, Defect(defect))
		v.GetPending(name) // 404
		v.Get(name)
		op := v.Create(name, policy.Manual())
		v.look(name, op)
		v.Import(imported, pki.PFX("protocol", 0), option, Defect(defect))
		v.Get(imported)
		v.Import(imported, pki.PFX("protocol", 0))
	}
}

func versionsOnReads(v *Vault) {
	name := v.NewName()
	op, merged := v.complete(name, policy.Manual())
	v.GetPending(name)
	v.Get(name)
	for _, c := range versionDefects {
		v.GetPending(name, c.option, Defect(c.defect))
		v.GetPending(name, Filter(op.RequestID), c.option, Defect(c.defect))
		v.Get(name, c.option, Defect(c.defect))
		v.GetVersion(name, merged.Version(), c.option, Defect(c.defect))
	}
	v.GetVersion(name, merged.Version())
	v.look(name, op)
}

// versionsInOtherForms are right: one client encodes the parameter's name, and the order of parameters means nothing.
func versionsInOtherForms(v *Vault) {
	name, imported := v.NewName(), v.NewName()
	encoded := EncodedAPIVersion(v.APIVersion())
	op := v.Create(name, policy.Manual())
	v.GetPending(name)
	v.GetPending(name, encoded)
	v.Create(name, policy.Manual(), encoded) // 409
	v.GetPending(name, Filter(op.RequestID), encoded)
	v.GetPending(name, Filter(op.RequestID), APIVersionLast())
	v.GetPending(name, Filter(otherID), APIVersionLast()) // 404
	v.Cancel(name, false, Filter(op.RequestID), APIVersionLast())
	v.Cancel(name, true, encoded)
	merged := v.Merge(name, sign(op), encoded)
	v.Get(name, encoded)
	v.Send(http.MethodGet, at(name, "/"), nil, encoded)
	v.GetVersion(name, merged.Version(), encoded)
	v.Versions(name, encoded)
	v.GetPolicy(name, encoded)
	v.DeletePending(name, encoded)
	v.GetPending(name, encoded) // 404
	v.Import(imported, pki.PFX("encoded", 0), encoded)
	v.Get(imported, encoded)
}

// versionsOnImports leave nothing behind above a certificate either, and the rest of what can be read asks for the version, too.
func versionsOnImports(v *Vault) {
	name := v.NewName()
	v.Import(name, pki.PFX("protocol", 0))
	v.Versions(name)
	v.GetPolicy(name)
	for _, c := range versionDefects {
		v.Import(name, pki.PFX("protocol", 1), c.option, Defect(c.defect))
		v.Get(name)
		v.Create(name, policy.Manual(), c.option, Defect(c.defect))
		v.GetPending(name) // 404
		v.Versions(name, c.option, Defect(c.defect))
		v.GetPolicy(name, c.option, Defect(c.defect))
	}
	v.Versions(name)
}

func versionsOnChanges(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.look(name, op)
	for _, c := range versionDefects {
		v.Cancel(name, true, c.option, Defect(c.defect))
		v.GetPending(name)
		v.DeletePending(name, c.option, Defect(c.defect))
		v.GetPending(name)
	}
	v.Cancel(name, true)
	v.GetPending(name)
	v.DeletePending(name)
	v.GetPending(name)
}

func versionsOnMerge(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	leaf := sign(op)
	for _, c := range versionDefects {
		v.Merge(name, leaf, c.option, Defect(c.defect))
		v.look(name, op)
	}
	v.Merge(name, leaf)
	v.look(name, op)
}

// wrongMethods are methods that a path does not have; the object behind it does not mind.
func wrongMethods(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Send(http.MethodPut, at(name, "/pending"), body(nil, "cancellation_requested", true),
		Defect("PUT is no method of a pending operation"))
	v.look(name, op)
	v.Send(http.MethodPost, at(name, "/pending"), body(nil, "cancellation_requested", true),
		Defect("POST is no method of a pending operation"))
	v.look(name, op)
	v.Send(http.MethodDelete, at(name, "/create"), nil, Defect("DELETE is no method of create"))
	v.look(name, op)
	v.Send(http.MethodPut, at(name, "/pending/merge"), body(nil, "x5c", pki.X5C(sign(op)...)),
		Defect("PUT is no method of merge"))
	v.look(name, op)
}

// wrongMethodsOfCertificates are those that a certificate, its versions and its policy do not have.
func wrongMethodsOfCertificates(v *Vault) {
	name := v.NewName()
	op, merged := v.complete(name, policy.Manual())
	tags := body(nil, "tags", map[string]string{"wrong": "method"})
	for _, c := range []struct{ method, path, what string }{
		{http.MethodPut, "", "a certificate"},
		{http.MethodPost, "", "a certificate"},
		{http.MethodPost, "/versions", "the list of versions"},
		{http.MethodPost, "/policy", "a policy"},
	} {
		v.Send(c.method, at(name, c.path), tags, Defect(c.method+" is no method of "+c.what))
		v.Get(name)
	}
	if merged.Version() != "" {
		v.Send(http.MethodDelete, at(name, "/"+merged.Version()), nil, Defect("DELETE is no method of a version"))
		v.GetVersion(name, merged.Version())
	}
	v.lookAll(name, op)
}

// goodNames have every kind of character that a name may have, where it may have it. Its letters can be spelled with an escape as well
// (RFC 3986, section 2.3), and it is no other name than this one.
func goodNames(v *Vault) {
	name := v.NameWith("-Mixed--CASE-09-")
	op := v.Create(name, policy.Manual())
	v.look(name, op)
	v.Send(http.MethodGet, at(escaped(name), "/pending"), nil)
	v.GetPending(strings.ReplaceAll(name, "--", "-")) // 404
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.Get(name)
	v.Send(http.MethodGet, at(escaped(name), ""), nil)
	v.GetPolicy(name)
	v.DeletePending(name)
}

// escaped spells the first letter of a name with an escape.
func escaped(name string) string { return fmt.Sprintf("%%%02x", name[0]) + name[1:] }

// longestNames are as long as a name may be, and tell one certificate from the other with all of their characters.
func longestNames(v *Vault) {
	name, other := v.LongestNames()
	op := v.Create(name, policy.Manual())
	v.look(name, op)
	v.GetPending(other) // 404
	imported := v.Import(other, pki.PFX("longest name", 0))
	v.look(name, op)
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.Get(other)
	v.GetVersion(other, imported.Version())
}

// longNames are one character too long, for whatever is asked.
func longNames(v *Vault) {
	const defect = "the name has 128 characters"
	long := v.LongName()
	v.Create(long, policy.Manual(), Defect(defect))
	v.GetPending(long, Defect(defect))
	v.Import(long, pki.PFX("long name", 0), Defect(defect))
	v.Get(long, Defect(defect))
	v.DeletePending(long, Defect(defect))
	v.Cancel(long, true, Defect(defect))
}

// otherMediaTypes are what a body is not: it is JSON. A vault may take what it can read, but it does not change its mind later.
func otherMediaTypes(v *Vault) {
	for _, mediaType := range []string{"text/plain", "application/x-www-form-urlencoded", "application/octet-stream"} {
		name := v.NewName()
		defect := Defect("the Content-Type is " + mediaType)
		v.Create(name, policy.Manual(), Header("Content-Type", mediaType), defect)
		v.GetPending(name)
		v.Cancel(name, true, Header("Content-Type", mediaType), defect)
		v.GetPending(name)
	}
}

// badNames do not have the form of a name.
func badNames(v *Vault) {
	v.Create(v.NewName(), policy.Manual())
	for _, character := range []string{"_", ".", "!", "~", "%20b"} {
		defect := Defect("the name holds the character " + character)
		bad := v.BadName(character)
		v.Create(bad, policy.Manual(), defect)
		v.GetPending(bad, defect)
		v.Import(bad, pki.PFX("bad name", 0), defect)
		v.Get(bad, defect)
	}
}

var createDefects = []wrong{
	{"the body is not JSON", []byte(`this is not JSON`)},
	{"the body is cut off", []byte(`{"policy":{"x509_props":{"subject":"CN=cut-off"},"issuer":{"name":"Unkn`)},
	{"the body is an array", []byte(`[]`)},
	{"the body is a string", []byte(`"policy"`)},
	{"policy is a string", []byte(`{"policy":"CN=policy"}`)},
	{"the subject is a number", []byte(`{"policy":{"x509_props":{"subject":1},"issuer":{"name":"Unknown"}}}`)},
	{"no body", nil},
	{"the body is empty", []byte{}},
	{"something follows the body", []byte(`{"policy":{"x509_props":{"subject":"CN=twice"},"issuer":{"name":"Unknown"}}}{}`)},
	{"the body is not UTF-8", []byte("{\"policy\":{\"x509_props\":{\"subject\":\"CN=\xff\"},\"issuer\":{\"name\":\"Unknown\"}}}")},
	{"the body is nested without an end in sight", nested("policy")},
}

// nested is a body whose member holds an array in an array in an array, deeper than anything that means something.
func nested(member string) []byte {
	const depth = 20_000
	return []byte(`{"` + member + `":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`)
}

var importDefects = []wrong{
	{"value is missing", []byte(`{}`)},
	{"value is empty", []byte(`{"value":""}`)},
	{"value is not base64", []byte(`{"value":"*** not base64 ***"}`)},
	{"value is no PFX", []byte(`{"value":"dGhpcyBpcyBubyBQRlg="}`)},
	{"the body is not JSON", []byte(`this is not JSON`)},
	{"no body", nil},
	{"the body is nested without an end in sight", nested("value")},
}

// everyMember holds that the bodies which mistypes spoil are good ones.
func everyMember(v *Vault) {
	name, imported := v.NewName(), v.NewName()
	op := v.Send(http.MethodPost, at(name, "/create"), []byte(createBody))
	v.GetPending(name)
	v.MergeRaw(name, mergeBody(sign(op)))
	v.Get(name)
	v.Send(http.MethodPost, at(imported, "/import"), importBody())
	v.Get(imported)
}

// mistypeInMerge: a member of another type may be refused, or read for what it means; if it is refused, the operation is as it was.
func mistypeInMerge(m mistype) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		op := v.Create(name, policy.Manual())
		if leaf := sign(op); leaf != nil {
			v.MergeRaw(name, m.in(mergeBody(leaf)), Defect(m.defect()))
		}
		v.look(name, op)
	}
}
