package suites

import (
	"net/http"

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
		parts := []func(v *Vault){versionsOnReads, versionsOnChanges, versionsOnMerge, wrongMethods, badNames}
		for _, c := range versionDefects {
			parts = append(parts, versionOnCreate(c.defect, c.option))
		}
		for _, c := range createDefects {
			parts = append(parts, wrongCreate(c.defect, c.body))
		}
		for _, c := range importDefects {
			parts = append(parts, wrongImport(c.defect, c.body))
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

// badNames do not have the form of a name.
func badNames(v *Vault) {
	v.Create(v.NewName(), policy.Manual())
	for _, character := range []string{"_", ".", "!", "~"} {
		defect := Defect("the name holds the character " + character)
		bad := v.BadName(character)
		v.Create(bad, policy.Manual(), defect)
		v.GetPending(bad, defect)
		v.Import(bad, pki.PFX("bad name", 0), defect)
		v.Get(bad, defect)
	}
}

var createDefects = []struct {
	defect string
	body   []byte
}{
	{"the body is not JSON", []byte(`this is not JSON`)},
	{"the body is cut off", []byte(`{"policy":{"x509_props":{"subject":"CN=cut-off"},"issuer":{"name":"Unkn`)},
	{"the body is an array", []byte(`[]`)},
	{"the body is a string", []byte(`"policy"`)},
	{"policy is a string", []byte(`{"policy":"CN=policy"}`)},
	{"the subject is a number", []byte(`{"policy":{"x509_props":{"subject":1},"issuer":{"name":"Unknown"}}}`)},
	{"no body", nil},
}

func wrongCreate(defect string, raw []byte) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		v.Send(http.MethodPost, at(name, "/create"), raw, Defect(defect))
		v.GetPending(name) // 404
		v.Get(name)
		op := v.Create(name, policy.Manual()) // the same without the defect
		v.Send(http.MethodPost, at(name, "/create"), raw, Defect(defect))
		v.look(name, op)
	}
}

var importDefects = []struct {
	defect string
	body   []byte
}{
	{"value is missing", []byte(`{}`)},
	{"value is empty", []byte(`{"value":""}`)},
	{"value is not base64", []byte(`{"value":"*** not base64 ***"}`)},
	{"value is no PFX", []byte(`{"value":"dGhpcyBpcyBubyBQRlg="}`)},
	{"the body is not JSON", []byte(`this is not JSON`)},
}

func wrongImport(defect string, raw []byte) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		v.Send(http.MethodPost, at(name, "/import"), raw, Defect(defect))
		v.Get(name) // 404
		v.GetPending(name)
		imported := v.Import(name, pki.PFX("the same without the defect", 0))
		v.Send(http.MethodPost, at(name, "/import"), raw, Defect(defect))
		v.Get(name)
		v.GetVersion(name, imported.Version())
		v.Versions(name)
	}
}
