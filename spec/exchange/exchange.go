// Package exchange holds what was observed: one request, what came back, and when. Everything that is judged is made of
// these, whether it was driven a moment ago or recorded years before, so nothing in here knows where it came from, and
// nothing in here judges.
package exchange

import (
	"net/http"
	"strings"
	"time"
)

// Exchange is one request and what came of it. A retry is an exchange of its own.
type Exchange struct {
	// Number counts from 1 in the order of sending, over the whole trace. Every report uses it.
	Number int
	// Drive names what sent the request: a scenario's id, or nothing in recorded traffic.
	Drive string
	// Attempt is 1 for the first sending of a request and counts its retries. 0 means unknown and counts as 1.
	Attempt int
	// Defect says what is wrong with the request on purpose; empty where it was meant to be valid.
	Defect string
	// Caller says who asked. Recorded traffic does not tell: there it is the Owner.
	Caller Caller
	// Request is what was sent.
	Request Request
	// Response is what came back; nil when nothing did (see Failure).
	Response *Response
	// Failure says why there is no response, in the transport's words.
	Failure string
	// Sent is when the request began to leave, Received when the last byte of the answer, or the failure, was here.
	Sent, Received time.Time
}

// Caller says with which token a request was sent. The token itself is in no exchange.
type Caller string

// The callers: the Owner has the run's own token (or none, where the target asks for none), the Reader a second one that may
// read certificates and nothing else. A Stranger brings a token that nobody issued, Nobody brings none.
const (
	Owner    Caller = ""
	Reader   Caller = "reader"
	Stranger Caller = "stranger"
	Nobody   Caller = "nobody"
)

// Request is what was sent.
type Request struct {
	Method string
	// URL is the absolute URL as it was sent, with its query.
	URL    string
	Header http.Header
	Body   []byte
}

// Response is what came back.
type Response struct {
	Status int
	// Proto is the protocol's version, such as HTTP/1.1.
	Proto  string
	Header http.Header
	// Body holds the bytes after any transfer and content coding was undone.
	Body []byte
	// Cut says why Body is not the whole body: it ended early, or it was longer than the reader was ready to take (TooLong).
	Cut string
}

// TooLong begins what Cut says of a body that was longer than the reader was ready to take.
const TooLong = "the body is longer than "

// Short reports a body that ended early: the rest of it may have been lost on its way.
func (r *Response) Short() bool { return r.Cut != "" && !strings.HasPrefix(r.Cut, TooLong) }

// Answered reports whether the target itself gave an answer about the request. A lost answer, throttling (429) and any
// 5xx are none: whether the request took effect is unknown (RULINGS R20, R35).
func (e *Exchange) Answered() bool {
	return e.Response != nil && e.Response.Status != http.StatusTooManyRequests && e.Response.Status < 500
}

// Trace is a sequence of exchanges with one vault, in the order of sending.
type Trace struct {
	// Name says where the exchanges are from: a file's name, or nothing for a run.
	Name string
	// Base is the base URL under which the vault was addressed, with its path prefix and without a trailing slash; empty
	// where it is unknown, as in recorded traffic: the paths then begin right after the host.
	Base string
	// Fresh says that no certificate named in here existed before its first mention, because the names were made up for
	// this trace. Recorded traffic is not fresh: its histories begin in the unknown.
	Fresh bool
	// Recorded says that somebody else recorded this: request headers may be missing, and times may be coarse.
	Recorded bool
	// Exchanges are in the order of their numbers.
	Exchanges []Exchange
}
