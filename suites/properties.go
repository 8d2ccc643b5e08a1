package suites

import (
	"slices"

	"github.com/kvconform/kvconform/fixtures/policy"
)

// What a policy may ask for, each property in turn, so that a vault which ignores one, or mistakes it for another, is told by
// its name: Get Certificate, § Definitions (KeyProperties, SubjectAlternativeNames, KeyUsageType, X509CertificateProperties,
// SecretProperties, LifetimeAction).

// property is one property of a policy, or as many as it takes for them to make sense.
type property []policy.Option

// keys are the kinds of keys that every vault sells, and what is said of one.
var keys = []property{
	{policy.RSA(2048)},
	{policy.RSA(3072)},
	{policy.RSA(4096)},
	{policy.EC("P-256")},
	{policy.EC("P-384")},
	{policy.EC("P-521")},
	{policy.RSA(2048), policy.Exportable(true)},
	{policy.RSA(2048), policy.Exportable(false)},
}

// rareKeys are the kinds of keys that a vault need not sell: refusing them is free, accepting them binds (RULINGS R42).
var rareKeys = []property{
	{policy.RSA(2048), policy.KeyType("RSA-HSM"), policy.Exportable(false)},
	{policy.EC("P-256"), policy.KeyType("EC-HSM"), policy.Exportable(false)},
	{policy.EC("P-256K")},
	{policy.KeyType("oct")},
	{policy.KeyType("oct-HSM"), policy.Exportable(false)},
}

// fullSubject has of everything that a subject mostly has, and of units two.
const fullSubject = "CN=www.example.org,OU=Conformance,OU=Contents,O=Example,L=Asker,ST=Akershus,C=NO"

// contents are what a certificate says beside its key. A usage that only an agreement of keys has is asked of a curve, which agrees.
var contents = []property{
	{policy.Subject(fullSubject)},
	{policy.Subject(`CN=Example,O="Example, Inc.",C=NO`)},
	{policy.Subject("CN=a common name may have sixty-four characters and this one has it,DC=example,DC=org")},
	{policy.Subject("CN=Zürich,O=Büro für Übereinstimmung,C=CH")},
	{policy.Subject("CN=Example,E=someone@example.org,O=Example")},
	{policy.Subject("CN=Example+OU=Conformance,O=Example")},
	{policy.Subject("CN=www.example.org"), policy.DNSNames("www.example.org", "*.example.org", "a.example.org", "b.example.org",
		"c.example.org", "d.example.org")},
	{policy.Emails("someone@example.org", "someone.else@example.org")},
	{policy.UPNs("someone@corp.example.org", "someone.else@corp.example.org")},
	{policy.DNSNames("a.example.org"), policy.Emails("a@example.org"), policy.UPNs("a@corp.example.org")},
	{policy.EC("P-384"), policy.DNSNames("a.example.org", "b.example.org"), policy.Emails("a@example.org"), policy.UPNs("a@corp.example.org"),
		policy.EKUs("1.3.6.1.5.5.7.3.2"), policy.KeyUsage("digitalSignature")},
	{policy.Subject(""), policy.DNSNames("no-subject.example.org")},
	{policy.EKUs("1.3.6.1.5.5.7.3.2")},
	{policy.EKUs("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2")},
	{policy.EKUs("1.3.6.1.5.5.7.3.3", "1.3.6.1.4.1.311.10.3.12")},
	{policy.KeyUsage("digitalSignature")},
	{policy.KeyUsage("nonRepudiation")},
	{policy.KeyUsage("keyEncipherment")},
	{policy.KeyUsage("dataEncipherment")},
	{policy.KeyUsage("keyCertSign")},
	{policy.KeyUsage("cRLSign")},
	{policy.KeyUsage("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment")},
	{policy.EC("P-256"), policy.KeyUsage("keyAgreement")},
	{policy.EC("P-256"), policy.KeyUsage("keyAgreement", "encipherOnly")},
	{policy.EC("P-256"), policy.KeyUsage("keyAgreement", "decipherOnly")},
	{policy.Validity(1)},
	{policy.Validity(24)},
}

// richest asks for much at once: where a vault lets nobody create often, it stands for the rest.
var richest = property{policy.RSA(3072), policy.Subject(fullSubject), policy.DNSNames("www.example.org", "a.example.org", "b.example.org"),
	policy.Emails("a@example.org"), policy.UPNs("a@corp.example.org"), policy.EKUs("1.3.6.1.5.5.7.3.2"),
	policy.KeyUsage("digitalSignature", "dataEncipherment"), policy.Validity(24)}

// inIssued are whole policies, of which no member is what a vault takes where nothing is said.
func (v *Vault) inIssued() []property {
	all := []property{
		append(slices.Clone(richest), policy.Exportable(false), policy.ReuseKey(true), policy.ContentType("application/x-pem-file"),
			policy.AtPercentage("EmailContacts", 50)),
		{policy.EC("P-384"), policy.Subject(fullSubject), policy.DNSNames("a.example.org", "b.example.org"), policy.Emails("a@example.org"),
			policy.UPNs("a@corp.example.org"), policy.EKUs("1.3.6.1.5.5.7.3.2"), policy.KeyUsage("digitalSignature", "keyAgreement"),
			policy.Validity(24), policy.BeforeExpiry("EmailContacts", 60)},
	}
	if v.Since76() {
		for i := range all {
			all[i] = append(all[i], policy.URIs("https://www.example.org/id"), policy.IPAddresses("192.0.2.7", "2001:db8::7"))
		}
	}
	return all
}

// newerContents came after api-version 7.5 (RULINGS R41).
var newerContents = []property{
	{policy.URIs("https://www.example.org/id", "urn:example:id")},
	{policy.IPAddresses("192.0.2.7", "2001:db8::7")},
}

// management is what a policy says of the time after: it shows in the policy alone. Each trigger has the ends of its range.
var management = []property{
	{policy.ContentType("application/x-pkcs12")},
	{policy.ContentType("application/x-pem-file")},
	{policy.AtPercentage("EmailContacts", 1)},
	{policy.AtPercentage("EmailContacts", 99)},
	{policy.Validity(12), policy.BeforeExpiry("EmailContacts", 1)},
	{policy.Validity(12), policy.BeforeExpiry("EmailContacts", 12*27)},
	{policy.Validity(12), policy.AtPercentage("EmailContacts", 50), policy.BeforeExpiry("EmailContacts", 30)},
	{policy.Enabled(true)},
	{policy.ReuseKey(false)},
}

// inCertificates are the properties that a finished certificate shows.
func (v *Vault) inCertificates() []property {
	all := append(append([]property{}, keys...), contents...)
	if v.Since76() {
		all = append(all, newerContents...)
	}
	return all
}
