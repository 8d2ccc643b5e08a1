package lifecycle

// Clause is one thing that the contract says about the life of a name. A broken clause is what an answer did that no state
// of the name allows.
type Clause string

// The clauses about requests that change something: what has to be answered in which state.
const (
	// CreateFirst: a create under a name without an operation is accepted.
	CreateFirst Clause = "create-first"
	// CreateBegins: what a create answers is in progress.
	CreateBegins Clause = "create-begins"
	// CreateConflict: a create is refused with 409 while an operation is in progress. ImportConflict: an import likewise.
	CreateConflict Clause = "create-conflict"
	ImportConflict Clause = "import-conflict"
	// CreateAfterEnd: a create is accepted once the operation before has ended. CreateAfterDelete: once it was deleted.
	CreateAfterEnd    Clause = "create-after-end"
	CreateAfterDelete Clause = "create-after-delete"
	// ImportFree: an import is accepted where nothing is in progress. ImportAfterEnd, ImportAfterDelete: and that, where
	// an operation has ended or was deleted.
	ImportFree        Clause = "import-free"
	ImportAfterEnd    Clause = "import-after-end"
	ImportAfterDelete Clause = "import-after-delete"

	// CancelAccepted: a cancel is accepted while the operation is in progress. CancelShown: and its answer says so.
	CancelAccepted Clause = "cancel-accepted"
	CancelShown    Clause = "cancel-shown"
	// CancelEnded: a cancel of an operation that has ended is refused with the status of the yardstick.
	CancelEnded Clause = "cancel-ended"
	// CancelNothing, DeleteNothing, MergeNothing: where nothing is pending, nothing is accepted.
	CancelNothing Clause = "cancel-nothing"
	DeleteNothing Clause = "delete-nothing"
	MergeNothing  Clause = "merge-nothing"
	// DeleteAccepted: an operation can be deleted in every state.
	DeleteAccepted Clause = "delete-accepted"

	// MergeAccepted: a certificate for the operation's key completes a manual operation in progress.
	MergeAccepted Clause = "merge-accepted"
	// MergeAfterEnd: and one that failed or was cancelled.
	MergeAfterEnd Clause = "merge-after-end"
	// MergeIssued: a merge is refused with 403 while the issuer is at work.
	MergeIssued Clause = "merge-issued"
	// MergeUnfit: a merge without a readable certificate is refused. MergeWrongKey: one with a certificate for another key.
	MergeUnfit    Clause = "merge-unfit"
	MergeWrongKey Clause = "merge-wrong-key"
)

// The clauses about what is shown.
const (
	// PollNever: an operation that never was is not found. PollDeleted, PollOverwritten: nor one that is gone.
	PollNever       Clause = "poll-never"
	PollDeleted     Clause = "poll-deleted"
	PollOverwritten Clause = "poll-overwritten"
	// PollFilter: an operation is not found under another request_id, that of a predecessor among them.
	PollFilter Clause = "poll-filter"
	// PollFound: an operation in progress is found. PollEnded: one that has ended stays to be found. PollMatch: each is
	// found under its own request_id.
	PollFound Clause = "poll-found"
	PollEnded Clause = "poll-ended"
	PollMatch Clause = "poll-match"
	// SameID, SameCSR, SameIssuer: these never change during an operation.
	SameID     Clause = "same-id"
	SameCSR    Clause = "same-csr"
	SameIssuer Clause = "same-issuer"
	// Steady: a manual operation stays in progress until it is merged, deleted or cancelled. StaysCompleted: an operation that
	// was completed, by a merge too, shows so ever after. StaysEnded: one that failed or was cancelled likewise.
	Steady         Clause = "steady"
	StaysCompleted Clause = "stays-completed"
	StaysEnded     Clause = "stays-ended"
	// AskedStays: while in progress, a cancellation that was asked for stays asked for. AskedNever: and one that nobody asked
	// for is not shown.
	AskedStays Clause = "asked-stays"
	AskedNever Clause = "asked-never"

	// GetNever: there is no certificate under a name that nobody used.
	GetNever Clause = "get-never"
	// GetEarly: there is none while the first operation is in progress. GetAfterDelete, GetAfterEnd: nor ever, where it was
	// deleted, failed or was cancelled.
	GetEarly       Clause = "get-early"
	GetAfterDelete Clause = "get-after-delete"
	GetAfterEnd    Clause = "get-after-end"
	// GetThere: a complete certificate is there, also while its next version is pending. GetLatest: and it is the one that was
	// completed or imported last.
	GetThere  Clause = "get-there"
	GetLatest Clause = "get-latest"
)
