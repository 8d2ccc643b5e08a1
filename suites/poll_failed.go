package suites

import (
	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// An operation that failed, or was cancelled, says so from then on. It made nothing, and it is in nobody's way.
var pollFailed = Scenario{
	ID:     "poll-failed",
	Title:  `Get pending request - pending request status is "canceled" or "failed"`,
	Source: `Monitor and manage certificate creation, § Get pending request - pending request status is "canceled" or "failed"`,
	Drive: func(v *Vault) {
		parts := append(v.withFailing(failBesideAnother), spare(v.withFailing(failAboveAVersion, failTwice)...)...)
		afterwards := []func(v *Vault, name string, op Answer){readEnded, patchEnded, createAfterEnd, importAfterEnd, mergeAfterEnd, deleteEnded}
		for i, then := range afterwards {
			parts = append(parts, v.withFailing(failed(then))...)
			parts = append(parts, spare(cancelledByHand(then))...)
			bySelf := []func(v *Vault){func(v *Vault) { cancelled(then)(v, self) }}
			if v.FailingIssuer() != "" && i%2 == 0 {
				bySelf = spare(bySelf...)
			}
			parts = append(parts, bySelf...)
		}
		parts = append(parts, spare(v.withIssuers(cancelledAboveAVersion)...)...)
		v.Together(parts...)
	},
}

// failed does something after an operation has failed.
func failed(then func(v *Vault, name string, op Answer)) func(v *Vault, issuer string) {
	return func(v *Vault, issuer string) {
		name := v.NewName()
		op := v.CreateWith(name, policy.Issued(issuer), v.givenUp())
		v.await(name)
		then(v, name, op)
	}
}

// cancelled does something after an operation was cancelled. "A request may or may not be canceled": where the issuer was faster, or
// did not listen, the same is done after another end.
func cancelled(then func(v *Vault, name string, op Answer)) func(v *Vault, issuer string) {
	return func(v *Vault, issuer string) {
		name := v.NewName()
		op := v.CreateWith(name, policy.Issued(issuer), v.givenUp())
		v.Cancel(name, true)
		v.await(name)
		then(v, name, op)
	}
}

// cancelledByHand does the same after the cancellation of a manual operation, which some vaults never cancel: it is not waited for.
func cancelledByHand(then func(v *Vault, name string, op Answer)) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		op := v.CreateWith(name, policy.Manual(), v.givenUp())
		v.Cancel(name, true)
		v.GetPending(name)
		then(v, name, op)
	}
}

// It stays to be read, with its end, and there is no certificate.
func readEnded(v *Vault, name string, op Answer) {
	for range 3 {
		v.lookAll(name, op)
	}
	v.GetPending(name, Filter(otherID)) // 404
	v.GetPolicy(name)
	v.look(name, op)
}

// "If a request isn't 'inProgress', an http status of 400 (Bad Request) is returned."
func patchEnded(v *Vault, name string, op Answer) {
	v.Cancel(name, true)
	v.look(name, op)
	v.Cancel(name, true, Filter(op.RequestID))
	v.look(name, op)
	v.Cancel(name, false)
	v.lookAll(name, op)
	v.Merge(name, sign(op)) // what was refused is no harm to that
	v.lookAll(name, op)
}

// "When a pending request's state is 'inprogress', create (and import) operations will fail": in any other state they do not.
func createAfterEnd(v *Vault, name string, op Answer) {
	again := v.Create(name, policy.Manual(policy.Subject("CN=after-the-end")))
	v.GetPending(name, Filter(op.RequestID)) // 404
	v.look(name, again)
	v.Merge(name, sign(op)) // for a key that went with the operation before
	v.look(name, again)
	v.Merge(name, sign(again))
	v.lookAll(name, again)
}

func importAfterEnd(v *Vault, name string, op Answer) {
	imported := v.Import(name, pki.PFX("after the end", 0))
	v.lookAll(name, op) // 404 for both forms (RULINGS R8)
	v.GetVersion(name, imported.Version())
}

// "If the request to create the x509 certificate fails or cancels for some reason, … a merge operation can be done."
func mergeAfterEnd(v *Vault, name string, op Answer) {
	v.Merge(name, wrongly(op))
	v.lookAll(name, op)
	merged := v.Merge(name, signFully(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
	v.Cancel(name, true) // completed by now
	v.lookAll(name, op)
}

func deleteEnded(v *Vault, name string, op Answer) {
	v.DeletePending(name)
	v.lookAll(name, op)
	v.Merge(name, sign(op)) // 404
	v.lookAll(name, op)
	again := v.Create(name, policy.Manual())
	v.look(name, again)
}

// The certificate before it does not suffer from a renewal that fails.
func failAboveAVersion(v *Vault, issuer string) {
	name := v.NewName()
	v.Import(name, pki.PFX("the oldest", 0))
	merged := v.MergeWith(name, sign(v.Create(name, policy.Manual())), keptTags)
	v.Get(name)
	renewal := v.CreateWith(name, policy.Issued(issuer), v.givenUp())
	v.await(name)
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
	v.DeletePending(name)
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
}

// An operation is not spared what came of the one before.
func failTwice(v *Vault, issuer string) {
	name := v.NewName()
	first, _ := v.issue(name, policy.Issued(issuer))
	v.look(name, first)
	second, _ := v.issue(name, policy.Issued(issuer))
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.lookAll(name, second)
	v.issue(name, policy.Self())
	v.Get(name)
	v.Versions(name)
}

// Another name's operation has not heard of it.
func failBesideAnother(v *Vault, issuer string) {
	name, other := v.NewName(), v.NewName()
	kept := v.Create(other, policy.Manual())
	op, _ := v.issue(name, policy.Issued(issuer))
	v.look(name, op)
	v.look(other, kept)
	v.GetPending(other, Filter(op.RequestID))  // 404
	v.GetPending(name, Filter(kept.RequestID)) // 404
}

func cancelledAboveAVersion(v *Vault, issuer string) {
	name := v.NewName()
	v.Import(name, pki.PFX("the oldest", 0))
	merged := v.MergeWith(name, sign(v.Create(name, policy.Manual())), keptTags)
	v.Get(name)
	renewal := v.CreateWith(name, policy.Issued(issuer), v.givenUp())
	v.Cancel(name, true)
	v.await(name)
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
}
