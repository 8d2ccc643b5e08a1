package suites

import (
	"net/http"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// A certificate whose issuer is "Unknown", or not named at all, is made with a CA of the user's choice.
var createManual = Scenario{
	ID:     "create-manual",
	Title:  "Create a KV certificate manually",
	Source: "Monitor and manage certificate creation, § Create a KV certificate manually",
	Drive: func(v *Vault) {
		parts := []func(v *Vault){createUnknown, createWithoutIssuer, createInLowerCase, createTwoNames, createWithMembers,
			createAgain, createWithReusedKey, createAboveAnImport}
		for _, p := range variants(v) {
			parts = append(parts, createVariant(p))
		}
		for _, b := range policy.Broken() {
			parts = append(parts, createBroken(b))
		}
		v.Together(parts...)
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
	op := v.CreateWith(name, policy.Manual(), Members{
		"tags":       map[string]string{"purpose": "conformance", "empty": ""},
		"attributes": map[string]any{"enabled": true},
	})
	v.look(name, op)
	v.Get(name)
	v.Merge(name, sign(op))
	v.Get(name)
	if !v.Since76() {
		return
	}
	ordered := v.NewName()
	op = v.CreateWith(ordered, policy.Manual(), Members{"preserveCertOrder": true})
	v.look(ordered, op)
	v.Merge(ordered, signFully(op))
	v.Get(ordered)
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

// A renewal keeps the key where its policy says so, and has a new one elsewhere.
func createWithReusedKey(v *Vault) {
	name := v.NewName()
	v.complete(name, policy.Manual(policy.ReuseKey(true)))
	renewal := v.Create(name, policy.Manual(policy.ReuseKey(true)))
	v.look(name, renewal)
	v.Merge(name, sign(renewal))
	v.Get(name)
}

func createAboveAnImport(v *Vault) {
	name := v.NewName()
	imported := v.Import(name, pki.PFX("imported first", 0))
	op := v.Create(name, policy.Manual())
	v.lookAll(name, op)
	v.GetVersion(name, imported.Version())
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.GetVersion(name, imported.Version())
}

// variants are policies that ask for something of the CSR.
func variants(v *Vault) []policy.Policy {
	all := []policy.Policy{
		policy.Manual(policy.RSA(3072)),
		policy.Manual(policy.EC("P-256")),
		policy.Manual(policy.EC("P-384")),
		policy.Manual(policy.Subject("CN=www.example.org,OU=Conformance,O=Example,L=Oslo,C=NO")),
		policy.Manual(policy.DNSNames("www.example.org", "*.example.org")),
		policy.Manual(policy.Emails("someone@example.org"), policy.UPNs("someone@corp.example.org")),
		policy.Manual(policy.EKUs("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"),
			policy.KeyUsage("digitalSignature", "keyEncipherment")),
		policy.Manual(policy.Validity(24)),
	}
	if v.Since76() {
		all = append(all, policy.Manual(policy.URIs("https://www.example.org/id"), policy.IPAddresses("192.0.2.7", "2001:db8::7")))
	}
	return all
}

func createVariant(p policy.Policy) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		op := v.Create(name, p)
		v.look(name, op)
		v.GetPolicy(name)
		v.Get(name)
		merged := v.Merge(name, sign(op))
		v.lookAll(name, op)
		v.GetVersion(name, merged.Version())
		v.GetPolicy(name)
	}
}

// A policy outside the documented bounds is refused, and what is refused leaves nothing behind.
func createBroken(b policy.Defect) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		v.Send(http.MethodPost, at(name, "/create"), b.Body, Defect(b.Why))
		v.GetPending(name)
		v.Get(name)
		op := v.Create(name, policy.Manual()) // the same without the defect
		v.look(name, op)
	}
}
