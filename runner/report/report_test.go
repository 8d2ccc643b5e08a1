package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// hostile is what a target may put anywhere.
const hostile = "\x1b[2J<script>alert(1)</script> | `x` \u202e\x00 ]]> \"quoted\" $(id) 'single' ##[error]evil ##vso[task.complete]evil %0A::error::evil\n" +
	"  ::stop-commands::evil\r\n::set-output name=evil::1\n# evil\n</details>"

const base = "https://v.test/prefix"

func sent(number int, method, path, body string, status int, answer string) exchange.Exchange {
	at := time.Date(2026, 11, 22, 10, 0, number, 0, time.UTC)
	e := exchange.Exchange{Number: number, Drive: "conflict", Attempt: 1, Sent: at, Received: at.Add(12 * time.Millisecond),
		Request: exchange.Request{Method: method, URL: base + path, Header: http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer REDACTED"}}}}
	if body != "" {
		e.Request.Body = []byte(body)
	}
	e.Response = &exchange.Response{Status: status, Header: http.Header{"X-Hostile": {hostile}}, Body: []byte(answer)}
	return e
}

// sample is the record of a run with an outcome of each verdict.
func sample() (*Report, *exchange.Trace) {
	trace := &exchange.Trace{Base: base, Fresh: true, Exchanges: []exchange.Exchange{
		sent(1, "POST", "/certificates/kvc-r1-conflict-1/create?api-version=2025-07-01", `{"policy":{"it's":1}}`, 202, `{"request_id":"aaa1"}`),
		sent(2, "GET", "/certificates/kvc-r1-conflict-1/pending?api-version=2025-07-01&request_id=aaa1", "", 200, hostile),
		sent(3, "POST", "/certificates/kvc-r1-conflict-1/create?api-version=2025-07-01", `{"policy":{}}`, 202, "\xff\xfe"),
		sent(4, "GET", "/certificates/kvc-r1-conflict-2/pending?api-version=2025-07-01", "", 404, ""),
	}}
	all := oracle.Rules()
	find := func(id string) *oracle.Rule {
		return all[slices.IndexFunc(all, func(r *oracle.Rule) bool { return r.ID == id })]
	}
	outcomes := []oracle.Outcome{
		{Rule: find("conflict.create-refused"), Level: oracle.Must, Verdict: oracle.Fail, Exercised: 2, Findings: []oracle.Finding{
			{Exchange: 3, Related: []int{1, 2}, Expected: "409", Actual: "202 " + hostile, Message: "m", Pointer: "/a"},
			{Exchange: 4, Related: []int{1, 2, 3}, Expected: "409", Actual: "404", Message: "m"}}},
		{Rule: find("conflict.import-refused"), Level: oracle.Must, Verdict: oracle.Pass, Exercised: 1},
		{Rule: find("conflict.operation-untouched"), Level: oracle.Must, Verdict: oracle.Unreached, Reason: "never; behind conflict.create-refused", Behind: "conflict.create-refused"},
		{Rule: find("merge-manual.latest"), Level: oracle.Should, Verdict: oracle.Warn, Exercised: 1, Findings: []oracle.Finding{{Exchange: 2, Expected: "x", Actual: hostile}}},
		{Rule: find("protocol.no-token"), Level: oracle.Must, Verdict: oracle.Unclaimed, Reason: "the profile auth was not claimed"},
		{Rule: find("protocol.weak-reads"), Level: oracle.Must, Verdict: oracle.Error, Reason: "index out of range"},
	}
	decision := gate.Decide(outcomes, gate.Options{Claimed: []string{oracle.Core}})
	evidence := Evidence{}
	evidence.Add(trace, outcomes)
	r := New(Input{Outcomes: outcomes, Decision: decision, Evidence: evidence})
	r.Tool = Tool{Name: "kvconform", Version: "v0"}
	r.Target = Target{URL: base, APIVersion: "2025-07-01", Authority: oracle.Documented}
	r.Run.ID, r.Run.NamePrefix, r.Run.Started = "r1", "kvc", time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	r.Run.Ended = r.Run.Started.Add(2 * time.Second)
	r.Problems = []string{"the target stopped answering: " + hostile}
	r.Ledger = "out/r1.ledger"
	r.Left = []Leftover{{"certificate", "kvc-r1-conflict-1", "DELETE was answered with 500 " + hostile}}
	return r, trace
}

func TestEveryFormIsWritten(t *testing.T) {
	r, trace := sample()
	folder := filepath.Join(t.TempDir(), "deep", "reports")
	names, err := Write(folder, r, trace)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 5 || len(names) != 5 {
		t.Errorf("%d files, named %q", len(entries), names)
	}
	again, err := Read(filepath.Join(folder, JSONFile))
	if err != nil {
		t.Fatal(err)
	}
	if again.Verdict != r.Verdict || len(again.Rules) != len(r.Rules) || again.Rules[0].Findings[0].Actual != strings.ToValidUTF8(r.Rules[0].Findings[0].Actual, "�") {
		t.Errorf("read again: %+v", again.Rules[0])
	}
}

func TestTheRecordHasTheDocumentedMembers(t *testing.T) {
	r, _ := sample()
	var text bytes.Buffer
	if err := WriteJSON(&text, r); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for member, want := range map[string]any{"schema": 1.0, "verdict": "aborted"} {
		if got[member] != want {
			t.Errorf("%s is %v, want %v", member, got[member], want)
		}
	}
	counts, _ := json.Marshal(got["counts"])
	if want := `{"error":1,"fail":1,"pass":1,"unclaimed":1,"unreached":1,"warn":1}`; string(counts) != want {
		t.Errorf("counts %s, want %s", counts, want)
	}
	profiles, _ := json.Marshal(got["profiles"])
	if want := `{"judged":["core"],"unclaimed":["auth","issuer","failing-issuer"]}`; string(profiles) != want {
		t.Errorf("profiles %s, want %s", profiles, want)
	}
	rule := got["rules"].([]any)[0].(map[string]any)
	finding := rule["findings"].([]any)[0].(map[string]any)
	if rule["id"] != "conflict.create-refused" || rule["scenario"] != "conflict" || rule["level"] != "MUST" || rule["verdict"] != "fail" ||
		rule["exercised"] != 2.0 || finding["exchange"] != 3.0 || finding["expected"] != "409" || finding["message"] != "m" {
		t.Errorf("rule %v", rule)
	}
	if run := got["run"].(map[string]any); run["id"] != "r1" || run["requests"] != 4.0 || run["started"] != "2026-11-22T10:00:00Z" {
		t.Errorf("run %v", run)
	}
}

func TestAFailureReadsLikeABugReport(t *testing.T) {
	r, _ := sample()
	var text bytes.Buffer
	if err := WriteText(&text, r, Text{Rerun: "kvconform run --target " + base, Reports: "out", Files: []string{JSONFile}}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "aborted (core); not judged: auth, issuer, failing-issuer\n") {
		t.Errorf("it begins with %q", strings.SplitN(text.String(), "\n", 2)[0])
	}
	for _, part := range []string{
		"✗ conflict.create-refused  MUST\n",
		"\n  Expected  409",
		"\n  Actual    202 \\x1b[2J",
		"\n  Exchange  #3 POST /prefix/certificates/kvc-r1-conflict-1/create?api-version=2025-07-01 202, drive conflict\n            after #1 POST",
		`ID1=$(curl -sS -X 'POST' "$KVCONFORM_TARGET/certificates/try-1/create?api-version=2025-07-01" -H "Authorization: Bearer $KVCONFORM_TOKEN" ` +
			`-H 'Content-Type: application/json' -d '{"policy":{"it'\''s":1}}' | sed`,
		`curl -sS "$KVCONFORM_TARGET/certificates/try-1/pending?api-version=2025-07-01&request_id=$ID1"`,
		"\n  Also      #4\n",
		"\n  Rerun     kvconform run --target https://v.test/prefix --only conflict --only conflict.create-refused\n",
		"! merge-manual.latest  SHOULD\n",
		"Unreached\n  behind conflict.create-refused, which is broken: 1 rule\n\n",
		"✗ protocol.weak-reads",
		"The vault still holds objects of this run; out/r1.ledger names them\n  certificate kvc-r1-conflict-1: DELETE was answered with 500",
		"Reports in out: report.json",
	} {
		if !strings.Contains(text.String(), part) {
			t.Errorf("it lacks %q:\n%s", part, &text)
		}
	}
}

func TestNothingOfTheTargetActs(t *testing.T) {
	r, _ := sample()
	forms := map[string]func(io.Writer) error{
		"text":     func(w io.Writer) error { return WriteText(w, r, Text{}) },
		"short":    func(w io.Writer) error { return WriteShortText(w, r, Text{}) },
		"markdown": func(w io.Writer) error { return WriteMarkdown(w, r) },
		"html":     func(w io.Writer) error { return WriteHTML(w, r) },
		"junit":    func(w io.Writer) error { return WriteJUnit(w, r) },
		"github":   func(w io.Writer) error { return WriteAnnotations(w, r) },
	}
	for form, write := range forms {
		var text bytes.Buffer
		if err := write(&text); err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		for _, raw := range []string{"\x1b", "\x00", "\u202e"} {
			if strings.Contains(text.String(), raw) {
				t.Errorf("%s holds %q", form, raw)
			}
		}
		for line := range strings.Lines(text.String()) {
			own := form == "github" && strings.Count(line, "::error title=kvconform")+strings.Count(line, "::warning title=kvconform") == 1 && line[:2] == "::"
			page := form == "html" // which stands in no log
			if !page && strings.HasPrefix(strings.TrimSpace(line), "::") && !own || strings.Contains(line, "##[") || strings.Contains(line, "##vso[") {
				t.Errorf("%s commands a CI system: %q", form, line)
			}
			if form == "markdown" && (strings.HasPrefix(line, "# evil") || strings.HasPrefix(line, "</details>") && strings.Contains(line, "evil")) {
				t.Errorf("the target has written the line %q", line)
			}
		}
		if form == "markdown" && strings.Count(text.String(), "<details>") != strings.Count(text.String(), "</details>") {
			t.Errorf("the summary's parts are not closed:\n%s", &text)
		}
		if form == "html" || form == "junit" || form == "markdown" {
			if strings.Contains(text.String(), "<script>alert") {
				t.Errorf("%s holds the target's markup", form)
			}
		}
		if form == "html" && (strings.Contains(text.String(), "src=") || strings.Contains(text.String(), "href=\"http")) {
			t.Error("the page asks the network")
		}
		if form == "markdown" && strings.Contains(text.String(), " | `x`") {
			t.Error("a cell of the table is broken")
		}
	}
}

// wellFormed fails the test unless the text is XML.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
	}
}

func TestJUnit(t *testing.T) {
	r, _ := sample()
	r.Rules[0].Known = false
	var text bytes.Buffer
	if err := WriteJUnit(&text, r); err != nil {
		t.Fatal(err)
	}
	var got junitSuites
	if err := xml.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 7 || got.Failures != 1 || got.Errors != 2 || got.Skipped != 2 {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped", got.Tests, got.Failures, got.Errors, got.Skipped)
	}
	r.Rules[0].Known = true
	text.Reset()
	if err := WriteJUnit(&text, r); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "<failure") || !strings.Contains(text.String(), "known to the baseline") {
		t.Error("what the baseline knows fails")
	}
}

// A shell has to hand curl what was sent, whatever is in it.
func TestRepeatIsTheSameForAShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	bodies := []string{hostileBody, "@/etc/hostname", "plain"}
	for _, body := range bodies {
		e := &Exchange{Request: Message{Method: "POST", URL: base + "/certificates/a!'b$(id)/create?x=1", Headers: map[string][]string{"Authorization": {"Bearer REDACTED"}}, Body: body}}
		r := &Report{Target: Target{URL: base}}
		script := "curl() { for a; do printf '%s\\0' \"$a\"; done; }\n" + r.repeat([]*Exchange{e})
		command := exec.Command(shell, "-c", script)
		command.Env = []string{"KVCONFORM_TARGET=https://t", "KVCONFORM_TOKEN=secret", "PATH=" + os.Getenv("PATH")}
		out, err := command.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, script)
		}
		words := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
		if !slices.Contains(words, "https://t/certificates/a!'b$(id)/create?x=1") || words[len(words)-1] != body || !slices.Contains(words, "Authorization: Bearer secret") {
			t.Errorf("curl gets %q for %q", words, body)
		}
		if at := words[len(words)-2]; strings.HasPrefix(body, "@") != (at == "--data-raw") {
			t.Errorf("%q is sent with %s", body, at)
		}
	}
}

const hostileBody = "{\"a\": \"$(id) `id` 'x' \\\\ \n\"}"

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{"a\tb\nc": `a\tb\nc`, "\x1b[1m": `\x1b[1m`, "\xff": `\xff`, "é ✗": "é ✗", "\u2028\u202e": `\u2028\u202e`, "\u009b": `\x9b`,
		"a ##[error]b": `a #\x23[error]b`, "##vso[x]": `#\x23vso[x]`, "## a": "## a", "#[a]": "#[a]"} {
		if got := Printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
