package matrix

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// maker judges variants. What each scenario reaches it measures once, by a run against a vault that is as it should be.
type maker struct {
	mu    sync.Mutex
	known map[oracle.Authority]*reach
}

// reach is where rules speak in a vault that is as it should be.
type reach struct {
	// requests is what a scenario takes.
	requests map[string]int
	// share is how much of what a rule says in a whole run it says in a scenario, by rule and scenario.
	share map[string]map[string]float64
}

// reach is what the scenarios reach under an authority.
func (m *maker) reach(ctx context.Context, authority oracle.Authority) *reach {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known[authority] == nil {
		if m.known == nil {
			m.known = map[oracle.Authority]*reach{}
		}
		m.known[authority] = measure(ctx, authority)
	}
	return m.known[authority]
}

// measure runs the whole suite once and judges each scenario's traffic by itself.
func measure(ctx context.Context, authority oracle.Authority) *reach {
	m := &reach{requests: map[string]int{}, share: map[string]map[string]float64{}}
	whole, _, err := result(ctx, &Row{Kind: Fault, Authority: authority}, suites.All())
	if err != nil {
		return m // the variants will not start either, and say so
	}
	traffic := map[string][]exchange.Exchange{}
	for _, e := range whole.Trace.Exchanges {
		traffic[e.Drive] = append(traffic[e.Drive], e)
	}
	total := map[string]float64{}
	for _, s := range suites.All() {
		m.requests[s.ID] = len(traffic[s.ID])
		trace := &exchange.Trace{Base: whole.Trace.Base, Fresh: true, Exchanges: traffic[s.ID]}
		for _, o := range oracle.Judge(trace, oracle.Options{Authority: authority}).Outcomes(nil, nil) {
			if m.share[o.Rule.ID] == nil {
				m.share[o.Rule.ID] = map[string]float64{}
			}
			m.share[o.Rule.ID][s.ID] = float64(o.Exercised)
			total[o.Rule.ID] += float64(o.Exercised)
		}
	}
	for id, shares := range m.share {
		for scenario := range shares {
			shares[scenario] /= max(total[id], 1)
		}
	}
	return m
}

// most is how many scenarios are driven, one after the other, before the whole suite is.
const most = 3

// steps are the scenarios in which the rules speak most that a fault can break, for what they take: those of its section, and above all
// those among them that stand on its ruling.
func (m *reach) steps(r *Row) []suites.Scenario {
	worth := map[string]float64{}
	weigh := func(id string, weight float64) {
		for scenario, share := range m.share[id] {
			worth[scenario] += weight * share / math.Sqrt(float64(max(m.requests[scenario], 1)))
		}
	}
	section := rulesOf(r.Section)
	for _, id := range section {
		weigh(id, 1)
	}
	for _, rule := range oracle.Rules() {
		if ruledAlike(rule.ID, r) {
			weigh(rule.ID, 1)
			if slices.Contains(section, rule.ID) {
				weigh(rule.ID, 4)
			}
		}
	}
	var steps []suites.Scenario
	for _, s := range suites.All() {
		if worth[s.ID] > 0 {
			steps = append(steps, s)
		}
	}
	slices.SortStableFunc(steps, func(a, b suites.Scenario) int { return cmp.Compare(worth[b.ID], worth[a.ID]) })
	return steps[:min(most, len(steps))]
}

// where is the scenario in which a rule speaks most.
func (m *reach) where(rule string) suites.Scenario {
	return slices.MaxFunc(suites.All(), func(a, b suites.Scenario) int { return cmp.Compare(m.share[rule][a.ID], m.share[rule][b.ID]) })
}

// wake looks for a fault that a rule catches, where none did so far: the scenarios that caught the faults of its section may not have been
// its own. The faults are asked one after the other until the rule speaks.
func (m *maker) wake(ctx context.Context, rows []Row, both bool) {
	for _, rule := range rules(rows, both) {
		if len(rule.Kills) > 0 || rule.Excused != "" {
			continue
		}
		for i := range rows {
			if r := &rows[i]; r.Kind == Fault && ctx.Err() == nil && standsOn(rule.ID, r) && m.catches(ctx, r, rule.ID) {
				break
			}
		}
	}
}

// catches drives the scenario in which the rule speaks most against the fault, and notes it where the rule catches it.
func (m *maker) catches(ctx context.Context, r *Row, rule string) bool {
	outcomes, _ := run(ctx, r, []suites.Scenario{m.reach(ctx, r.Authority).where(rule)})
	for _, o := range outcomes {
		if o.Rule.ID != rule {
			continue
		}
		switch o.Verdict {
		case oracle.Fail:
			r.Failed = append(r.Failed, rule)
			return true
		case oracle.Warn:
			r.Warned = append(r.Warned, rule)
			return true
		}
	}
	return false
}
