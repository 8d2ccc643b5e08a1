package matrix

import (
	"fmt"
	"slices"

	"github.com/kvconform/kvconform/spec/oracle"
)

// sum adds up what the rows say. Rules are called idle only where all variants were run.
func sum(rows []Row, all, both bool) *Matrix {
	m := &Matrix{Rows: rows, Rules: []RuleRow{}, Living: []string{}, Blamed: []string{}, Idle: []string{}, Foreign: []string{}}
	var failures []int
	for _, r := range rows {
		name := fmt.Sprintf("%s (%s)", r.Name, r.Authority)
		switch {
		case r.Kind == Peculiarity && !r.Good:
			m.Blamed = append(m.Blamed, name)
		case r.Kind == Peculiarity:
		case !r.Good && r.LeftOut == "":
			m.Living = append(m.Living, name)
		case r.Kind == Fault && !r.Own:
			m.Foreign = append(m.Foreign, name)
		}
		if r.Kind == Fault {
			failures = append(failures, len(r.Failed))
		}
	}
	if slices.Sort(failures); len(failures) > 0 {
		m.MedianFailures = failures[len(failures)/2]
	}
	if all {
		m.Rules = rules(rows, both)
		for _, r := range m.Rules {
			if len(r.Kills) == 0 && r.Excused == "" {
				m.Idle = append(m.Idle, r.ID)
			}
		}
	}
	return m
}

// rules tells of each rule which faults it catches, and which it alone.
func rules(rows []Row, both bool) []RuleRow {
	var all []RuleRow
	for _, rule := range oracle.Rules() {
		one := RuleRow{ID: rule.ID, Kills: []string{}, Alone: []string{}, Excused: excused(rule, both)}
		for _, r := range rows {
			caught := r.caughtBy()
			if r.Kind != Fault || !slices.Contains(r.told(), rule.ID) {
				continue
			}
			if !slices.Contains(one.Kills, r.Name) {
				one.Kills = append(one.Kills, r.Name)
			}
			if len(caught) == 1 && caught[0] == rule.ID && !slices.Contains(one.Alone, r.Name) {
				one.Alone = append(one.Alone, r.Name)
			}
		}
		all = append(all, one)
	}
	return all
}

// excused says why a rule need not catch a faulty vault; empty where it has to.
func excused(r *oracle.Rule, both bool) string {
	switch {
	case r.Only == oracle.Live && !both:
		return "it speaks under the live service alone: --both"
	case r.Recorded:
		return "it speaks of recorded traffic alone"
	case r.ID == "poll-completed.comes":
		return "a run would have to wait for minutes"
	case r.ID == "protocol.no-body":
		return "a server of net/http cannot send a body with a 204"
	}
	return ""
}
