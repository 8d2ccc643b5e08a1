package suites

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// A certificate whose issuer is "Unknown", or not named at all, is made with a CA of the user's choice.
var createManual = Scenario{
	ID:     "create-manual",
	Title:  "Create a KV certificate manually",
	Source: "Monitor and manage certificate creation, § Create a KV certificate manually",
	Drive: func(v *Vault) {
		parts := []func(v *Vault){createUnknown, createWithoutIssuer, createInLowerCase, createTwoNames, createWithMembers, createDisabled,
			createInOrder, createWithReusedKey, createAboveAnImport}
		parts = append(append(parts, createManualWith(richest)), spare(createAgain)...)
		for _, p := range slices.Concat(v.inCertificates(), rareKeys, management) {
			parts = append(parts, spare(createManualWith(p))...)
		}
		wrong := inTurn(brokenPolicies("Unknown"), wrongCreates)
		v.Together(slices.Concat(parts, wrong[:1], spare(wrong[1:]...))...)
	},
}

func createUnknown(v *Vault) {
	name := v.NewName()
	v.GetPending(name) // 404 before
	op := v.Create(name, policy.Manual())
	v.look(name, op)
	v.GetPending(name, Filter(op.LocationRequestID))
	v.Get(name) // a disabled shell, or nothing yet
	v.Versions(name)
	v.GetPolicy(name)
	v.look(name, op) // still in progress: nobody but the user completes it
}

func createWithoutIssuer(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.ManualNoIssuer())
	v.look(name, op)
	v.Create(name, policy.ManualNoIssuer()) // 409
	v.GetPolicy(name)
	v.Get(name)
	v.Merge(name, sign(op)) // manual: a merge completes it
	v.lookAll(name, op)
}

// Issuer names are compared without case.
func createInLowerCase(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual(policy.IssuerName("unknown")))
	v.look(name, op)
	v.Merge(name, sign(op))
	v.look(name, op)
}

// Two operations have two ids and two keys, though their policies are alike.
func createTwoNames(v *Vault) {
	a, b := v.NewName(), v.NewName()
	var opA, opB Answer
	v.Together(
		func(v *Vault) { opA = v.Create(a, policy.Manual()) },
		func(v *Vault) { opB = v.Create(b, policy.Manual()) },
	)
	v.look(a, opA)
	v.look(b, opB)
	v.Merge(a, sign(opB)) // the other's key
	v.look(a, opA)
	v.Merge(a, sign(opA))
	v.look(b, opB)
	v.Merge(b, sign(opB))
	v.Get(a)
	v.Get(b)
}

func createWithMembers(v *Vault) {
	name := v.NewName()
	op := v.CreateWith(name, policy.Manual(policy.AtPercentage("EmailContacts", 80)), Members{
		"tags":       awkwardTags,
		"attributes": map[string]any{"enabled": true},
	})
	v.look(name, op)
	v.Get(name)
	merged := v.Merge(name, sign(op))
	v.Get(name)
	v.GetVersion(name, merged.Version())
	v.Versions(name)
	// The tags of a version are no matter of what comes later, be it given up or made.
	given := v.CreateWith(name, policy.Manual(), Members{"tags": map[string]string{"purpose": "given up", "given": "up"}})
	v.look(name, given)
	v.DeletePending(name)
	v.Get(name)
	v.GetVersion(name, merged.Version())
	renewal := v.CreateWith(name, policy.Manual(), Members{"tags": map[string]string{"purpose": "renewal"},
		"attributes": map[string]any{"enabled": false}})
	v.Merge(name, sign(renewal))
	v.Get(name)
	v.GetVersion(name, merged.Version())
	v.Versions(name)
}

// awkwardTags are strings all the same: what looks like something else, has blanks or letters of its own, or means something
// elsewhere. Azure has room for fifteen, of 256 characters each.
var awkwardTags = map[string]string{
	"purpose": "conformance", "empty": "", "truth": "true", "digits": "0123", "nothing": "null", "MixedCase": "MixedCase",
	"blanks": " between blanks ", "letters": "Zürich, 東京", "markup": `<a href="?a=1&b=2">&amp;</a>`,
	"long": strings.Repeat("0123456789abcdef", 12),
}

// enabled: "Determines whether the object is enabled."
func createDisabled(v *Vault) {
	name := v.NewName()
	op := v.CreateWith(name, policy.Manual(), Members{"attributes": map[string]any{"enabled": false}})
	v.look(name, op)
	merged := v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
	again := v.Create(name, policy.Manual())
	v.Merge(name, sign(again)) // a version of its own, with an attribute of its own
	v.Get(name)
	v.GetVersion(name, merged.Version())
}

// preserveCertOrder: "Specifies whether the certificate chain preserves its original order. The default value is false, which sets
// the leaf certificate at index 0." In whichever order the chain comes, the certificate is the one for the operation's key.
func createInOrder(v *Vault) {
	if !v.Since76() {
		return
	}
	ordered := func(preserve, reversed bool) func(v *Vault) {
		return func(v *Vault) {
			name := v.NewName()
			op := v.CreateWith(name, policy.Manual(), Members{"preserveCertOrder": preserve})
			v.look(name, op)
			chain := signFully(op)
			if reversed {
				slices.Reverse(chain)
			}
			merged := v.Merge(name, chain)
			v.lookAll(name, op)
			if !preserve {
				return
			}
			v.GetVersion(name, merged.Version())
			renewal := v.Create(name, policy.Manual()) // which is another request
			v.look(name, renewal)
			v.Merge(name, sign(renewal))
			v.Get(name)
			v.GetVersion(name, merged.Version())
		}
	}
	v.Together(append(spare(ordered(true, false), ordered(false, false), ordered(false, true)), ordered(true, true))...)
}

// Each create has an id of its own, whatever came before it on the name.
func createAgain(v *Vault) {
	name := v.NewName()
	first := v.Create(name, policy.Manual())
	v.DeletePending(name)
	second := v.Create(name, policy.Manual())
	v.look(name, second)
	v.GetPending(name, Filter(first.RequestID))
	v.Merge(name, sign(second))
	third := v.Create(name, policy.Manual(policy.Subject("CN=third")))
	v.look(name, third)
	v.GetPolicy(name)
	v.Merge(name, sign(third))
	v.Get(name)
	v.Versions(name)
}

// A renewal keeps the key where its policy says so, and has a new one elsewhere. All else is as its own policy says, and not as the
// one before.
func createWithReusedKey(v *Vault) {
	name := v.NewName()
	usages := [][]string{{"digitalSignature"}, {"digitalSignature", "keyEncipherment"}, {"keyEncipherment"}, {"digitalSignature", "dataEncipherment"}}
	purposes := [][]string{{"1.3.6.1.5.5.7.3.1"}, {"1.3.6.1.5.5.7.3.2"}, {"1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"}, {"1.3.6.1.5.5.7.3.4"}}
	asking := func(n int, reuse bool) policy.Policy {
		return policy.Manual(policy.ReuseKey(reuse), policy.DNSNames(fmt.Sprintf("version-%d.example.org", n)),
			policy.KeyUsage(usages[n]...), policy.EKUs(purposes[n]...), policy.AtPercentage("EmailContacts", 50+n))
	}
	v.complete(name, asking(0, true))
	v.GetPolicy(name)
	for i, reuse := range []bool{true, true, false} {
		renewal := v.Create(name, asking(i+1, reuse))
		v.look(name, renewal)
		v.Merge(name, sign(renewal))
		v.GetPolicy(name)
		v.Get(name)
	}
}

func createAboveAnImport(v *Vault) {
	name := v.NewName()
	imported := v.Import(name, pki.PFX("imported first", 0))
	op := v.Create(name, policy.Manual())
	v.lookAll(name, op)
	v.GetVersion(name, imported.Version())
	merged := v.Merge(name, signLastingly(op))
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
	v.GetVersion(name, imported.Version())
}

// createManualWith asks for a property, of which the CSR, the policy and the merged certificate tell.
func createManualWith(p property) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		op := v.Create(name, policy.Manual(p...))
		v.GetPending(name)
		v.GetPolicy(name)
		v.Merge(name, wrongly(op)) // whatever key and names were asked for
		v.GetPending(name)
		v.Merge(name, sign(op))
		v.GetPending(name)
		v.Get(name)
	}
}

// brokenPolicies are outside the documented bounds, with an issuer of this name.
func brokenPolicies(issuer string) []wrong {
	var all []wrong
	for _, b := range policy.Broken() {
		all = append(all, wrong{b.Why, bytes.Replace(b.Body, []byte(`"Unknown"`), []byte(`"`+issuer+`"`), 1)})
	}
	return all
}
