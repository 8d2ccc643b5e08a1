package suites

import (
	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// A pending object is deleted, and with it all that could still come of it.
var deletePending = Scenario{
	ID:     "delete-pending",
	Title:  "Delete a pending request object",
	Source: "Monitor and manage certificate creation, § Delete a pending request object",
	Drive: func(v *Vault) {
		parts := v.withIssuers(deleteIssued, deleteIssuedCompleted)
		parts = append(parts, v.withFailing(deleteFailed)...)
		parts = append(parts, deleteInProgress, deleteWithFilter, deleteAndGoOn, deleteAndImport, deleteAndCreate, deleteNothing,
			deleteCancelling, deleteCompleted)
		parts = append(parts, spare(deleteAboveAVersion, deleteOneOfTwo)...)
		parts = append(parts, spare(v.withIssuers(deleteIssuedWhileCancelling, deleteIssuedAndCreate, deleteIssuedAndImport, deleteIssuedAboveAVersion)...)...)
		parts = append(parts, spare(v.withFailing(deleteIssued)...)...)
		v.Together(parts...)
	},
}

func deleteInProgress(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.GetPending(name)
	v.DeletePending(name) // 200: the operation as it stood
	v.look(name, op)
	v.Get(name)
	v.DeletePending(name) // 404
	v.DeletePending(name, Filter(op.RequestID))
	v.look(name, op)
	v.Get(name)
	v.Versions(name)
}

func deleteWithFilter(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.DeletePending(name, Filter(otherID)) // 404
	v.look(name, op)
	v.DeletePending(name, Filter(op.RequestID)) // 200
	v.look(name, op)
}

// What is deleted cannot be cancelled or merged, and does not come back by trying.
func deleteAndGoOn(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.DeletePending(name)
	v.Cancel(name, true)
	v.GetPending(name)
	v.Merge(name, sign(op)) // 404, and no certificate
	v.look(name, op)
	v.Get(name)
	v.Versions(name)
	v.Cancel(name, false)
	v.Merge(name, signFully(op))
	v.GetPending(name)
	v.Get(name)
}

func deleteAndImport(v *Vault) {
	name := v.NewName()
	v.CreateWith(name, policy.Manual(), v.givenUp())
	v.DeletePending(name)
	imported := v.Import(name, pki.PFX("after the deletion", 0))
	v.Get(name)
	v.GetVersion(name, imported.Version())
	v.GetPending(name)
	v.DeletePending(name)
	v.Get(name)
}

func deleteAndCreate(v *Vault) {
	name := v.NewName()
	first := v.CreateWith(name, policy.Manual(policy.Subject("CN=deleted")), v.givenUp())
	v.DeletePending(name)
	second := v.Create(name, policy.Manual(policy.Subject("CN=made-again"))) // with nothing of the first
	v.look(name, second)
	v.GetPolicy(name)
	v.DeletePending(name, Filter(first.RequestID))
	v.look(name, second)
	v.Merge(name, sign(second))
	v.lookAll(name, second)
	v.DeletePending(name, Filter(first.RequestID))
	v.look(name, second)
}

func deleteNothing(v *Vault) {
	name := v.NewName()
	v.DeletePending(name)
	v.DeletePending(name, Filter(otherID))
	v.GetPending(name)
	v.Get(name)
}

func deleteCancelling(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Cancel(name, true)
	v.DeletePending(name) // shows the flag
	v.look(name, op)
	v.Create(name, policy.Manual()) // without the flag
	v.GetPending(name)
}

// Of a completed operation only the operation goes: the certificate stays.
func deleteCompleted(v *Vault) {
	name := v.NewName()
	op := v.CreateWith(name, policy.Manual(), keptTags)
	merged := v.Merge(name, sign(op))
	v.GetPending(name)
	v.Get(name)
	v.DeletePending(name)
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
	v.DeletePending(name)
	v.Create(name, policy.Manual())
	v.Get(name)
	v.GetVersion(name, merged.Version())
}

func deleteAboveAVersion(v *Vault) {
	name := v.NewName()
	merged := v.MergeWith(name, sign(v.Create(name, policy.Manual())), keptTags)
	v.Get(name)
	renewal := v.CreateWith(name, policy.Manual(), v.givenUp())
	v.DeletePending(name)
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
	v.Merge(name, sign(renewal))
	v.Get(name)
	v.Versions(name)
}

// "The certificate is no longer created": not while the issuer is at work, and not when it would have been done.
func deleteIssued(v *Vault, issuer string) {
	name, next := v.NewName(), v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Together(
		func(v *Vault) {
			v.DeletePending(name) // 200: the operation as it stood
			v.lookAll(name, op)
		},
		func(v *Vault) {
			v.Create(next, policy.Issued(issuer, policy.Subject("CN=deleted")))
			v.DeletePending(next)
		},
	)
	// Nor does it come to pass in the operation that follows.
	manual := v.Create(next, policy.Manual(policy.Subject("CN=made-again")))
	v.outlast(issuer)
	v.Together(
		func(v *Vault) { v.lookAll(name, op) },
		func(v *Vault) {
			v.lookAll(next, manual)
			v.Merge(next, sign(manual))
			v.lookAll(next, manual)
		},
	)
	v.DeletePending(name) // 404
	v.Cancel(name, true)  // 404
}

func deleteIssuedWhileCancelling(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Cancel(name, true)
	v.DeletePending(name)
	v.look(name, op)
	v.outlast(issuer)
	v.lookAll(name, op)
}

// What was imported instead stays the latest version when the issuer would have been done.
func deleteIssuedAndImport(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.DeletePending(name)
	imported := v.Import(name, pki.PFX("instead of the issuer's", 0))
	v.lookAll(name, op)
	v.outlast(issuer)
	v.lookAll(name, op)
	v.GetVersion(name, imported.Version())
}

// The certificate that comes is the second operation's, and there is no other.
func deleteIssuedAndCreate(v *Vault, issuer string) {
	name := v.NewName()
	first := v.Create(name, policy.Issued(issuer, policy.Subject("CN=deleted")))
	v.DeletePending(name)
	second := v.Create(name, policy.Issued(issuer, policy.Subject("CN=made-again")))
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.await(name)
	v.outlast(issuer)
	v.lookAll(name, second)
	v.GetPolicy(name)
}

func deleteIssuedAboveAVersion(v *Vault, issuer string) {
	name := v.NewName()
	_, merged := v.complete(name, policy.Manual())
	renewal := v.Create(name, policy.Issued(issuer))
	v.DeletePending(name)
	v.Get(name)
	v.outlast(issuer)
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
}

// Of what the issuer has completed only the operation goes.
func deleteIssuedCompleted(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	before := v.Get(name)
	v.DeletePending(name, Filter(otherID)) // 404
	v.GetPending(name)
	v.DeletePending(name, Filter(op.RequestID))
	v.lookAll(name, op)
	v.GetVersion(name, before.Version())
}

func deleteFailed(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	v.DeletePending(name) // 200: the operation as it stood
	v.lookAll(name, op)
	v.DeletePending(name) // 404
	again := v.Create(name, policy.Issued(issuer))
	v.GetPending(name, Filter(again.RequestID))
}

func deleteOneOfTwo(v *Vault) {
	name, other, done := v.NewName(), v.NewName(), v.NewName()
	v.Create(name, policy.Manual())
	op := v.Create(other, policy.Manual())
	completed, _ := v.complete(done, policy.Manual())
	v.DeletePending(name)
	v.look(other, op)
	v.lookAll(done, completed)
	v.Merge(other, sign(op))
	v.look(other, op)
}
