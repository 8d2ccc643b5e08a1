package oracle_test

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/oracle/internal/count"
)

// exercisedAs says of which situations in the recordings a rule speaks: of each once, and of nothing else. The situations of one rule
// do not overlap. Where the oracle is right to say nothing because nobody can know the state, the situation is one in which it can.
var exercisedAs = []struct {
	rules      []string
	situations []count.Situation
}{
	{[]string{"create-manual.in-progress", "create-manual.location", "create-manual.members", "create-manual.issuer",
		"create-manual.not-cancelled"}, []count.Situation{count.CreateManual}},
	{[]string{"create-with-issuer.in-progress", "create-with-issuer.location", "create-with-issuer.members", "create-with-issuer.issuer",
		"create-with-issuer.not-cancelled"}, []count.Situation{count.CreateIssued}},
	{[]string{"create-manual.csr", "create-manual.csr-signature", "create-manual.csr-extensions", "create-manual.csr-subject"},
		[]count.Situation{count.CreateManual, count.CreateIssued}},
	{[]string{"conflict.create-refused", "conflict.code"}, []count.Situation{count.CreateConflict}},
	{[]string{"conflict.create-after-end"}, []count.Situation{count.CreateAgain}},
	{[]string{"merge-manual.accepted", "merge-manual.location", "merge-manual.cer", "merge-manual.enabled", "merge-manual.policy",
		"merge-manual.policy-subject"}, []count.Situation{count.Merged}},
	{[]string{"merge-manual.wrong-key", "merge-manual.refused-400"}, []count.Situation{count.MergeRefused}},
	{[]string{"cancel.accepted", "cancel.acknowledged", "cancel.same-operation"}, []count.Situation{count.Cancelled}},
	{[]string{"cancel.kept"}, []count.Situation{count.PolledAsked}},
	{[]string{"delete-pending.accepted", "delete-pending.as-it-stood"}, []count.Situation{count.Deleted}},
	{[]string{"poll-gone.deleted", "poll-gone.code"}, []count.Situation{count.PolledDeleted}},
	{[]string{"poll-in-progress.found"}, []count.Situation{count.PolledRunning, count.PolledBare}},
	{[]string{"poll-in-progress.request-id-stable", "poll-in-progress.issuer-stable"}, []count.Situation{count.Polled}},
	{[]string{"poll-in-progress.csr-stable"}, []count.Situation{count.Polled, count.PolledBare, count.PolledBareEnded}},
	{[]string{"poll-in-progress.members"}, []count.Situation{count.Polled, count.Cancelled, count.Deleted}},
	{[]string{"poll-in-progress.status", "poll-in-progress.id", "protocol.operation-shape"}, []count.Situation{count.OperationShown}},
	{[]string{"poll-in-progress.no-target", "poll-in-progress.no-error"}, []count.Situation{count.InProgressShown}},
	{[]string{"poll-completed.stays-readable"}, []count.Situation{count.PolledCompleted, count.PolledBareEnded}},
	{[]string{"poll-completed.stays-completed"}, []count.Situation{count.CompletedAgain}},
	{[]string{"poll-completed.target", "poll-completed.no-error"}, []count.Situation{count.CompletedShown}},
	{[]string{"poll-failed.stays-readable"}, []count.Situation{count.PolledCancelled}},
	{[]string{"poll-failed.stays-ended"}, []count.Situation{count.CancelledAgain}},
	{[]string{"poll-failed.cancelled-has-no-target"}, []count.Situation{count.CancelledShown}},
	{[]string{"get-certificate.members", "get-certificate.cer", "get-certificate.x5t", "get-certificate.times",
		"get-certificate.created-time"}, []count.Situation{count.CertificateShown}},
	{[]string{"get-certificate.ids", "get-certificate.attributes", "get-certificate.created-updated"},
		[]count.Situation{count.CertificateShown, count.ShellRead, count.ShellUpdated}},
	{[]string{"get-certificate.pending-disabled"}, []count.Situation{count.ShellRead}},
	{[]string{"get-certificate.policy-there"}, []count.Situation{count.LatestShown}},
	{[]string{"get-certificate.latest"}, []count.Situation{count.LatestAgain}},
	{[]string{"get-certificate.exact-version"}, []count.Situation{count.VersionRead}},
	{[]string{"get-certificate.unknown-name-code"}, []count.Situation{count.NotFound}},
	{[]string{"merge-manual.pending-id"}, []count.Situation{count.PendingShown}},
	{[]string{"protocol.error-envelope"}, []count.Situation{count.Refused}},
	{[]string{"protocol.challenge", "protocol.challenge-parameters"}, []count.Situation{count.Unauthorized}},
	{[]string{"protocol.unauthorised-code"}, []count.Situation{count.UnauthorizedText}},
	{[]string{"protocol.no-body"}, []count.Situation{count.Purged}},
}

// differences are the rows of section B: what the recordings show of each, the oracle finds under the documents by the rule, or lets
// pass by the ruling.
var differences = []struct {
	row           string
	situation     count.Situation
	rules, ruling string
}{
	{row: "B1", situation: count.B1, rules: "conflict.code"},
	{row: "B2", situation: count.B2, rules: "cancel.not-in-progress"},
	{row: "B3", situation: count.B3, ruling: "R2: both spellings"},
	{row: "B4", situation: count.B4, ruling: "R4: completed"},
	{row: "B5", situation: count.B5, ruling: "R3: both spellings in the 202"},
	{row: "B6", situation: count.B6, ruling: "R5: with or without a query"},
	{row: "B7", situation: count.B7, ruling: "R6: absent there counts as false"},
	{row: "B8", situation: count.B8, ruling: "R7: status_details is optional"},
	{row: "B9", situation: count.B9, ruling: "R7: status_details is optional"},
	{row: "B10", situation: count.B10, ruling: "R7: status_details is never matched"},
	{row: "B11", situation: count.B11, ruling: "R34: the flag may be lost, or stay"},
	{row: "B12", situation: count.B12, ruling: "Levels: Retry-After is a habit"},
	{row: "B13", situation: count.B13, ruling: "R34: a cancel may not take effect"},
	{row: "B14", situation: count.B14, ruling: "R34: a cancel may lose"},
	{row: "B15", situation: count.B15, rules: "cancel.accepted or delete-pending.accepted"},
	{row: "B16", situation: count.B16, ruling: "R12: a disabled certificate without cer"},
	{row: "B17", situation: count.PendingShown, ruling: "R38: pending is declared"},
	{row: "B18", situation: count.B18, ruling: "Levels: that a version carries the policy, no document demands"},
	{row: "B19", situation: count.B19, ruling: "R38: basic_constraints is declared"},
	{row: "B20", situation: count.B20, ruling: "Levels: recoverableDays is optional"},
	{row: "B21", situation: count.B21, ruling: "Levels: contentType is optional"},
	{row: "B22", situation: count.B22, ruling: "R41: preserveCertOrder came later"},
	{row: "B23", situation: count.B23, ruling: "R33: cert_transparency need not come back"},
	{row: "B24", situation: count.B24, ruling: "R9: a slip of print"},
	{row: "B25", situation: count.B25, ruling: "R11: a disabled shell may stay"},
	{row: "B26", situation: count.B26, ruling: "R21: a match acts as without it"},
	{row: "B28", situation: count.PolledBare, ruling: "R39: the bare csr"},
	{row: "B28", situation: count.PolledBareEnded, ruling: "R39: the bare csr"},
	{row: "B29", situation: count.B29, ruling: "R8: a GET without a request_id shows the new one"},
}

// judged is what the oracle says of all recordings under one authority.
type judged struct {
	authority oracle.Authority
	outcomes  map[string]oracle.Outcome
	forgiven  map[string]int
}

// TestCounts holds what the oracle says of the recordings against the count of somebody who knows no rules.
func TestCounts(t *testing.T) {
	files, err := filepath.Glob("../../../shared/recordings/*.har")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no recordings here")
	}
	var counter count.Counter
	for _, file := range files {
		har, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := counter.Session(filepath.Base(file), har); err != nil {
			t.Fatal(err)
		}
		_ = har.Close() // it was only read
	}
	documented, live := judgeFiles(t, oracle.Documented, files), judgeFiles(t, oracle.Live, files)
	for _, j := range []judged{documented, live} {
		t.Run("each rule speaks where it should/"+string(j.authority), func(t *testing.T) { speaks(t, j, &counter) })
	}
	t.Run("only known differences are found", func(t *testing.T) { differs(t, documented, &counter) })
}

func judgeFiles(t *testing.T, authority oracle.Authority, files []string) judged {
	t.Helper()
	sum := oracle.NewJudgement(authority)
	for _, file := range files {
		sum.Add(oracle.Judge(recording(t, file), oracle.Options{Authority: authority, Lenient: true}))
	}
	j := judged{authority: authority, outcomes: map[string]oracle.Outcome{}, forgiven: map[string]int{}}
	for _, o := range sum.Outcomes(profiles, nil) {
		j.outcomes[o.Rule.ID] = o
	}
	for _, f := range sum.Forgiven {
		j.forgiven[f.Rule] += f.Times
	}
	return j
}

// speaks holds that rules speak exactly as often as their situations occur, and logs how often each rule spoke.
func speaks(t *testing.T, j judged, counter *count.Counter) {
	for _, one := range exercisedAs {
		want := counter.Of(one.situations...)
		if want == 0 {
			t.Errorf("%v never occur", one.situations)
		}
		for _, id := range one.rules {
			if got := j.outcomes[id].Exercised; got != want {
				t.Errorf("%s spoke %d times, want %d: %v", id, got, want, one.situations)
			}
		}
	}
	for _, r := range oracle.Rules() {
		if o, judges := j.outcomes[r.ID]; judges {
			t.Logf("%5d exercised, %3d findings, %3d forgiven  %-6s %s", o.Exercised, len(o.Findings), j.forgiven[r.ID], o.Level, r.ID)
		}
	}
}

// differs holds that under the documents the service breaks those rules of level MUST that section B says it breaks, in exactly the
// exchanges that show it.
func differs(t *testing.T, j judged, counter *count.Counter) {
	var want, got []fault
	for _, d := range differences {
		t.Logf("%-4s %5d  %s (%s)", d.row, counter.Of(d.situation), d.situation, cmp.Or(d.rules, d.ruling))
		if d.rules != "" {
			for _, place := range counter.Places(d.situation) {
				want = append(want, fault{d.rules, place})
			}
		}
	}
	if len(want) == 0 {
		t.Error("the recordings show no row that a rule finds")
	}
	for id, o := range j.outcomes {
		for _, f := range o.Findings {
			if o.Level == oracle.Must {
				got = append(got, fault{id, count.Place{Session: f.Trace, Exchange: f.Exchange}})
			}
		}
	}
	for _, f := range want {
		if !slices.ContainsFunc(got, f.is) {
			t.Errorf("not found: %+v", f)
		}
	}
	for _, g := range got {
		if !slices.ContainsFunc(want, func(f fault) bool { return f.is(g) }) {
			t.Errorf("found, and no row tells of it: %+v", g)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d findings of level MUST, want %d", len(got), len(want))
	}
}

// fault is a broken rule, or one of several, in one exchange.
type fault struct {
	rules string
	place count.Place
}

// is reports that the finding is this fault.
func (f fault) is(finding fault) bool {
	return f.place == finding.place && slices.Contains(strings.Split(f.rules, " or "), finding.rules)
}
