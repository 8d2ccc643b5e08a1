package suites

import (
	"fmt"
	"testing"
	"time"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// tick is how long each answer takes where requests are counted: so long that no wait between two polls is worth mentioning beside it. The
// time that a drive takes is then the number of its requests that wait for one another.
const tick = 10 * time.Hour

// longest is the most requests of a drive that may wait for one another: at 100 ms to an answer, 6 s.
const longest = 60

// settings are the runs that every drive has to get through.
var settings = map[string]func(s *setting){
	"as documented":       func(*setting) {},
	"as live":             func(s *setting) { s.run.Authority, s.vault.Authority = oracle.Live, vault.Live },
	"with full policies":  func(s *setting) { s.run.FullPolicy = true },
	"at 7.5":              func(s *setting) { s.run.APIVersion = "7.5" },
	"core alone":          func(s *setting) { s.run.Issuer, s.run.FailingIssuer, s.run.Auth, s.run.Weak = "", "", false, false },
	"one after the other": func(s *setting) { s.run.Parallel = 1 },
	"with issuers of its own": func(s *setting) {
		s.run.Issuer, s.run.FailingIssuer, s.run.ProvisionIssuers, s.vault.Issuers = "", "", true, nil
	},
	"with random delays":        func(s *setting) { s.latency, s.random, s.vault.IssuerDelay = 400*time.Millisecond, true, time.Second },
	"where creates are bounded": func(s *setting) { s.bounded = true },
	"in brief":                  func(s *setting) { s.run.Brief = true },
	"core alone where creates are bounded": func(s *setting) {
		s.run.Issuer, s.run.FailingIssuer, s.run.Auth, s.run.Weak, s.bounded = "", "", false, false, true
	},
	"with a slow issuer":  func(s *setting) { s.vault.IssuerDelay = 20 * time.Second },
	"with a hasty issuer": func(s *setting) { s.vault.IssuerDelay, s.vault.MinPolls = -1, -1 },
}

func TestDrives(t *testing.T) {
	for name, change := range settings {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "as documented" && name != "as live" {
				t.Skip("one of many settings")
			}
			s := everything()
			change(s)
			r, ledger, took := s.drive(t)
			if r.Aborted != nil || len(r.Left) != 0 || len(ledger.names) != 0 || len(r.Denied) != 0 {
				t.Errorf("aborted %v, left %v, in the ledger %q, denied %v", r.Aborted, r.Left, ledger.names, r.Denied)
			}
			for _, d := range r.Drives {
				if d.Failed != nil {
					t.Errorf("%s: %v", d.Scenario, d.Failed)
				}
			}
			if (r.Spared > 0) != (s.bounded || s.run.Brief) {
				t.Errorf("%d parts were spared", r.Spared)
			}
			expectReached(t, s, r)
			expectJudged(t, name, r)
			t.Logf("%d requests, %v", len(r.Trace.Exchanges), took)
		})
	}
}

func TestNoDriveIsLong(t *testing.T) {
	s := everything()
	s.latency, s.run.Parallel, s.run.OperationTimeout = tick, 1000, 1000*tick
	r, _, _ := s.drive(t)
	for _, d := range r.Drives {
		n := d.Ended.Sub(d.Started) / tick
		t.Logf("%-20s %5d requests, %3d wait for one another", d.Scenario, d.Requests, n)
		if n > longest {
			t.Errorf("%s: %d requests wait for one another", d.Scenario, n)
		}
	}
}

// A run is waiting: all scenarios together take hardly longer than the longest one.
func TestARunTakesAsLongAsItsLongestScenario(t *testing.T) {
	_, _, all := everything().drive(t)
	var most time.Duration
	for _, scenario := range All() {
		s := everything()
		s.run.Scenarios = []Scenario{scenario}
		_, _, took := s.drive(t)
		t.Logf("%-20s %v", scenario.ID, took)
		most = max(most, took)
	}
	t.Logf("all together %v", all)
	if all > most*13/10 {
		t.Errorf("all together take %v, the longest alone %v", all, most)
	}
}

// unreached are the rules that a run against the reference vault does not reach, by setting, each with the reason. In all other settings
// nothing is unreached.
var unreached = map[string]map[string]string{
	"at 7.5": {
		"create-manual.preserve-cert-order": "preserveCertOrder came after 7.5",
		"create-manual.preserve-echoed":     "preserveCertOrder came after 7.5",
		"get-certificate.preserve-kept":     "preserveCertOrder came after 7.5",
	},
	"one after the other": {
		"race.creates": "nothing overlaps", "race.merges": "nothing overlaps", "race.deletes": "nothing overlaps",
		"race.consistent": "nothing overlaps", "race.settled": "nothing overlaps",
	},
	"with a hasty issuer": {
		"merge-with-issuer.refused": "the issuer is never met at work", "merge-with-issuer.code": "the issuer is never met at work",
	},
}

// expectJudged holds that the reference vault breaks no rule, that every request of ours which breaks the schema does so on purpose, and
// that nothing is unreached but what the setting cannot reach.
func expectJudged(t *testing.T, setting string, r *Result) {
	t.Helper()
	for _, f := range r.Judgement.Invalid {
		if e := r.Trace.Exchanges[f.Exchange-1]; e.Defect == "" {
			t.Errorf("%s #%d %s %s: %s: expected %s, sent %s\n%.300s", e.Drive, e.Number, e.Request.Method, e.Request.URL, f.Pointer, f.Expected,
				f.Actual, e.Request.Body)
		}
	}
	for _, o := range r.Judgement.Outcomes(r.Profiles, nil) {
		switch o.Verdict {
		case oracle.Pass:
			if unreached[setting][o.Rule.ID] != "" {
				t.Errorf("%s is reached, though %s", o.Rule.ID, unreached[setting][o.Rule.ID])
			}
		case oracle.Unclaimed:
		case oracle.Unreached:
			if unreached[setting][o.Rule.ID] == "" {
				t.Errorf("%s is unreached: %s", o.Rule.ID, o.Reason)
			}
		default:
			t.Errorf("%s is %s: %s", o.Rule.ID, o.Verdict, o.Reason)
			for _, f := range o.Findings[:min(len(o.Findings), 3)] {
				e := r.Trace.Exchanges[f.Exchange-1]
				t.Errorf("  %s #%d %s %s %s: expected %s, got %s; after %v", e.Drive, e.Number, e.Request.Method, e.Request.URL, e.Defect, f.Expected,
					f.Actual, f.Related)
			}
		}
	}
}

// expectReached holds that every drive gets where it is meant to get on a vault that conforms.
func expectReached(t *testing.T, s *setting, r *Result) {
	t.Helper()
	const create, imports, get, pending, merge = "POST /certificates/{name}/create", "POST /certificates/{name}/import",
		"GET /certificates/{name}", "/certificates/{name}/pending", "POST /certificates/{name}/pending/merge"
	reached := map[string]bool{}
	for _, e := range r.Trace.Exchanges {
		if e.Response == nil {
			t.Fatalf("#%d: %s", e.Number, e.Failure)
		}
		status := fmt.Sprint(e.Response.Status)
		if e.Defect != "" && e.Caller == exchange.Owner {
			status = status[:1] + "xx for a defect"
		}
		if e.Caller != exchange.Owner {
			status += " for the " + string(e.Caller)
		}
		reached[e.Drive+": "+e.Request.Method+" "+pathKind(r.Trace.Base, e.Request.URL)+" "+status] = true
	}
	late := "PATCH " + pending + " 400"
	if s.run.Authority == oracle.Live {
		late = "PATCH " + pending + " 403"
	}
	wanted := map[string][]string{
		"create-with-issuer": {create + " 202", create + " 4xx for a defect", "GET " + pending + " 200", "GET " + pending + " 404",
			get + " 200", get + "/{version} 200", get + "/versions 200", get + "/policy 200"},
		"poll-in-progress": {create + " 202", "GET " + pending + " 200", "GET " + pending + " 404"},
		"poll-completed": {create + " 202", "GET " + pending + " 200", "GET " + pending + " 404", get + " 200", get + "/{version} 200", late,
			merge + " 400", "DELETE " + pending + " 200", imports + " 200"},
		"poll-failed": {create + " 202", "PATCH " + pending + " 200", late, merge + " 201", merge + " 400", merge + " 404", imports + " 200",
			"DELETE " + pending + " 200"},
		"poll-gone": {create + " 202", imports + " 200", merge + " 201", "GET " + pending + " 200", "GET " + pending + " 404",
			"PATCH " + pending + " 404", "PATCH " + pending + " 200", "DELETE " + pending + " 404", "DELETE " + pending + " 200"},
		"conflict":          {create + " 202", create + " 409", imports + " 200", imports + " 409", merge + " 201", "DELETE " + pending + " 200"},
		"merge-with-issuer": {create + " 202", merge + " 400", merge + " 404", merge + " 4xx for a defect"},
		"cancel":            {"PATCH " + pending + " 200", "PATCH " + pending + " 404", late, "PATCH " + pending + " 4xx for a defect"},
		"delete-pending": {"DELETE " + pending + " 200", "DELETE " + pending + " 404", "PATCH " + pending + " 404", merge + " 404",
			imports + " 200", create + " 202"},
		"create-manual": {create + " 202", create + " 4xx for a defect", merge + " 201", "GET " + pending + " 200", get + "/policy 200"},
		"merge-manual": {merge + " 201", merge + " 400", merge + " 404", merge + " 4xx for a defect", get + "/{version} 200",
			get + "/versions 200"},
		"get-certificate": {get + " 200", get + " 404", get + "/{version} 200", get + "/{version} 404", imports + " 200"},
		"protocol": {create + " 4xx for a defect", imports + " 4xx for a defect", merge + " 4xx for a defect", get + " 4xx for a defect",
			"PUT " + pending + " 4xx for a defect", create + " 202", imports + " 200", merge + " 201", "PATCH " + pending + " 200"},
		"race":    {create + " 202", merge + " 201", "DELETE " + pending + " 200", imports + " 200"},
		"cleanup": {"DELETE /certificates/{name} 200"},
	}
	also := func(drive string, more ...string) { wanted[drive] = append(wanted[drive], more...) }
	if s.vault.MinPolls >= 0 { // the issuers can be met at work
		also("merge-with-issuer", merge+" 403")
	}
	if s.run.FailingIssuer != "" || s.run.ProvisionIssuers {
		also("merge-with-issuer", merge+" 201")
	}
	if s.run.ProvisionIssuers {
		also("provision", "PUT /certificates/issuers/{name} 200")
		also("cleanup", "DELETE /certificates/issuers/{name} 200")
	}
	if s.run.Parallel != 1 {
		also("race", create+" 409", "DELETE "+pending+" 404")
	}
	if s.run.Auth {
		for _, who := range []string{" 401 for the nobody", " 401 for the stranger", " 403 for the reader"} {
			also("protocol", create+who, imports+who, merge+who, "PATCH "+pending+who, "DELETE "+pending+who)
		}
		also("protocol", get+" 401 for the nobody", "GET "+pending+" 401 for the stranger", get+" 200 for the reader",
			"GET "+pending+" 200 for the reader", "GET "+pending+" 404 for the reader")
	}
	for drive, all := range wanted {
		for _, want := range all {
			if !reached[drive+": "+want] {
				t.Errorf("never reached: %s: %s", drive, want)
			}
		}
	}
}
