package target

import (
	"context"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/suites"
)

const (
	// mostThrough is how many requests of a kind that is being throttled are under way at once. A bound of so many requests in a time is
	// found out by running into it: this is how many run into it each time. More than one, because races have to be able to overlap.
	mostThrough = 4
	// calm is how long nothing of a kind has to be throttled for all bounds to go, or calmAnswers how many answers in a row: more than the live
	// service lets through before it asks to wait, and fewer than lie between two that are asked to by chance.
	calm        = time.Minute
	calmAnswers = 30
	// single is how many answers of a kind have to come between two that ask to wait for the second to be about its own request alone.
	single = 8
	// bounded is how many creates have to be asked to wait, in a time in which creates wait for each other, for creates to count as bounded.
	bounded = 8
)

// gate is where the requests of one kind wait once the target has throttled some of them: what one was told holds for all. Each by itself
// would be told, wait, and come back together with all the others, of whom most would be in vain once more. A target that asks a single
// request to wait, such as each fortieth, holds up that one alone.
type gate struct {
	clock suites.Clock
	// first is held by whoever waits at the gate, queue by the one behind: what was refused once does not stand in the queue again.
	first, queue chan struct{}
	// left tells whoever is first that another one is through.
	left chan struct{}

	mu sync.Mutex
	// until is when the target may be asked again; zero while nothing of the kind was throttled.
	until time.Time
	// through are the requests that have gone through and have no answer yet, room how many there may be.
	through, room int
	// vain are the waits in a row after which the next request was throttled all the same.
	vain int
	// answers are those since the last that asked to wait, throttled those that asked to since the gate is closed now and then.
	answers, throttled int
	// found is told once that the target bounds this kind.
	found func()
}

func newGate(clock suites.Clock, found func()) *gate {
	return &gate{clock: clock, first: make(chan struct{}, 1), queue: make(chan struct{}, 1), left: make(chan struct{}, 1),
		answers: single, found: found}
}

// enter waits for the request's turn. Whoever enters leaves.
func (g *gate) enter(ctx context.Context, again bool) error {
	if g.closedFor() < 0 {
		return nil
	}
	if !again {
		if err := take(ctx, g.queue); err != nil {
			return err
		}
		defer func() { <-g.queue }()
	}
	if err := take(ctx, g.first); err != nil {
		return err
	}
	defer func() { <-g.first }()
	for {
		wait := g.closedFor()
		switch {
		case wait < 0:
			return nil
		case wait > 0:
			if err := g.clock.Wait(ctx, wait); err != nil {
				return err
			}
		default:
			select {
			case <-g.left:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
}

// closedFor is how long the gate stays closed: 0 until somebody leaves. Negative says that the caller has gone through.
func (g *gate) closedFor() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	switch {
	case g.until.IsZero(), g.hopeless():
	case now.Before(g.until):
		return g.until.Sub(now)
	case g.through >= g.room:
		return 0
	}
	g.through++
	return -1
}

// leave notes what has become of a request: throttled says that it is to be sent again after wait. It reports whether all of the kind wait,
// at the gate; otherwise the request waits by itself.
func (g *gate) leave(throttled bool, wait time.Duration) (all bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.through--
	now := g.clock.Now()
	alone := g.until.IsZero() && g.answers >= single
	g.answers++
	if throttled {
		g.answers = 0
	}
	switch {
	case throttled && alone:
		g.vain++
		return false
	case throttled:
		if g.throttled++; g.throttled == bounded {
			g.found()
		}
		if !now.Before(g.until) {
			g.vain++
		}
		if until := now.Add(wait); until.After(g.until) {
			g.until = until
		}
		g.room = 1
	default:
		g.vain = 0
		g.room = min(g.room+1, mostThrough)
		if now.After(g.until.Add(calm)) || g.answers >= calmAnswers {
			g.until, g.throttled = time.Time{}, 0
		}
	}
	select {
	case g.left <- struct{}{}:
	default:
	}
	return throttled
}

// givenUp reports whether the target has throttled this kind of request however long it was waited for.
func (g *gate) givenUp() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.hopeless()
}

func (g *gate) hopeless() bool { return g.vain >= maxAttempts }

func take(ctx context.Context, place chan struct{}) error {
	select {
	case place <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// gates are the gates of a client, by the kind of request. Which kinds the target bounds together, nobody knows: each finds out.
type gates struct {
	clock suites.Clock
	// unbounded ends once creates are found to be bounded.
	unbounded context.Context
	bound     context.CancelFunc

	mu    sync.Mutex
	byKey map[string]*gate
}

func newGates(clock suites.Clock) *gates {
	g := &gates{clock: clock, byKey: map[string]*gate{}}
	g.unbounded, g.bound = context.WithCancel(context.Background())
	return g
}

// createKey is the kind of the requests that create certificates.
const createKey = http.MethodPost + " create"

// of is the gate of a request: of its method, and of what a POST is to do, because vaults bound the making of keys above all.
func (g *gates) of(r exchange.Request) *gate {
	key := r.Method
	if r.Method == http.MethodPost {
		address, _, _ := strings.Cut(r.URL, "?")
		key += " " + path.Base(address)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.byKey[key] == nil {
		found := func() {}
		if key == createKey {
			found = g.bound
		}
		g.byKey[key] = newGate(g.clock, found)
	}
	return g.byKey[key]
}
