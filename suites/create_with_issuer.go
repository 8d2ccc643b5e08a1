package suites

import (
	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// A certificate is asked of an issuer: Self, which every vault has, and those that the run was given. What the policy asked for is
// compared with the CSR, and with the certificate that comes of it.
var createWithIssuer = Scenario{
	ID:     "create-with-issuer",
	Title:  "Request a KV Certificate with a supported issuer",
	Source: "Monitor and manage certificate creation, § Request a KV Certificate with a supported issuer",
	Drive: func(v *Vault) {
		parts := v.withIssuers(createIssuedRenewal, createIssued, createIssuedDisabled, createIssuedWithMembers)
		parts = append(parts, v.withFailing(createIssued)...)
		parts = append(parts, createOfAType(v)...)
		parts = append(parts, createSelfInLowerCase, createWithoutTransparency, createOfNobody, createRenewingItself,
			createSelfWith(richest))
		parts = append(parts, spare(v.withIssuers(createIssuedAboveAnImport, createIssuedAboveAMerge, createIssuedWithReusedKey)...)...)
		for _, p := range v.inCertificates() {
			parts = append(parts, spare(createSelfWith(p))...)
		}
		for _, p := range v.inIssued() {
			parts = append(parts, spare(v.withIssuers(createIssuedWith(p))...)...)
		}
		v.Together(append(parts, spare(inTurn(brokenPolicies(self), wrongCreates)...)...)...)
	},
}

// The answer is a 202 with an operation in progress, which Location leads to.
func createIssued(v *Vault, issuer string) {
	name := v.NewName()
	v.GetPending(name) // 404 before
	op := v.Create(name, policy.Issued(issuer))
	v.GetPending(name, Filter(op.LocationRequestID))
	v.Get(name) // a disabled shell, nothing yet, or the certificate: an issuer finishes when it likes
	v.GetPolicy(name)
	v.await(name)
	v.lookAll(name, op)
}

// A renewal is an operation of its own, with an id and a key of its own, and makes a version of its own.
func createIssuedRenewal(v *Vault, issuer string) {
	name := v.NewName()
	var earlier, later []policy.Option
	if issuer == self { // another may have an opinion on what it is asked for
		earlier = []policy.Option{policy.DNSNames("first.example.org"), policy.Validity(3), policy.AtPercentage("AutoRenew", 60)}
		later = []policy.Option{policy.DNSNames("second.example.org"), policy.Validity(24), policy.AtPercentage("AutoRenew", 70)}
	}
	first, _ := v.issue(name, policy.Issued(issuer, earlier...))
	v.GetPolicy(name)
	before := v.Get(name)
	second := v.Create(name, policy.Issued(issuer, later...))
	v.GetPending(name, Filter(first.RequestID)) // 404
	v.Get(name)                                 // the first version, until there is a second
	v.await(name, Filter(second.RequestID))
	v.GetPolicy(name)
	after := v.Get(name)
	v.GetVersion(name, before.Version())
	v.GetVersion(name, after.Version())
	v.Versions(name)
}

// reuse_key: "Indicates if the same key pair will be used on certificate renewal."
func createIssuedWithReusedKey(v *Vault, issuer string) {
	name := v.NewName()
	for range 3 {
		v.issue(name, policy.Issued(issuer, policy.ReuseKey(true)))
		v.Get(name)
	}
	v.issue(name, policy.Issued(issuer, policy.ReuseKey(false)))
	v.Get(name)
	v.Versions(name)
}

// enabled: "Determines whether the object is enabled."
func createIssuedDisabled(v *Vault, issuer string) {
	name := v.NewName()
	v.CreateWith(name, policy.Issued(issuer), Members{"attributes": map[string]any{"enabled": false}})
	v.await(name)
	disabled := v.Get(name)
	v.GetVersion(name, disabled.Version())
	v.Versions(name)
}

func createIssuedWithMembers(v *Vault, issuer string) {
	name := v.NewName()
	more := Members{"tags": awkwardTags, "attributes": map[string]any{"enabled": true}}
	if v.Since76() {
		more["preserveCertOrder"] = true
	}
	op := v.CreateWith(name, policy.Issued(issuer), more)
	v.look(name, op)
	v.await(name)
	v.lookAll(name, op)
}

func createIssuedAboveAnImport(v *Vault, issuer string) {
	name := v.NewName()
	imported := v.Import(name, pki.PFX("imported first", 0))
	op, _ := v.issue(name, policy.Issued(issuer))
	v.lookAll(name, op)
	v.GetVersion(name, imported.Version())
}

// The issuer may be another one than that of the version before.
func createIssuedAboveAMerge(v *Vault, issuer string) {
	name := v.NewName()
	_, merged := v.complete(name, policy.Manual())
	op, _ := v.issue(name, policy.Issued(issuer, policy.Subject("CN=another-issuer")))
	v.lookAll(name, op)
	v.GetPolicy(name)
	v.GetVersion(name, merged.Version())
}

// createOfAType is the documents' own request: it names a certificate type, such as OV-SSL, which the provider may not have.
func createOfAType(v *Vault) []func(v *Vault) {
	ofAType := func(v *Vault, issuer string) {
		name := v.NewName()
		op := v.Create(name, policy.Issued(issuer, policy.CertificateType("OV-SSL")))
		v.look(name, op)
		v.GetPolicy(name)
		v.await(name)
	}
	parts := v.withFailing(ofAType)
	if v.Issuer() != "" {
		parts = append(parts, with([]string{v.Issuer()}, []func(*Vault, string){ofAType})...)
	}
	return parts
}

// Issuer names are compared without case.
func createSelfInLowerCase(v *Vault) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Issued("self"))
	v.lookAll(name, op)
}

// cert_transparency: "Indicates if the certificates generated under this policy should be published to certificate transparency logs."
func createWithoutTransparency(v *Vault) {
	name := v.NewName()
	op, _ := v.issue(name, policy.Self(policy.CertTransparency(false)))
	v.look(name, op)
	v.GetPolicy(name)
}

// The request "requires an object named 'mydigicert' to already be available": an issuer that nobody registered is none.
func createOfNobody(v *Vault) {
	name := v.NewName()
	v.Create(name, policy.Issued(v.Unused()), Defect("there is no such issuer"))
	v.GetPending(name)
	v.Get(name)
	op := v.Create(name, policy.Self())
	v.look(name, op)
}

// AutoRenew: "A certificate policy that will auto-renew a certificate."
func createRenewingItself(v *Vault) {
	name := v.NewName()
	v.issue(name, policy.Self(policy.AtPercentage("AutoRenew", 80)))
	v.GetPolicy(name)
	v.Versions(name)
}

// createIssuedWith asks for all that a policy can say. What an issuer makes of it, is its own affair; CSR and policy are the vault's.
func createIssuedWith(p property) func(v *Vault, issuer string) {
	return func(v *Vault, issuer string) {
		name := v.NewName()
		v.Create(name, policy.Issued(issuer, p...))
		v.GetPolicy(name)
		v.await(name)
		made := v.Get(name)
		v.GetVersion(name, made.Version())
		v.GetPolicy(name)
	}
}

// createSelfWith asks for a property that the finished certificate shows.
func createSelfWith(p property) func(v *Vault) {
	return func(v *Vault) {
		name := v.NewName()
		v.issue(name, policy.Self(p...))
		made := v.Get(name)
		v.GetVersion(name, made.Version())
	}
}
