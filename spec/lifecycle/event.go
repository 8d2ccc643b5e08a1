// Package lifecycle is the model of what may become of one certificate's name: which operation may be pending under it, in
// which state, and which certificate may be there. It is nondeterministic: an issuer finishes when it likes, a cancel may
// lose, an answer may get lost on its way, requests that overlap take effect in an order that nobody knows. So the model
// keeps every state that the name may be in. An answer narrows the set; time, lost answers and unknown beginnings widen it.
// An answer that no state allows is a broken clause.
//
// The model knows nothing of HTTP beyond statuses, and nothing of JSON: whoever has a trace makes events from it.
package lifecycle

// Action is what a request wants.
type Action int

// The actions that the model follows. Each stands for the request of the same name in the documents.
const (
	// Create and Import are POST …/create and POST …/import.
	Create Action = iota
	Import
	// Poll is GET …/pending.
	Poll
	// Cancel is PATCH …/pending with cancellation_requested true, Withdraw with false, Patch with anything else.
	Cancel
	Withdraw
	Patch
	// Delete is DELETE …/pending.
	Delete
	// Merge is POST …/pending/merge.
	Merge
	// Get is GET of the latest version of the certificate.
	Get
	// Forget is any request after which nothing is known any more: DELETE, recover, restore, purge of the certificate.
	Forget
)

// Fitness is what is known of a request's own validity.
type Fitness int

// The fitnesses. Of an Unsure request both acceptance and refusal are allowed.
const (
	Unsure Fitness = iota
	Good
	Bad
)

// Origin says who completes an operation.
type Origin int

// The origins: Manual is issuer Unknown or none, completed by a merge alone; Issued is any other, completed by its issuer.
const (
	AnyOrigin Origin = iota
	Manual
	Issued
)

// Status is the status of an operation.
type Status int

// The four statuses of document 002, and Unread for anything else.
const (
	Unread Status = iota
	InProgress
	Completed
	Cancelled
	Failed
)

// Loss says what is known of a request without a usable answer.
type Loss int

// Answered has an answer. Dropped has none, but its time is over: it took effect by its End or never (429, 5xx). Vanished has
// none, and may take effect at any time after its Start (reset, time-out).
const (
	Answered Loss = iota
	Dropped
	Vanished
)

// Tristate is a boolean that may be unknown.
type Tristate int

// The tristates.
const (
	Maybe Tristate = iota
	No
	Yes
)

// Operation is what an answer shows of an operation. An empty text, Unread and Maybe say that the answer does not show it.
type Operation struct {
	// ID is the request_id, CSR the request, Key the public key in it, Issuer the issuer's name without case.
	ID, CSR, Key, Issuer string
	Status               Status
	// Asked is cancellation_requested.
	Asked Tristate
}

// Event is one request about the name and its answer.
type Event struct {
	Action Action
	// Start and End are when the request was sent and its answer was here, on any one scale. Events whose times overlap may
	// have taken effect in either order.
	Start, End int64
	Loss       Loss
	// Filtered says that the request names a request_id, Filter which.
	Filtered bool
	Filter   string
	// Fitness is what is known of the request's own validity (Create, Import, Merge).
	Fitness Fitness
	// Rejected says that it was refused for a reason that has nothing to do with the name's state: its form, its token, a
	// permission. Nothing has changed then (RULINGS R22), and what the next look shows tells whether that is so.
	Rejected bool
	// Origin and Issuer are what a Create asks for.
	Origin Origin
	Issuer string
	// Keys are the public keys of the certificates in a Merge, none where they cannot be read.
	Keys []string

	// Status is the answer's HTTP status.
	Status int
	// Operation is the operation that the answer shows; nil where it shows none that can be read.
	Operation *Operation
	// Version is the certificate version that the answer shows, Live whether it is a certificate (it has a cer) and not the
	// shell of one that is to come.
	Version string
	Live    bool
}

// ok reports that the answer is a success.
func (e *Event) ok() bool { return e.Status/100 == 2 }

// changes reports that the request can change what is there.
func (a Action) changes() bool { return a != Poll && a != Get }
