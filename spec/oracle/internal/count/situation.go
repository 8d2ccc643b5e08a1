package count

// Situation is something that an exchange shows, or that it shows in the light of those before it.
type Situation string

// What is asked and how it is answered.
const (
	CreateManual     Situation = "create with the issuer Unknown answered 202 with an operation"
	CreateIssued     Situation = "create with another issuer answered 202 with an operation"
	CreateAgain      Situation = "create answered 202 while the operation before is still to be found"
	CreateConflict   Situation = "create answered 409 while an operation is in progress"
	Merged           Situation = "merge answered 201 with a certificate"
	MergeRefused     Situation = "merge into an operation that was created before answered 400"
	Cancelled        Situation = "PATCH with cancellation_requested true answered 200 with an operation"
	Deleted          Situation = "DELETE of an operation answered 200 with it"
	Purged           Situation = "204 without a body"
	Unauthorized     Situation = "401, but of a backup or a restore"
	UnauthorizedText Situation = "such a 401 with a body"
	Refused          Situation = "refusal with a body"
	NotFound         Situation = "GET of the latest version answered 404"
)

// What is shown of operations. An operation that was shown before is known by its request_id.
const (
	OperationShown  Situation = "operation in an answer"
	InProgressShown Situation = "operation in progress in an answer"
	CompletedShown  Situation = "completed operation in an answer"
	CancelledShown  Situation = "cancelled operation in an answer"
	Polled          Situation = "poll that shows an operation that was shown before"
	PolledBare      Situation = "poll of such an operation in progress answered with its bare csr"
	PolledBareEnded Situation = "poll of such a completed operation answered with its bare csr"
	PolledRunning   Situation = "poll that shows an operation in progress"
	PolledAsked     Situation = "poll that shows an operation in progress after its cancel was accepted"
	PolledCompleted Situation = "poll that shows an operation completed"
	PolledCancelled Situation = "poll that shows an operation cancelled"
	CompletedAgain  Situation = "poll that shows an operation completed after another one did"
	CancelledAgain  Situation = "poll that shows an operation cancelled after another one did"
	PolledDeleted   Situation = "poll answered 404 after the operation was deleted"
)

// What is shown of certificates, by GET with and without a version, PATCH, import and merge.
const (
	CertificateShown Situation = "certificate with a cer"
	PendingShown     Situation = "certificate with pending.id, which no document has (B17)"
	LatestShown      Situation = "GET of the latest version answered with a certificate that has a cer"
	LatestAgain      Situation = "GET of the latest version that shows the version that was shown before, no end seen in between"
	ShellRead        Situation = "GET of the latest version answered with a certificate that has no cer"
	ShellUpdated     Situation = "PATCH answered with a certificate that has no cer"
	VersionRead      Situation = "GET of a version answered with a certificate"
)

// Where the live service differs from the documents, by the row of section B. B17 and B28 are above; how texts are worded (B27) and what
// was never recorded (B30) is not counted.
const (
	B1  Situation = "the code of a create's 409 is not Forbidden"
	B2  Situation = "a cancel of an operation that was shown to have ended is refused, and not with 400"
	B3  Situation = "an operation is cancelled, and not canceled"
	B4  Situation = "an operation is completed, and not complete"
	B5  Situation = "a 202 says inProgress, and not InProgress"
	B6  Situation = "a target has no query"
	B7  Situation = "the 202 of a manual create has cancellation_requested"
	B8  Situation = "the answer to a DELETE has status_details"
	B9  Situation = "a failed operation's status_details are absent or not empty"
	B10 Situation = "the status_details of a 202 end with a full stop"
	B11 Situation = "a cancelled operation says cancellation_requested true"
	B12 Situation = "an operation comes with Retry-After"
	B13 Situation = "a manual operation is in progress after its cancel was accepted"
	B14 Situation = "an operation is completed after its cancel was accepted"
	B15 Situation = "PATCH or DELETE of an operation is answered with 409"
	B16 Situation = "GET of a certificate is answered 200, without a cer, while its operation is in progress"
	B18 Situation = "a version comes without a policy"
	B19 Situation = "a policy has basic_constraints"
	B20 Situation = "a merged certificate has no recoverableDays"
	B21 Situation = "a certificate has no contentType"
	B22 Situation = "an operation has no preserveCertOrder"
	B23 Situation = "the issuer of an operation has no cert_transparency"
	B24 Situation = "GET of an operation answers an operation, and not a certificate"
	B25 Situation = "GET of a certificate is answered 200, without a cer, after its operation was deleted"
	B26 Situation = "an operation is found under its request_id"
	B29 Situation = "a plain poll shows the operation of the last create, and not one that it has overwritten"
)
