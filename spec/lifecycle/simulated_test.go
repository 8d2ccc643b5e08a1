package lifecycle_test

import (
	"cmp"
	"fmt"
	"slices"

	"pgregory.net/rapid"

	. "github.com/kvconform/kvconform/spec/lifecycle"
)

// vault is a simple vault that chooses freely wherever the contract leaves a choice: an operation and a certificate under
// one name, a dozen lines a request. It shares nothing with the model but the events.
type vault struct {
	t                  *rapid.T
	live               bool
	ids, versions      int
	op                 *Operation
	manual             bool
	version            string
	used, afterRemoval bool
}

// call is a request that is on its way: when it is sent, when it takes effect, when its answer is here.
type call struct {
	event     Event
	effect    int64
	vanishes  bool
	happens   bool
	throttled bool
}

func (v *vault) flip(what string) bool { return rapid.Bool().Draw(v.t, what) }

// drift lets the issuer act, or not.
func (v *vault) drift() {
	if v.op == nil || v.op.Status != InProgress || v.flip("stays") {
		return
	}
	if v.manual {
		if v.op.Asked == Yes && v.flip("cancelled") {
			v.op.Status = Cancelled
		}
		return
	}
	switch rapid.IntRange(0, 2).Draw(v.t, "issuer") {
	case 0:
		v.op.Status = Completed
		v.op.Asked = No
		v.version = v.nextVersion()
	case 1:
		v.op.Status = Failed
	case 2:
		v.op.Status = Cancelled
	}
}

func (v *vault) nextVersion() string {
	v.versions++
	return fmt.Sprintf("v%d", v.versions)
}

func (v *vault) show() *Operation {
	shown := *v.op
	return &shown
}

// take answers the event as it is now.
func (v *vault) take(e *Event) {
	v.drift()
	running := v.op != nil && v.op.Status == InProgress
	found := v.op != nil && (!e.Filtered || e.Filter == v.op.ID)
	switch e.Action {
	case Create:
		if running {
			e.Status = 409
			return
		}
		v.ids++
		v.manual, v.used = e.Origin == Manual, true
		v.op = &Operation{ID: fmt.Sprintf("id%d", v.ids), CSR: fmt.Sprintf("csr%d", v.ids), Key: fmt.Sprintf("key%d", v.ids),
			Issuer: e.Issuer, Status: InProgress, Asked: No}
		e.Status, e.Operation = 202, v.show()
	case Import:
		if running {
			e.Status = 409
			return
		}
		v.op, v.version, v.used = nil, v.nextVersion(), true
		e.Status, e.Version, e.Live = 200, v.version, true
	case Poll:
		if e.Status = 404; found {
			e.Status, e.Operation = 200, v.show()
		}
	case Cancel, Withdraw:
		switch {
		case !found:
			e.Status = 404
		case !running && e.Action == Cancel:
			e.Status = 400
			if v.live && v.op.Status == Completed {
				e.Status = 403
			}
		case !running:
			e.Status = 200
			e.Operation = v.show()
		case e.Action == Cancel:
			v.op.Asked = Yes
			e.Status, e.Operation = 200, v.show()
		default:
			if v.flip("withdrawn") {
				v.op.Asked = No
			}
			e.Status, e.Operation = 200, v.show()
		}
	case Delete:
		if e.Status = 404; found {
			e.Status, e.Operation = 200, v.show()
			v.op, v.afterRemoval = nil, true
		}
	case Merge:
		switch {
		case v.op == nil:
			e.Status = 404
		case running && !v.manual:
			e.Status = 403
		case v.op.Status == Completed, e.Fitness == Bad, !slices.Contains(e.Keys, v.op.Key):
			e.Status = 400
		default:
			v.op.Status = Completed
			v.version = v.nextVersion()
			e.Status, e.Version, e.Live = 201, v.version, true
		}
	case Get:
		switch {
		case v.version != "":
			e.Status, e.Version, e.Live = 200, v.version, true
		case v.used && (v.op != nil || v.afterRemoval) && v.flip("shell"):
			e.Status, e.Version = 200, "shell"
		default:
			e.Status = 404
		}
	}
}

// request draws a request that a client may send, well aware of what it saw.
func (v *vault) request() Event {
	e := Event{Action: Action(rapid.IntRange(int(Create), int(Get)).Draw(v.t, "action")), Fitness: Good}
	if e.Action == Patch {
		e.Action = Cancel
	}
	switch e.Action {
	case Create:
		e.Origin, e.Issuer = Issued, "self"
		if v.flip("manual") {
			e.Origin, e.Issuer = Manual, "unknown"
		}
	case Merge:
		e.Keys = []string{fmt.Sprintf("key%d", rapid.IntRange(max(1, v.ids-1), v.ids+1).Draw(v.t, "key"))}
		if rapid.IntRange(0, 4).Draw(v.t, "junk") == 0 {
			e.Fitness, e.Keys = Bad, nil
		}
	case Poll, Cancel, Withdraw, Delete:
		if rapid.IntRange(0, 2).Draw(v.t, "filtered") == 0 {
			e.Filtered, e.Filter = true, fmt.Sprintf("id%d", rapid.IntRange(max(0, v.ids-1), v.ids+1).Draw(v.t, "filter"))
		}
	}
	return e
}

// serial draws a history in which nothing overlaps and nothing gets lost.
func serial(t *rapid.T, live bool) []Event {
	v := &vault{t: t, live: live}
	var events []Event
	for i := range rapid.IntRange(1, 25).Draw(t, "length") {
		e := v.request()
		e.Start, e.End = int64(2*i), int64(2*i+1)
		v.take(&e)
		events = append(events, e)
	}
	return events
}

// tangled draws a history of overlapping requests, some of which get no answer.
func tangled(t *rapid.T) []Event {
	v := &vault{t: t}
	var calls []*call
	at := int64(0)
	for range rapid.IntRange(1, 14).Draw(t, "length") {
		at += rapid.Int64Range(1, 12).Draw(t, "gap")
		took := rapid.Int64Range(1, 20).Draw(t, "took")
		c := &call{event: v.request(), happens: true}
		c.event.Start, c.event.End = at, at+took
		c.effect = at + rapid.Int64Range(0, took).Draw(t, "effect")
		switch rapid.IntRange(0, 9).Draw(t, "loss") {
		case 0:
			c.vanishes, c.happens = true, v.flip("happens")
			c.effect += rapid.Int64Range(0, 60).Draw(t, "late")
		case 1:
			c.throttled, c.happens = true, v.flip("happens")
		}
		calls = append(calls, c)
	}
	order := slices.Clone(calls)
	slices.SortStableFunc(order, func(a, b *call) int { return cmp.Compare(a.effect, b.effect) })
	for _, c := range order {
		if c.happens {
			v.take(&c.event)
		}
	}
	var events []Event
	for _, c := range calls {
		if c.vanishes || c.throttled {
			c.event.Status, c.event.Operation, c.event.Version, c.event.Live = 0, nil, "", false
			c.event.Loss = Dropped
			if c.vanishes {
				c.event.Loss = Vanished
			}
		}
		events = append(events, c.event)
	}
	return events
}
