package oracle_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// exercisedByRecordings are rules that the live service's own traffic has to exercise: were one of them silent there, it would have
// lost its eyes for real traffic.
var exercisedByRecordings = []string{
	"create-manual.in-progress", "create-manual.csr", "create-manual.csr-signature", "create-manual.csr-subject",
	"create-manual.csr-key", "create-manual.location", "create-manual.stays-in-progress",
	"create-with-issuer.in-progress", "create-with-issuer.location", "create-with-issuer.issuer", "create-with-issuer.members",
	"poll-in-progress.found", "poll-in-progress.request-id-stable", "poll-in-progress.csr-stable", "poll-in-progress.members",
	"poll-completed.target", "poll-completed.stays-completed", "poll-completed.key", "poll-completed.self-signed",
	"cancel.accepted", "cancel.acknowledged", "delete-pending.accepted", "delete-pending.as-it-stood", "poll-gone.deleted", "poll-gone.code",
	"merge-manual.accepted", "merge-manual.cer", "merge-manual.location",
	"get-certificate.there", "get-certificate.x5t", "get-certificate.times", "get-certificate.ids", "get-certificate.members",
	"conflict.import-accepted",
	"protocol.json", "protocol.error-envelope", "protocol.operation-shape", "protocol.bundle-shape", "protocol.base64",
}

// TestRecordingsOfTheLiveService: the service itself breaks no MUST under its own authority.
func TestRecordingsOfTheLiveService(t *testing.T) {
	files, err := filepath.Glob("../../../shared/recordings/*.har")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no recordings here")
	}
	sum := oracle.NewJudgement(oracle.Live)
	for _, file := range files {
		sum.Add(oracle.Judge(recording(t, file), oracle.Options{Authority: oracle.Live, Lenient: true}))
	}
	verdicts := map[string]oracle.Outcome{}
	for _, o := range sum.Outcomes(profiles, nil) {
		verdicts[o.Rule.ID] = o
		switch {
		case o.Verdict == oracle.Fail, o.Verdict == oracle.Error:
			t.Errorf("%s is %s; %s%s", o.Rule.ID, o.Verdict, o.Reason, told(o.Findings[:min(len(o.Findings), 5)]))
		case len(o.Findings) > 0:
			t.Logf("%s (%s) has %d findings, exercised %d times, first of %s:%s", o.Rule.ID, o.Level, len(o.Findings), o.Exercised,
				o.Findings[0].Trace, told(o.Findings[:1]))
		}
	}
	for _, id := range exercisedByRecordings {
		if verdicts[id].Exercised == 0 {
			t.Errorf("%s was never exercised", id)
		}
	}
}

func recording(t *testing.T, file string) *exchange.Trace {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	trace, err := exchange.ReadHAR(f)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	trace.Name = filepath.Base(file)
	return trace
}
