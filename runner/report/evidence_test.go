package report

import (
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// What is kept under the live service and breaks the rule under the documents is marked so, and what breaks it under both is not.
func TestDeviationsAsTheLiveServiceAreMarked(t *testing.T) {
	marked := 0
	for _, e := range example.All() {
		if !e.Live {
			continue
		}
		for trace, mark := range map[*exchange.Trace]bool{e.Good: true, e.Broken: false} {
			j := oracle.Judge(trace, oracle.Options{Authority: oracle.Documented})
			outcomes := j.Outcomes(nil, func(r *oracle.Rule) bool { return r.ID == e.Rule })
			evidence := Evidence{Authority: oracle.Documented}
			evidence.Add(trace, outcomes)
			r := New(Input{Outcomes: outcomes, Evidence: evidence})
			for _, rule := range r.Rules {
				for _, f := range rule.Findings {
					if got := strings.HasPrefix(f.As, "as the live service"); got != mark && mark {
						t.Errorf("%s: #%d is %q", e.Rule, f.Exchange, f.As)
					} else if got {
						marked++
					}
				}
			}
		}
	}
	if marked == 0 {
		t.Error("nothing was marked")
	}
}
