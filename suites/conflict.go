package suites

import (
	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// Create (or import) when a pending request exists and its status is "inProgress".
var conflict = Scenario{
	ID:     "conflict",
	Title:  `Create (or Import) when pending request exists - status is "inProgress"`,
	Source: `Monitor and manage certificate creation, § Create (or Import) when pending request exists - status is "inProgress"`,
	Drive: func(v *Vault) {
		parts := v.withIssuers(conflictWithIssuer, conflictAndDeleteIssued)
		parts = append(parts, spare(v.withIssuers(conflictAndWait)...)...)
		parts = append(parts, conflictAndDelete, conflictOfPolicies, conflictAboveAVersion, conflictWhileCancelling)
		parts = append(parts, spare(conflictAboveAnImport, conflictAndMerge, conflictOfOneName, conflictOfFollowers)...)
		parts = append(parts, spare(v.withFailing(conflictWithIssuer, conflictAndWait, conflictAndDeleteIssued)...)...)
		v.Together(parts...)
	},
}

// To fix a conflict, delete the pending object …
func conflictAndDelete(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())   // 202: holds the name
	v.Create(name, policy.Manual())         // 409
	v.look(name, op)                        // the first operation, untouched
	v.Import(name, pki.PFX("conflicts", 0)) // 409
	v.look(name, op)
	v.Create(name, policy.Manual()) // 409: once refused is not once for all
	v.lookAll(name, op)
	v.Import(name, pki.PFX("conflicts", 0)) // 409, and however often the operation was looked at
	v.Create(name, policy.Manual())
	v.lookAll(name, op)
	v.DeletePending(name)
	v.look(name, op)
	again := v.Create(name, policy.Manual()) // 202 again
	v.look(name, again)
	v.Create(name, policy.Manual()) // and it holds the name as the first one did
	v.look(name, again)
	v.DeletePending(name)
	v.Import(name, pki.PFX("conflicts", 1))
	v.Get(name)
}

// … or do a merge.
func conflictAndMerge(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Create(name, policy.Manual())
	v.Import(name, pki.PEMBundle("conflicts", 2))
	merged := v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.Import(name, pki.PFX("after the merge", 0)) // 200: nothing is in progress any more
	v.Get(name)
	v.GetVersion(name, merged.Version())
	again := v.Create(name, policy.Manual())
	v.look(name, again)
	v.Merge(name, sign(again))
	v.Versions(name)
}

// While the issuer is at work the name is held. (With Self, it may be done by then.)
func conflictWithIssuer(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Create(name, policy.Issued(issuer, policy.Subject("CN=refused"))) // 409
	v.Import(name, pki.PFX("refused", 0))                               // 409
	v.look(name, op)
	v.await(name)
	v.lookAll(name, op)
	v.GetPolicy(name)
}

// "If the certificate is being created with an issuer, you can wait until the certificate completes, fails or is canceled."
func conflictAndWait(v *Vault, issuer string) {
	name := v.NewName()
	first := v.Create(name, policy.Issued(issuer))
	v.Create(name, policy.Issued(issuer)) // 409
	v.await(name)
	second := v.Create(name, policy.Issued(issuer)) // 202
	v.GetPending(name, Filter(first.RequestID))
	v.Import(name, pki.PFX("refused", 1)) // 409
	v.await(name, Filter(second.RequestID))
	v.Import(name, pki.PFX("accepted", 1)) // 200
	v.lookAll(name, second)
	third := v.Create(name, policy.Manual()) // 202
	v.look(name, third)
}

// "Alternatively, you can delete the pending object."
func conflictAndDeleteIssued(v *Vault, issuer string) {
	name := v.NewName()
	first := v.Create(name, policy.Issued(issuer))
	v.Create(name, policy.Issued(issuer)) // 409
	v.DeletePending(name)
	second := v.Create(name, policy.Issued(issuer)) // 202
	v.GetPending(name, Filter(first.RequestID))     // 404
	v.DeletePending(name)
	v.Import(name, pki.PFX("accepted", 0)) // 200
	v.lookAll(name, second)
}

// A refused create or import does not leave its policy, its key, its tags or its attributes behind. What the first create asked for in
// particular makes its operation hold the name no less.
func conflictOfPolicies(v *Vault) {
	name := v.NewName()
	op := v.CreateWith(name, policy.Manual(policy.Subject("CN=the-first"), policy.Validity(12), policy.AtPercentage("EmailContacts", 50)),
		Members{"tags": map[string]string{"create": "first"}, "attributes": map[string]any{"enabled": false}})
	v.GetPolicy(name)
	v.Get(name)
	second := policy.Self(policy.Subject("CN=the-second"), policy.EC("P-256"), policy.Validity(24), policy.AtPercentage("AutoRenew", 80))
	v.CreateWith(name, second, Members{"tags": map[string]string{"create": "second"}, "attributes": map[string]any{"enabled": true}}) // 409
	v.look(name, op)
	v.GetPolicy(name)
	v.Get(name)
	v.ImportWith(name, pki.PFX("refused", 0), Members{ // 409
		"policy": policy.Manual(policy.Subject("CN=the-third"), policy.AtPercentage("EmailContacts", 60)),
		"tags":   refusedTags, "attributes": map[string]any{"enabled": true},
	})
	v.look(name, op)
	v.GetPolicy(name)
	v.Get(name)
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.GetPolicy(name)
}

// While a renewal is pending the certificate before it is still the certificate.
func conflictAboveAVersion(v *Vault) {
	name := v.NewName()
	_, merged := v.complete(name, policy.Manual())
	v.Get(name)
	more := Members{"attributes": map[string]any{"enabled": true}}
	if v.Since76() {
		more["preserveCertOrder"] = true
	}
	renewal := v.CreateWith(name, policy.Manual(), more)
	v.lookAll(name, renewal)
	v.GetPolicy(name)
	disabled := Members{"tags": refusedTags, "attributes": map[string]any{"enabled": false}}
	v.CreateWith(name, policy.Manual(policy.Subject("CN=refused")), disabled)
	v.lookAll(name, renewal)
	v.GetPolicy(name)
	v.ImportWith(name, pki.PFX("refused", 0), disabled)
	v.lookAll(name, renewal)
	v.GetPolicy(name)
	v.GetVersion(name, merged.Version())
	v.DeletePending(name)
	v.Get(name)
	imported := v.Import(name, pki.PFX("accepted", 0))
	v.Get(name)
	v.GetVersion(name, imported.Version())
	v.GetVersion(name, merged.Version())
	v.Versions(name)
}

func conflictAboveAnImport(v *Vault) {
	name := v.NewName()
	older := v.Import(name, pki.PFX("long before", 1))
	imported := v.Import(name, pki.PFX("before", 0))
	op := v.Create(name, policy.Manual())
	v.lookAll(name, op)
	v.Import(name, pki.PFX("refused", 1))
	v.CreateWith(name, policy.Manual(), Members{"tags": refusedTags})
	v.lookAll(name, op)
	v.GetVersion(name, imported.Version())
	v.GetVersion(name, older.Version())
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.GetVersion(name, imported.Version())
}

// An operation holds one name, and no other.
func conflictOfOneName(v *Vault) {
	held, created, imported := v.NewName(), v.NewName(), v.NewName()
	op := v.Create(held, policy.Manual())
	v.Create(held, policy.Manual())
	other := v.Create(created, policy.Manual())
	v.Import(imported, pki.PFX("another name", 0))
	v.look(held, op)
	v.look(created, other)
	v.Get(imported)
	v.DeletePending(created)
	v.Create(held, policy.Manual()) // 409 still
	v.look(held, op)
}

// A follower of a completed operation holds the name as the first one did.
func conflictOfFollowers(v *Vault) {
	name := v.NewName()
	v.complete(name, policy.Manual())
	second := v.Create(name, policy.Manual())
	v.Create(name, policy.Manual())
	v.look(name, second)
	v.Merge(name, sign(second))
	third := v.Create(name, policy.Manual())
	v.Import(name, pki.PFX("refused", 0))
	v.look(name, third)
	v.Versions(name)
}

// A cancellation that was asked for does not free the name as long as the operation is in progress.
func conflictWhileCancelling(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Cancel(name, true)
	v.GetPending(name)
	v.Create(name, policy.Manual())
	v.look(name, op)
	v.Import(name, pki.PFX("while cancelling", 0))
	v.look(name, op)
}
