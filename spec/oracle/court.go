package oracle

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// ruling is what a rule does: it looks at the evidence and says where the rule spoke and where it was broken.
type ruling func(c *court)

// rulings has the function of every rule of the catalogue. A test holds that the two match one to one.
var rulings = join(lifecycleRulings, createRulings, requestRulings, operationRulings, goneRulings, conflictRulings, cancelRulings,
	deleteRulings, mergeRulings, bundleRulings, completedRulings, policyRulings, tagRulings, protocolRulings, tokenRulings,
	raceRulings, wireRulings)

func join(parts ...map[string]ruling) map[string]ruling {
	all := map[string]ruling{}
	for _, p := range parts {
		maps.Copy(all, p)
	}
	return all
}

// court is one rule over one trace.
type court struct {
	*evidence
	rule     *Rule
	record   *record
	forgiven map[string]int
}

// held says that the rule spoke of the exchange and was kept.
func (c *court) held() { c.record.exercised++ }

// expect says that the rule spoke of the exchange, and whether it was kept.
func (c *court) expect(l *look, kept bool, expected, actual string) {
	if c.held(); !kept {
		c.record.findings = append(c.record.findings, c.finding(l, "", expected, actual))
	}
}

// at is expect for one place in the answer.
func (c *court) at(l *look, pointer string, kept bool, expected, actual string) {
	if c.held(); !kept {
		c.record.findings = append(c.record.findings, c.finding(l, pointer, expected, actual))
	}
}

// forgive lets pass what a recorder is known to do, where the judgement is lenient; it reports whether it did.
func (c *court) forgive(reason string) bool {
	if !c.options.Lenient || !c.trace.Recorded {
		return false
	}
	c.forgiven[reason]++
	return true
}

func (c *court) finding(l *look, pointer, expected, actual string) Finding {
	return Finding{Trace: c.trace.Name, Exchange: l.Number, Related: l.related(), Pointer: pointer,
		Expected: expected, Actual: shorten(actual), Message: c.rule.Says}
}

// maxRelated bounds the history that a finding carries: what changed a name last explains its state.
const maxRelated = 12

// related are the exchanges that led to this one: those that asked for a change under the same name, and the one just before.
func (l *look) related() []int {
	if l.name == nil {
		return nil
	}
	var all []int
	for _, before := range l.name.looks {
		if before.Number >= l.Number {
			break
		}
		if before.Request.Method != "GET" {
			all = append(all, before.Number)
		}
	}
	if i := slices.Index(l.name.looks, l); i > 0 {
		if last := l.name.looks[i-1].Number; !slices.Contains(all, last) {
			all = append(all, last)
		}
	}
	return all[max(0, len(all)-maxRelated):]
}

// shorten keeps an actual value readable.
func shorten(s string) string {
	const most = 240
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// says describes an answer in a few words.
func (l *look) says() string {
	if l.Response == nil {
		return "no answer: " + l.Failure
	}
	s := fmt.Sprint(l.Status())
	switch {
	case l.Error != nil && l.Error.Code.Valid:
		s += ", error.code " + l.Error.Code.Value
	case l.Operation != nil && l.OK():
		s += fmt.Sprintf(", status %s, request_id %s", quote(l.Operation.Status.Value), quote(l.Operation.RequestID.Value))
	case l.Bundle != nil && l.OK():
		s += ", certificate " + quote(l.Bundle.ID.Value)
	case len(l.Response.Body) == 0:
		s += ", no body"
	}
	return s
}

// quote shows a text of the target; an empty one as such.
func quote(s string) string {
	if s == "" {
		return "(none)"
	}
	return shorten(s)
}

// judge runs every rule over a trace. A rule that panics could not judge: that is kvconform's fault, and is said.
func judge(t *exchange.Trace, o Options) *Judgement {
	if o.Authority == "" {
		o.Authority = Documented
	}
	j := newJudgement(o.Authority)
	j.Recorded = t.Recorded
	ev := gather(t, o)
	for _, l := range ev.looks {
		if l.Response != nil {
			j.Judged++
		}
		for _, d := range l.Defects {
			if d.Kind == wire.RequestShape {
				j.Invalid = append(j.Invalid, Finding{Trace: t.Name, Exchange: l.Number, Pointer: d.Pointer, Expected: d.Expected, Actual: d.Actual})
			}
		}
	}
	for _, rule := range Rules() {
		if rule.Only != "" && rule.Only != o.Authority {
			continue
		}
		if !ev.works && !speaksEarly(rule) {
			continue
		}
		c := &court{evidence: ev, rule: rule, record: j.rules[rule.ID], forgiven: map[string]int{}}
		c.hold()
		for _, reason := range slices.Sorted(maps.Keys(c.forgiven)) {
			j.Forgiven = append(j.Forgiven, Forgiven{Trace: t.Name, Rule: rule.ID, Reason: reason, Times: c.forgiven[reason]})
		}
	}
	return j
}

// speaksEarly reports a rule that speaks also where no create was ever accepted (RULINGS R45): those of create, of the form of answers,
// and of names that never existed.
func speaksEarly(r *Rule) bool {
	switch {
	case r.ID == "create-manual.stays-in-progress":
		return false // it is about polls
	case r.Scenario == "create-manual", r.Scenario == "create-with-issuer", wireRulings[r.ID] != nil:
		return true
	}
	switch r.ID {
	case "poll-gone.never-existed", "get-certificate.unknown-name", "protocol.server-error", "protocol.server-error-malformed",
		"protocol.server-error-always", "protocol.no-token", "protocol.challenge", "protocol.challenge-parameters":
		return true
	}
	return false
}

// hold runs the rule.
func (c *court) hold() {
	defer func() {
		if p := recover(); p != nil {
			c.record.failure = fmt.Sprintf("%s: %v", c.rule.ID, p)
		}
	}()
	rulings[c.rule.ID](c)
}
