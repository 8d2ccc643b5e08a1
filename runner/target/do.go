package target

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

// The bounds of sending a request again. A target that is busy for longer than these allow is left as it is.
const (
	// maxAttempts is for throttling that says for how long; a 503 that does not say is given up earlier, because a target
	// that is broken in one place answers so too, and each request would then take 15 s.
	maxAttempts, maxUntoldAttempts = 6, 4
	// maxBroken is how often a request that got no answer is sent again.
	maxBroken = 2
	// maxWait caps one wait. The live service asks for 10 s or less.
	maxWait = 30 * time.Second
	// firstBackOff is the least wait after throttling that does not say for how long; each further one is twice as long.
	firstBackOff = 500 * time.Millisecond
	// shortPause is between a failure and a second try: a Retry-After of 0 is no busy loop.
	shortPause = 100 * time.Millisecond
)

// Do sends the request, and again where that is safe and of use; each attempt is recorded as an exchange, and the last one
// is returned.
//
//   - 429 and 503 are waited out as Retry-After says, within bounds, and where it was no single one by all requests of the kind: see gate.
//   - Any other 5xx to a request that is meant to be valid is asked for once more, so that it is seen whether it comes again,
//     and so is a GET whose answer ended early.
//   - A request without an answer is sent again where it never left, or where it is a GET. A POST, PATCH or DELETE that
//     may have arrived is not, and neither is one that timed out.
//   - A 401 is tried once more where the token could be renewed.
//
// A request that ctx keeps from being sent at all is not recorded: it comes back with number 0.
func (c *Client) Do(ctx context.Context, rec *exchange.Recorder, d exchange.Draft) exchange.Exchange {
	last := exchange.Exchange{Drive: d.Drive, Defect: d.Defect, Caller: d.Caller, Request: d.Request}
	gate := c.gates.of(d.Request)
	var p patience
	for n := 1; ; n++ {
		a, err := c.enter(ctx, gate, rec, d, n)
		if err != nil {
			if n == 1 {
				last.Failure = oneLine("not sent: " + err.Error())
			}
			return last
		}
		last = a.exchange
		wait, again := p.wait(a, c.clock.Now())
		if gate.leave(a.throttled(c.clock.Now()), wait) {
			wait, again = 0, again && !gate.givenUp() // it is waited for at the gate
		}
		if !again && c.renewable(ctx, &p, a) {
			again = true
		}
		if !again || wait > 0 && c.clock.Wait(ctx, wait) != nil {
			return last
		}
	}
}

// Bounded is closed once the target is seen to bound its creates: see suites.Target.
func (c *Client) Bounded() <-chan struct{} { return c.gates.unbounded.Done() }

// enter sends the request once it is its turn.
func (c *Client) enter(ctx context.Context, gate *gate, rec *exchange.Recorder, d exchange.Draft, n int) (attempt, error) {
	waiting := ctx
	if d.Spare {
		var end context.CancelFunc
		waiting, end = context.WithCancel(ctx)
		defer end()
		defer context.AfterFunc(c.gates.unbounded, end)()
	}
	if err := gate.enter(waiting, n > 1); err != nil {
		return attempt{}, err
	}
	a, err := c.attempt(ctx, rec, d, n)
	if err != nil {
		gate.leave(false, 0)
	}
	return a, err
}

// throttled reports an answer that asks to wait: 429, or 503 that says for how long.
func (a attempt) throttled(now time.Time) bool {
	x := a.exchange.Response
	if x == nil {
		return false
	}
	_, told := retryAfter(x.Header, now)
	return x.Status == http.StatusTooManyRequests || x.Status == http.StatusServiceUnavailable && told
}

// patience is what a request has had of it.
type patience struct {
	broken            int
	repeated, renewed bool
}

// wait decides whether the request is sent again, and after what wait.
func (p *patience) wait(a attempt, now time.Time) (time.Duration, bool) {
	e := &a.exchange
	if e.Response == nil {
		safe := e.Request.Method == http.MethodGet || !a.failure.connected
		p.broken++
		return shortPause, safe && !a.failure.final && p.broken <= maxBroken && e.Attempt < maxAttempts
	}
	asked, told := retryAfter(e.Response.Header, now)
	switch {
	case e.Response.Status == http.StatusTooManyRequests,
		e.Response.Status == http.StatusServiceUnavailable && (told || e.Defect == ""):
		if told {
			return asked, e.Attempt < maxAttempts
		}
		most := maxAttempts
		if e.Response.Status == http.StatusServiceUnavailable {
			most = maxUntoldAttempts
		}
		return backOff(e.Attempt), e.Attempt < most
	case e.Response.Short() && e.Request.Method == http.MethodGet && !p.repeated:
		p.repeated = true
		return shortPause, e.Attempt < maxAttempts
	case e.Response.Status >= 500 && e.Defect == "" && !p.repeated:
		p.repeated = true
		return shortPause, e.Attempt < maxAttempts
	}
	return 0, false
}

// renewable reports whether a 401 is about a token that has been renewed since.
func (c *Client) renewable(ctx context.Context, p *patience, a attempt) bool {
	e := &a.exchange
	if p.renewed || e.Response == nil || e.Response.Status != http.StatusUnauthorized || e.Defect != "" {
		return false
	}
	p.renewed = true
	source, ok := c.source(e.Caller).(renewer)
	return ok && source.renew(ctx, a.token)
}

// retryAfter reads the header: seconds, or a date that counts from the answer's own. Absurd values are capped.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if isDigits(value) {
		seconds, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return maxWait, true
		}
		return within(time.Duration(seconds) * time.Second), true
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	// The target's clock need not be ours.
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		now = theirs
	}
	return within(until.Sub(now)), true
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func within(d time.Duration) time.Duration { return min(max(d, shortPause), maxWait) }

// backOff is the wait after the n-th attempt: doubling, and up to half as long again, so that those who were refused
// together do not come back together.
func backOff(n int) time.Duration {
	d := firstBackOff << (n - 1)
	return within(d + rand.N(d/2))
}

// pace waits until the rate allows one more request.
func (c *Client) pace(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if c.limiter == nil {
		return nil
	}
	now := c.clock.Now()
	place := c.limiter.ReserveN(now, 1)
	delay := place.DelayFrom(now)
	if delay <= 0 {
		return nil
	}
	if err := c.clock.Wait(ctx, delay); err != nil {
		place.CancelAt(now)
		return fmt.Errorf("waiting for its turn: %w", err)
	}
	return nil
}
