// Package report makes the record of a run, report.json, and from that record alone every other form of it: the terminal's
// summary, JUnit, Markdown and HTML.
package report

import (
	"strings"
	"time"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/oracle"
)

// Schema is the version of the record's form. Members may be added under one number, none changes its meaning.
const Schema = 1

// Report is the record of a run, or of a look at recorded traffic.
type Report struct {
	Schema  int          `json:"schema"`
	Tool    Tool         `json:"tool"`
	Target  Target       `json:"target"`
	Run     Run          `json:"run"`
	Verdict gate.Verdict `json:"verdict"`
	// Exit is the exit code of the command.
	Exit int `json:"exit"`
	// Problems say what kept the run from getting to its end, each with what to do about it.
	Problems []string `json:"problems,omitempty"`
	Profiles Profiles `json:"profiles"`
	Counts   Counts   `json:"counts"`
	// Selection are the patterns that chose among the rules.
	Selection *Selection `json:"selection,omitempty"`
	Baseline  *Baseline  `json:"baseline,omitempty"`
	// Scenarios and Rules are in the order of the catalogue.
	Scenarios []Scenario `json:"scenarios"`
	Rules     []Rule     `json:"rules"`
	// Traffic is what check read; a run has none. Files are the first of its files.
	Traffic *Traffic `json:"traffic,omitempty"`
	Files   []File   `json:"files,omitempty"`
	// Left are the objects that could not be removed, SoftDeleted counts those that the vault itself removes later.
	Left        []Leftover `json:"left,omitempty"`
	SoftDeleted int        `json:"softDeleted,omitempty"`
	// LeftOut counts the parts of scenarios that were not driven because the target bounds its creates.
	LeftOut int `json:"leftOut,omitempty"`
	// Ledger is the file that names what the vault still holds.
	Ledger string `json:"ledger,omitempty"`
	// Exchanges are those that the findings name.
	Exchanges []Exchange `json:"exchanges,omitempty"`
}

// Tool is what made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Target is what was judged, and by which yardstick.
type Target struct {
	URL        string           `json:"url"`
	APIVersion string           `json:"apiVersion"`
	Authority  oracle.Authority `json:"authority"`
	// Embedded says that it was the reference vault in kvconform's own process.
	Embedded bool `json:"embedded,omitempty"`
	// Strict says that a broken SHOULD counted as a deviation.
	Strict bool `json:"strict,omitempty"`
}

// Run says when, and how much.
type Run struct {
	ID      string    `json:"id"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// Requests counts what was sent, or what the recorded traffic holds.
	Requests int `json:"requests"`
	// NamePrefix begins the name of everything that the run made: <prefix>-<run id>-….
	NamePrefix string `json:"namePrefix,omitempty"`
}

// Profiles are what the verdict covers and what not.
type Profiles struct {
	Judged    []string `json:"judged"`
	Unclaimed []string `json:"unclaimed"`
	// Idle are profiles that were claimed, but of which no rule spoke.
	Idle []string `json:"idle,omitempty"`
	// Missing are those that --require asks for and that were not judged.
	Missing []string `json:"missing,omitempty"`
	// Reasons say why an unclaimed profile was not judged.
	Reasons map[string]string `json:"reasons,omitempty"`
}

// Counts are rules by verdict.
type Counts struct {
	Pass      int `json:"pass"`
	Fail      int `json:"fail"`
	Warn      int `json:"warn"`
	Unreached int `json:"unreached"`
	Unclaimed int `json:"unclaimed"`
	Error     int `json:"error"`
}

// Selection says what was chosen, and how many rules of the catalogue that left.
type Selection struct {
	Only []string `json:"only,omitempty"`
	Skip []string `json:"skip,omitempty"`
	// Rules is how many rules were judged, Of how many there are.
	Rules int `json:"rules"`
	Of    int `json:"of"`
}

// Baseline says what the baseline made of the run.
type Baseline struct {
	File string `json:"file"`
	// Known are the rules that deviate or are unreached as the baseline expects, New those that it does not know.
	Known []string     `json:"known"`
	New   []string     `json:"new"`
	Stale []gate.Stale `json:"stale"`
	// Entries are those of Known: why, and where it is dealt with.
	Entries []gate.Entry `json:"entries,omitempty"`
}

// knownAs is the baseline's entry of a rule that it knows; nil where it has none.
func (r *Report) knownAs(rule string) *gate.Entry {
	if r.Baseline == nil {
		return nil
	}
	for i := range r.Baseline.Entries {
		if r.Baseline.Entries[i].Rule == rule {
			return &r.Baseline.Entries[i]
		}
	}
	return nil
}

// because is why the baseline knows a rule, and where that is dealt with, in a line that is fit for a terminal; empty where it does not say.
func (r *Report) because(rule string) string {
	e := r.knownAs(rule)
	if e == nil {
		return ""
	}
	return Printable(strings.TrimSpace(e.Reason + " " + e.Link))
}

// Scenario is what became of one scenario.
type Scenario struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Source string `json:"source"`
	Counts Counts `json:"counts"`
	// Driven says that the scenario's requests were sent.
	Driven   bool      `json:"driven"`
	Started  time.Time `json:"started,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Requests int       `json:"requests,omitempty"`
	// Fault is a fault of the drive itself: kvconform's, not the target's.
	Fault string `json:"fault,omitempty"`
}

// Rule is what became of one rule.
type Rule struct {
	ID        string         `json:"id"`
	Scenario  string         `json:"scenario"`
	Level     oracle.Level   `json:"level"`
	Verdict   oracle.Verdict `json:"verdict"`
	Exercised int            `json:"exercised"`
	Findings  []Finding      `json:"findings,omitempty"`
	// More counts the findings that are not in the record.
	More   int    `json:"moreFindings,omitempty"`
	Chance bool   `json:"chance,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Behind is the broken rule at the root of an unreached one.
	Behind  string   `json:"behind,omitempty"`
	Says    string   `json:"says"`
	Source  string   `json:"source"`
	Ruling  []string `json:"ruling,omitempty"`
	Live    string   `json:"live,omitempty"`
	Breaks  string   `json:"breaks,omitempty"`
	Profile string   `json:"profile"`
	// Known says that the baseline expects this.
	Known bool `json:"known,omitempty"`
}

// Finding is one exchange that breaks a rule.
type Finding struct {
	// Trace is the file's name where recorded traffic was judged.
	Trace    string `json:"trace,omitempty"`
	Exchange int    `json:"exchange"`
	// Related are the exchanges that explain it, oldest first.
	Related  []int  `json:"related,omitempty"`
	Pointer  string `json:"pointer,omitempty"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	Message  string `json:"message"`
	// As says that the answer is right under the other authority: "as the live service, seen 2019".
	As string `json:"as,omitempty"`
}

// Leftover is an object that could not be removed.
type Leftover struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Exchange is one request and what came of it.
type Exchange struct {
	Trace   string    `json:"trace,omitempty"`
	Number  int       `json:"number"`
	Drive   string    `json:"drive,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	Defect  string    `json:"defect,omitempty"`
	Caller  string    `json:"caller,omitempty"`
	Sent    time.Time `json:"sent,omitzero"`
	// Milliseconds is how long the answer took.
	Milliseconds int64     `json:"milliseconds"`
	Request      Message   `json:"request"`
	Response     *Response `json:"response,omitempty"`
	Failure      string    `json:"failure,omitempty"`
}

// Message is what both directions have.
type Message struct {
	Method  string              `json:"method,omitempty"`
	URL     string              `json:"url,omitempty"`
	Headers map[string][]string `json:"headers,omitempty"`
	Body    string              `json:"body,omitempty"`
	// Encoding is base64 where the body is no UTF-8.
	Encoding string `json:"encoding,omitempty"`
	// Cut says why the body is not the whole body.
	Cut string `json:"cut,omitempty"`
}

// Response is what came back.
type Response struct {
	Status int `json:"status"`
	Message
}

// Seconds is how long the run took.
func (r *Report) Seconds() float64 { return r.Run.Ended.Sub(r.Run.Started).Seconds() }

// deviates reports that the rule keeps the run from conforming.
func (r *Report) deviates(rule Rule) bool {
	return rule.Verdict == oracle.Fail || r.Target.Strict && rule.Verdict == oracle.Warn
}
