package suites

import (
	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// An operation that never was, that was deleted, or that a later create or import overwrote, is not found; nor is one that
// the request_id in the query does not name.
var pollGone = Scenario{
	ID:     "poll-gone",
	Title:  `Get pending request - pending request status is "deleted" or "overwritten"`,
	Source: `Monitor and manage certificate creation, § Get pending request - pending request status is "deleted" or "overwritten"`,
	Drive: func(v *Vault) {
		parts := append(v.withIssuers(pollIssuedAndGone), pollNeverMade, pollDeleted, pollDeletedAndMadeAgain, pollOverwrittenByCreate,
			pollOverwrittenByImport, pollImportedOnly, pollDeletedAndImported, pollFiltered, pollFilteredWhenCompleted, patchFiltered, deleteFiltered)
		parts = append(parts, spare(mismatchedAndMerged)...)
		parts = append(parts, spare(v.withIssuers(pollIssuedAndOverwritten)...)...)
		parts = append(parts, spare(v.withFailing(pollIssuedAndGone, pollIssuedAndOverwritten)...)...)
		v.Together(parts...)
	},
}

func pollNeverMade(v *Vault) {
	name := v.Unused()
	v.GetPending(name)
	v.GetPending(name, Filter(otherID))
	v.GetPending(name)
}

func pollDeleted(v *Vault) {
	name, other := v.NewName(), v.NewName()
	op := v.Create(name, policy.Manual())
	kept := v.Create(other, policy.Manual())
	v.DeletePending(name)
	v.look(name, op)
	v.look(name, op) // and it stays gone
	v.Get(name)
	v.GetPending(name, Filter(kept.RequestID))
	v.look(other, kept)
}

func pollDeletedAndMadeAgain(v *Vault) {
	name := v.NewName()
	first := v.Create(name, policy.Manual())
	v.DeletePending(name)
	second := v.Create(name, policy.Manual())
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.look(name, second)
	v.Merge(name, sign(first)) // for a key that went with the first operation
	v.look(name, second)
	v.Merge(name, sign(second))
	v.GetPending(name, Filter(first.RequestID)) // 404 still
	v.look(name, second)
}

func pollOverwrittenByCreate(v *Vault) {
	name := v.NewName()
	first, merged := v.complete(name, policy.Manual())
	v.look(name, first)
	second := v.Create(name, policy.Manual())
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.look(name, second)
	v.Get(name) // the first version is still the latest complete one
	v.GetVersion(name, merged.Version())
	v.DeletePending(name)
	v.GetPending(name) // 404: the completed one does not come back
	v.GetPending(name, Filter(first.RequestID))
	third, _ := v.complete(name, policy.Manual())
	v.look(name, third)
	v.GetPending(name, Filter(first.RequestID))
	v.GetPending(name, Filter(second.RequestID))
	v.Versions(name)
}

func pollOverwrittenByImport(v *Vault) {
	name := v.NewName()
	op, merged := v.complete(name, policy.Manual())
	v.look(name, op)
	v.Import(name, pki.PFX("overwrites", 0))
	v.look(name, op) // 404 for both (RULINGS R8)
	v.Get(name)
	v.GetVersion(name, merged.Version())
	v.Versions(name)
	again := v.Create(name, policy.Manual())
	v.GetPending(name, Filter(op.RequestID)) // 404
	v.look(name, again)
}

// Whatever end it had come to, a deleted operation is gone for good.
func pollIssuedAndGone(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.DeletePending(name)
	v.look(name, op)
	ended, _ := v.issue(name, policy.Issued(issuer))
	v.GetPending(name, Filter(op.RequestID))
	v.DeletePending(name)
	v.look(name, ended)
	v.GetPending(name, Filter(op.RequestID))
}

// "A pending object can be … overwritten by a create/import operation when its status isn't inProgress."
func pollIssuedAndOverwritten(v *Vault, issuer string) {
	name := v.NewName()
	first, _ := v.issue(name, policy.Issued(issuer))
	second, _ := v.issue(name, policy.Issued(issuer))
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.Import(name, pki.PFX("overwrites", 1))
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.look(name, second)                        // 404 for both (RULINGS R8)
	third := v.Create(name, policy.Manual())
	v.GetPending(name, Filter(second.RequestID)) // 404
	v.look(name, third)
}

func pollImportedOnly(v *Vault) {
	name := v.NewName()
	v.Import(name, pki.PFX("imported only", 0))
	v.GetPending(name)
	v.GetPending(name, Filter(otherID))
	v.Get(name)
}

func pollDeletedAndImported(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.DeletePending(name)
	v.Import(name, pki.PFX("after a deletion", 1))
	v.look(name, op)
	v.Get(name)
	v.Versions(name)
}

func pollFiltered(v *Vault) {
	name, other := v.NewName(), v.NewName()
	op := v.Create(name, policy.Manual())
	theirs := v.Create(other, policy.Manual())
	for _, id := range append(mismatches(op), theirs.RequestID) {
		v.GetPending(name, Filter(id))
	}
	v.look(name, op)
}

func pollFilteredWhenCompleted(v *Vault) {
	name := v.NewName()
	op, _ := v.complete(name, policy.Manual())
	v.GetPending(name, Filter(otherID))
	v.look(name, op)
	for _, id := range patterns(op) {
		v.GetPending(name, Filter(id)) // 404
	}
	v.look(name, op)
}

// What is refused for its request_id is no harm to what is merged later.
func mismatchedAndMerged(v *Vault) {
	name := v.NewName()
	op := v.CreateWith(name, policy.Manual(), keptTags)
	v.GetPending(name, Filter(otherID))
	v.Cancel(name, true, Filter(otherID))
	v.DeletePending(name, Filter(otherID))
	v.look(name, op)
	merged := v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

// A request_id that is another one's keeps a cancel away from the operation.
func patchFiltered(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	for _, id := range mismatches(op) {
		v.Cancel(name, true, Filter(id))
		v.look(name, op)
	}
	v.Cancel(name, true, Filter(op.RequestID))
	v.look(name, op)
}

// A request_id that is another one's keeps a delete away from the operation. After a vault that deletes all the same there
// is nothing left to try again on, so each id has a name of its own.
func deleteFiltered(v *Vault) {
	v.Together(
		func(v *Vault) {
			name := v.NewName()
			op := v.Create(name, policy.Manual())
			v.DeletePending(name, Filter(otherID))
			v.look(name, op)
			v.DeletePending(name, Filter(op.RequestID))
			v.look(name, op)
		},
		func(v *Vault) {
			name, other := v.NewName(), v.NewName()
			op := v.Create(name, policy.Manual())
			theirs := v.Create(other, policy.Manual())
			v.DeletePending(name, Filter(theirs.RequestID))
			v.look(name, op)
			v.look(other, theirs)
		},
		func(v *Vault) {
			name := v.NewName()
			first := v.Create(name, policy.Manual())
			v.DeletePending(name)
			second := v.Create(name, policy.Manual())
			v.Cancel(name, true, Filter(first.RequestID))
			v.look(name, second)
			v.DeletePending(name, Filter(first.RequestID))
			v.look(name, second)
		},
	)
}
