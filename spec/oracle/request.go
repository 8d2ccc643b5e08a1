package oracle

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
)

// request is a PKCS#10 certification request, read without crypto/x509's own opinion on extensions: a request whose
// signature verifies and whose extensions cannot be read is a finding of its own (RULINGS R32), not a request that cannot be
// read.
type request struct {
	key      string // fingerprint of the public key
	public   any
	subject  pkix.RDNSequence
	unsigned error // why the signature does not verify
	unsure   bool  // whether it does, cannot be told: an algorithm that we do not know
	unread   error // why the extensions cannot be read
	extensions
}

// extensions are those extensions of a request or a certificate that a policy can ask for.
type extensions struct {
	sans   names
	usages []string
	ekus   []string
}

// names are the subject alternative names of a request, by kind.
type names struct{ dns, emails, upns, uris, ips []string }

var (
	oidExtensionRequest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 14}
	oidSAN              = asn1.ObjectIdentifier{2, 5, 29, 17}
	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidEKU              = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidConstraints      = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidUPN              = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}
)

// signatures are the signature algorithms that can be verified.
var signatures = map[string]x509.SignatureAlgorithm{
	"1.2.840.113549.1.1.11": x509.SHA256WithRSA,
	"1.2.840.113549.1.1.12": x509.SHA384WithRSA,
	"1.2.840.113549.1.1.13": x509.SHA512WithRSA,
	"1.2.840.10045.4.3.2":   x509.ECDSAWithSHA256,
	"1.2.840.10045.4.3.3":   x509.ECDSAWithSHA384,
	"1.2.840.10045.4.3.4":   x509.ECDSAWithSHA512,
}

// pkcs10 is CertificationRequest of RFC 2986, section 4.
type pkcs10 struct {
	Info struct {
		Raw        asn1.RawContent
		Version    int
		Subject    asn1.RawValue
		Key        asn1.RawValue
		Attributes []asn1.RawValue `asn1:"tag:0"`
	}
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// readRequest reads the base64 of a request. An error says why it is none.
func readRequest(b64 string) (*request, error) {
	der, err := base64.StdEncoding.DecodeString(b64)
	if err != nil {
		return nil, errors.New("it is not base64")
	}
	var p pkcs10
	rest, err := asn1.Unmarshal(der, &p)
	if err != nil {
		return nil, fmt.Errorf("it is not a DER certification request: %w", err)
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes follow the certification request", len(rest))
	}
	r := &request{key: fingerprint(p.Info.Key.FullBytes)}
	if _, err := asn1.Unmarshal(p.Info.Subject.FullBytes, &r.subject); err != nil {
		return nil, fmt.Errorf("its subject cannot be read: %w", err)
	}
	r.public, err = x509.ParsePKIXPublicKey(p.Info.Key.FullBytes)
	if err != nil {
		r.unsure = true
	} else {
		r.unsigned, r.unsure = verify(&p, r.public)
	}
	r.unread = r.readAttributes(p.Info.Attributes)
	return r, nil
}

// verify checks the request's own signature.
func verify(p *pkcs10, public any) (failed error, unsure bool) {
	algorithm, known := signatures[p.Algorithm.Algorithm.String()]
	if !known {
		return nil, true
	}
	var keyAlgorithm x509.PublicKeyAlgorithm
	switch public.(type) {
	case *rsa.PublicKey:
		keyAlgorithm = x509.RSA
	case *ecdsa.PublicKey:
		keyAlgorithm = x509.ECDSA
	}
	csr := x509.CertificateRequest{
		RawTBSCertificateRequest: p.Info.Raw, Signature: p.Signature.RightAlign(), SignatureAlgorithm: algorithm,
		PublicKeyAlgorithm: keyAlgorithm, PublicKey: crypto.PublicKey(public),
	}
	return csr.CheckSignature(), false
}

// readAttributes reads the extensions that are asked for.
func (r *request) readAttributes(attributes []asn1.RawValue) error {
	for _, a := range attributes {
		var attribute struct {
			ID     asn1.ObjectIdentifier
			Values []asn1.RawValue `asn1:"set"`
		}
		if _, err := asn1.Unmarshal(a.FullBytes, &attribute); err != nil {
			return fmt.Errorf("an attribute cannot be read: %w", err)
		}
		if !attribute.ID.Equal(oidExtensionRequest) {
			continue
		}
		for _, v := range attribute.Values {
			var extensions []pkix.Extension
			if err := exactly(v.FullBytes, &extensions); err != nil {
				return fmt.Errorf("the requested extensions cannot be read: %w", err)
			}
			for _, e := range extensions {
				if err := r.readExtension(e); err != nil {
					return fmt.Errorf("the extension %s cannot be read: %w", extensionName(e.Id), err)
				}
			}
		}
	}
	return nil
}

// extensionName names an extension for a reader.
func extensionName(id asn1.ObjectIdentifier) string {
	name := map[string]string{oidSAN.String(): "subjectAltName", oidKeyUsage.String(): "keyUsage", oidEKU.String(): "extKeyUsage",
		oidConstraints.String(): "basicConstraints"}[id.String()]
	return strings.TrimSpace(name + " " + id.String())
}

// readExtension reads one extension, of those that a policy can ask for.
func (x *extensions) readExtension(e pkix.Extension) error {
	switch {
	case e.Id.Equal(oidSAN):
		return x.readNames(e.Value)
	case e.Id.Equal(oidKeyUsage):
		var bits asn1.BitString
		if err := exactly(e.Value, &bits); err != nil {
			return err
		}
		x.usages = usagesOf(bits)
	case e.Id.Equal(oidEKU):
		var ids []asn1.ObjectIdentifier
		if err := exactly(e.Value, &ids); err != nil {
			return err
		}
		for _, id := range ids {
			x.ekus = append(x.ekus, id.String())
		}
	case e.Id.Equal(oidConstraints):
		var constraints struct {
			CA      bool `asn1:"optional"`
			PathLen int  `asn1:"optional,default:-1"`
		}
		return exactly(e.Value, &constraints)
	}
	return nil
}

// readNames reads GeneralNames (RFC 5280, section 4.2.1.6). crypto/x509 does not read an otherName, which a UPN is.
func (x *extensions) readNames(value []byte) error {
	var all []asn1.RawValue
	if err := exactly(value, &all); err != nil {
		return err
	}
	for _, n := range all {
		switch n.Tag {
		case 0:
			var other struct {
				ID    asn1.ObjectIdentifier
				Value asn1.RawValue `asn1:"explicit,tag:0"`
			}
			if _, err := asn1.UnmarshalWithParams(n.FullBytes, &other, "tag:0"); err != nil {
				return fmt.Errorf("an otherName: %w", err)
			}
			if other.ID.Equal(oidUPN) {
				x.sans.upns = append(x.sans.upns, string(innermost(other.Value)))
			}
		case 1:
			x.sans.emails = append(x.sans.emails, string(n.Bytes))
		case 2:
			x.sans.dns = append(x.sans.dns, string(n.Bytes))
		case 6:
			x.sans.uris = append(x.sans.uris, string(n.Bytes))
		case 7:
			if len(n.Bytes) != net.IPv4len && len(n.Bytes) != net.IPv6len {
				return fmt.Errorf("an IP address of %d bytes", len(n.Bytes))
			}
			x.sans.ips = append(x.sans.ips, net.IP(n.Bytes).String())
		}
	}
	return nil
}

// innermost returns the bytes of a string below any explicit tag.
func innermost(v asn1.RawValue) []byte {
	var inner asn1.RawValue
	if v.IsCompound {
		if _, err := asn1.Unmarshal(v.Bytes, &inner); err == nil {
			return inner.Bytes
		}
	}
	return v.Bytes
}

// usageNames are document 001's KeyUsageType values in the order of RFC 5280's bits.
var usageNames = []string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
	"keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"}

// usagesOf names the bits of a key usage.
func usagesOf(bits asn1.BitString) []string {
	var all []string
	for i, name := range usageNames {
		if bits.At(i) == 1 {
			all = append(all, name)
		}
	}
	return all
}

// exactly unmarshals and takes no trailing bytes.
func exactly(der []byte, to any) error {
	rest, err := asn1.Unmarshal(der, to)
	var structural asn1.StructuralError
	switch {
	case err == nil && len(rest) > 0:
		return fmt.Errorf("%d bytes too many", len(rest))
	case errors.As(err, &structural) && len(der) > 0 && der[0] == asn1.TagOctetString:
		return errors.New("there is an OCTET STRING in it, as if it were wrapped twice")
	case errors.As(err, &structural):
		return errors.New("it has another ASN.1 type than RFC 5280 says")
	}
	return err
}

// fingerprint identifies a public key by its SubjectPublicKeyInfo.
func fingerprint(spki []byte) string {
	sum := sha256.Sum256(spki)
	return string(sum[:])
}

// describeKey names a public key in the terms of a policy.
func describeKey(public any) (kty string, size int, curve string) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return "RSA", k.N.BitLen(), ""
	case *ecdsa.PublicKey:
		return "EC", k.Curve.Params().BitSize, k.Curve.Params().Name
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", public), "*"), 0, ""
}
