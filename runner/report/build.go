package report

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// Input is what a record is made of: the outcomes, and the evidence of the traces that they are of. The caller fills in the rest of the record, which is its own to know.
type Input struct {
	Outcomes []oracle.Outcome
	Decision gate.Decision
	Evidence Evidence
	// Drives are those of a run.
	Drives []suites.DriveResult
}

// mostBody is how much of a body the record holds: the largest certificate bundle with a chain of ten is below it. The HAR
// has the whole.
const mostBody = 64 << 10

// New makes a record.
func New(in Input) *Report {
	r := &Report{Schema: Schema, Verdict: in.Decision.Verdict, Exit: in.Decision.Exit, Profiles: Profiles{
		Judged: orNone(in.Decision.Judged), Unclaimed: orNone(in.Decision.Unclaimed), Idle: in.Decision.Idle, Missing: in.Decision.Missing}}
	for _, o := range in.Outcomes {
		r.Rules = append(r.Rules, in.ruleOf(o))
		r.Counts.add(o.Verdict)
	}
	r.Scenarios = scenarios(in)
	r.Run.Requests, r.Exchanges = in.Evidence.requests, in.Evidence.exchanges
	r.Traffic, r.Files = in.Evidence.overall(), in.Evidence.files
	r.clearestFirst()
	return r
}

// orNone is an empty list for none, which JSON shows as [].
func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (in Input) ruleOf(o oracle.Outcome) Rule {
	rule := Rule{ID: o.Rule.ID, Scenario: o.Rule.Scenario, Level: o.Level, Verdict: o.Verdict, Exercised: o.Exercised, Chance: o.Rule.Chance,
		Reason: o.Reason, Behind: o.Behind, Says: o.Rule.Says, Source: o.Rule.Source, Ruling: o.Rule.Ruling, Live: o.Rule.Live,
		Breaks: o.Rule.Breaks, Profile: gate.ProfileOf(o.Rule), Known: slices.Contains(in.Decision.Known, o.Rule.ID)}
	shown := o.Findings[:min(len(o.Findings), MostFindings)]
	rule.More = o.More + len(o.Findings) - len(shown)
	for _, f := range shown {
		rule.Findings = append(rule.Findings, Finding{Trace: f.Trace, Exchange: f.Exchange, Related: f.Related, Pointer: f.Pointer,
			Expected: f.Expected, Actual: f.Actual, Message: f.Message, As: in.Evidence.as[mark{rule.ID, place{f.Trace, f.Exchange}}]})
	}
	return rule
}

func (c *Counts) add(v oracle.Verdict) {
	switch v {
	case oracle.Pass:
		c.Pass++
	case oracle.Fail:
		c.Fail++
	case oracle.Warn:
		c.Warn++
	case oracle.Unreached:
		c.Unreached++
	case oracle.Unclaimed:
		c.Unclaimed++
	case oracle.Error:
		c.Error++
	}
}

// scenarios are those that were driven, and those of which rules were judged.
func scenarios(in Input) []Scenario {
	all := []Scenario{}
	for _, s := range suites.All() {
		one, judged := Scenario{ID: s.ID, Title: s.Title, Source: s.Source}, false
		for _, o := range in.Outcomes {
			if o.Rule.Scenario == s.ID {
				judged = true
				one.Counts.add(o.Verdict)
			}
		}
		for _, d := range in.Drives {
			if d.Scenario == s.ID {
				one.Driven, one.Started, one.Ended, one.Requests = !d.Started.IsZero(), d.Started, d.Ended, d.Requests
				if d.Failed != nil {
					one.Fault = d.Failed.Error()
				}
			}
		}
		if judged || one.Driven {
			all = append(all, one)
		}
	}
	return all
}

func exchangeOf(trace string, e exchange.Exchange) Exchange {
	one := Exchange{Trace: trace, Number: e.Number, Drive: e.Drive, Attempt: e.Attempt, Defect: e.Defect, Caller: string(e.Caller),
		Sent: e.Sent, Milliseconds: e.Received.Sub(e.Sent).Milliseconds(), Failure: e.Failure,
		Request: Message{Method: e.Request.Method, URL: e.Request.URL, Headers: exchange.Redacted(e.Request.Header)}}
	one.Request.setBody(e.Request.Body)
	if e.Response != nil {
		one.Response = &Response{Status: e.Response.Status, Message: Message{Headers: exchange.Redacted(e.Response.Header), Cut: e.Response.Cut}}
		one.Response.setBody(e.Response.Body)
	}
	return one
}

func (m *Message) setBody(body []byte) {
	if len(body) > mostBody {
		m.Cut = cmp.Or(m.Cut, fmt.Sprintf("the report holds %d of %d bytes", mostBody, len(body)))
		body = body[:mostBody]
		for range utf8.UTFMax { // not in the middle of a character
			if r, size := utf8.DecodeLastRune(body); r == utf8.RuneError && size == 1 {
				body = body[:len(body)-1]
			}
		}
	}
	if utf8.Valid(body) {
		m.Body = string(body)
		return
	}
	m.Body, m.Encoding = base64.StdEncoding.EncodeToString(body), "base64"
}

// index finds the exchanges that the record holds.
type index map[place]*Exchange

func (r *Report) index() index {
	all := index{}
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		all[place{e.Trace, e.Number}] = e
	}
	return all
}

// history are the exchanges that a finding names, oldest first, the finding's own last.
func (x index) history(f Finding) []*Exchange {
	var all []*Exchange
	for _, number := range append(slices.Clone(f.Related), f.Exchange) {
		if e := x[place{f.Trace, number}]; e != nil {
			all = append(all, e)
		}
	}
	return all
}

// clock shows a duration in seconds as a reader likes it.
func clock(seconds float64) string {
	return (time.Duration(seconds*1000) * time.Millisecond).Round(100 * time.Millisecond).String()
}
