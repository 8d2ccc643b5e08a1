package suites

import (
	"fmt"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// Requests on one name that come at the same moment take effect in some order: of those that exclude each other one alone is
// accepted, and what it was told is what a poll shows afterwards (RULINGS R27). Each race is followed by looks that overlap
// nothing, and has few enough requests for all their orders to be thought through.
var race = Scenario{
	ID:     "race",
	Title:  "Concurrent requests on one name",
	Source: `Monitor and manage certificate creation, § Create (or Import) when pending request exists - status is "inProgress"`,
	Drive: func(v *Vault) {
		parts := []func(v *Vault){raceCreates, raceMerges, raceDeletes, raceCancels, raceImports, mergeAgainstDelete,
			mergeAgainstCancel, importAgainstCreate, pollsDuringCreate, pollsDuringMerge}
		parts = append(parts, spare(raceRenewals, interleaveMerge, interleaveDelete, createAgainstDelete, mergeAgainstCreate, cancelAgainstDelete,
			raceDeletesOfCompleted, readsDuringRenewal, readsDuringImport)...)
		parts = append(parts, spare(v.withIssuers(raceIssued, raceAtTheIssuer, interleaveIssued)...)...)
		parts = append(parts, spare(v.withFailing(raceIssued, raceAtTheIssuer, raceAfterFailure)...)...)
		v.Together(parts...)
	},
}

// racers are how many creates go for one name.
const racers = 8

// creates are creates that can be told from one another by what they ask for.
func creates(name string, n int, make func(options ...policy.Option) policy.Policy) []func(v *Vault) Answer {
	var all []func(v *Vault) Answer
	for i := range n {
		p := make(policy.Subject(fmt.Sprint("CN=racer-", i+1)))
		all = append(all, func(v *Vault) Answer { return v.Create(name, p) })
	}
	return all
}

// lookFor looks for each of the operations that somebody was told of. More than one is one too many, and the looks show which of them are
// none.
func (v *Vault) lookFor(name string, told []Answer) {
	v.GetPending(name)
	for _, a := range told {
		if a.OK() && a.RequestID != "" {
			v.GetPending(name, Filter(a.RequestID))
		}
	}
	v.Get(name)
	v.Versions(name)
}

// winner is the operation that was accepted, the first of them where there were several.
func winner(told []Answer) Answer {
	for _, a := range told {
		if a.OK() && a.CSR != nil {
			return a
		}
	}
	return Answer{}
}

// Of creates for an unused name one is accepted, the others are 409.
func raceCreates(v *Vault) {
	name := v.NewName()
	told := v.AtOnce(creates(name, racers, policy.Manual)...)
	v.lookFor(name, told)
	v.GetPolicy(name)
	v.Create(name, policy.Manual()) // 409
	op := winner(told)
	v.Merge(name, sign(op))
	v.lookAll(name, op)
}

// The same above a certificate that is there.
func raceRenewals(v *Vault) {
	name := v.NewName()
	_, merged := v.complete(name, policy.Manual())
	told := v.AtOnce(creates(name, racers/2, policy.Manual)...)
	v.lookFor(name, told)
	v.GetVersion(name, merged.Version())
	op := winner(told)
	v.Merge(name, sign(op))
	v.lookAll(name, op)
}

// Of merges one takes effect: each brings a certificate of its own for the same key.
func raceMerges(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	var merges []func(v *Vault) Answer
	for range racers / 2 {
		leaf := sign(op)
		merges = append(merges, func(v *Vault) Answer { return v.Merge(name, leaf) })
	}
	told := v.AtOnce(merges...)
	v.lookAll(name, op)
	for _, a := range told {
		v.GetVersion(name, a.Version())
	}
}

// Of deletes one takes effect.
func raceDeletes(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	remove := func(v *Vault) Answer { return v.DeletePending(name) }
	v.AtOnce(remove, remove, remove, remove)
	v.lookAll(name, op)
	again := v.Create(name, policy.Manual())
	v.look(name, again)
}

// What is completed goes once, as well.
func raceDeletesOfCompleted(v *Vault) {
	name := v.NewName()
	op, merged := v.complete(name, policy.Manual())
	v.GetPending(name)
	remove := func(v *Vault) Answer { return v.DeletePending(name) }
	v.AtOnce(remove, remove, remove)
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

// Of creates in the place of what has failed one is accepted.
func raceAfterFailure(v *Vault, issuer string) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued(issuer))
	v.look(name, op)
	told := v.AtOnce(creates(name, 3, policy.Manual)...)
	v.lookFor(name, told)
	v.GetPending(name, Filter(op.RequestID)) // 404
}

// Cancellations do not exclude each other.
func raceCancels(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	ask := func(v *Vault) Answer { return v.Cancel(name, true) }
	v.AtOnce(ask, ask, ask)
	v.lookAll(name, op)
	v.Merge(name, sign(op))
	v.lookAll(name, op)
}

// Nor do imports: each is a version, and the latest is one of them.
func raceImports(v *Vault) {
	name := v.NewName()
	var imports []func(v *Vault) Answer
	for n := range 3 {
		imports = append(imports, func(v *Vault) Answer { return v.Import(name, pki.PFX("at once", n)) })
	}
	told := v.AtOnce(imports...)
	v.Get(name)
	v.Versions(name)
	for _, a := range told {
		v.GetVersion(name, a.Version())
	}
	v.GetPending(name)
}

// The delete frees the name for one of the creates, or comes too late for both.
func createAgainstDelete(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual(policy.Subject("CN=the-first")))
	told := v.AtOnce(append(creates(name, 2, policy.Manual), func(v *Vault) Answer { return v.DeletePending(name) })...)
	v.lookFor(name, told)
	v.GetPending(name, Filter(op.RequestID))
	again := v.Create(name, policy.Manual())
	v.look(name, again)
}

// Either the certificate is there, or the operation is gone without one; and after a merge that was accepted it is there.
func mergeAgainstDelete(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	leaf := sign(op)
	told := v.AtOnce(
		func(v *Vault) Answer { return v.Merge(name, leaf) },
		func(v *Vault) Answer { return v.DeletePending(name) },
		func(v *Vault) Answer { return v.DeletePending(name, Filter(op.RequestID)) },
	)
	v.lookAll(name, op)
	v.GetVersion(name, told[0].Version())
	again := v.Create(name, policy.Manual())
	v.lookAll(name, again)
}

func mergeAgainstCancel(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	leaf := sign(op)
	told := v.AtOnce(
		func(v *Vault) Answer { return v.Cancel(name, true) },
		func(v *Vault) Answer { return v.Merge(name, leaf) },
		func(v *Vault) Answer { return v.Cancel(name, true, Filter(op.RequestID)) },
	)
	v.lookAll(name, op)
	v.GetVersion(name, told[1].Version())
}

// A create that is accepted came after the merge.
func mergeAgainstCreate(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual(policy.Subject("CN=the-first")))
	leaf := sign(op)
	told := v.AtOnce(append(creates(name, 2, policy.Manual), func(v *Vault) Answer { return v.Merge(name, leaf) })...)
	v.lookFor(name, told[:2])
	v.GetPending(name, Filter(op.RequestID))
	v.GetVersion(name, told[2].Version())
}

// One create is accepted, and it came after every import that was.
func importAgainstCreate(v *Vault) {
	name := v.NewName()
	told := v.AtOnce(append(creates(name, 2, policy.Manual),
		func(v *Vault) Answer { return v.Import(name, pki.PFX("against a create", 0)) },
		func(v *Vault) Answer { return v.Import(name, pki.PFX("against a create", 1)) })...)
	v.lookFor(name, told[:2])
	v.GetVersion(name, told[2].Version())
	v.GetVersion(name, told[3].Version())
	v.Import(name, pki.PFX("too late", 0)) // 409
	op := winner(told[:2])
	v.Merge(name, sign(op))
	v.lookAll(name, op)
}

func cancelAgainstDelete(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.AtOnce(
		func(v *Vault) Answer { return v.Cancel(name, true) },
		func(v *Vault) Answer { return v.DeletePending(name) },
		func(v *Vault) Answer { return v.Cancel(name, false) },
	)
	v.lookAll(name, op)
	again := v.Create(name, policy.Manual())
	v.look(name, again) // nobody asked to cancel this one
}

// A poll sees the operation or does not see it yet, and never half of it.
func pollsDuringCreate(v *Vault) {
	name := v.NewName()
	poll := func(v *Vault) Answer { return v.GetPending(name) }
	told := v.AtOnce(append(creates(name, 1, policy.Manual), poll, poll, poll,
		func(v *Vault) Answer { return v.Get(name) }, func(v *Vault) Answer { return v.GetPolicy(name) })...)
	v.lookFor(name, told[:1])
}

// What is seen completed, has its certificate.
func pollsDuringMerge(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	leaf := sign(op)
	poll := func(v *Vault) Answer { return v.GetPending(name) }
	read := func(v *Vault) Answer { return v.Get(name) }
	told := v.AtOnce(func(v *Vault) Answer { return v.Merge(name, leaf) }, poll, read, poll, read)
	v.lookAll(name, op)
	v.GetVersion(name, told[0].Version())
}

// While a renewal is merged there is a certificate at every moment: the one before, or the one that comes.
func readsDuringRenewal(v *Vault) {
	name := v.NewName()
	_, merged := v.complete(name, policy.Manual())
	op := v.Create(name, policy.Manual())
	leaf := sign(op)
	v.Get(name)
	read := func(v *Vault) Answer { return v.Get(name) }
	told := v.AtOnce(func(v *Vault) Answer { return v.Merge(name, leaf) }, read, read, read,
		func(v *Vault) Answer { return v.GetVersion(name, merged.Version()) }, func(v *Vault) Answer { return v.Versions(name) })
	v.lookAll(name, op)
	v.GetVersion(name, told[0].Version())
}

// Nor is there none while another one is imported.
func readsDuringImport(v *Vault) {
	name := v.NewName()
	first := v.Import(name, pki.PFX("before", 0))
	v.Get(name)
	read := func(v *Vault) Answer { return v.Get(name) }
	told := v.AtOnce(func(v *Vault) Answer { return v.Import(name, pki.PFX("at once", 1)) }, read, read, read,
		func(v *Vault) Answer { return v.GetVersion(name, first.Version()) })
	v.Get(name)
	v.GetVersion(name, first.Version())
	v.GetVersion(name, told[0].Version())
}

// Three callers who do not know of each other, one of whom completes the certificate.
func interleaveMerge(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	leaf := sign(op)
	v.Together(
		func(v *Vault) {
			v.GetPending(name)
			v.Merge(name, leaf)
			v.Get(name)
		},
		func(v *Vault) {
			v.Cancel(name, true)
			v.GetPending(name, Filter(op.RequestID))
			v.Cancel(name, true)
		},
		func(v *Vault) {
			v.Create(name, policy.Manual(policy.Subject("CN=another-caller")))
			v.GetPending(name)
		},
	)
	v.lookAll(name, op)
}

// Three callers, one of whom starts over.
func interleaveDelete(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	leaf := sign(op)
	var again Answer
	v.Together(
		func(v *Vault) {
			v.DeletePending(name)
			again = v.Create(name, policy.Manual(policy.Subject("CN=once-more")))
			v.GetPending(name, Filter(again.RequestID))
		},
		func(v *Vault) {
			v.GetPending(name, Filter(op.RequestID))
			v.Cancel(name, true, Filter(op.RequestID))
			v.GetPending(name, Filter(op.RequestID))
		},
		func(v *Vault) {
			v.Merge(name, leaf)
			v.GetPending(name)
		},
	)
	v.lookAll(name, again)
	v.GetPending(name, Filter(op.RequestID))
	v.Merge(name, sign(again))
	v.lookAll(name, again)
}

// The issuer works for one of the creates alone.
func raceIssued(v *Vault, issuer string) {
	name := v.NewName()
	told := v.AtOnce(creates(name, racers/2, func(options ...policy.Option) policy.Policy {
		return policy.Issued(issuer, options...)
	})...)
	v.await(name)
	v.lookFor(name, told)
	v.GetPolicy(name)
}

// The issuer is one more who races.
func raceAtTheIssuer(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.AtOnce(
		func(v *Vault) Answer { return v.Cancel(name, true) },
		func(v *Vault) Answer { return v.GetPending(name) },
		func(v *Vault) Answer { return v.Get(name) },
		func(v *Vault) Answer { return v.Create(name, policy.Issued(issuer, policy.Subject("CN=too-early"))) },
	)
	v.await(name)
	v.lookAll(name, op)
	v.AtOnce(
		func(v *Vault) Answer { return v.DeletePending(name) },
		func(v *Vault) Answer { return v.Create(name, policy.Issued(issuer, policy.Subject("CN=the-next"))) },
		func(v *Vault) Answer { return v.GetPending(name, Filter(op.RequestID)) },
	)
	v.await(name)
	v.lookAll(name, op)
}

func interleaveIssued(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	leaf := sign(op)
	var again Answer
	v.Together(
		func(v *Vault) {
			v.Merge(name, leaf)
			v.GetPending(name)
			v.Merge(name, leaf)
		},
		func(v *Vault) {
			v.Cancel(name, true)
			v.GetPending(name, Filter(op.RequestID))
			v.DeletePending(name)
		},
		func(v *Vault) { again = v.Create(name, policy.Issued(issuer, policy.Subject("CN=another-caller"))) },
	)
	v.await(name)
	v.lookAll(name, again)
	v.GetPending(name, Filter(op.RequestID))
}
