package oracle

import (
	"crypto/sha1" //nolint:gosec // document 001: x5t is a certificate's SHA-1 thumbprint; nothing is secured by it here
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"github.com/kvconform/kvconform/spec/lifecycle"
)

// certificate is what the rules need of an X.509 certificate. It is read without crypto/x509's opinion on extensions and
// serial numbers: the oldest certificates of the live service would not pass that.
type certificate struct {
	der                 []byte
	key                 string // fingerprint of the public key
	public              any
	notBefore, notAfter time.Time
	subject, issuer     pkix.RDNSequence
	thumbprint          string // SHA-1, base64url without padding: x5t
	// ownSignature tells why the certificate is not signed by the key in it, and whether that cannot be told. Few certificates are asked.
	ownSignature func() (unsigned error, unsure bool)
	// unread is why the extensions cannot be read.
	unread error
	extensions
}

// x509Certificate is Certificate of RFC 5280, section 4.1, as far as it is looked at.
type x509Certificate struct {
	TBS struct {
		Version   int `asn1:"optional,explicit,default:0,tag:0"`
		Serial    *big.Int
		Algorithm pkix.AlgorithmIdentifier
		Issuer    asn1.RawValue
		Validity  struct{ NotBefore, NotAfter time.Time }
		Subject   asn1.RawValue
		Key       asn1.RawValue
		// Rest takes what is not looked at: unique ids and extensions.
		Rest []asn1.RawValue `asn1:"optional,omitempty"`
	}
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// readCertificate reads a DER certificate. An error says why it is none.
func readCertificate(der []byte) (*certificate, error) {
	c := &certificate{der: der}
	sum := sha1.Sum(der) //nolint:gosec // see the import
	c.thumbprint = base64.RawURLEncoding.EncodeToString(sum[:])
	if parsed, err := x509.ParseCertificate(der); err == nil {
		c.key, c.public = fingerprint(parsed.RawSubjectPublicKeyInfo), parsed.PublicKey
		c.notBefore, c.notAfter = parsed.NotBefore, parsed.NotAfter
		c.subject, c.issuer = sequence(parsed.RawSubject), sequence(parsed.RawIssuer)
		c.readParsed(parsed)
		return c, nil
	}
	c.ownSignature, c.unread = func() (error, bool) { return nil, true }, errors.New("its extensions cannot be read")
	var p x509Certificate
	if err := exactly(der, &p); err != nil {
		return nil, fmt.Errorf("it is not a DER certificate: %w", err)
	}
	c.key = fingerprint(p.TBS.Key.FullBytes)
	c.public, _ = x509.ParsePKIXPublicKey(p.TBS.Key.FullBytes)
	c.notBefore, c.notAfter = p.TBS.Validity.NotBefore, p.TBS.Validity.NotAfter
	c.subject, c.issuer = sequence(p.TBS.Subject.FullBytes), sequence(p.TBS.Issuer.FullBytes)
	return c, nil
}

// readParsed takes over the extensions that a policy can ask for, and whether the certificate is signed by its own key.
func (c *certificate) readParsed(parsed *x509.Certificate) {
	for _, e := range parsed.Extensions {
		if err := c.readExtension(e); err != nil && c.unread == nil {
			c.unread = fmt.Errorf("the extension %s cannot be read: %w", extensionName(e.Id), err)
		}
	}
	c.ownSignature = sync.OnceValues(func() (unsigned error, unsure bool) {
		err := parsed.CheckSignature(parsed.SignatureAlgorithm, parsed.RawTBSCertificate, parsed.Signature)
		var insecure x509.InsecureAlgorithmError
		return err, errors.Is(err, x509.ErrUnsupportedAlgorithm) || errors.As(err, &insecure)
	})
}

// sequence reads a name; what cannot be read is empty.
func sequence(der []byte) pkix.RDNSequence {
	var s pkix.RDNSequence
	if err := exactly(der, &s); err != nil {
		return nil
	}
	return s
}

// inspector reads requests and certificates, each once: a trace shows the same few again and again.
type inspector struct {
	requests     map[string]*request
	unread       map[string]error
	certificates map[string]*certificate
}

func newInspector() *inspector {
	return &inspector{requests: map[string]*request{}, unread: map[string]error{}, certificates: map[string]*certificate{}}
}

// csr returns the request, or nil where it cannot be read; why tells why.
func (in *inspector) csr(b64 string) *request {
	if b64 == "" {
		return nil
	}
	r, seen := in.requests[b64]
	if !seen {
		r, in.unread[b64] = readRequest(b64)
		in.requests[b64] = r
	}
	return r
}

// why says why a request cannot be read; nil where it can.
func (in *inspector) why(b64 string) error {
	in.csr(b64)
	return in.unread[b64]
}

// cer returns the certificate, or nil where it cannot be read.
func (in *inspector) cer(b64 string) *certificate {
	if b64 == "" {
		return nil
	}
	c, seen := in.certificates[b64]
	if !seen {
		if der, err := base64.StdEncoding.DecodeString(b64); err == nil {
			c, _ = readCertificate(der)
		}
		in.certificates[b64] = c
	}
	return c
}

// errNoCertificate says that an element of an x5c holds none.
var errNoCertificate = errors.New("no certificate")

// element reads an element of an x5c. loose says that it is not just a certificate: it is the base64 of a base64 text, which two clients send
// and which a vault may take or refuse (RULINGS R25), or something follows the certificate in it.
func (in *inspector) element(v any) (c *certificate, loose bool, err error) {
	s, ok := v.(string)
	if !ok {
		return nil, false, errNoCertificate
	}
	if c := in.cer(s); c != nil {
		return c, false, nil
	}
	if inner, err := base64.StdEncoding.DecodeString(s); err == nil {
		if c := in.cer(string(inner)); c != nil {
			return c, true, nil
		}
	}
	if c := in.followed(s); c != nil {
		return c, true, nil
	}
	return nil, false, errNoCertificate
}

// followed is the certificate that something follows in an element of an x5c; nil where that is not so.
func (in *inspector) followed(element string) *certificate {
	der, err := base64.StdEncoding.DecodeString(element)
	if err != nil {
		return nil
	}
	var first asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &first); err != nil || len(rest) == 0 {
		return nil
	}
	return in.cer(base64.StdEncoding.EncodeToString(first.FullBytes))
}

// beside reports that an element of an x5c is no certificate. One that something follows is one to many a library.
func (in *inspector) beside(v any) bool {
	_, _, err := in.element(v)
	return err != nil
}

// chain tells what is known of a merge's x5c: whether it is certain to be a good one or a bad one, and the keys that its
// certificates are for, in its order.
func (in *inspector) chain(x5c any) (lifecycle.Fitness, []string) {
	elements, ok := x5c.([]any)
	if !ok || len(elements) == 0 {
		return lifecycle.Bad, nil
	}
	fitness := lifecycle.Good
	var keys []string
	for _, v := range elements {
		c, loose, err := in.element(v)
		if err != nil || loose {
			fitness = lifecycle.Unsure
		}
		if c != nil {
			keys = append(keys, c.key)
		}
	}
	if len(keys) == 0 {
		return lifecycle.Bad, nil
	}
	return fitness, keys
}

// member walks down a JSON value; nil where there is no such member.
func member(v any, path ...string) any {
	for _, p := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[p]
	}
	return v
}

// text is member for strings.
func text(v any, path ...string) (string, bool) {
	if m, ok := v.(map[string]any); ok && m == nil {
		return "", false
	}
	s, ok := member(v, path...).(string)
	return s, ok
}

// whole is member for integers.
func whole(v any, path ...string) (int64, bool) {
	switch n := member(v, path...).(type) {
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	case float64:
		return int64(n), n == float64(int64(n))
	}
	return 0, false
}

// texts is member for arrays of strings; what is no string is left out.
func texts(v any, path ...string) []string {
	list, _ := member(v, path...).([]any)
	var all []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			all = append(all, s)
		}
	}
	return all
}
