package suites

import (
	"errors"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/oracle"
)

func TestSelecting(t *testing.T) {
	scenarios := []Scenario{{ID: "poll-gone"}, {ID: "conflict"}, {ID: "cancel"}}
	var rules []*oracle.Rule
	for _, id := range []string{"poll-gone.deleted", "conflict.create-refused", "conflict.import-refused", "cancel.accepted"} {
		scenario, _, _ := strings.Cut(id, ".")
		rules = append(rules, &oracle.Rule{ID: id, Scenario: scenario})
	}
	all := []string{"poll-gone.deleted", "conflict.create-refused", "conflict.import-refused", "cancel.accepted"}
	for name, c := range map[string]struct {
		only, skip     []string
		driven, judged []string
	}{
		"everything":                    {driven: []string{"poll-gone", "conflict", "cancel"}, judged: all},
		"a scenario brings its rules":   {only: []string{"conflict"}, driven: []string{"conflict"}, judged: all[1:3]},
		"a rule brings its scenario":    {only: []string{"conflict.create-refused"}, driven: []string{"conflict"}, judged: all[1:2]},
		"both":                          {only: []string{"conflict", "conflict.create-refused"}, driven: []string{"conflict"}, judged: all[1:2]},
		"a rule over another's drive":   {only: []string{"cancel", "conflict.create-refused"}, driven: []string{"cancel"}, judged: all[1:2]},
		"a glob over both kinds":        {only: []string{"c*"}, driven: []string{"conflict", "cancel"}, judged: all[1:]},
		"a glob over rules":             {only: []string{"*.*-refused"}, driven: []string{"conflict"}, judged: all[1:3]},
		"skip a scenario":               {skip: []string{"conflict"}, driven: []string{"poll-gone", "cancel"}, judged: []string{all[0], all[3]}},
		"skip a rule":                   {skip: []string{"conflict.import-refused"}, driven: []string{"poll-gone", "conflict", "cancel"}, judged: []string{all[0], all[1], all[3]}},
		"skip a rule of a scenario":     {only: []string{"conflict"}, skip: []string{"*.import-*"}, driven: []string{"conflict"}, judged: all[1:2]},
		"skip a scenario among several": {only: []string{"conflict", "cancel"}, skip: []string{"cancel"}, driven: []string{"conflict"}, judged: all[1:3]},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := choose(scenarios, rules, c.only, c.skip)
			if err != nil {
				t.Fatal(err)
			}
			var driven, judged []string
			for _, scenario := range s.Scenarios {
				driven = append(driven, scenario.ID)
			}
			for _, r := range rules {
				if s.Rules(r) {
					judged = append(judged, r.ID)
				}
			}
			expectAll(t, "driven", driven, c.driven)
			expectAll(t, "judged", judged, c.judged)
		})
	}
	for pattern, malformed := range map[string]bool{"conflicts": false, "CONFLICT": false, "": false, "conflict.": false, "[": true} {
		for _, flag := range []string{"only", "skip"} {
			only, skip := []string{pattern, "cancel"}, []string(nil)
			if flag == "skip" {
				only, skip = skip, only
			}
			_, err := choose(scenarios, rules, only, skip)
			wrong, ok := errors.AsType[*PatternError](err)
			if !ok || wrong.Flag != flag || wrong.Pattern != pattern || (wrong.Malformed != nil) != malformed {
				t.Errorf("--%s %q: %v", flag, pattern, err)
			}
		}
	}
	for _, c := range [][2]string{{"conflict", "c*"}, {"conflict.create-refused", "conflict"}, {"conflict.create-refused", "conflict.create-refused"}} {
		if _, err := choose(scenarios, rules, c[:1], c[1:]); !errors.Is(err, EmptyError{}) {
			t.Errorf("--only %s --skip %s: %v", c[0], c[1], err)
		}
	}
}
