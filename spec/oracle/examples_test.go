package oracle_test

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// profiles are all that a target may be claimed to have, so that no outcome is "unclaimed".
var profiles = []string{"issuer", "failing-issuer", "auth"}

// examples are all examples, told once: judging changes nothing in them.
var examples = sync.OnceValue(example.All)

// outcomes judges a trace and returns the verdict on each rule.
func outcomes(t *exchange.Trace, o oracle.Options) map[string]oracle.Outcome {
	all := map[string]oracle.Outcome{}
	for _, one := range oracle.Judge(t, o).Outcomes(profiles, nil) {
		all[one.Rule.ID] = one
	}
	return all
}

// found lists the rules with findings, but for the one named.
func found(all map[string]oracle.Outcome, but string) []string {
	var ids []string
	for id, o := range all {
		if len(o.Findings) > 0 && id != but {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// told puts findings into lines, for a failing test.
func told(findings []oracle.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString("\n      exchange " + strconv.Itoa(f.Exchange) + " " + f.Pointer + ": expected " + f.Expected + "; actual " + f.Actual)
	}
	return b.String()
}

// TestEveryRuleHasAnExample and no example is of a rule that is not there.
func TestEveryRuleHasAnExample(t *testing.T) {
	for _, r := range oracle.Rules() {
		if _, _, ok := example.Of(r.ID); !ok {
			t.Errorf("%s has no example", r.ID)
		}
	}
	for _, x := range examples() {
		if oracle.ByID(x.Rule) == nil {
			t.Errorf("the example of %s is of no rule", x.Rule)
		}
	}
}

// authorityOf is the authority under which an example speaks.
func authorityOf(x *example.Example) oracle.Authority {
	if x.Live {
		return oracle.Live
	}
	return oracle.Documented
}

// TestExamples holds every rule against its example: kept in the good trace, broken in its twin, and there by itself.
func TestExamples(t *testing.T) {
	for _, x := range examples() {
		if oracle.ByID(x.Rule) == nil {
			continue // TestEveryRuleHasAnExample says so
		}
		authority := authorityOf(&x)
		t.Run(x.Rule+"/"+string(authority), func(t *testing.T) {
			if example.Differing(x.Good, x.Broken) == nil {
				t.Fatal("the twin does not differ")
			}
			good := outcomes(x.Good, oracle.Options{Authority: authority})
			if o := good[x.Rule]; o.Verdict != oracle.Pass {
				t.Errorf("on the good trace it is %s, exercised %d times; %s%s", o.Verdict, o.Exercised, o.Reason, told(o.Findings))
			}
			for _, id := range found(good, x.Rule) {
				t.Errorf("on the good trace %s has findings:%s", id, told(good[id].Findings))
			}
			broken := outcomes(x.Broken, oracle.Options{Authority: authority})
			findings := broken[x.Rule].Findings
			if len(findings) == 0 {
				t.Errorf("on the broken trace it has no finding")
			}
			for _, f := range findings {
				if f.Expected == "" || f.Actual == "" || f.Expected == f.Actual || f.Message == "" || f.Exchange == 0 {
					t.Errorf("a finding that says nothing: %+v", f)
				}
			}
			others := found(broken, x.Rule)
			if named := slices.Sorted(maps.Keys(x.Also)); !slices.Equal(others, named) || len(others) > 2 {
				t.Errorf("the broken trace breaks other rules too: %q; named are %q, and two are the most", others, named)
				for _, id := range others {
					t.Logf("%s:%s", id, told(broken[id].Findings))
				}
			}
		})
	}
}

// TestExamplesUnderBothAuthorities: what is the same under both authorities is seen under both.
func TestExamplesUnderBothAuthorities(t *testing.T) {
	differ := map[string]bool{}
	for _, x := range examples() {
		differ[x.Rule] = differ[x.Rule] || x.Live
	}
	for _, x := range examples() {
		if differ[x.Rule] || oracle.ByID(x.Rule) == nil {
			continue
		}
		t.Run(x.Rule, func(t *testing.T) {
			if o := outcomes(x.Good, oracle.Options{Authority: oracle.Live})[x.Rule]; o.Verdict != oracle.Pass {
				t.Errorf("under live the good trace is %s%s", o.Verdict, told(o.Findings))
			}
			if o := outcomes(x.Broken, oracle.Options{Authority: oracle.Live})[x.Rule]; len(o.Findings) == 0 {
				t.Errorf("under live the broken trace is %s", o.Verdict)
			}
		})
	}
}
