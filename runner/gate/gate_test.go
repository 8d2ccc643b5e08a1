package gate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/oracle"
)

// today is the day of the tests.
var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// The rules of the tests: what decides are their ids, levels and profiles.
var (
	must       = rule("conflict.create-refused", "", false)
	other      = rule("conflict.import-refused", "", false)
	should     = rule("protocol.no-token", "", false)
	byChance   = rule("cancel.accepted", "", true)
	withIssuer = rule("poll-failed.stays-ended", oracle.FailingIssuer, false)
)

func rule(id, profile string, chance bool) *oracle.Rule {
	if oracle.ByID(id) == nil {
		panic("the catalogue has no rule " + id)
	}
	return &oracle.Rule{ID: id, Profile: profile, Chance: chance}
}

func outcome(r *oracle.Rule, v oracle.Verdict) oracle.Outcome {
	o := oracle.Outcome{Rule: r, Level: oracle.Must, Verdict: v}
	if r == should {
		o.Level = oracle.Should
	}
	if v == oracle.Pass || v == oracle.Fail || v == oracle.Warn {
		o.Exercised = 1
	}
	return o
}

func TestVerdictAndExit(t *testing.T) {
	pass := outcome(other, oracle.Pass)
	for _, c := range []struct {
		name     string
		outcomes []oracle.Outcome
		options  Options
		verdict  Verdict
		exit     int
	}{
		{"all pass", []oracle.Outcome{outcome(must, oracle.Pass)}, Options{}, Conforms, 0},
		{"a MUST broken", []oracle.Outcome{pass, outcome(must, oracle.Fail)}, Options{}, Deviates, 1},
		{"a SHOULD broken", []oracle.Outcome{pass, outcome(should, oracle.Warn)}, Options{}, Conforms, 0},
		{"a SHOULD broken, strict", []oracle.Outcome{pass, outcome(should, oracle.Warn)}, Options{Strict: true}, Deviates, 1},
		{"a MUST unreached", []oracle.Outcome{pass, outcome(must, oracle.Unreached)}, Options{}, Incomplete, 4},
		{"a SHOULD unreached", []oracle.Outcome{pass, outcome(should, oracle.Unreached)}, Options{Strict: true}, Conforms, 0},
		{"chance", []oracle.Outcome{pass, outcome(byChance, oracle.Unreached)}, Options{}, Conforms, 0},
		{"chance alone", []oracle.Outcome{outcome(byChance, oracle.Unreached)}, Options{}, Incomplete, 4},
		{"unclaimed", []oracle.Outcome{pass, outcome(withIssuer, oracle.Unclaimed)}, Options{}, Conforms, 0},
		{"unclaimed alone", []oracle.Outcome{outcome(withIssuer, oracle.Unclaimed)}, Options{}, Incomplete, 4},
		{"nothing", nil, Options{}, Incomplete, 4},
		{"broken and unreached", []oracle.Outcome{outcome(must, oracle.Fail), outcome(other, oracle.Unreached)}, Options{}, Deviates, 1},
		{"our fault", []oracle.Outcome{pass, outcome(must, oracle.Fail), outcome(should, oracle.Error)}, Options{}, Aborted, 3},
		{"aborted", []oracle.Outcome{pass, outcome(must, oracle.Fail)}, Options{Aborted: true}, Aborted, 3},
		{"required, not claimed", []oracle.Outcome{pass}, Options{Require: []string{oracle.Auth}}, Incomplete, 4},
		{"required, claimed, never spoke", []oracle.Outcome{pass}, Options{Require: []string{oracle.Auth}, Claimed: []string{oracle.Auth}}, Incomplete, 4},
		{"required and judged", []oracle.Outcome{pass, outcome(withIssuer, oracle.Pass)},
			Options{Require: []string{oracle.Core, oracle.FailingIssuer}, Claimed: []string{oracle.FailingIssuer}}, Conforms, 0},
		{"required and broken", []oracle.Outcome{outcome(must, oracle.Fail)}, Options{Require: []string{oracle.Auth}}, Deviates, 1},
		{"traffic that shows a part", []oracle.Outcome{pass, outcome(must, oracle.Unreached)}, Options{Traffic: true}, Conforms, 0},
		{"traffic that shows nothing", []oracle.Outcome{outcome(must, oracle.Unreached)}, Options{Traffic: true}, Incomplete, 4},
	} {
		c.options.Now = today
		d := Decide(c.outcomes, c.options)
		if d.Verdict != c.verdict || d.Exit != c.exit {
			t.Errorf("%s: %s, exit %d; want %s, %d", c.name, d.Verdict, d.Exit, c.verdict, c.exit)
		}
	}
}

// Every entry against every verdict: is the outcome news, and is the entry stale?
func TestBaselineAgainstVerdict(t *testing.T) {
	all := []oracle.Verdict{oracle.Pass, oracle.Fail, oracle.Warn, oracle.Unreached, oracle.Unclaimed, oracle.Error}
	want := map[Expect]map[oracle.Verdict]string{
		ExpectFail:      {oracle.Pass: "stale", oracle.Fail: "known", oracle.Warn: "", oracle.Unreached: "news stale", oracle.Unclaimed: "", oracle.Error: "aborted"},
		ExpectUnreached: {oracle.Pass: "stale", oracle.Fail: "news stale", oracle.Warn: "stale", oracle.Unreached: "known", oracle.Unclaimed: "", oracle.Error: "aborted"},
		ExpectMayFail:   {oracle.Pass: "", oracle.Fail: "known", oracle.Warn: "", oracle.Unreached: "known", oracle.Unclaimed: "", oracle.Error: "aborted"},
		"":              {oracle.Pass: "", oracle.Fail: "news", oracle.Warn: "", oracle.Unreached: "news", oracle.Unclaimed: "", oracle.Error: "aborted"},
	}
	exits := map[string]map[oracle.Verdict]int{"news": {oracle.Fail: 1, oracle.Unreached: 4}}
	for expect, verdicts := range want {
		for _, v := range all {
			b := &Baseline{}
			if expect != "" {
				b.Entries = []Entry{{Rule: must.ID, Expect: expect}}
			}
			d := Decide([]oracle.Outcome{outcome(other, oracle.Pass), outcome(must, v)}, Options{Baseline: b, Now: today})
			exit := 0
			var got []string
			switch {
			case d.Exit == 3:
				got, exit = []string{"aborted"}, 3
			case len(d.Known) == 1:
				got = append(got, "known")
			case len(d.Broken)+len(d.Unreached) == 1:
				got, exit = append(got, "news"), exits["news"][v]
			}
			if len(d.Stale) == 1 {
				got = append(got, "stale")
				if exit != 1 {
					exit = 5
				}
			}
			if strings.Join(got, " ") != verdicts[v] || d.Exit != exit {
				t.Errorf("%q against %s: %q, exit %d, stale %v; want %q, exit %d", expect, v, got, d.Exit, d.Stale, verdicts[v], exit)
			}
		}
	}
}

func TestBaselineGate(t *testing.T) {
	fails := outcome(must, oracle.Fail)
	entry := func(rule string, expect Expect, expires string) Entry {
		e := Entry{Rule: rule, Expect: expect}
		if expires != "" {
			e.Expires.Day, _ = time.Parse(time.DateOnly, expires)
		}
		return e
	}
	for _, c := range []struct {
		name     string
		entries  []Entry
		outcomes []oracle.Outcome
		options  Options
		verdict  Verdict
		exit     int
	}{
		{"known", []Entry{entry(must.ID, ExpectFail, "")}, []oracle.Outcome{fails}, Options{}, Deviates, 0},
		{"known and new", []Entry{entry(must.ID, ExpectFail, "")}, []oracle.Outcome{fails, outcome(other, oracle.Fail)}, Options{}, Deviates, 1},
		{"known SHOULD, strict", []Entry{entry(should.ID, ExpectFail, "")}, []oracle.Outcome{outcome(should, oracle.Warn)}, Options{Strict: true}, Deviates, 0},
		{"no such rule", []Entry{entry("conflict.no-such", ExpectMayFail, "")}, []oracle.Outcome{outcome(other, oracle.Pass)}, Options{}, Conforms, 5},
		{"not selected", []Entry{entry(must.ID, ExpectFail, "")}, []oracle.Outcome{outcome(other, oracle.Pass)}, Options{}, Conforms, 0},
		{"last day", []Entry{entry(must.ID, ExpectFail, "2026-11-22")}, []oracle.Outcome{fails}, Options{}, Deviates, 0},
		{"expired", []Entry{entry(must.ID, ExpectFail, "2026-11-21")}, []oracle.Outcome{fails}, Options{}, Deviates, 5},
		{"may-fail expires, too", []Entry{entry(must.ID, ExpectMayFail, "2026-11-21")}, []oracle.Outcome{fails}, Options{}, Deviates, 5},
		{"new before stale", []Entry{entry(other.ID, ExpectFail, "")}, []oracle.Outcome{fails, outcome(other, oracle.Pass)}, Options{}, Deviates, 1},
		{"stale before incomplete", []Entry{entry(other.ID, ExpectFail, "")},
			[]oracle.Outcome{outcome(must, oracle.Unreached), outcome(other, oracle.Pass)}, Options{}, Incomplete, 5},
		{"known unreached", []Entry{entry(must.ID, ExpectUnreached, "")},
			[]oracle.Outcome{outcome(must, oracle.Unreached), outcome(other, oracle.Pass)}, Options{}, Incomplete, 0},
		{"a required profile is not in a baseline", []Entry{entry(must.ID, ExpectFail, "")}, []oracle.Outcome{fails}, Options{Require: []string{oracle.Auth}}, Deviates, 4},
		{"aborted before all", []Entry{entry("conflict.no-such", ExpectFail, "")}, []oracle.Outcome{fails}, Options{Aborted: true}, Aborted, 3},
	} {
		c.options.Baseline, c.options.Now = &Baseline{Entries: c.entries}, today
		d := Decide(c.outcomes, c.options)
		if d.Verdict != c.verdict || d.Exit != c.exit {
			t.Errorf("%s: %s, exit %d (stale %v); want %s, %d", c.name, d.Verdict, d.Exit, d.Stale, c.verdict, c.exit)
		}
	}
}

func TestProfiles(t *testing.T) {
	outcomes := []oracle.Outcome{outcome(must, oracle.Pass), outcome(withIssuer, oracle.Fail)}
	d := Decide(outcomes, Options{Claimed: []string{oracle.FailingIssuer, oracle.Auth}, Require: []string{oracle.Issuer, oracle.Core}})
	for what, pair := range map[string][2][]string{
		"judged": {d.Judged, {oracle.Core, oracle.FailingIssuer}}, "unclaimed": {d.Unclaimed, {oracle.Issuer}},
		"idle": {d.Idle, {oracle.Auth}}, "missing": {d.Missing, {oracle.Issuer}},
	} {
		if !slices.Equal(pair[0], pair[1]) {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
}

func TestABaselineIsWrittenAndReadAgain(t *testing.T) {
	outcomes := []oracle.Outcome{outcome(must, oracle.Fail), outcome(other, oracle.Unreached), outcome(byChance, oracle.Fail), outcome(should, oracle.Warn)}
	expires := Date{Day: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)}
	before := &Baseline{Entries: []Entry{
		{Rule: must.ID, Expect: ExpectFail, Reason: "bug 17", Link: "https://bugs.example/17", Expires: expires}, {Rule: "conflict.no-such", Expect: ExpectFail},
		{Rule: withIssuer.ID, Expect: ExpectFail, Reason: "not in this run"},
	}}
	want := []string{must.ID + " fail bug 17 https://bugs.example/17 2027-01-31", other.ID + " unreached", byChance.ID + " may-fail", withIssuer.ID + " fail not in this run"}
	for _, name := range []string{"known.yaml", "known.json"} {
		file := filepath.Join(t.TempDir(), name)
		if err := Note(outcomes, false, before).Write(file); err != nil {
			t.Fatal(err)
		}
		b, err := ReadBaseline(file)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range b.Entries {
			s := fmt.Sprint(e.Rule, " ", e.Expect)
			if e.Reason != "" && !strings.HasPrefix(e.Reason, "noted by") {
				s += " " + e.Reason
			}
			if e.Link != "" {
				s += " " + e.Link
			}
			if !e.Expires.IsZero() {
				s += " " + e.Expires.String()
			}
			got = append(got, s)
		}
		if !slices.Equal(got, want) {
			text, _ := os.ReadFile(file)
			t.Errorf("%s: %q, want %q\n%s", name, got, want, text)
		}
		if d := Decide(outcomes, Options{Baseline: b, Now: today}); d.Exit != 0 {
			t.Errorf("%s: the run that the baseline was made of exits %d, stale %v", name, d.Exit, d.Stale)
		}
	}
}

func TestBadBaselines(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"entries:\n- rule: a.b\n  exepct: fail\n", "exepct"},
		{"entries:\n- rule: a.b\n  expect: maybe\n", `"maybe"`},
		{"entries:\n- expect: fail\n", "names no rule"},
		{"entries:\n- rule: a.b\n- rule: a.b\n", "two entries"},
		{"entries:\n- rule: a.b\n  expires: 22.11.2026\n", "no date"},
		{"entries:\n- rule: a.b\n  link: javascript:alert(1)\n", "https://"},
		{"entries:\n- rule: a.b\n  link: issue 17\n", "https://"},
		{"entries:\n- rule: a.b\n  link: https://me:pw@bugs.example/17\n", "https://"},
		{"deviations: []\n", "deviations"},
		{"entries: [", "baseline"},
	} {
		file := filepath.Join(t.TempDir(), "known.yaml")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadBaseline(file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want something about %q", c.text, err, c.want)
		}
	}
	if _, err := ReadBaseline(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there was read")
	}
}
