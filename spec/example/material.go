package example

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha1" //nolint:gosec // document 001: x5t is a certificate's SHA-1 thumbprint; nothing is secured by it here
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// wish says which CSR or certificate is wanted. Equal wishes get equal bytes: keys come from their names, and signatures from no chance.
type wish struct {
	// key names the key: <prefix><certificate's name>/<operation>.
	key string
	// subject is the common name. It follows from the certificate's name where nothing else is said.
	subject string
	// curve is P-256 or P-384.
	curve string
	// names are the alternative names: "dns=…", "email=…", "ip=…", "uri=…", "upn=…". usages and ekus are as in a policy.
	names, usages, ekus []string
	// self makes a self-signed certificate; others are signed by the authority of the stories. years is for how long one is valid.
	self  bool
	years int
	// later makes one that is not valid yet.
	later bool
	// forged spoils the signature of a request, garbled its extensions.
	forged, garbled bool
}

// wish reads the arguments of a placeholder.
func (f *filler) wish(arguments []string) wish {
	owner, op := f.name, f.op
	w := wish{curve: "P-256", years: 1}
	for _, a := range arguments {
		option, value, valued := strings.Cut(a, "=")
		switch {
		case a == "self":
			w.self = true
		case a == "forged":
			w.forged = true
		case a == "garbled":
			w.garbled = true
		case a == "later":
			w.later = true
		case a == "years=2":
			w.years = 2
		case option == "cn" && valued:
			w.subject = value
		case option == "curve" && valued:
			w.curve = value
		case option == "usage" && valued:
			w.usages = strings.Split(value, ",")
		case option == "eku" && valued:
			w.ekus = strings.Split(value, ",")
		case valued:
			w.names = append(w.names, a)
		default:
			op = a
			if name, its, ok := strings.Cut(a, "/"); ok {
				owner, op = name, its
			}
		}
	}
	w.key = f.prefix + owner + "/" + op
	if w.subject == "" {
		w.subject = f.prefix + f.name + ".example"
	}
	return w
}

// made holds what was made already, by kind and wish.
var made sync.Map

// make64 makes the CSR or the certificate in base64, or the certificate's thumbprint.
func make64(kind string, w wish) (string, error) {
	id := kind + fmt.Sprint(w)
	if text, ok := made.Load(id); ok {
		return text.(string), nil
	}
	var text string
	switch kind {
	case "csr":
		der, err := w.request()
		if err != nil {
			return "", err
		}
		text = base64.StdEncoding.EncodeToString(der)
	case "pfx":
		der, err := w.pfx()
		if err != nil {
			return "", err
		}
		text = base64.StdEncoding.EncodeToString(der)
	default:
		der, err := w.certificate()
		if err != nil {
			return "", err
		}
		if text = base64.StdEncoding.EncodeToString(der); kind == "x5t" {
			sum := sha1.Sum(der) //nolint:gosec // see the import
			text = base64.RawURLEncoding.EncodeToString(sum[:])
		}
	}
	made.Store(id, text)
	return text, nil
}

// keyOf makes a key from its name. So no private key lies in the repository, and none is a secret.
func keyOf(name, curve string) (*ecdsa.PrivateKey, error) {
	curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384()}
	c := curves[curve]
	if c == nil {
		return nil, fmt.Errorf("no curve %s", curve)
	}
	sum := sha512.Sum512([]byte(name))
	scalar := sum[:(c.Params().BitSize+7)/8]
	scalar[0] &= 0x7f // below the order of either curve
	return ecdsa.ParseRawPrivateKey(c, scalar)
}

// extensions are those that the wish asks a request for.
func (w *wish) extensions() ([]pkix.Extension, error) {
	var all []pkix.Extension
	add := func(id asn1.ObjectIdentifier, v any) error {
		der, err := asn1.Marshal(v)
		all = append(all, pkix.Extension{Id: id, Value: der})
		return err
	}
	if len(w.names) > 0 {
		names, err := w.generalNames()
		if err != nil {
			return nil, err
		}
		if err := add(asn1.ObjectIdentifier{2, 5, 29, 17}, names); err != nil {
			return nil, err
		}
	}
	if len(w.usages) > 0 {
		if err := add(asn1.ObjectIdentifier{2, 5, 29, 15}, w.usageBits()); err != nil {
			return nil, err
		}
	}
	var ekus []asn1.ObjectIdentifier
	for _, eku := range w.ekus {
		id, err := x509.ParseOID(eku)
		if err != nil {
			return nil, err
		}
		var known asn1.ObjectIdentifier
		for _, arc := range strings.Split(id.String(), ".") {
			n, _ := new(big.Int).SetString(arc, 10)
			known = append(known, int(n.Int64()))
		}
		ekus = append(ekus, known)
	}
	if len(ekus) > 0 {
		if err := add(asn1.ObjectIdentifier{2, 5, 29, 37}, ekus); err != nil {
			return nil, err
		}
	}
	if w.garbled {
		all = append(all, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: []byte("no DER")})
	}
	return all, nil
}

// usageBits is RFC 5280's KeyUsage.
func (w *wish) usageBits() asn1.BitString {
	order := []string{"digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign"}
	bits := asn1.BitString{Bytes: []byte{0}}
	for i, usage := range order {
		if slices.Contains(w.usages, usage) {
			bits.Bytes[0] |= 0x80 >> i
			bits.BitLength = i + 1
		}
	}
	return bits
}

// generalNames is RFC 5280's SubjectAltName. crypto/x509 makes no otherName, which a UPN is.
func (w *wish) generalNames() ([]asn1.RawValue, error) {
	var all []asn1.RawValue
	for _, n := range w.names {
		kind, value, _ := strings.Cut(n, "=")
		v := asn1.RawValue{Class: asn1.ClassContextSpecific, Bytes: []byte(value)}
		switch kind {
		case "email":
			v.Tag = 1
		case "dns":
			v.Tag = 2
		case "uri":
			if _, err := url.Parse(value); err != nil {
				return nil, err
			}
			v.Tag = 6
		case "ip":
			v.Tag = 7
			ip := net.ParseIP(value)
			if v.Bytes = ip.To4(); v.Bytes == nil {
				v.Bytes = ip
			}
		case "upn":
			type principal struct {
				ID    asn1.ObjectIdentifier
				Value string `asn1:"utf8,explicit,tag:0"`
			}
			der, err := asn1.MarshalWithParams(principal{asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}, value}, "tag:0")
			if err != nil {
				return nil, err
			}
			v = asn1.RawValue{FullBytes: der}
		default:
			return nil, fmt.Errorf("no alternative name of the kind %s", kind)
		}
		all = append(all, v)
	}
	return all, nil
}

// request makes the CSR.
func (w *wish) request() ([]byte, error) {
	key, err := keyOf(w.key, w.curve)
	if err != nil {
		return nil, err
	}
	extensions, err := w.extensions()
	if err != nil {
		return nil, err
	}
	// Without a source of chance, the signature is that of RFC 6979.
	der, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: w.subject}, ExtraExtensions: extensions,
	}, key)
	if err == nil && w.forged {
		der[len(der)-1] ^= 1
	}
	return der, err
}

// authority signs the certificates that are not self-signed.
var authority = pkix.Name{CommonName: "Authority of the examples"}

// certificate makes the certificate, valid from the beginning of 2026.
func (w *wish) certificate() ([]byte, error) {
	key, err := keyOf(w.key, w.curve)
	if err != nil {
		return nil, err
	}
	extensions, err := w.extensions()
	if err != nil {
		return nil, err
	}
	year := 2026
	if w.later {
		year = 2028
	}
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte(hash("serial", fmt.Sprint(w)))[:8]), Subject: pkix.Name{CommonName: w.subject},
		NotBefore: time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(year+w.years, time.January, 1, 0, 0, 0, 0, time.UTC),
		ExtraExtensions: extensions,
	}
	if w.self {
		return x509.CreateCertificate(nil, template, template, key.Public(), key)
	}
	signer, err := keyOf("authority", "P-256")
	if err != nil {
		return nil, err
	}
	return x509.CreateCertificate(nil, template, &x509.Certificate{Subject: authority}, key.Public(), signer)
}

// pfx makes a PFX of the certificate and its key, without a password: what it protects is no secret.
func (w *wish) pfx() ([]byte, error) {
	key, err := keyOf(w.key, w.curve)
	if err != nil {
		return nil, err
	}
	der, err := w.certificate()
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return pkcs12.Passwordless.Encode(key, certificate, nil, "")
}
