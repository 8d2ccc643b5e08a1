package wire

import (
	"net/http"

	"github.com/kvconform/kvconform/spec/exchange"
)

// Reading is what the contract can tell of one exchange alone: what was asked, what was answered, and what is wrong with
// the answer as an answer. What it means in the life of a certificate is for others to say.
type Reading struct {
	*exchange.Exchange
	Call Call
	// Sent is the request's body where it is JSON, nil elsewhere. Its numbers, like those of JSON, are json.Number, so that
	// what was written can be told from what was meant.
	Sent any
	// JSON is the answer's body, read leniently; nil where it cannot be read at all. Of a name that comes twice in an object
	// the last one counts.
	JSON any
	// At most one of these is set: the typed view on the answer that its operation and status announce. They are made from
	// whatever can be read, so a member may be missing or of a wrong type: each says so itself. Where the answer is of
	// another kind altogether (a bundle for an operation, an array, a bare {}) there is none: that is one defect, not ten.
	Operation *Operation
	Bundle    *Bundle
	Error     *Error
	Items     []Bundle // lists: the entries
	// CSR is the bare CSR of an answer to Accept: application/pkcs10.
	CSR string
	// Defects are what is wrong with the form of the answer.
	Defects []Defect
	// Looked tells which kinds of defect the answer was looked over for, so that a rule can count where it spoke.
	Looked map[Kind]bool
}

// Status is the answer's status, 0 where nothing came back.
func (r *Reading) Status() int {
	if r.Response == nil {
		return 0
	}
	return r.Response.Status
}

// OK reports a 2xx.
func (r *Reading) OK() bool { return r.Status()/100 == http.StatusOK/100 }

// Refused reports a 4xx other than 429.
func (r *Reading) Refused() bool {
	return r.Status()/100 == 4 && r.Status() != http.StatusTooManyRequests
}

// Defect is one thing wrong with the form of an answer.
type Defect struct {
	Kind Kind
	// Pointer is the JSON pointer to the place, or empty where it is the answer as a whole.
	Pointer          string
	Expected, Actual string
}

// Kind says what a defect is about. Each kind is one rule of the protocol scenario.
type Kind string

// The kinds of defects.
const (
	// JSONSyntax: not JSON (RFC 8259): malformed, cut off, trailing bytes, invalid UTF-8, a byte order mark.
	JSONSyntax Kind = "json-syntax"
	// Truncated: a body that ended early. It may have been lost on its way, so that it takes more than one to blame the vault.
	Truncated Kind = "truncated"
	// DuplicateMember: a name twice in one object.
	DuplicateMember Kind = "duplicate-member"
	// MediaType: the Content-Type of an answer with a body is not application/json (RULINGS R39).
	MediaType Kind = "media-type"
	// UnexpectedBody: a body where none belongs (204).
	UnexpectedBody Kind = "unexpected-body"
	// UnexpectedStatus: a 2xx that the operation does not have (R20, R40), or a number that is no status.
	UnexpectedStatus Kind = "unexpected-status"
	// Redirect: a 3xx, or a 1xx for an answer.
	Redirect Kind = "redirect"
	// ServerError: a 5xx, other than a 503 with Retry-After, to a request that was meant to be valid; whether a retry repeats
	// it is for the rule to see. In recorded traffic a 5xx is a lost answer and none of these (R20).
	ServerError Kind = "server-error"
	// ErrorShape: an error's body is not the documented envelope.
	ErrorShape Kind = "error-shape"
	// OperationShape, BundleShape, ListShape, PolicyShape, IssuerShape: a member of a type that the schema does not allow, or
	// an answer that is not an object at all.
	OperationShape Kind = "operation-shape"
	BundleShape    Kind = "bundle-shape"
	ListShape      Kind = "list-shape"
	PolicyShape    Kind = "policy-shape"
	IssuerShape    Kind = "issuer-shape"
	// NeededNull: null for a scalar that the answer needs (R14). OtherNull: null for another member that is not nullable.
	NeededNull Kind = "needed-null"
	OtherNull  Kind = "other-null"
	// Undeclared: a member that no schema has (R38).
	Undeclared Kind = "undeclared-member"
	// Base64: csr or cer is not padded standard base64. Base64URL: x5t is not unpadded base64url.
	Base64    Kind = "base64"
	Base64URL Kind = "base64url"
	// UnixTime: a time that is not an integer literal.
	UnixTime Kind = "unix-time"
	// Enumeration: a value that its enumeration does not have.
	Enumeration Kind = "enumeration"
	// RequestShape: our own request breaks the schema though it was meant to be valid: kvconform's fault.
	RequestShape Kind = "request-shape"
)

// Text is a string member of an answer.
type Text struct {
	// Present says that the member is there at all, Valid that it is there and a string.
	Present, Valid bool
	Value          string
}

// Flag is a boolean member of an answer.
type Flag struct {
	Present, Valid bool
	Value          bool
}

// Whole is an integer member of an answer.
type Whole struct {
	Present, Valid bool
	Value          int64
}

// Operation is a CertificateOperation (documents 000 and 003).
type Operation struct {
	ID, CSR, Status, StatusDetails, RequestID, Target Text
	Issuer                                            bool // the member is there and an object
	IssuerName                                        Text
	CancellationRequested, PreserveCertOrder          Flag
	Error                                             *Error // nil where absent or null
}

// Error is an error's code, message and inner error (document 000, Error).
type Error struct {
	Code, Message, InnerCode Text
}

// Bundle is a CertificateBundle, a DeletedCertificateBundle, or a CertificateItem (document 001).
type Bundle struct {
	ID, KID, SID, X5T, CER, PendingID, ContentType        Text
	Enabled                                               Flag
	NotBefore, Expires, Created, Updated, RecoverableDays Whole
	RecoveryLevel                                         Text
	Attributes, HasPolicy                                 bool // the member is there and an object
	PolicyID, PolicySubject, PolicyIssuer                 Text
	Policy                                                map[string]any // as read; nil where absent
	Tags                                                  map[string]string
	RecoveryID                                            Text // deleted certificates
}
