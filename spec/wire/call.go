package wire

// Op is an operation of the REST interface.
type Op string

// The operations that openapi.yaml declares; its operationIds are these strings.
const (
	Create        Op = "createCertificate"
	Import        Op = "importCertificate"
	Get           Op = "getCertificate"        // latest
	GetVersion    Op = "getCertificateVersion" // exact version
	Versions      Op = "getCertificateVersions"
	List          Op = "getCertificates"
	Update        Op = "updateCertificate" // with or without a version
	Delete        Op = "deleteCertificate"
	GetPolicy     Op = "getCertificatePolicy"
	UpdatePolicy  Op = "updateCertificatePolicy"
	GetPending    Op = "getCertificateOperation"
	UpdatePending Op = "updateCertificateOperation"
	DeletePending Op = "deleteCertificateOperation"
	Merge         Op = "mergeCertificate"
	GetDeleted    Op = "getDeletedCertificate"
	ListDeleted   Op = "getDeletedCertificates"
	Purge         Op = "purgeDeletedCertificate"
	Recover       Op = "recoverDeletedCertificate"
	SetIssuer     Op = "setCertificateIssuer"
	GetIssuer     Op = "getCertificateIssuer"
	UpdateIssuer  Op = "updateCertificateIssuer"
	DeleteIssuer  Op = "deleteCertificateIssuer"
	Issuers       Op = "getCertificateIssuers"
	// Other is everything else: backup, contacts, keys, secrets, a method that a path does not have. Only the rules for
	// every answer (JSON, error envelope, 5xx) look at it.
	Other Op = ""
)

// Call is a request as the contract sees it.
type Call struct {
	Op Op
	// Foreign says that the request did not go to the vault's interface at all: another host or path than the base's, or,
	// where the base is unknown, a path that no vault has, such as a token endpoint's in a browser's HAR. Nothing judges it.
	Foreign bool
	// Name is the certificate's (or issuer's) name, Version the certificate version; empty where the path has none.
	Name, Version string
	// Filtered says that the query has a request_id; RequestID is its value.
	Filtered  bool
	RequestID string
	// APIVersion is the query's api-version; HasAPIVersion tells an empty one from a missing one.
	APIVersion    string
	HasAPIVersion bool
}
