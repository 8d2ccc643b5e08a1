package oracle

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// look is one exchange as the rules see it: what it says by itself (wire), and what it means in the life of its name (lifecycle).
type look struct {
	wire.Reading
	// name is the life of the certificate that the request is about; nil where it is about none.
	name *life
	// step is what the model says of it; nil where the model does not follow it.
	step  *lifecycle.Step
	event lifecycle.Event
	// shown are the ids that the answer shows, once they were asked for; see ids.
	shown []shownID
}

// life is everything that was asked under one certificate's name, in the order of sending.
type life struct {
	name  string
	looks []*look
	// followed are those looks that the model followed, one for each of its events.
	followed []*look
	// alias is the name that a recorder put in the place of this one, once aliased says that it was looked for.
	alias   string
	aliased bool
}

// evidence is a trace, read.
type evidence struct {
	trace     *exchange.Trace
	options   Options
	yardstick lifecycle.Yardstick
	looks     []*look
	lives     []*life
	// accepted are the operations of the interface that the target was seen to do at least once, with the success status that
	// is documented for them. A target that refuses everything passes no rule about a refusal (RULINGS R44).
	accepted map[wire.Op]bool
	// versions are the api-versions under which anything was answered with a success.
	versions map[string]bool
	// works is false where creates were sent and no answer to one showed an operation of its own (RULINGS R45).
	works bool
	// ordered says that the times of the trace tell nothing, and its order is all there is.
	ordered bool
	// plain are the model's clauses that are broken also where nothing was refused just before.
	plain map[lifecycle.Clause]bool
	// identified are the ids that were taken apart so far: most are shown again and again.
	identified map[string]identifier
	// claimed is what the model said, by rule.
	claimed map[string][]claim
	crypto  *inspector
}

// gather reads a trace.
func gather(t *exchange.Trace, o Options) *evidence {
	ev := &evidence{
		trace: t, options: o, yardstick: lifecycle.Yardstick{Live: o.Authority == Live},
		accepted: map[wire.Op]bool{}, versions: map[string]bool{}, plain: map[lifecycle.Clause]bool{}, crypto: newInspector(),
	}
	ev.ordered = t.Recorded && slices.ContainsFunc(t.Exchanges, func(e exchange.Exchange) bool { return e.Sent.Equal(e.Received) })
	reader := wire.Default()
	byName := map[string]*life{}
	ev.looks = make([]*look, len(t.Exchanges))
	for i := range t.Exchanges {
		l := &look{Reading: reader.Read(t, &t.Exchanges[i])}
		ev.looks[i] = l
		if l.OK() {
			ev.versions[l.Call.APIVersion] = true
			ev.accepted[l.Call.Op] = ev.accepted[l.Call.Op] || l.Status() == wire.Success(l.Call.Op)
		}
		if !l.ofCertificate() {
			continue
		}
		key := strings.ToLower(hostOf(l.Request.URL) + "/" + l.Call.Name)
		if byName[key] == nil {
			byName[key] = &life{name: l.Call.Name}
			ev.lives = append(ev.lives, byName[key])
		}
		l.name = byName[key]
		l.name.looks = append(l.name.looks, l)
	}
	if ev.works = true; t.Fresh {
		ev.yardstick.Reliable = ev.reliable()
		ev.works = ev.createsWork()
	}
	for _, n := range ev.lives {
		ev.follow(n)
	}
	if ev.yardstick.MergesOnce = t.Fresh && ev.mergesOnce(); ev.yardstick.MergesOnce {
		for _, n := range ev.lives {
			ev.follow(n)
		}
	}
	for _, n := range ev.lives {
		for i, l := range n.followed {
			for _, c := range l.step.Broken {
				if len(l.step.Refused) == 0 && raceRule(n, i, c) == "" { // in a race nobody knows what was refused before
					ev.plain[c] = true
				}
			}
		}
	}
	ev.claim()
	return ev
}

// enough is how many operations an issuer has to complete before it counts as one that completes what it is asked for.
const enough = 3

// reliable tells which issuers complete what nobody interferes with: of their operations that met no refused request and no cancel, some
// were seen to complete, and none to end in another way.
func (ev *evidence) reliable() func(string) bool {
	completed, ended := map[string]int{}, map[string]bool{}
	for _, n := range ev.lives {
		ends := map[string]lifecycle.Status{}
		issuer := map[string]string{}
		disturbed := map[string]bool{}
		current := ""
		for _, l := range n.looks {
			if l.Operation != nil && l.OK() && l.Operation.RequestID.Value != "" {
				current = l.Operation.RequestID.Value
				ends[current], issuer[current] = statusOf(l), strings.ToLower(l.Operation.IssuerName.Value)
			}
			disturbed[current] = disturbed[current] || l.Request.Method != http.MethodGet && !l.begins()
		}
		for id, status := range ends {
			switch {
			case disturbed[id]:
			case status == lifecycle.Completed:
				completed[issuer[id]]++
			case status > lifecycle.InProgress:
				ended[issuer[id]] = true
			}
		}
	}
	return func(issuer string) bool { return completed[issuer] >= enough && !ended[issuer] }
}

// mergesOnce tells whether merges into operations that were certainly completed were refused, and none was accepted.
func (ev *evidence) mergesOnce() bool {
	refused := false
	for _, l := range ev.looks {
		if l.event.Action != lifecycle.Merge || l.step == nil || l.event.Rejected || l.event.Fitness != lifecycle.Good ||
			!l.step.All(func(s lifecycle.State) bool { return s.Status == lifecycle.Completed && !s.Unseen }) {
			continue
		}
		if l.OK() {
			return false
		}
		refused = refused || l.Refused()
	}
	return refused
}

// createsWork reports that some create was answered with 202 and an operation of its own, or that none was sent. The same body under
// every name is nobody's operation.
func (ev *evidence) createsWork() bool {
	sent := 0
	names := map[string]map[string]bool{}
	for _, l := range ev.looks {
		if l.Call.Op != wire.Create || l.Defect != "" || l.Caller != exchange.Owner || !l.Answered() {
			continue
		}
		sent++
		if l.begins() {
			body := string(l.Response.Body)
			if names[body] == nil {
				names[body] = map[string]bool{}
			}
			names[body][l.Call.Name] = true
		}
	}
	for _, theirs := range names {
		if len(theirs) == 1 {
			return true
		}
	}
	return sent == 0
}

// able reports that the target was seen to accept this kind of request, so that a refusal says something. Of a recording, which
// may show only the refusal, it is enough that the target accepts creates.
func (ev *evidence) able(op wire.Op) bool {
	return ev.accepted[op] || ev.trace.Recorded && ev.accepted[wire.Create]
}

// ofCertificate reports that the request is about one certificate's name.
func (l *look) ofCertificate() bool {
	switch l.Call.Op {
	case wire.List, wire.ListDeleted, wire.SetIssuer, wire.GetIssuer, wire.UpdateIssuer, wire.DeleteIssuer, wire.Issuers:
		return false
	}
	return l.Call.Name != ""
}

// follow runs the model over one life.
func (ev *evidence) follow(n *life) {
	if n.followed == nil {
		for _, l := range n.looks {
			if ev.event(l) {
				l.event.Start, l.event.End = ev.times(l, len(n.followed))
				n.followed = append(n.followed, l)
			}
		}
	}
	events := make([]lifecycle.Event, len(n.followed))
	for i, l := range n.followed {
		events[i] = l.event
	}
	begin := lifecycle.Unknown
	if ev.trace.Fresh {
		begin = lifecycle.Fresh
	}
	steps := ev.yardstick.Follow(events, begin)
	for i, l := range n.followed {
		l.step = &steps[i]
	}
}

// times places a look on the model's scale. A recorder that keeps whole seconds and no durations tells nothing of what overlapped:
// there the order of the file is the order.
func (ev *evidence) times(l *look, i int) (start, end int64) {
	if ev.ordered {
		return int64(2 * i), int64(2*i + 1)
	}
	start, end = l.Exchange.Sent.UnixNano(), l.Received.UnixNano()
	if ev.trace.Recorded {
		end = max(start, end-coarseness)
	}
	return start, end
}

// coarseness is how much of an overlap may come from rounding: HAR keeps the start to the millisecond, and the duration apart from it.
const coarseness = int64(2 * time.Millisecond)

// event makes the model's event from a look; false where the exchange tells nothing of the name's life.
func (ev *evidence) event(l *look) bool {
	e := &l.event
	e.Rejected = ev.rejected(l)
	if e.Rejected && ev.trace.Recorded {
		return false
	}
	e.Filtered, e.Filter, e.Status = l.Call.Filtered, l.Call.RequestID, l.Status()
	switch {
	case l.Response == nil:
		e.Loss = lifecycle.Vanished
	case !l.Answered():
		e.Loss = lifecycle.Dropped
	}
	switch l.Call.Op {
	case wire.Create:
		e.Action = lifecycle.Create
		ev.creates(l)
	case wire.Import:
		e.Action = lifecycle.Import
		if !ev.trace.Recorded && l.Defect == "" {
			e.Fitness = lifecycle.Good
		}
	case wire.GetPending:
		e.Action = lifecycle.Poll
	case wire.UpdatePending:
		e.Action = lifecycle.Patch
		if asked, ok := member(l.Sent, "cancellation_requested").(bool); ok {
			if e.Action = lifecycle.Withdraw; asked {
				e.Action = lifecycle.Cancel
			}
		}
	case wire.DeletePending:
		e.Action = lifecycle.Delete
	case wire.Merge:
		e.Action = lifecycle.Merge
		ev.merges(l)
	case wire.Get:
		e.Action = lifecycle.Get
	case wire.Delete, wire.Recover, wire.Purge:
		e.Action = lifecycle.Forget
	default:
		if !e.Rejected {
			return false
		}
		e.Action = lifecycle.Patch // whatever it is that it asked for
	}
	if l.Operation != nil && l.OK() {
		e.Operation = ev.operation(l)
	}
	if l.CSR != "" {
		e.Operation = &lifecycle.Operation{CSR: l.CSR}
	}
	if l.Bundle != nil && l.OK() {
		e.Version = versionOf(l.Bundle.ID.Value)
		e.Live = l.Bundle.CER.Valid && l.Bundle.CER.Value != ""
	}
	return true
}

// rejected reports a refusal that says nothing of the name's state, because the request was refused for its token, a permission, its
// api-version (or nobody can tell that it was not), its method, its name or its syntax.
func (ev *evidence) rejected(l *look) bool {
	if !l.Refused() {
		return false
	}
	switch {
	case l.denied(), l.Status() == http.StatusUnauthorized, l.Caller != exchange.Owner:
		return true
	case !ev.versions[l.Call.APIVersion] && (len(ev.versions) > 0 || strings.Contains(l.Defect, "api-version")):
		return true
	case !ev.trace.Recorded && (encodedQuery(l) || encodedPath(l) || trailingSlash(l)):
		return true // for its spelling: that is for a rule of its own to say
	case l.Defect == "" || ev.trace.Recorded:
		return false
	}
	return l.Call.Op == wire.Other || !goodName.MatchString(l.Call.Name) || len(l.Request.Body) > 0 && l.Sent == nil
}

// creates tells what a create asks for, and whether it is certain to be a valid one.
func (ev *evidence) creates(l *look) {
	policy, _ := member(l.Sent, "policy").(map[string]any)
	issuer, named := text(policy, "issuer", "name")
	l.event.Issuer = strings.ToLower(issuer)
	switch {
	case !named, l.event.Issuer == "unknown":
		l.event.Origin = lifecycle.Manual
		l.event.Issuer = ""
	default:
		l.event.Origin = lifecycle.Issued
	}
	if policy == nil {
		l.event.Origin = lifecycle.AnyOrigin
	}
	if l.Defect == "" && plainPolicy(policy) {
		l.event.Fitness = lifecycle.Good
	}
}

// merges tells which keys a merge brings certificates for.
func (ev *evidence) merges(l *look) {
	l.event.Fitness, l.event.Keys = ev.crypto.chain(member(l.Sent, "x5c"))
	if l.event.Fitness == lifecycle.Good && (l.Defect != "" || ev.notYetValid(l)) {
		l.event.Fitness = lifecycle.Unsure // for what is wrong with it otherwise
	}
}

// notYetValid reports a merge of a certificate that begins to be valid later than any clock may be off.
func (ev *evidence) notYetValid(l *look) bool {
	elements, _ := member(l.Sent, "x5c").([]any)
	if len(elements) == 0 {
		return false
	}
	leaf, _, err := ev.crypto.element(elements[0])
	return err == nil && leaf.notBefore.After(l.Exchange.Sent.AddDate(0, 6, 0))
}

// operation is what the model is to know of an operation that was shown.
func (ev *evidence) operation(l *look) *lifecycle.Operation {
	o := l.Operation
	shown := &lifecycle.Operation{ID: o.RequestID.Value, CSR: o.CSR.Value, Issuer: strings.ToLower(o.IssuerName.Value), Status: statusOf(l)}
	if csr := ev.crypto.csr(o.CSR.Value); csr != nil {
		shown.Key = csr.key
	}
	switch {
	case o.CancellationRequested.Valid && o.CancellationRequested.Value:
		shown.Asked = lifecycle.Yes
	case o.CancellationRequested.Valid:
		shown.Asked = lifecycle.No
	}
	return shown
}

// statusOf reads an operation's status (RULINGS R2 to R4).
func statusOf(l *look) lifecycle.Status {
	switch l.Operation.Status.Value {
	case "inProgress":
		return lifecycle.InProgress
	case "InProgress":
		if l.Call.Op == wire.Create {
			return lifecycle.InProgress
		}
	case "completed":
		return lifecycle.Completed
	case "cancelled", "canceled":
		return lifecycle.Cancelled
	case "failed":
		return lifecycle.Failed
	}
	return lifecycle.Unread
}

// denied reports a 403 for want of a permission (RULINGS R30): it says something of the caller, nothing of the certificate.
func (l *look) denied() bool {
	if l.Status() != 403 || l.Error == nil {
		return false
	}
	inner := l.Error.InnerCode.Value
	return inner == "AccessDenied" || strings.HasPrefix(inner, "ForbiddenBy")
}
