package suites

import (
	"net/http"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// The certificate is read: latest and by version, imported and merged, complete and only pending.
var getCertificate = Scenario{
	ID:     "get-certificate",
	Title:  "Get Certificate",
	Source: "Get Certificate (certificates, 2025-07-01)",
	Drive: func(v *Vault) {
		v.Together(getUnknown, getImported, getImportedTwice, getPendingOnly, getAfterImportOverMerge, getWithMembers)
	},
}

// unknownVersion has the form of a version, and is none.
const unknownVersion = "fedcba9876543210fedcba9876543210"

func getUnknown(v *Vault) {
	name := v.Unused()
	v.Get(name)
	v.Send(http.MethodGet, at(name, "/"), nil)
	v.GetVersion(name, unknownVersion)
	v.GetPolicy(name)
}

func getImported(v *Vault) {
	name, other := v.NewName(), v.NewName()
	imported := v.Import(name, pki.PFX("imported", 0))
	v.Get(name)
	v.Send(http.MethodGet, at(name, "/"), nil) // as the clients ask for the latest
	v.GetVersion(name, imported.Version())
	v.GetVersion(name, unknownVersion)
	v.Versions(name)
	v.GetPolicy(name)
	theirs := v.Import(other, pki.PEMBundle("imported as PEM", 2))
	v.Get(other)
	v.GetVersion(other, theirs.Version())
	v.GetVersion(other, imported.Version()) // the other name's version
	v.GetVersion(name, theirs.Version())
}

func getImportedTwice(v *Vault) {
	name := v.NewName()
	first := v.Import(name, pki.PFX("first", 0))
	v.Get(name)
	second := v.Import(name, pki.PFX("second", 1))
	v.Get(name)
	v.GetVersion(name, first.Version())
	v.GetVersion(name, second.Version())
	v.Versions(name)
	v.GetPolicy(name)
}

func getPendingOnly(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	shell := v.Get(name)
	v.Send(http.MethodGet, at(name, "/"), nil)
	v.GetVersion(name, unknownVersion)
	v.Versions(name)
	v.Merge(name, sign(op))
	v.Get(name)
	v.Send(http.MethodGet, at(name, "/"), nil)
	v.GetVersion(name, shell.Version()) // the shell's version need not be the certificate's
	v.Versions(name)
}

func getAfterImportOverMerge(v *Vault) {
	name := v.NewName()
	_, merged := v.complete(name, policy.Manual())
	v.Get(name)
	imported := v.Import(name, pki.PFX("over a merged one", 0))
	v.Get(name)
	v.GetVersion(name, merged.Version())
	v.GetVersion(name, imported.Version())
	_, again := v.complete(name, policy.Manual())
	v.Get(name)
	v.GetVersion(name, again.Version())
	v.GetVersion(name, imported.Version())
	v.GetVersion(name, merged.Version())
	v.Versions(name)
}

func getWithMembers(v *Vault) {
	name := v.NewName()
	imported := v.ImportWith(name, pki.PFX("with tags", 0), Members{
		"tags":       map[string]string{"imported": "yes"},
		"attributes": map[string]any{"enabled": true},
	})
	v.Get(name)
	v.GetVersion(name, imported.Version())
	v.Import(name, pki.PFX("without tags", 1))
	v.Get(name)
	v.GetVersion(name, imported.Version())
}
