package matrix

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// maker judges variants. What each scenario reaches it measures once, by a run against a vault that is as it should be.
type maker struct {
	thorough bool // see Options

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

// measure runs the whole suite once, without its spare parts, and judges each scenario's traffic by itself.
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

// How many scenarios are driven, one after the other, before the whole suite is: without their spare parts, which cost a third, and with them.
const (
	mostBrief = 6
	mostWhole = 3
)

// steps are the scenarios in which the rules speak most that a fault can break, for what they take: those of its section, and above all
// those that stand on its ruling. What a rule says in one step is not awaited from the next.
func (m *reach) steps(r *Row) []suites.Scenario {
	awaited := map[string]float64{}
	for _, id := range rulesOf(r.Section) {
		awaited[id] = 1
	}
	for _, rule := range oracle.Rules() {
		if ruledAlike(rule.ID, r) {
			awaited[rule.ID] = 5*awaited[rule.ID] + 1
		}
	}
	worth := func(s suites.Scenario) float64 {
		var sum float64
		for id, weight := range awaited {
			sum += weight * m.share[id][s.ID]
		}
		return sum / math.Sqrt(float64(max(m.requests[s.ID], 1)))
	}
	var steps []suites.Scenario
	left := suites.All()
	for len(steps) < mostBrief {
		next := slices.MaxFunc(left, func(a, b suites.Scenario) int { return cmp.Compare(worth(a), worth(b)) })
		if worth(next) == 0 {
			break
		}
		steps = append(steps, next)
		left = slices.DeleteFunc(left, func(s suites.Scenario) bool { return s.ID == next.ID })
		for id := range awaited {
			awaited[id] *= 1 - m.share[id][next.ID]
		}
	}
	return steps
}

// where are the two scenarios in which a rule speaks most, most first.
func (m *reach) where(rule string) []suites.Scenario {
	all := suites.All()
	slices.SortStableFunc(all, func(a, b suites.Scenario) int { return cmp.Compare(m.share[rule][b.ID], m.share[rule][a.ID]) })
	return all[:2]
}

// wake looks for a fault that a rule catches, where none did so far: the scenarios that caught the faults of its section may not have been
// its own. The faults, the likeliest first, are asked one after the other until the rule speaks.
func (m *maker) wake(ctx context.Context, rows []Row, o Options) {
	slots := make(chan struct{}, o.Parallel)
	var wg sync.WaitGroup
	for _, rule := range rules(rows, o.Both) {
		if len(rule.Kills) > 0 || rule.Excused != "" {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			m.wakeOne(ctx, rows, rule.ID)
		})
	}
	wg.Wait()
}

func (m *maker) wakeOne(ctx context.Context, rows []Row, rule string) {
	for _, candidates := range m.candidates(rows, rule) {
		for _, spare := range []bool{false, true} {
			for _, r := range candidates {
				for _, s := range m.reach(ctx, r.Authority).where(rule) {
					if ctx.Err() != nil || m.catches(ctx, r, rule, s, spare) {
						return
					}
				}
			}
		}
	}
}

// candidates are the faults that a rule may catch: those that its twin catches, those of its ruling, and the others of its section.
func (m *maker) candidates(rows []Row, rule string) [3][]*Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	var twins, own, others []*Row
	for _, r := range pointers(rows) {
		switch {
		case r.Kind != Fault:
		case r.toldByTwin(rule):
			twins = append(twins, r)
		case ruledAlike(rule, r):
			own = append(own, r)
		case standsOn(rule, r):
			others = append(others, r)
		}
	}
	return [3][]*Row{twins, own, others}
}

// toldByTwin reports that the rule's twin told of the variant: some hold of manual operations and of issued ones alike, and have one name in
// both scenarios.
func (r *Row) toldByTwin(rule string) bool {
	name := rule[strings.Index(rule, "."):]
	return slices.ContainsFunc(r.told(), func(id string) bool { return strings.HasSuffix(id, name) })
}

// catches drives a scenario against the fault, and notes the rule where it catches it.
func (m *maker) catches(ctx context.Context, r *Row, rule string, s suites.Scenario, spare bool) bool {
	again := Row{Kind: r.Kind, Name: r.Name, Ruling: r.Ruling, Authority: r.Authority, Spare: spare}
	outcomes, _ := run(ctx, &again, []suites.Scenario{s})
	for _, o := range outcomes {
		if o.Rule.ID != rule || o.Verdict != oracle.Fail && o.Verdict != oracle.Warn {
			continue
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if o.Verdict == oracle.Fail {
			r.Failed = append(r.Failed, rule)
		} else {
			r.Warned = append(r.Warned, rule)
		}
		return true
	}
	return false
}
