package oracle

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// tell tells a story under several names in one trace, each up to some exchange (0 for all).
func tell(until int, stories ...string) *exchange.Trace {
	all := &exchange.Trace{Name: strings.Join(stories, ", "), Base: "https://vault.example", Fresh: true}
	for i, name := range stories {
		story := example.Story(name, "n"+strconv.Itoa(i)+"-")
		if until > 0 {
			story.Exchanges = story.Exchanges[:min(until, len(story.Exchanges))]
		}
		for _, e := range story.Exchanges {
			e.Number = len(all.Exchanges) + 1
			e.Sent, e.Received = e.Sent.Add(time.Duration(i)*time.Hour), e.Received.Add(time.Duration(i)*time.Hour)
			all.Exchanges = append(all.Exchanges, e)
		}
	}
	return all
}

// TestAnIssuerThatCompletes: which issuers are known to complete what they are asked for, as far as a trace tells.
func TestAnIssuerThatCompletes(t *testing.T) {
	for name, c := range map[string]struct {
		trace  *exchange.Trace
		issuer string
		want   bool
	}{
		"three times":              {tell(0, "issued", "issued", "issued"), "self", true},
		"twice":                    {tell(0, "issued", "issued"), "self", false},
		"another":                  {tell(0, "issued", "issued", "issued"), "example-ca", false},
		"not while in progress":    {tell(2, "issued", "issued", "issued"), "self", false},
		"one that fails":           {tell(0, "failed", "failed", "failed"), "example-ca", false},
		"what is done by hand":     {tell(0, "manual", "manual", "manual"), "unknown", false},
		"and a merge in between":   {tell(0, "issued", "issued", "issued", "issued-merge"), "self", true},
		"does not count":           {tell(0, "issued", "issued", "cancelled"), "self", false},
		"nor does a cancelled one": {tell(0, "cancelled", "cancelled", "cancelled"), "unknown", false},
	} {
		if got := gather(c.trace, Options{}).yardstick.Reliable(c.issuer); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	// One that failed is enough to trust it no more, unless somebody interfered with that one: the story ends with a merge.
	trace := tell(0, "issued", "issued", "issued", "failed")
	for i := range trace.Exchanges {
		if r := trace.Exchanges[i].Response; strings.Contains(string(r.Body), "example-ca") {
			trace.Exchanges[i].Response = &exchange.Response{Status: r.Status, Header: r.Header, Body: []byte(strings.ReplaceAll(string(r.Body), "example-ca", "Self"))}
		}
	}
	if !gather(trace, Options{}).yardstick.Reliable("self") {
		t.Error("an issuer that somebody interfered with is not relied on")
	}
	trace.Exchanges = trace.Exchanges[:len(trace.Exchanges)-1]
	if gather(trace, Options{}).yardstick.Reliable("self") {
		t.Error("an issuer that failed is relied on")
	}
}

// TestAVaultThatMergesOnce: whether a merge into a completed operation is known to be refused.
func TestAVaultThatMergesOnce(t *testing.T) {
	accepted := tell(0, "merges")
	last := &accepted.Exchanges[len(accepted.Exchanges)-1]
	last.Response = accepted.Exchanges[len(accepted.Exchanges)-2].Response
	recorded := tell(0, "merges")
	recorded.Fresh = false
	for name, c := range map[string]struct {
		trace *exchange.Trace
		want  bool
	}{
		"the second is refused":  {tell(0, "merges"), true},
		"the second is accepted": {accepted, false},
		"there is none":          {tell(6, "merges"), false},
		"the past is not known":  {recorded, false},
		"once accepted, once not": {&exchange.Trace{Base: accepted.Base, Fresh: true, Exchanges: func() []exchange.Exchange {
			both := tell(0, "merges", "merges")
			both.Exchanges[len(both.Exchanges)-1].Response = both.Exchanges[len(both.Exchanges)-2].Response
			return both.Exchanges
		}()}, false},
	} {
		if got := gather(c.trace, Options{}).yardstick.MergesOnce; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestVerdicts: what a rule's record comes to, and what is said of it.
func TestVerdicts(t *testing.T) {
	const must, should, behind = "conflict.create-refused", "create-manual.reuse-key", "conflict.code"
	if ByID(must).Level != Must || ByID(should).Level != Should {
		t.Fatal("other rules are needed here")
	}
	one := []Finding{{Actual: "x"}}
	for name, c := range map[string]struct {
		rule   string
		record record
		want   Verdict
	}{
		"kept":                   {must, record{exercised: 1}, Pass},
		"broken":                 {must, record{exercised: 1, findings: one}, Fail},
		"broken, a SHOULD":       {should, record{exercised: 1, findings: one}, Warn},
		"silent":                 {must, record{}, Unreached},
		"could not judge":        {must, record{exercised: 1, findings: one, failure: "panic"}, Error},
		"could not judge at all": {must, record{failure: "panic"}, Error},
	} {
		j := NewJudgement(Documented)
		*j.rules[c.rule] = c.record
		for _, o := range j.Outcomes([]string{Issuer, FailingIssuer, Auth, SecondToken}, nil) {
			switch {
			case o.Rule.ID == c.rule && (o.Verdict != c.want || (o.Reason == "panic") != (c.want == Error) || o.Exercised != c.record.exercised):
				t.Errorf("%s: %+v", name, o)
			case o.Rule.ID == behind && (o.Behind == must) != (c.rule == must && c.want == Fail):
				t.Errorf("%s: %s is behind %q, %s", name, behind, o.Behind, o.Reason)
			case o.Verdict == Unreached && (o.Behind != "") != strings.Contains(o.Reason, "; behind "):
				t.Errorf("%s: %s is behind %q: %s", name, o.Rule.ID, o.Behind, o.Reason)
			}
		}
	}
	var unclaimed []string
	j := NewJudgement(Documented)
	for _, o := range j.Outcomes(nil, func(r *Rule) bool { return r.Profile != "" || r.SecondToken }) {
		if o.Verdict != Unclaimed || o.Reason == "" {
			t.Errorf("%s is %s: %s", o.Rule.ID, o.Verdict, o.Reason)
		}
		unclaimed = append(unclaimed, o.Rule.ID)
	}
	if len(unclaimed) == 0 {
		t.Error("no rule needs a profile")
	}
	for _, o := range j.Outcomes(nil, func(r *Rule) bool { return r.Profile == "" && !r.SecondToken }) {
		if o.Verdict != Unreached || slices.Contains(unclaimed, o.Rule.ID) {
			t.Errorf("%s is %s", o.Rule.ID, o.Verdict)
		}
	}
	for _, o := range j.Outcomes(nil, nil) {
		if o.Rule.Recorded || o.Rule.Only == Live {
			t.Errorf("%s does not speak under the documents of a run", o.Rule.ID)
		}
	}
}

// TestRelated: a finding carries the changes before it, and the look just before; of many, the last.
func TestRelated(t *testing.T) {
	ev := gather(tell(0, "manual"), Options{})
	for number, want := range map[int][]int{1: nil, 2: {1}, 3: {2}, 4: {3}, 5: {3, 4}, 7: {3, 6}, 9: {3, 7, 8}, 16: {3, 7, 14, 15}} {
		if got := ev.looks[number-1].related(); !slices.Equal(got, want) {
			t.Errorf("#%d: %v, want %v", number, got, want)
		}
	}
	n := &life{}
	for i := range 20 {
		n.looks = append(n.looks, &look{name: n, Reading: wire.Reading{Exchange: &exchange.Exchange{Number: i + 1, Request: exchange.Request{Method: "POST"}}}})
	}
	if got := n.looks[19].related(); len(got) != maxRelated || got[0] != 20-maxRelated || got[len(got)-1] != 19 {
		t.Errorf("of 19 changes %v are told", got)
	}
}

// TestWhatAnAnswerSays: the few words in which a finding tells what came.
func TestWhatAnAnswerSays(t *testing.T) {
	ev := gather(tell(0, "manual"), Options{})
	lost := tell(1, "manual")
	lost.Exchanges[0].Response, lost.Exchanges[0].Failure = nil, "connection reset by peer"
	empty := tell(1, "manual")
	empty.Exchanges[0].Response = &exchange.Response{Status: 204}
	for l, want := range map[*look]string{
		ev.looks[0]:                       "404, error.code PendingCertificateNotFound",
		ev.looks[3]:                       "200, status inProgress, request_id " + ev.looks[3].Operation.RequestID.Value,
		ev.looks[8]:                       "200, certificate " + ev.looks[8].Bundle.ID.Value,
		gather(lost, Options{}).looks[0]:  "no answer: connection reset by peer",
		gather(empty, Options{}).looks[0]: "204, no body",
	} {
		if got := l.says(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestOneIsNotTwo: what says that two operations differ is silent where there is only one.
func TestOneIsNotTwo(t *testing.T) {
	for _, id := range []string{"create-manual.request-id-new", "create-manual.csr-own-key"} {
		for n, want := range map[int]int{1: 0, 2: 1, 3: 2} {
			stories := slices.Repeat([]string{"cancelled"}, n)
			if got := Judge(tell(0, stories...), Options{}).rules[id]; got.exercised != want || len(got.findings) > 0 {
				t.Errorf("%s speaks %d times of %d operations, want %d", id, got.exercised, n, want)
			}
		}
	}
}

// TestWhatIsCounted: a judgement counts the answers that it looked at, and what it forgave.
func TestWhatIsCounted(t *testing.T) {
	trace := example.Recorded(tell(0, "manual"))
	trace.Exchanges[1].Response = nil
	for _, i := range []int{2, 6} {
		r := trace.Exchanges[i].Response
		header := r.Header.Clone()
		header.Del("Location")
		trace.Exchanges[i].Response = &exchange.Response{Status: r.Status, Body: r.Body, Header: header}
	}
	j := Judge(trace, Options{Lenient: true})
	if j.Judged != len(trace.Exchanges)-1 {
		t.Errorf("%d answers were judged, want %d", j.Judged, len(trace.Exchanges)-1)
	}
	forgiven := map[string]int{}
	for _, f := range j.Forgiven {
		forgiven[f.Rule] += f.Times
	}
	if forgiven["create-manual.location"] != 1 || forgiven["merge-manual.location"] != 1 {
		t.Errorf("forgiven are %v", forgiven)
	}
	if strict := Judge(trace, Options{}); len(strict.Forgiven) > 0 || len(strict.rules["create-manual.location"].findings) != 1 {
		t.Errorf("a judgement that is not lenient forgave %v", strict.Forgiven)
	}
	sum := NewJudgement(Documented)
	sum.Add(j)
	sum.Add(j)
	if sum.Judged != 2*j.Judged || !sum.Recorded || len(sum.Forgiven) != 2*len(j.Forgiven) {
		t.Errorf("twice the same comes to %d answers, %d forgiven", sum.Judged, len(sum.Forgiven))
	}
	for id, r := range sum.rules {
		if r.exercised != 2*j.rules[id].exercised {
			t.Errorf("%s was exercised %d times, want %d", id, r.exercised, 2*j.rules[id].exercised)
		}
	}
}

// TestDenied: which refusals are for want of a permission, and so say nothing of the certificate.
func TestDenied(t *testing.T) {
	for _, c := range []struct {
		status           int
		body             string
		denied, rejected bool
	}{
		{403, `{"error":{"code":"Forbidden","message":"m","innererror":{"code":"AccessDenied"}}}`, true, true},
		{403, `{"error":{"code":"Forbidden","message":"m","innererror":{"code":"ForbiddenByRbac"}}}`, true, true},
		{403, `{"error":{"code":"Forbidden","message":"m","innererror":{"code":"Other"}}}`, false, false},
		{403, `{"error":{"code":"Forbidden","message":"m"}}`, false, false},
		{403, ``, false, false},
		{400, `{"error":{"code":"BadParameter","message":"m","innererror":{"code":"AccessDenied"}}}`, false, false},
		{401, `{"error":{"code":"Unauthorized","message":"m"}}`, false, true},
	} {
		trace := tell(0, "manual")
		trace.Exchanges[3].Response = &exchange.Response{Status: c.status, Body: []byte(c.body), Header: trace.Exchanges[0].Response.Header}
		l := gather(trace, Options{}).looks[3]
		if l.denied() != c.denied || l.event.Rejected != c.rejected {
			t.Errorf("%d %s: denied %v, rejected %v", c.status, c.body, l.denied(), l.event.Rejected)
		}
	}
}
