package oracle

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/example"
)

// TestCatalogueAndFunctionsMatch: each rule of the catalogue has one function, and no function is of a rule that is not there.
func TestCatalogueAndFunctionsMatch(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] {
			t.Errorf("%s stands twice in the catalogue", r.ID)
		}
		seen[r.ID] = true
		if rulings[r.ID] == nil {
			t.Errorf("%s has no function", r.ID)
		}
	}
	for id := range rulings {
		if !seen[id] {
			t.Errorf("the function %s is of no rule", id)
		}
	}
}

// TestNoFunctionHidesAnother: the tables that rulings is joined of have no rule in common.
func TestNoFunctionHidesAnother(t *testing.T) {
	owner := map[string]string{}
	sum := 0
	for name, part := range map[string]map[string]ruling{
		"lifecycle": lifecycleRulings, "create": createRulings, "request": requestRulings, "operation": operationRulings, "gone": goneRulings,
		"conflict": conflictRulings, "cancel": cancelRulings, "delete": deleteRulings, "merge": mergeRulings, "bundle": bundleRulings,
		"completed": completedRulings, "policy": policyRulings, "tag": tagRulings, "protocol": protocolRulings, "token": tokenRulings, "race": raceRulings,
		"wire": wireRulings,
	} {
		for id := range part {
			if owner[id] != "" {
				t.Errorf("%s is in the tables %s and %s", id, owner[id], name)
			}
			owner[id] = name
		}
		sum += len(part)
	}
	if sum != len(rulings) {
		t.Errorf("the tables have %d functions, rulings has %d: a table is missing in this test", sum, len(rulings))
	}
}

var (
	scenarios = []string{"create-with-issuer", "poll-in-progress", "poll-completed", "poll-failed", "poll-gone", "conflict", "merge-with-issuer",
		"cancel", "delete-pending", "create-manual", "merge-manual", "get-certificate", "protocol", "race"}
	known = []string{"", "issuer", "failing-issuer", "auth"}
)

// TestCatalogue: every entry says what a reader of a report needs, and what it names is there.
func TestCatalogue(t *testing.T) {
	levels := []Level{Must, Should}
	for _, r := range Rules() {
		scenario, slug, _ := strings.Cut(r.ID, ".")
		switch {
		case !slices.Contains(scenarios, scenario) || slug == "" || scenario != r.Scenario:
			t.Errorf("%s: a rule's id is <scenario>.<slug>", r.ID)
		case !slices.Contains(levels, r.Level) || r.LiveLevel != "" && !slices.Contains(levels, r.LiveLevel) || r.LiveLevel == r.Level:
			t.Errorf("%s: level %q, live-level %q", r.ID, r.Level, r.LiveLevel)
		case !strings.HasSuffix(r.Says, ".") || r.Source == "" || r.When == "":
			t.Errorf("%s: says %q, source %q, when %q", r.ID, r.Says, r.Source, r.When)
		case !slices.Contains(known, r.Profile):
			t.Errorf("%s: there is no profile %q", r.ID, r.Profile)
		}
		for _, need := range r.Needs {
			if ByID(need) == nil || need == r.ID {
				t.Errorf("%s needs %q", r.ID, need)
			}
		}
		if path := cycle(r, nil); path != nil {
			t.Errorf("%s waits for itself: %s", r.ID, strings.Join(path, " needs "))
		}
	}
}

// cycle returns the way from a rule over its needs back to itself; nil where there is none.
func cycle(r *Rule, path []string) []string {
	if slices.Contains(path, r.ID) {
		return append(path, r.ID)
	}
	for _, need := range r.Needs {
		if next := ByID(need); next != nil {
			if found := cycle(next, append(slices.Clone(path), r.ID)); found != nil {
				return found
			}
		}
	}
	return nil
}

// TestModelledRules: the model's clauses lead to the rules that are said to be the model's, and each of those is reached. Rules that judge
// races by the model and by more than that have functions of their own.
func TestModelledRules(t *testing.T) {
	claimed := map[string]bool{}
	for _, x := range example.All() {
		for _, authority := range []Authority{Documented, Live} {
			for _, trace := range []*evidence{gather(x.Good, Options{Authority: authority}), gather(x.Broken, Options{Authority: authority})} {
				for id := range trace.claimed {
					claimed[id] = true
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(claimed)) {
		if rulings[id] == nil || !slices.Contains(modelled, id) && raceRulings[id] == nil {
			t.Errorf("the model speaks of %s, which no function takes up", id)
		}
	}
	for _, id := range modelled {
		if !claimed[id] {
			t.Errorf("the model never speaks of %s", id)
		}
	}
}
