package specs

import (
	"io"
	"sync"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/suites"
)

// running keeps runs apart: Ginkgo's tree is one for the whole process.
var running sync.Mutex

// Run runs the specs of the rules that were judged in a plain program, silently, and returns Ginkgo's report, which its
// JUnit and JSON writers take. It wipes every spec that the process has registered, so it is not for use under
// somebody's own Ginkgo suite (that is what Describe is for). Ginkgo keeps on catching SIGINT and SIGTERM afterwards:
// the caller's own channels still get them, but without any the signals no longer end the process.
func Run(authority oracle.Authority, verdicts *Verdicts) types.Report {
	running.Lock()
	defer running.Unlock()
	globals.Reset()
	defer globals.Reset()
	out := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard
	defer func() { formatter.ColorableStdOut = out }()

	var rules []*oracle.Rule
	for _, o := range verdicts.Outcomes {
		rules = append(rules, o.Rule)
	}
	// A rule whose own scenario was not driven was judged all the same, over what the other drives have recorded.
	Describe(suites.All(), rules, authority, verdicts)
	var report types.Report
	ginkgo.ReportAfterSuite("verdicts", func(r types.Report) { report = r })
	ginkgo.RunSpecs(outcome{}, "kvconform")
	return report
}

// outcome is the test that RunSpecs wants to fail. What failed stands in the report.
type outcome struct{}

// Fail implements ginkgo.GinkgoTestingT.
func (outcome) Fail() {}
