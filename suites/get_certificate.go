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
		parts := append(v.withIssuers(getIssued), getUnknown, getImported, getImportedTwice, getPendingOnly, getAfterImportOverMerge,
			getWithMembers, getDisabled, getWithPolicy, getVersionOfAnother, getManyVersions, getDeletedOperations, getDeleted)
		v.Together(append(parts, spare(getDeletedWhilePending)...)...)
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
	v.Get(name) // 404, and that is not what comes next
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

// What was deleted is gone, and stays so.
func getDeleted(v *Vault) {
	name := v.NewName()
	op, merged := v.complete(name, policy.Manual())
	v.Get(name)
	v.DeleteCertificate(name)
	v.Get(name)
	v.Get(name)
	v.GetVersion(name, merged.Version())
	v.Get(name)
	v.look(name, op)
	v.Send(http.MethodGet, at(name, "/"), nil)
	v.Versions(name)
	v.GetPolicy(name)
	v.DeletePending(name)
}

// With the certificate goes its operation: nothing can come of that any more.
func getDeletedWhilePending(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.DeleteCertificate(name)
	v.Get(name)
	v.look(name, op)
	v.Cancel(name, true)
	v.Get(name)
	v.Merge(name, sign(op))
	v.Get(name)
	v.DeletePending(name)
	v.Get(name)
}

func getImportedTwice(v *Vault) {
	name := v.NewName()
	first := v.Import(name, pki.PFX("first", 0))
	v.Get(name)
	second := v.Import(name, pki.PFX("second", 1))
	v.Get(name)
	v.Send(http.MethodGet, at(name, "/"), nil)
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

// enabled: "Determines whether the object is enabled." What is disabled can be read all the same.
func getDisabled(v *Vault) {
	name := v.NewName()
	first := v.ImportWith(name, pki.PFX("disabled", 0), Members{"attributes": map[string]any{"enabled": false}})
	v.Get(name)
	v.GetVersion(name, first.Version())
	second := v.Import(name, pki.PFX("enabled", 1))
	v.Get(name)
	v.GetVersion(name, first.Version())
	v.GetVersion(name, second.Version())
	v.Versions(name)
	v.ImportWith(name, pki.PFX("disabled again", 2), Members{"attributes": map[string]any{"enabled": false}})
	v.Get(name) // the latest version is this one all the same
	v.GetVersion(name, second.Version())
}

// What an import says of the management of its certificate, its policy keeps; what it says of the certificate, is the certificate's own.
func getWithPolicy(v *Vault) {
	name := v.NewName()
	imported := v.ImportWith(name, pki.PFX("with a policy", 0), Members{
		"policy": policy.Manual(policy.Subject("CN=of-the-policy"), policy.DNSNames(pki.ImportedName), policy.ContentType("application/x-pkcs12"),
			policy.AtPercentage("EmailContacts", 50)),
		"tags": map[string]string{"policy": "yes"},
	})
	v.Get(name)
	v.GetVersion(name, imported.Version())
	v.GetPolicy(name)
}

// A version is found under its own name alone.
func getVersionOfAnother(v *Vault) {
	merged, imported, pending := v.NewName(), v.NewName(), v.NewName()
	_, m := v.complete(merged, policy.Manual())
	i := v.Import(imported, pki.PFX("another", 0))
	v.Create(pending, policy.Manual())
	v.GetVersion(merged, i.Version()) // 404
	v.GetVersion(imported, m.Version())
	v.GetVersion(pending, m.Version())
	v.GetVersion(v.Unused(), m.Version())
	v.GetVersion(merged, m.Version())
	v.GetVersion(imported, i.Version())
}

// Each version stays what it was, and the list has them all, page by page.
func getManyVersions(v *Vault) {
	name := v.NewName()
	var versions []string
	for n := range 4 {
		versions = append(versions, v.Import(name, pki.PFX("one of many", n)).Version())
	}
	v.Get(name)
	listed := v.Versions(name)
	v.Together(
		func(v *Vault) {
			for _, version := range versions {
				v.GetVersion(name, version)
			}
		},
		func(v *Vault) { v.getListed(name, listed) },
		func(v *Vault) {
			page := v.Versions(name, Query("maxresults", "2"))
			for range versions {
				page = v.nextVersions(name, page)
			}
		},
	)
	v.Get(name)
}

// getListed reads what a list names.
func (v *Vault) getListed(name string, list Answer) {
	for _, version := range list.Listed {
		v.GetVersion(name, version)
	}
}

// Deleting operations, or overwriting them, is no matter of the certificates that they made.
func getDeletedOperations(v *Vault) {
	name := v.NewName()
	_, first := v.complete(name, policy.Manual())
	v.DeletePending(name)
	_, second := v.complete(name, policy.Manual())
	v.DeletePending(name)
	v.Create(name, policy.Manual())
	v.DeletePending(name)
	v.Get(name)
	v.GetVersion(name, first.Version())
	v.GetVersion(name, second.Version())
	v.getListed(name, v.Versions(name))
}

// What an issuer has made is read as everything else is.
func getIssued(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	shell := v.Get(name)
	v.Send(http.MethodGet, at(name, "/"), nil)
	v.await(name, Filter(op.RequestID))
	made := v.Get(name)
	v.Send(http.MethodGet, at(name, "/"), nil)
	v.GetVersion(name, made.Version())
	v.GetVersion(name, shell.Version()) // the shell's version need not be the certificate's
	v.GetVersion(name, unknownVersion)
	v.getListed(name, v.Versions(name))
	v.GetPolicy(name)
}

func getWithMembers(v *Vault) {
	name := v.NewName()
	more := Members{"tags": map[string]string{"imported": "yes"}, "attributes": map[string]any{"enabled": true}}
	if v.Since76() {
		more["preserveCertOrder"] = true
	}
	imported := v.ImportWith(name, pki.PFX("with tags", 0), more)
	v.Get(name)
	v.GetVersion(name, imported.Version())
	v.ImportWith(name, pki.PFX("with other tags", 1), Members{"tags": map[string]string{"imported": "again"}})
	v.Get(name)
	v.GetVersion(name, imported.Version())
	v.Versions(name)
}
