package report

import (
	"slices"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

// elsewhere marks the findings whose answers keep the rule under the other authority: what deviates from the documents as the live
// service does is no accident, and its evidence is known.
func (in Input) elsewhere(r *Report) {
	other, as := oracle.Live, "as the live service"
	if in.Authority == oracle.Live {
		other, as = oracle.Documented, "as documented"
	}
	traces := map[string]*exchange.Trace{}
	for _, t := range in.Traces {
		traces[t.Name] = t
	}
	judged := map[string]map[string][]oracle.Finding{}
	for i := range r.Rules {
		rule := &r.Rules[i]
		difference, moves := sources.Moved(rule.ID)
		if !moves {
			continue
		}
		for j := range rule.Findings {
			f := &rule.Findings[j]
			found, done := judged[f.Trace]
			if !done {
				found = findings(oracle.Judge(traces[f.Trace], oracle.Options{Authority: other, Lenient: in.Lenient}))
				judged[f.Trace] = found
			}
			if slices.ContainsFunc(found[rule.ID], func(o oracle.Finding) bool { return o.Exchange == f.Exchange }) {
				continue
			}
			f.As = as
			if seen := difference.Seen(); seen != "" && other == oracle.Live {
				f.As += ", seen " + seen
			}
		}
	}
}

// findings are those of a judgement, by rule.
func findings(j *oracle.Judgement) map[string][]oracle.Finding {
	all := map[string][]oracle.Finding{}
	for _, o := range j.Outcomes(nil, nil) {
		all[o.Rule.ID] = o.Findings
	}
	return all
}
