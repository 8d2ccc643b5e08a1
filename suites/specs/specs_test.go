package specs

import (
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// outcomes has one outcome of each verdict.
var outcomes = []oracle.Outcome{
	outcomeOf("poll-in-progress.readable", oracle.Pass),
	outcomeOf("poll-gone.deleted", oracle.Unreached),
	outcomeOf("conflict.create-refused", oracle.Fail),
	outcomeOf("conflict.import-refused", oracle.Pass),
	outcomeOf("cancel.code", oracle.Warn),
	outcomeOf("protocol.challenge", oracle.Unclaimed),
	outcomeOf("protocol.json", oracle.Error),
}

func outcomeOf(id string, verdict oracle.Verdict) oracle.Outcome {
	scenario, _, _ := strings.Cut(id, ".")
	o := oracle.Outcome{Rule: &oracle.Rule{ID: id, Scenario: scenario, Says: "What " + id + " says.", Source: "its source", Level: oracle.Must},
		Level: oracle.Must, Verdict: verdict, Reason: string(verdict) + " for a reason"}
	if verdict == oracle.Fail || verdict == oracle.Warn {
		o.Findings = []oracle.Finding{{Exchange: 212, Expected: "409", Actual: "202", Message: "a new operation"}}
	}
	return o
}

func rules() []*oracle.Rule {
	var all []*oracle.Rule
	for _, o := range outcomes {
		all = append(all, o.Rule)
	}
	return all
}

// states are the specs' states by rule.
func states(r types.Report) map[string]types.SpecReport {
	all := map[string]types.SpecReport{}
	for _, spec := range r.SpecReports.WithLeafNodeType(types.NodeTypeIt) {
		id, _, _ := strings.Cut(spec.LeafNodeText, ": ")
		all[id] = spec
	}
	return all
}

func TestSpecsSayWhatTheOracleSays(t *testing.T) {
	want := map[oracle.Verdict]types.SpecState{oracle.Pass: types.SpecStatePassed, oracle.Fail: types.SpecStateFailed,
		oracle.Warn: types.SpecStatePassed, oracle.Unreached: types.SpecStateSkipped, oracle.Unclaimed: types.SpecStateSkipped,
		oracle.Error: types.SpecStateFailed}
	for range 2 { // and a second time in the same process
		report := Run(oracle.Documented, &Verdicts{Outcomes: outcomes})
		got := states(report)
		if len(got) != len(outcomes) || report.SuiteSucceeded {
			t.Fatalf("%d specs for %d outcomes, succeeded: %v", len(got), len(outcomes), report.SuiteSucceeded)
		}
		for _, o := range outcomes {
			if spec := got[o.Rule.ID]; spec.State != want[o.Verdict] {
				t.Errorf("%s is %s, its spec %s", o.Rule.ID, o.Verdict, spec.State)
			}
		}
		failure := got["conflict.create-refused"].Failure.Message
		for _, part := range []string{"conflict.create-refused  MUST", "its source", "Expected  409", "Actual    202", "#212"} {
			if !strings.Contains(failure, part) {
				t.Errorf("the failure lacks %q:\n%s", part, failure)
			}
		}
		if reason := got["poll-gone.deleted"].Failure.Message; !strings.Contains(reason, "unreached for a reason") {
			t.Errorf("skipped: %q", reason)
		}
		if warned := got["cancel.code"].ReportEntries; len(warned) != 1 {
			t.Errorf("entries of a warning: %v", warned)
		}
	}
	strict := Run(oracle.Documented, &Verdicts{Outcomes: outcomes, Strict: true})
	if spec := states(strict)["cancel.code"]; spec.State != types.SpecStateFailed {
		t.Errorf("a warning under strict is %s", spec.State)
	}
}

func TestSpecsAreLabelled(t *testing.T) {
	spec := states(Run(oracle.Documented, &Verdicts{Outcomes: outcomes}))["conflict.import-refused"]
	if got := spec.Labels(); !slices.Equal(got, []string{"conflict", "MUST", "core"}) {
		t.Errorf("labels %q", got)
	}
	if got := spec.ContainerHierarchyTexts; len(got) != 1 || !strings.HasPrefix(got[0], "Create (or Import) when pending request exists") {
		t.Errorf("containers %q", got)
	}
}

func TestAPreviewSelectsTheDrives(t *testing.T) {
	for filter, want := range map[string][]string{
		"":                  {"poll-in-progress", "poll-gone", "conflict", "cancel", "protocol"},
		"conflict":          {"conflict"},
		"MUST && !protocol": {"poll-in-progress", "poll-gone", "conflict", "cancel"},
		"issuer":            nil,
	} {
		running.Lock()
		globals.Reset()
		Describe(suites.All(), rules(), oracle.Documented, &Verdicts{})
		config, reporter := ginkgo.GinkgoConfiguration()
		config.LabelFilter = filter
		selection := Selected(ginkgo.PreviewSpecs("preview", config, reporter), suites.All())
		config.LabelFilter = ""
		ginkgo.PreviewSpecs("preview", config, reporter)
		globals.Reset()
		running.Unlock()
		var got []string
		for _, s := range selection.Scenarios {
			got = append(got, s.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q drives %q, want %q", filter, got, want)
		}
		if filter == "conflict" && (!selection.Rules(outcomes[2].Rule) || selection.Rules(outcomes[0].Rule)) {
			t.Error("the wrong rules are judged")
		}
	}
}

func TestHonour(t *testing.T) {
	g := gomega.NewWithT(t)
	run := &Verdicts{Outcomes: outcomes}
	g.Expect(run).To(Honour("conflict.import-refused"))
	g.Expect(run).NotTo(Honour("conflict.create-refused"))
	g.Expect(run).NotTo(Honour("poll-gone.deleted"), "nothing passes by silence")
	for _, actual := range []any{nil, "a run", &Verdicts{}} {
		if _, err := Honour("conflict.import-refused").Match(actual); err == nil {
			t.Errorf("%v was matched", actual)
		}
	}
}
