// Package specs tells a run's verdicts as Ginkgo specs: a Describe for each scenario in the document's words, one It for
// each rule. A spec drives nothing and judges nothing: the engine has done both before the first spec begins, all at
// once, and a spec only looks up what became of its rule. So no Gomega call ever runs on another goroutine, an interrupt
// never meets a drive, and the specs say what the engine says.
package specs

import (
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// Verdicts are what the specs look at. They may be filled in after Describe, but before the specs run.
type Verdicts struct {
	Outcomes []oracle.Outcome
	// Strict says that a broken SHOULD fails its spec, too.
	Strict bool
}

// of returns the outcome of a rule, or nil.
func (v *Verdicts) of(rule string) *oracle.Outcome {
	for i := range v.Outcomes {
		if v.Outcomes[i].Rule.ID == rule {
			return &v.Outcomes[i]
		}
	}
	return nil
}

// Describe registers the specs: at the top level of a test package, or before RunSpecs. The labels are the rule's scenario,
// its level under the authority, and its profile.
func Describe(scenarios []suites.Scenario, rules []*oracle.Rule, authority oracle.Authority, verdicts *Verdicts) {
	for _, s := range scenarios {
		ginkgo.Describe(s.Title, ginkgo.Label(s.ID), func() {
			for _, rule := range rules {
				if rule.Scenario == s.ID {
					describe(rule, authority, verdicts)
				}
			}
		})
	}
}

func describe(rule *oracle.Rule, authority oracle.Authority, verdicts *Verdicts) {
	profile := rule.Profile
	if profile == "" {
		profile = oracle.Core
	}
	labels := ginkgo.Label(string(rule.LevelUnder(authority)), profile)
	ginkgo.It(rule.ID+": "+rule.Says, labels, func() {
		g := gomega.NewGomega(ginkgo.Fail)
		o := verdicts.of(rule.ID)
		if o != nil && (o.Verdict == oracle.Unreached || o.Verdict == oracle.Unclaimed) {
			ginkgo.Skip(string(o.Verdict) + ": " + o.Reason)
		}
		if o != nil && o.Verdict == oracle.Warn && !verdicts.Strict {
			ginkgo.AddReportEntry(string(oracle.Warn), account(o))
		}
		g.Expect(verdicts).To(Honour(rule.ID))
	})
}

// Selected says what a preview (ginkgo.PreviewSpecs) would run, after every focus and label filter: the rules, and the
// scenarios that are to be driven for them.
func Selected(preview types.Report, scenarios []suites.Scenario) suites.Selection {
	rules, driven := map[string]bool{}, map[string]bool{}
	for _, spec := range preview.SpecReports {
		if spec.LeafNodeType != types.NodeTypeIt || !spec.State.Is(types.SpecStatePassed) {
			continue
		}
		id, _, _ := strings.Cut(spec.LeafNodeText, ": ")
		scenario, _, _ := strings.Cut(id, ".")
		rules[id], driven[scenario] = true, true
	}
	selection := suites.Selection{Rules: func(r *oracle.Rule) bool { return rules[r.ID] }}
	for _, s := range scenarios {
		if driven[s.ID] {
			selection.Scenarios = append(selection.Scenarios, s)
		}
	}
	return selection
}
