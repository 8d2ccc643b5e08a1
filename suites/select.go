package suites

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/kvconform/kvconform/spec/oracle"
)

// Selection is what a run drives and judges.
type Selection struct {
	// Scenarios are driven, in the order of All.
	Scenarios []Scenario
	// Rules says which rules are judged.
	Rules func(*oracle.Rule) bool
}

// PatternError is a pattern that selects nothing, or that is none.
type PatternError struct {
	// Flag is "only" or "skip".
	Flag, Pattern string
	// Malformed is the reason why it is no pattern, nil where it is one.
	Malformed error
}

func (e *PatternError) Error() string {
	if e.Malformed != nil {
		return fmt.Sprintf("--%s %q is no pattern: %v", e.Flag, e.Pattern, e.Malformed)
	}
	return fmt.Sprintf("--%s %q matches no scenario and no rule (kvconform rules lists them)", e.Flag, e.Pattern)
}

func (e *PatternError) Unwrap() error { return e.Malformed }

// EmptyError is a selection of which nothing is left.
type EmptyError struct{}

func (EmptyError) Error() string {
	return "what --only selects, --skip takes away again: nothing is left to run"
}

// Select chooses among All and the catalogue by id, with the patterns of path.Match. The scenarios that only names are
// driven, the rules that it names are judged: where it names scenarios alone, all their rules, and where it names rules
// alone, their own scenarios. What skip names is taken away again, a scenario with its rules.
func Select(only, skip []string) (Selection, error) {
	return choose(All(), oracle.Rules(), only, skip)
}

func choose(scenarios []Scenario, rules []*oracle.Rule, only, skip []string) (Selection, error) {
	wanted, err := match("only", only, scenarios, rules)
	if err != nil {
		return Selection{}, err
	}
	unwanted, err := match("skip", skip, scenarios, rules)
	if err != nil {
		return Selection{}, err
	}
	judged, driven := map[string]bool{}, map[string]bool{}
	for _, r := range rules {
		named := wanted.rules[r.ID] || len(wanted.rules) == 0 && (len(only) == 0 || wanted.scenarios[r.Scenario])
		judged[r.ID] = named && !unwanted.rules[r.ID] && !unwanted.scenarios[r.Scenario]
		driven[r.Scenario] = driven[r.Scenario] || judged[r.ID]
	}
	selection := Selection{Rules: func(r *oracle.Rule) bool { return judged[r.ID] }}
	for _, s := range scenarios {
		named := wanted.scenarios[s.ID] || len(only) == 0 || len(wanted.scenarios) == 0 && driven[s.ID]
		if named && !unwanted.scenarios[s.ID] {
			selection.Scenarios = append(selection.Scenarios, s)
		}
	}
	if len(selection.Scenarios) == 0 || !slices.Contains(slices.Collect(maps.Values(judged)), true) {
		return Selection{}, EmptyError{}
	}
	return selection, nil
}

// matches are the ids that some patterns match.
type matches struct{ scenarios, rules map[string]bool }

func match(flag string, patterns []string, scenarios []Scenario, rules []*oracle.Rule) (matches, error) {
	m := matches{scenarios: map[string]bool{}, rules: map[string]bool{}}
	for _, pattern := range patterns {
		if _, err := path.Match(pattern, ""); err != nil {
			return m, &PatternError{Flag: flag, Pattern: pattern, Malformed: err}
		}
		found := false
		note := func(ids map[string]bool, id string) {
			if matched, _ := path.Match(pattern, id); matched {
				ids[id], found = true, true
			}
		}
		for _, s := range scenarios {
			note(m.scenarios, s.ID)
		}
		for _, r := range rules {
			note(m.rules, r.ID)
		}
		if !found {
			return m, &PatternError{Flag: flag, Pattern: pattern}
		}
	}
	return m, nil
}
