package suites

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

// userAgent tells the owner of a vault who is asking.
const userAgent = "kvconform"

// firstPause is the wait after a first poll that came without Retry-After; each further one is twice as long, up to
// PollMax. It is also the least wait, so that a Retry-After of 0 is no busy loop.
const firstPause = 50 * time.Millisecond

// Vault is what a drive gets: the requests of the certificate interface, each of which sends, records, and returns what
// came back without a judgement. Once the run is over a request ends the drive that sends it.
type Vault struct {
	run   *run
	ctx   context.Context
	abort context.CancelCauseFunc
	// drive is what the exchanges are recorded under, path where the names continue: the number of the group inside the
	// drive, so that names do not depend on who was faster.
	drive, path string
	taken       int
	// spare says that nothing hangs on this part of the drive alone: see spare.
	spare bool
	sent  *atomic.Int64
}

func newVault(ctx context.Context, r *run, abort context.CancelCauseFunc, drive string) *Vault {
	return &Vault{run: r, ctx: ctx, abort: abort, drive: drive, path: drive, sent: new(atomic.Int64)}
}

// NewName returns the name of a certificate that the drive may make. It stands in the ledger before anybody can use it.
func (v *Vault) NewName() string { return v.newName(Certificate, "", false) }

// NameWith is NewName with an end of its own, which any name may have.
func (v *Vault) NameWith(end string) string { return v.newName(Certificate, end, false) }

// BadName returns a name that its end spoils: with a character that no name may hold, or because it is too long. It stands in
// the ledger as well: a vault that takes it has made something.
func (v *Vault) BadName(end string) string { return v.newName(Certificate, end, true) }

// LongName returns a name that is one character longer than a name may be. The ledger has it, too.
func (v *Vault) LongName() string { return v.BadName(v.upTo(longestName + 1)) }

// LongestNames returns two names that are as long as a name may be, and differ in their last character alone.
func (v *Vault) LongestNames() (a, b string) {
	end := v.upTo(longestName)
	a = v.NameWith(end[:len(end)-1] + "a")
	b = a[:len(a)-1] + "b"
	v.register(Certificate, b, false)
	return a, b
}

// upTo is the end that makes the next name so long.
func (v *Vault) upTo(length int) string {
	next := *v
	rest := length - len(v.nameOf(next.next())) - len("-")
	return "-" + strings.Repeat("x", max(rest, 0))
}

// longestName is how long a certificate's name may be, in characters.
const longestName = 127

func (v *Vault) newName(kind Kind, end string, bad bool) string {
	v.live()
	name := v.nameOf(v.next()) + end
	v.register(kind, name, bad)
	return name
}

// register lets the ledger have a name, or ends the run.
func (v *Vault) register(kind Kind, name string, bad bool) {
	if err := v.run.register(kind, name, bad); err != nil {
		v.abort(fmt.Errorf("%w: %w", ErrLedger, err))
		v.live()
	}
}

// Unused returns a name that no request of the run ever makes: for reads, which cannot make it either.
func (v *Vault) Unused() string {
	return v.nameOf(v.next()) + "-unused"
}

func (v *Vault) nameOf(number string) string {
	return fmt.Sprintf("%s-%s-%s", v.run.NamePrefix, v.run.RunID, number)
}

func (v *Vault) next() string {
	v.taken++
	return v.path + "-" + strconv.Itoa(v.taken)
}

// Together runs parts of a drive at once and waits for all of them: for names that have nothing to do with each other, so
// that a run takes as long as its longest part. Each part works on the Vault that it is given. With Parallel 1, where a
// user wants one request after the other, the parts run in their order.
func (v *Vault) Together(parts ...func(v *Vault)) {
	stopped := make([]error, len(parts))
	var wg sync.WaitGroup
	for i, part := range parts {
		sub := *v
		sub.path, sub.taken = v.next(), 0
		if v.run.Parallel == 1 {
			stopped[i] = guard(func() { part(&sub) })
			continue
		}
		wg.Go(func() { stopped[i] = guard(func() { part(&sub) }) })
	}
	wg.Wait()
	var worst error
	for _, err := range stopped {
		if weight(err) > weight(worst) {
			worst = err
		}
	}
	if worst != nil {
		panic(worst)
	}
}

// weight says which of the reasons why parts ended early is told: a panic before the end of the run, and that before the end of a spare part.
func weight(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errSpared):
		return 1
	case errors.Is(err, errStopped):
		return 2
	}
	return 3
}

// AtOnce sends requests at the same moment, each on a connection of its own, and returns their answers in the order in which they were
// given. With Parallel 1, where a user wants one request after the other, they are sent in that order.
func (v *Vault) AtOnce(requests ...func(v *Vault) Answer) []Answer {
	answers := make([]Answer, len(requests))
	var ready sync.WaitGroup
	ready.Add(len(requests))
	var parts []func(v *Vault)
	for i, request := range requests {
		parts = append(parts, func(v *Vault) {
			ready.Done()
			if v.run.Parallel > 1 {
				ready.Wait()
			}
			answers[i] = request(v)
		})
	}
	v.Together(parts...)
	return answers
}

// APIVersion is the api-version that the run sends.
func (v *Vault) APIVersion() string { return v.run.APIVersion }

// live ends the drive when the run is over.
func (v *Vault) live() {
	if v.ctx.Err() != nil {
		panic(errStopped)
	}
}

// RequestOption changes one request.
type RequestOption func(*request)

type request struct {
	query  []string // of the form name=value
	header http.Header
	defect string
	caller exchange.Caller
}

// Filter adds the query's request_id. The id of an operation that could not be read is empty and filters nothing: the
// drive then polls without a filter, which is a right request in every state.
func Filter(requestID string) RequestOption {
	return func(r *request) {
		if requestID != "" {
			r.query = append(r.query, "request_id="+url.QueryEscape(requestID))
		}
	}
}

// Query adds a parameter to the query.
func Query(name, value string) RequestOption {
	return func(r *request) { r.query = append(r.query, name+"="+url.QueryEscape(value)) }
}

// Defect says what is wrong with the request on purpose.
func Defect(why string) RequestOption { return func(r *request) { r.defect = why } }

// As sends the request with another token than the run's own, or with none.
func As(caller exchange.Caller) RequestOption { return func(r *request) { r.caller = caller } }

// APIVersion sends another api-version than the run's.
func APIVersion(version string) RequestOption {
	return func(r *request) { r.query[0] = "api-version=" + url.QueryEscape(version) }
}

// EncodedAPIVersion percent-encodes what of the query's parameter can be: its name, as one client does, and its value.
func EncodedAPIVersion(version string) RequestOption {
	return func(r *request) {
		r.query[0] = "api%2Dversion=" + strings.ReplaceAll(url.QueryEscape(version), "-", "%2D")
	}
}

// APIVersionLast moves the api-version behind the other parameters. It comes after the options that add them.
func APIVersionLast() RequestOption {
	return func(r *request) { r.query = append(r.query[1:], r.query[0]) }
}

// NoAPIVersion leaves the api-version out.
func NoAPIVersion() RequestOption { return func(r *request) { r.query = r.query[1:] } }

// Header sets a header of the request.
func Header(name, value string) RequestOption {
	return func(r *request) { r.header.Set(name, value) }
}

// Send sends a request of any kind: path begins right after the vault's base URL and is escaped already. The named
// methods are to be preferred: they note what the run made.
func (v *Vault) Send(method, path string, body []byte, options ...RequestOption) Answer {
	r := v.request(body)
	for _, option := range options {
		option(&r)
	}
	return v.send(method, path, strings.Join(r.query, "&"), body, &r)
}

// nextVersions reads the page that comes after this one. It sends nothing where there is none, or where the link leads elsewhere.
func (v *Vault) nextVersions(name string, page Answer) Answer {
	path, query, _ := strings.Cut(page.NextLink, "?")
	path, ours := strings.CutPrefix(path, v.run.Target.Base())
	if !ours || strings.TrimSuffix(path, "/") != at(name, "/versions") {
		return Answer{}
	}
	r := v.request(nil)
	return v.send(http.MethodGet, path, query, nil, &r)
}

// request makes a request's frame.
func (v *Vault) request(body []byte) request {
	r := request{query: []string{"api-version=" + url.QueryEscape(v.run.APIVersion)}, header: http.Header{}}
	r.header.Set("Accept", "application/json")
	r.header.Set("User-Agent", userAgent)
	if body != nil {
		r.header.Set("Content-Type", "application/json")
	}
	return r
}

// send sends a request, records it, and notes what it tells of the objects that the run made.
func (v *Vault) send(method, path, query string, body []byte, r *request) Answer {
	v.live()
	address := v.run.Target.Base() + path
	if query != "" {
		address += "?" + query
	}
	_, call := split(path)
	creates := method == http.MethodPost && call == "create"
	var e exchange.Exchange
	switch {
	case creates:
		v.worthwhile()
		release := v.take(v.run.creating, v.bounded())
		defer func() {
			if !v.run.keepsPlace(e) {
				release()
			}
		}()
	case method == http.MethodPost:
		defer v.take(v.run.making, nil)()
	}
	defer v.take(v.run.underWay, nil)()
	v.sent.Add(1)
	v.run.leaving(method, path)
	e = v.run.Target.Do(v.ctx, v.run.rec, exchange.Draft{Drive: v.drive, Defect: r.defect, Caller: r.caller, Spare: v.spare && creates,
		Request: exchange.Request{Method: method, URL: address, Header: r.header, Body: body}})
	if creates && (e.Number == 0 || e.Response != nil && e.Response.Status == http.StatusTooManyRequests) {
		v.worthwhile() // it had no effect
	}
	if v.ctx.Err() == nil {
		if err := v.run.heard(e); err != nil {
			v.abort(err)
		}
	}
	a := read(e)
	v.run.answered(method, path, a)
	return a
}

// take takes one of the places, and returns what gives it back. Once spared is closed, the part ends instead.
func (v *Vault) take(places chan struct{}, spared <-chan struct{}) (back func()) {
	select {
	case places <- struct{}{}:
	case <-spared:
		panic(errSpared)
	case <-v.ctx.Done():
		v.live()
	}
	return func() { <-places }
}

// PollUntil polls the name's operation until done says so, or until the operation had its time (OperationTimeout), and
// returns the last answer. It waits as the target asks by Retry-After, but never longer than PollMax; where the target
// asks for nothing, the waits double from a short one.
func (v *Vault) PollUntil(name string, done func(Answer) bool, options ...RequestOption) Answer {
	deadline := v.run.Clock.Now().Add(v.run.OperationTimeout)
	pause := firstPause
	for {
		a := v.GetPending(name, options...)
		if done(a) || !v.pauseUntil(deadline, a, &pause) {
			return a
		}
	}
}

// pauseUntil waits once and doubles the pause. It reports false, without waiting, where the wait would pass the deadline. Up to a quarter more
// or less, so that polls which began together do not stay together.
func (v *Vault) pauseUntil(deadline time.Time, a Answer, pause *time.Duration) bool {
	wait := *pause*3/4 + rand.N(*pause/2)
	if a.Asked {
		wait = max(a.RetryAfter, firstPause)
	}
	wait = min(wait, v.run.PollMax)
	*pause = min(2**pause, v.run.PollMax)
	if v.run.Clock.Now().Add(wait).After(deadline) {
		return false
	}
	if v.run.Clock.Wait(v.ctx, wait) != nil {
		v.live()
	}
	return true
}
