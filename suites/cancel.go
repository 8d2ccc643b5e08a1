package suites

import (
	"slices"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// A cancellation can only be requested; the operation may or may not be cancelled.
var cancel = Scenario{
	ID:     "cancel",
	Title:  `Request a cancellation while the pending request status is "inProgress"`,
	Source: `Monitor and manage certificate creation, § Request a cancellation while the pending request status is "inProgress"`,
	Drive: func(v *Vault) {
		parts := v.withIssuers(cancelIssued, cancelIssuedWithFilter)
		parts = append(parts, spare(v.withIssuers(cancelIssuedAndWithdraw, cancelIssuedAboveAVersion, withdrawOnly)...)...)
		parts = append(parts, v.withFailing(cancelFailed)...)
		parts = append(parts, cancelInProgress, cancelWithFilter, cancelWithdrawn, cancelNothing, cancelDeleted, cancelCompleted,
			cancelCompletedAfterwards, cancelAndMerge)
		parts = append(parts, spare(cancelAndDelete, cancelAboveAVersion, cancelRefusedAndMerge)...)
		parts = append(parts, spare(v.withFailing(cancelIssued, withdrawOnly)...)...)
		v.Together(slices.Concat(parts, cancelJunk[:2], spare(cancelJunk[2:]...))...)
	},
}

func cancelInProgress(v *Vault) {
	name, other := v.NewName(), v.NewName()
	op := v.Create(name, policy.Manual())
	theirs := v.Create(other, policy.Manual())
	v.Cancel(name, true)
	v.look(name, op)
	v.GetPending(name)
	v.look(other, theirs)
	v.Cancel(name, true) // again
	v.look(name, op)
	v.Get(name)
	v.Versions(name)
	v.GetPending(other)
}

// A request_id that matches acts as none would.
func cancelWithFilter(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Cancel(name, true, Filter(otherID)) // 404
	v.look(name, op)
	v.Cancel(name, false, Filter(op.RequestID))
	v.look(name, op)
	v.Cancel(name, true, Filter(op.RequestID))
	v.look(name, op)
}

func cancelWithdrawn(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Cancel(name, false) // changes nothing: nothing was requested
	v.look(name, op)
	v.Create(name, policy.Manual()) // 409 as before
	v.look(name, op)
	v.Cancel(name, false)
	v.GetPending(name)
	v.Cancel(name, true)
	v.look(name, op)
	v.Cancel(name, false) // nobody knows whether a request can be taken back
	v.look(name, op)
}

func cancelNothing(v *Vault) {
	name := v.NewName()
	v.Cancel(name, true)
	v.Cancel(name, false)
	v.Cancel(name, true, Filter(otherID))
	v.GetPending(name)
	v.Get(name)
}

func cancelDeleted(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.DeletePending(name)
	v.Cancel(name, true)
	v.look(name, op)
	v.Cancel(name, true, Filter(op.RequestID))
	v.look(name, op)
}

// If a request isn't "inProgress", it cannot be cancelled.
func cancelCompleted(v *Vault) {
	name := v.NewName()
	op, merged := v.complete(name, policy.Manual())
	v.GetPending(name)
	v.Cancel(name, true) // 400
	v.lookAll(name, op)
	v.Cancel(name, true, Filter(op.RequestID))
	v.look(name, op)
	v.Cancel(name, false)
	v.lookAll(name, op)
	v.Cancel(name, true, Filter(otherID)) // 404, and no way back for what has ended
	v.look(name, op)
	v.DeletePending(name, Filter(otherID))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

// A cancellation that was asked for in time does not undo the merge that came before it took effect.
func cancelCompletedAfterwards(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Cancel(name, true)
	v.GetPending(name)
	v.Merge(name, signFully(op))
	v.lookAll(name, op)
	v.Cancel(name, true)
	v.lookAll(name, op)
	again := v.Create(name, policy.Manual())
	v.look(name, again) // without the flag of the one before
}

// A merge is allowed in whatever state the cancellation has led to.
func cancelAndMerge(v *Vault) {
	name := v.NewName()
	op := v.CreateWith(name, policy.Manual(), Members{
		"tags": map[string]string{"create": "cancelled"}, "attributes": map[string]any{"enabled": false},
	})
	v.Cancel(name, true)
	v.look(name, op)
	v.Merge(name, wrongly(op))
	v.look(name, op)
	v.Merge(name, sign(op))
	v.lookAll(name, op)
}

func cancelAndDelete(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Cancel(name, true)
	v.GetPending(name)
	v.DeletePending(name)
	v.look(name, op)
	again := v.Create(name, policy.Manual())
	v.look(name, again)
	v.Cancel(name, true, Filter(op.RequestID)) // the flag is not for the deleted one's follower
	v.look(name, again)
}

// The certificate before it does not suffer from its renewal's cancellation.
func cancelAboveAVersion(v *Vault) {
	name := v.NewName()
	imported := v.Import(name, pki.PFX("before", 0))
	_, merged := v.complete(name, policy.Manual())
	renewal := v.Create(name, policy.Manual())
	v.Cancel(name, true)
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
	v.GetVersion(name, imported.Version())
}

// "A cancellation can only be requested. A request may or may not be canceled."
func cancelIssued(v *Vault, issuer string) {
	name, other := v.NewName(), v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	theirs := v.Create(other, policy.Manual())
	v.Cancel(name, true)
	v.GetPending(name) // while it is in progress, the flag stays
	v.Cancel(name, true)
	v.await(name)
	v.lookAll(name, op)
	v.Cancel(name, true) // 400, whichever end it has come to
	v.lookAll(name, op)
	v.look(other, theirs)
}

func cancelIssuedWithFilter(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Cancel(name, true, Filter(otherID)) // 404
	v.GetPending(name)
	v.Cancel(name, true, Filter(op.RequestID))
	v.await(name, Filter(op.RequestID))
	v.lookAll(name, op)
}

// Nobody knows whether a request can be taken back.
func cancelIssuedAndWithdraw(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Cancel(name, true)
	v.Cancel(name, false)
	v.await(name)
	v.lookAll(name, op)
}

func cancelIssuedAboveAVersion(v *Vault, issuer string) {
	name := v.NewName()
	v.issue(name, policy.Issued(issuer))
	before := v.Get(name)
	renewal := v.Create(name, policy.Issued(issuer))
	v.Cancel(name, true)
	v.Get(name)
	v.await(name)
	v.lookAll(name, renewal)
	v.GetVersion(name, before.Version())
}

// false asks for nothing: the issuer goes on.
func withdrawOnly(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Cancel(name, false)
	v.await(name)
	v.lookAll(name, op)
	v.Cancel(name, false)
	v.look(name, op)
}

// "If a request isn't 'inProgress', an http status of 400 (Bad Request) is returned": one that failed is not.
func cancelFailed(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	v.look(name, op)
	v.Cancel(name, true)
	v.lookAll(name, op)
	v.Cancel(name, true, Filter(op.RequestID))
	v.look(name, op)
}

// cancelJunk are bodies that ask for nothing. Each has an operation of its own, so that one that is taken for a
// cancellation does not hide the next.
var cancelJunk = []func(v *Vault){
	junkPatch("no body", nil),
	junkPatch("an empty object: cancellation_requested is required", []byte(`{}`)),
	junkPatch("cancellation_requested is a string", []byte(`{"cancellation_requested":"true"}`)),
	junkPatch("cancellation_requested is a number", []byte(`{"cancellation_requested":1}`)),
	junkPatch("cancellation_requested is null", []byte(`{"cancellation_requested":null}`)),
	junkPatch("the body is an array", []byte(`[{"cancellation_requested":true}]`)),
	junkPatch("the body is cut off", []byte(`{"cancellation_requested":tr`)),
	junkPatch("the status cannot be set", []byte(`{"status":"completed"}`)),
	junkPatch("the body is empty", []byte{}),
	junkPatch("cancellation_requested is an object", []byte(`{"cancellation_requested":{}}`)),
	junkPatch("the body is nested without an end in sight", nested("cancellation_requested")),
}

// What a refused body brings beside what is wrong with it, is not for the certificate, nor is what the create has asked for lost.
func cancelRefusedAndMerge(v *Vault) {
	name := v.NewName()
	op := v.CreateWith(name, policy.Manual(), keptTags)
	junk := Members{"tags": refusedTags, "attributes": map[string]any{"enabled": false}}
	v.PatchPending(name, body(junk, "cancellation_requested", "true"), Defect("cancellation_requested is a string"))
	v.PatchPending(name, body(junk, "status", "completed"), Defect("the status cannot be set"))
	v.look(name, op)
	merged := v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

func junkPatch(defect string, raw []byte) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		op := v.Create(name, policy.Manual())
		v.PatchPending(name, raw, Defect(defect))
		v.look(name, op)
		v.Cancel(name, true)                      // the same without the defect
		v.PatchPending(name, raw, Defect(defect)) // nor does it take the request back
		v.look(name, op)
	}
}
