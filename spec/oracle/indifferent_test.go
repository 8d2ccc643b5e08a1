package oracle_test

import (
	"bytes"
	"net/http"
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// An indifferent target answers one thing to everything.
type indifferent struct {
	Target string `yaml:"target"`
	// Status, Headers and Body are its answer; Like is the number of the exchange, in the story "manual", whose answer it gives instead.
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	Like    int               `yaml:"like"`
	// Fails are the rules that it breaks, Passes those that it passes.
	Fails  []string `yaml:"fails"`
	Passes []string `yaml:"passes"`
	// Excused says why it passes more than the most.
	Excused string `yaml:"excused"`
}

// The most rules that an indifferent target may break and pass. Beyond the first, a report would bury the one thing that is wrong; beyond the
// second, silence would pass for conformance (RULINGS R44, R45). A suite that this project learnt from passed 300 of 1,015 checks on a
// server that answered 404 to everything.
const (
	mostFails  = 12
	mostPasses = 15
)

// TestIndifferentTargets holds what is said of targets without a mind of their own against testdata/indifferent.yaml.
func TestIndifferentTargets(t *testing.T) {
	text, err := os.ReadFile("testdata/indifferent.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		// Fails and Passes say of each rule that an indifferent target breaks or passes, why that is right.
		Fails   map[string]string `yaml:"fails"`
		Passes  map[string]string `yaml:"passes"`
		Targets []indifferent     `yaml:"targets"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for kind, reasons := range map[string]map[string]string{"fails": file.Fails, "passes": file.Passes} {
		for id := range reasons {
			if !slices.ContainsFunc(file.Targets, func(one indifferent) bool {
				return slices.Contains(map[string][]string{"fails": one.Fails, "passes": one.Passes}[kind], id)
			}) {
				t.Errorf("no target %s %s, and a reason is given", kind, id)
			}
		}
	}
	for _, target := range file.Targets {
		t.Run(target.Target, func(t *testing.T) {
			trace := together(1)
			answer := &exchange.Response{Status: target.Status, Body: []byte(target.Body), Header: http.Header{}}
			for name, value := range target.Headers {
				answer.Header.Set(name, value)
			}
			if target.Like > 0 {
				answer = example.Story("manual", "").Exchanges[target.Like-1].Response
			}
			for i := range trace.Exchanges {
				trace.Exchanges[i].Response = answer
			}
			var passes, fails []string
			for id, o := range outcomes(trace, oracle.Options{}) {
				switch o.Verdict {
				case oracle.Pass:
					passes = append(passes, id)
				case oracle.Fail, oracle.Warn:
					fails = append(fails, id)
				case oracle.Error:
					t.Errorf("%s: %s", id, o.Reason)
				}
			}
			compare(t, "fails", fails, target.Fails, file.Fails)
			compare(t, "passes", passes, target.Passes, file.Passes)
			if len(fails) > mostFails {
				t.Errorf("it fails %d rules, %d are the most", len(fails), mostFails)
			}
			if len(passes) > mostPasses && target.Excused == "" {
				t.Errorf("it passes %d rules, %d are the most", len(passes), mostPasses)
			}
		})
	}
}

// compare holds the rules of one kind against those that the file lists, and each of those against its reasons.
func compare(t *testing.T, kind string, have, listed []string, reasons map[string]string) {
	t.Helper()
	slices.Sort(have)
	for _, id := range have {
		switch {
		case !slices.Contains(listed, id):
			t.Errorf("it %s %s", kind, id)
		case reasons[id] == "":
			t.Errorf("it %s %s, and nothing says why that is right", kind, id)
		}
	}
	for _, id := range listed {
		if !slices.Contains(have, id) {
			t.Errorf("it no longer %s %s", kind, id)
		}
	}
}
