package exchange

import (
	"sync"
	"time"
)

// Draft is a request that is to be sent, and for what.
type Draft struct {
	// Drive and Defect become those of the exchange.
	Drive, Defect string
	Caller        Caller
	Request       Request
	// Spare says that the request is not worth waiting for where the target turns out to bound its kind.
	Spare bool
}

// Recorder collects a trace while it happens, from any number of goroutines. A request is numbered when it is sent.
type Recorder struct {
	mu        sync.Mutex
	now       func() time.Time
	exchanges []*Exchange
}

// NewRecorder returns an empty recorder that reads the time from now.
func NewRecorder(now func() time.Time) *Recorder { return &Recorder{now: now} }

// Begin notes that the request leaves now. The returned exchange is open: it has no response yet, and only Finish may
// touch it.
func (r *Recorder) Begin(d Draft, attempt int) *Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := &Exchange{Number: len(r.exchanges) + 1, Drive: d.Drive, Defect: d.Defect, Caller: d.Caller, Attempt: attempt, Request: d.Request, Sent: r.now()}
	r.exchanges = append(r.exchanges, e)
	return e
}

// Finish notes what came back, or with a nil response why nothing did, and returns a copy that nobody changes any more.
func (r *Recorder) Finish(e *Exchange, resp *Response, failure string) Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Response, e.Failure, e.Received = resp, failure, r.now()
	return *e
}

// Len tells how many requests were sent so far.
func (r *Recorder) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.exchanges)
}

// Exchanges returns what was recorded so far, in the order of sending. One that is still open counts as unanswered: its
// Failure says that the run ended first.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]Exchange, len(r.exchanges))
	for i, e := range r.exchanges {
		all[i] = *e
		if e.Received.IsZero() {
			all[i].Failure, all[i].Received = "the run ended before an answer came", r.now()
		}
	}
	return all
}
