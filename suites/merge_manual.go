package suites

import (
	"encoding/base64"
	"maps"
	"math/big"
	"slices"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// A merge completes a certificate that is made by hand.
var mergeManual = Scenario{
	ID:     "merge-manual",
	Title:  "Merge when a pending request is created - manual certificate creation",
	Source: "Monitor and manage certificate creation, § Merge when a pending request is created - manual certificate creation",
	Drive: func(v *Vault) {
		parts := []func(v *Vault){mergeLeaf, mergeChain, mergeReversedChain, mergeWithMembers, mergeDisabled, mergeWrongKey, mergeOthersKey,
			mergeTwice, mergeNothing, mergeOldKeyIntoRenewal, mergeCurve, mergeDoublyEncoded}
		parts = append(parts, mergeBeside(0))
		parts = append(parts, spare(mergeRenewals, mergeBeside(1))...)
		parts = append(parts, spare(mergeOf(pki.Leaf{By: pki.RSASigned}), mergeOf(pki.Leaf{By: pki.SHA384, Serial: big.NewInt(5)}),
			mergeOf(pki.Leaf{By: pki.Subordinate, Serial: longestSerial}), mergeOf(pki.Leaf{Comment: 1500}))...)
		parts = append(parts, spare(mergeWronglyLater, mergeAlmostTheKey(policy.EC("P-256")), mergeAlmostTheKey(policy.RSA(2048)))...)
		wrong := inTurn(junkMerges(), wrongMerges)
		v.Together(slices.Concat(parts, wrong[:1], spare(wrong[1:]...))...)
	},
}

func mergeLeaf(v *Vault) {
	name, other := v.NewName(), v.NewName()
	op := v.Create(name, policy.Manual())
	theirs := v.Create(other, policy.Manual())
	merged := v.Merge(name, sign(op))
	done := v.GetPending(name)
	v.GetPending(name, Filter(op.RequestID))
	v.Get(name)
	v.GetVersion(name, merged.Version())
	v.GetVersion(name, versionIn(done.Target))
	v.Versions(name)
	v.GetPolicy(name)
	v.GetPending(name) // completed it stays
	v.look(other, theirs)
}

func mergeChain(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	merged := v.Merge(name, signFully(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

// Without preserveCertOrder the leaf is looked for, or the chain is refused; in neither case is the CA's certificate taken.
func mergeReversedChain(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	chain := signFully(op)
	slices.Reverse(chain)
	v.Merge(name, chain)
	v.lookAll(name, op)
}

func mergeWithMembers(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	merged := v.MergeWith(name, sign(op), Members{
		"tags":       map[string]string{"merged": "yes"},
		"attributes": map[string]any{"enabled": true},
	})
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

// enabled: "Determines whether the object is enabled."
func mergeDisabled(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	merged := v.MergeWith(name, sign(op), Members{"attributes": map[string]any{"enabled": false}})
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

// A certificate for another key is refused, and then the right one is as good as before.
func mergeWrongKey(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual(policy.RSA(2048), policy.DNSNames("wrong-key.example")))
	v.MergeWith(name, wrongly(op), Members{"tags": refusedTags, "attributes": map[string]any{"enabled": false}})
	v.lookAll(name, op)
	v.Merge(name, wrongly(op))
	v.look(name, op)
	v.Merge(name, wronglyOfAnotherKind(op))
	v.look(name, op)
	v.Create(name, policy.Manual()) // 409: the operation is in progress as before
	v.Import(name, pki.PFX("after a refused merge", 0))
	v.look(name, op)
	v.Merge(name, sign(op))
	v.lookAll(name, op)
}

// "You can create a certificate issued with a CA of your choice": whatever that signs with, and whatever else it says.
func mergeOf(leaf pki.Leaf) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		op := v.Create(name, policy.Manual())
		merged := v.Merge(name, signAs(op, leaf))
		v.lookAll(name, op)
		v.GetVersion(name, merged.Version())
	}
}

// longestSerial is a serial number of twenty bytes, which is as many as one may have (RFC 5280, section 4.1.2.2).
var longestSerial = new(big.Int).Lsh(big.NewInt(3), 157)

// A certificate for another key is refused whatever has become of the operation meanwhile.
func mergeWronglyLater(v *Vault) {
	v.Together(
		func(v *Vault) {
			name := v.NewName()
			op := v.Create(name, policy.ManualNoIssuer())
			v.Merge(name, wrongly(op))
			v.look(name, op)
			v.Create(name, policy.Manual()) // 409
			v.Merge(name, wrongly(op))
			v.Cancel(name, true)
			v.Merge(name, wrongly(op))
			v.lookAll(name, op)
		},
		func(v *Vault) {
			name := v.NewName()
			v.Import(name, pki.PFX("the first", 0))
			v.Import(name, pki.PFX("the second", 1))
			op := v.Create(name, policy.Manual())
			v.Merge(name, wrongly(op))
			v.lookAll(name, op)
			v.Merge(name, sign(op))
			v.lookAll(name, op)
		},
	)
}

// Keys are compared as a whole.
func mergeAlmostTheKey(kind policy.Option) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		op := v.Create(name, policy.Manual(kind))
		v.Merge(name, nearly(op))
		v.lookAll(name, op)
	}
}

func mergeOthersKey(v *Vault) {
	a, b := v.NewName(), v.NewName()
	opA := v.Create(a, policy.Manual())
	opB := v.Create(b, policy.Manual())
	v.Merge(b, sign(opA))
	v.lookAll(a, opA)
	v.lookAll(b, opB)
	v.Merge(b, renamed(opB))
	v.look(a, opA)
	v.lookAll(b, opB)
}

func mergeTwice(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	merged := v.Merge(name, sign(op))
	v.GetPending(name)
	v.Get(name)
	v.MergeWith(name, sign(op), Members{"tags": refusedTags}) // another serial number for the same key
	v.lookAll(name, op)
	v.Merge(name, wrongly(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

func mergeNothing(v *Vault) {
	name, donor := v.NewName(), v.NewName()
	op := v.Create(donor, policy.Manual())
	v.Merge(name, sign(op))
	v.GetPending(name)
	v.Get(name)
	v.look(donor, op)
	imported := v.NewName()
	v.Import(imported, pki.PFX("nothing pending", 0))
	v.Merge(imported, sign(op))
	v.Get(imported)
	v.Versions(imported)
	v.GetPending(imported)
}

// A renewal is a second version. The first one stays what it was.
func mergeRenewals(v *Vault) {
	name := v.NewName()
	_, first := v.complete(name, policy.Manual())
	v.Get(name)
	renewal := v.Create(name, policy.Manual())
	v.lookAll(name, renewal)
	second := v.Merge(name, sign(renewal))
	v.lookAll(name, renewal)
	v.GetVersion(name, first.Version())
	v.GetVersion(name, second.Version())
	_, third := v.complete(name, policy.Manual())
	v.Get(name)
	v.Versions(name)
	v.GetVersion(name, first.Version())
	v.GetVersion(name, second.Version())
	v.GetVersion(name, third.Version())
}

// The key of the version before is not the renewal's.
func mergeOldKeyIntoRenewal(v *Vault) {
	name := v.NewName()
	first, merged := v.complete(name, policy.Manual())
	renewal := v.Create(name, policy.Manual())
	v.Merge(name, sign(first))
	v.lookAll(name, renewal)
	v.GetVersion(name, merged.Version())
	v.Merge(name, sign(renewal))
	v.lookAll(name, renewal)
}

func mergeCurve(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual(policy.EC("P-256")))
	v.Merge(name, wrongly(op))
	v.look(name, op)
	v.Merge(name, wronglyOfAnotherKind(op))
	v.look(name, op)
	merged := v.Merge(name, signFully(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

// Two clients send base64 of the base64 text; a vault may take it or refuse it (RULINGS R25).
func mergeDoublyEncoded(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	var twice []string
	for _, once := range pki.X5C(sign(op)...) {
		twice = append(twice, base64.StdEncoding.EncodeToString([]byte(once)))
	}
	if len(twice) == 0 {
		return
	}
	v.MergeRaw(name, body(nil, "x5c", twice))
	v.lookAll(name, op)
}

// mergeBeside: beside the certificate in x5c stands something that is none. A vault that takes that completes the operation with it, so each
// part has another one first. In the end comes a certificate that is right, and not valid yet, which the live service does not mind.
func mergeBeside(begin int) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		op := v.Create(name, policy.Manual())
		leaf := sign(op)
		if leaf == nil {
			return
		}
		whole := pki.X5C(leaf...)[0]
		junk := base64.StdEncoding.EncodeToString([]byte("this is no certificate"))
		all := []wrong{
			{"something that is no certificate follows the certificate", body(nil, "x5c", []string{whole, junk})},
			{"something that is no certificate precedes the certificate", body(nil, "x5c", []string{junk, whole})},
		}
		for i := range all {
			w := all[(begin+i)%len(all)]
			v.MergeRaw(name, w.body, Defect(w.defect))
			v.look(name, op)
		}
		v.Merge(name, notYetValid(op, v.run.Clock.Now()))
		v.lookAll(name, op)
	}
}

// junkMerges cannot be read.
func junkMerges() []wrong {
	all := []wrong{{"x5c is missing", []byte(`{}`)}, {"no body", nil}, {"the body is not JSON", []byte(`this is not JSON`)}}
	junk := pki.JunkX5C()
	for _, what := range slices.Sorted(maps.Keys(junk)) {
		all = append(all, wrong{"x5c is " + what, body(nil, "x5c", junk[what])})
	}
	return all
}
