package suites

import (
	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// A merge is no way around an issuer that is at work, and the way out once it has failed.
var mergeWithIssuer = Scenario{
	ID:     "merge-with-issuer",
	Title:  "Merge when pending request is created with an issuer",
	Source: "Monitor and manage certificate creation, § Merge when pending request is created with an issuer",
	Drive: func(v *Vault) {
		parts := v.withIssuers(mergeIntoIssued, mergeJunkIntoIssued, mergeAfterLooking, mergeWhileCancelling,
			mergeAfterCancelling, mergeAfterCompletion, mergeAfterDeletion)
		parts = append(parts, v.withFailing(mergeAfterFailure)...)
		parts = append(parts, spare(v.withFailing(mergeIntoIssued, mergeWhileCancelling, mergeChainAfterFailure, mergeAfterRenewalFailed)...)...)
		parts = append(parts, spare(v.withIssuers(mergeAboveAVersion)...)...)
		v.Together(parts...)
	},
}

// 403, at once and again, and the issuer's certificate is the one that comes. (With Self, the issuer may be faster.)
func mergeIntoIssued(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.MergeWith(name, sign(op), Members{"tags": refusedTags, "attributes": map[string]any{"enabled": false}})
	v.GetPending(name)
	v.Merge(name, signFully(op))
	v.GetPending(name, Filter(op.RequestID))
	v.await(name)
	v.lookAll(name, op)
}

// It is refused whatever is in it, and that is no harm either.
func mergeJunkIntoIssued(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.MergeWith(name, wrongly(op), Members{"tags": refusedTags})
	v.GetPending(name)
	v.MergeRaw(name, body(nil, "x5c", []string{"dGVzdA=="}), Defect("x5c is no certificate"))
	v.await(name)
	v.lookAll(name, op)
}

func mergeAfterLooking(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.GetPending(name)
	v.Merge(name, sign(op))
	v.await(name)
	v.lookAll(name, op)
}

func mergeAboveAVersion(v *Vault, issuer string) {
	name := v.NewName()
	_, merged := v.complete(name, policy.Manual())
	renewal := v.Create(name, policy.Issued(issuer))
	v.Merge(name, sign(renewal))
	v.Get(name)
	v.await(name)
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
}

// As long as the operation is in progress, a cancellation that was asked for changes nothing of it.
func mergeWhileCancelling(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Cancel(name, true)
	v.Merge(name, sign(op))
	v.await(name)
	v.lookAll(name, op)
}

// "If the request … cancels for some reason, and if an x509 certificate can be retrieved by out-of-band means, a merge operation can
// be done to complete the KV certificate."
func mergeAfterCancelling(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Cancel(name, true)
	v.await(name)
	merged := v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
	v.Merge(name, sign(op)) // completed it takes no further one
	v.lookAll(name, op)
}

func mergeAfterCompletion(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	v.Get(name)
	v.Merge(name, signFully(op))
	v.lookAll(name, op)
}

func mergeAfterDeletion(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.DeletePending(name)
	v.Merge(name, sign(op)) // 404
	v.lookAll(name, op)
}

// "If the request to create the x509 certificate fails …": the merge completes the operation that failed.
func mergeAfterFailure(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	v.MergeRaw(name, body(nil, "x5c", []string{"dGVzdA=="}), Defect("x5c is no certificate"))
	v.look(name, op)
	v.Merge(name, wrongly(op))
	v.look(name, op)
	merged := v.MergeWith(name, sign(op), Members{"tags": map[string]string{"merged": "after a failure"}})
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	again := v.Create(name, policy.Manual())
	v.look(name, again)
}

func mergeChainAfterFailure(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer, policy.EC("P-256")))
	v.Merge(name, signFully(op))
	v.lookAll(name, op)
	v.Import(name, pki.PFX("after a merge", 0))
	v.lookAll(name, op)
}

func mergeAfterRenewalFailed(v *Vault, issuer string) {
	name := v.NewName()
	first, merged := v.complete(name, policy.Manual())
	renewal, _ := v.issue(name, policy.Issued(issuer))
	v.Merge(name, sign(first)) // the key of the version before
	v.lookAll(name, renewal)
	v.Merge(name, sign(renewal))
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
}
