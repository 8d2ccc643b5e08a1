package suites_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/kvconform/kvconform/runner"
	"github.com/kvconform/kvconform/runner/config"
	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
	"github.com/kvconform/kvconform/suites/specs"
)

// The specs for `go test ./suites` and `ginkgo ./suites`. The KVCONFORM_… variables say what is judged; without a target
// it is the reference vault in this process.
var (
	options, plan, wrong = fromEnvironment()
	verdicts             = &specs.Verdicts{Strict: options.Strict}
	judged               *runner.Outcome
	_                    = register()
)

func fromEnvironment() (runner.Options, *runner.Plan, error) {
	o, err := config.FromEnvironment()
	if err != nil {
		return o, nil, err
	}
	if os.Getenv(config.Prefix+"_OUT") == "" {
		o.Out = "" // no reports among the sources
	}
	p, err := runner.New(o)
	return o, p, err
}

// register registers the specs of the rules that the run would judge.
func register() bool {
	if wrong != nil {
		return false
	}
	var rules []*oracle.Rule
	for _, r := range oracle.Rules() {
		if plan.Selection().Rules(r) {
			rules = append(rules, r)
		}
	}
	specs.Describe(suites.All(), rules, options.Authority, verdicts)
	return true
}

func TestSpecs(t *testing.T) {
	if wrong != nil {
		t.Fatal(wrong)
	}
	suite, reporter := ginkgo.GinkgoConfiguration()
	if suite.ParallelTotal > 1 {
		t.Fatal("kvconform drives its scenarios at once inside one process: leave --procs (-p) out")
	}
	selection := specs.Selected(ginkgo.PreviewSpecs("kvconform", suite, reporter), suites.All())
	if len(selection.Scenarios) == 0 {
		t.Fatal("no spec is selected")
	}
	plan.Select(selection)
	if options.Target == "" {
		fmt.Println("KVCONFORM_TARGET is not set: the reference vault in this process is judged")
	}
	ginkgo.BeforeSuite(func(ctx ginkgo.SpecContext) {
		var err error
		if judged, err = plan.Run(ctx); err != nil {
			ginkgo.Fail(err.Error())
		}
		verdicts.Outcomes = judged.Outcomes
		for _, problem := range judged.Report.Problems {
			ginkgo.Fail(problem)
		}
	})
	ginkgo.AfterSuite(func() {
		if judged != nil && judged.Report.Exit == gate.ExitIncomplete {
			ginkgo.Fail(judged.Report.VerdictLine() + ": a skipped spec of a MUST says what was not reached")
		}
	})
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.RunSpecs(t, "kvconform", suite, reporter)
}
