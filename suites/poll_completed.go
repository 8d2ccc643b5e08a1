package suites

import (
	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// A completed operation stays to be read, and points with its target at the certificate, which is there.
var pollCompleted = Scenario{
	ID:     "poll-completed",
	Title:  `Get pending request - request status is "complete"`,
	Source: `Monitor and manage certificate creation, § Get pending request - request status is "complete"`,
	Drive: func(v *Vault) {
		parts := v.withIssuers(pollToCompletion, pollAgainWhenCompleted, completedAndPatched, completedAndMerged, completedAndDeleted,
			completedAndImported)
		parts = append(parts, spare(v.withIssuers(completedAndCreated, completedTwice)...)...)
		v.Together(append(parts, pollMerged, completeTwoNames)...)
	},
}

// The certificate is complete when the operation is first seen completed.
func pollToCompletion(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	done := v.await(name, Filter(op.RequestID))
	v.Get(name)
	v.GetVersion(name, versionIn(done.Target))
	v.Versions(name)
	v.GetPolicy(name)
	v.look(name, op)
	v.GetPending(name, Filter(otherID)) // 404
	v.look(name, op)
}

// What is completed stays completed, whatever is read meanwhile.
func pollAgainWhenCompleted(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	for range 3 {
		v.lookAll(name, op)
	}
}

// "If a request isn't 'inProgress', an http status of 400 (Bad Request) is returned."
func completedAndPatched(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	v.look(name, op)
	v.Cancel(name, true)
	v.lookAll(name, op)
	v.Cancel(name, true, Filter(op.RequestID))
	v.look(name, op)
	v.Cancel(name, false)
	v.lookAll(name, op)
}

// There is nothing to merge into a certificate that its issuer has made.
func completedAndMerged(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	before := v.Get(name)
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.Merge(name, wrongly(op))
	v.lookAll(name, op)
	v.GetVersion(name, before.Version())
}

// The operation goes, the certificate stays, and the name is free.
func completedAndDeleted(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	before := v.Get(name)
	v.DeletePending(name)
	v.lookAll(name, op)
	v.GetVersion(name, before.Version())
	v.DeletePending(name) // 404
	v.Cancel(name, true)  // 404
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.issue(name, policy.Issued(issuer))
	v.Versions(name)
}

// "A pending object can be … overwritten by a create/import operation when its status isn't inProgress."
func completedAndCreated(v *Vault, issuer string) {
	name := v.NewName()
	first, _ := v.issue(name, policy.Issued(issuer))
	before := v.Get(name)
	second := v.Create(name, policy.Manual())
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.lookAll(name, second)
	v.GetVersion(name, before.Version())
	v.Merge(name, sign(second))
	v.lookAll(name, second)
}

func completedAndImported(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	before := v.Get(name)
	imported := v.Import(name, pki.PFX("over a completed one", 0))
	v.lookAll(name, op) // 404 for both forms (RULINGS R8)
	v.GetVersion(name, before.Version())
	v.GetVersion(name, imported.Version())
}

// Each operation's target is the certificate that it has made.
func completedTwice(v *Vault, issuer string) {
	name := v.NewName()
	first, _ := v.issue(name, policy.Issued(issuer))
	v.Get(name)
	second, done := v.issue(name, policy.Issued(issuer))
	v.Get(name)
	v.GetVersion(name, versionIn(done.Target))
	v.look(name, second)
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.Versions(name)
}

// A merge completes an operation as an issuer does.
func pollMerged(v *Vault) {
	name := v.NewName()
	op, merged := v.complete(name, policy.Manual())
	for range 2 {
		v.lookAll(name, op)
	}
	v.GetVersion(name, merged.Version())
	v.GetPending(name, Filter(otherID))
	v.GetPending(name)
}

// An operation that is completed says nothing of another name's.
func completeTwoNames(v *Vault) {
	a, b := v.NewName(), v.NewName()
	opB := v.Create(b, policy.Manual())
	opA, _ := v.issue(a, policy.Self())
	v.lookAll(b, opB)
	v.GetPending(a, Filter(opB.RequestID)) // 404
	v.GetPending(b, Filter(opA.RequestID)) // 404
	v.lookAll(a, opA)
}
