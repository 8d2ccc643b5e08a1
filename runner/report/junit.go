package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kvconform/kvconform/spec/oracle"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Time     string       `xml:"time,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitProblem `xml:"failure"`
	Error   *junitProblem `xml:"error"`
	Skipped *junitProblem `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitProblem struct {
	Message string `xml:"message,attr,omitempty"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the record as JUnit XML: a suite for each scenario, a case for each rule. What the baseline expects is
// skipped, so that a CI job's view and the exit code agree. What kept the run from its end is an error of a suite of its own.
func WriteJUnit(w io.Writer, r *Report) error {
	all := junitSuites{Name: "kvconform", Time: seconds(r.Seconds())}
	accounts := Accounts(r)
	properties := r.properties()
	for _, s := range r.Scenarios {
		suite := junitSuite{Name: s.ID, Time: seconds(s.Ended.Sub(s.Started).Seconds()), Properties: properties}
		if !s.Started.IsZero() {
			suite.Timestamp = s.Started.UTC().Format("2006-01-02T15:04:05")
		}
		for _, a := range accounts {
			if a.Rule.Scenario == s.ID {
				suite.add(junitCaseOf(a))
			}
		}
		all.add(suite)
	}
	if len(r.Problems) > 0 {
		suite := junitSuite{Name: "run", Time: seconds(0), Properties: properties}
		for _, problem := range r.Problems {
			suite.add(junitCase{Name: "run", Class: "kvconform", Time: seconds(0), Error: &junitProblem{Message: Printable(problem), Type: string(r.Verdict)}})
		}
		all.add(suite)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (r *Report) properties() []junitProperty {
	return []junitProperty{
		{"kvconform.version", r.Tool.Version}, {"run.id", r.Run.ID}, {"run.started", r.Run.Started.UTC().Format(time.RFC3339)},
		{"target", Printable(r.Target.URL)}, {"api-version", r.Target.APIVersion}, {"authority", string(r.Target.Authority)},
		{"verdict", string(r.Verdict)}, {"profiles.judged", strings.Join(r.Profiles.Judged, ",")},
		{"profiles.not-judged", strings.Join(r.notJudged(), ",")},
	}
}

func junitCaseOf(a Account) junitCase {
	rule := a.Rule
	c := junitCase{Name: rule.ID, Class: "kvconform." + rule.Scenario, Time: seconds(0)}
	text := ""
	if a.Text != "" {
		text = "\n" + a.Text + "\n"
	}
	switch {
	case a.Skipped != "":
		c.Skipped = &junitProblem{Message: a.Skipped, Text: text}
	case rule.Verdict == oracle.Error:
		c.Error = &junitProblem{Message: Printable(rule.Reason), Type: string(rule.Verdict), Text: text}
	case a.Fails:
		c.Failure = &junitProblem{Message: Printable(rule.Says), Type: string(rule.Level), Text: text}
	default:
		c.Output = text
	}
	return c
}

func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
}

func (a *junitSuites) add(s junitSuite) {
	a.Suites = append(a.Suites, s)
	a.Tests, a.Failures, a.Errors, a.Skipped = a.Tests+s.Tests, a.Failures+s.Failures, a.Errors+s.Errors, a.Skipped+s.Skipped
}

func seconds(s float64) string { return fmt.Sprintf("%.3f", max(s, 0)) }
