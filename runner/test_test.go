package runner_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/runner"
)

// The reference vault keeps what the documents say of conflicts, as a part of these tests.
func TestInsideOtherTests(t *testing.T) {
	runner.Test(t, runner.Options{Only: []string{"conflict"}})
}

// TestOfAnother is what another repository's test would be. It is run by the test below, in a process of its own.
func TestOfAnother(t *testing.T) {
	target := os.Getenv("ANOTHERS_TARGET")
	if target == "" {
		t.Skip("run by TestABrokenRuleFailsATest")
	}
	runner.Test(t, runner.Options{Target: target, Only: []string{"conflict", "protocol.json"}, OperationTimeout: 1})
}

func TestABrokenRuleFailsATest(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte("{} {}"))
	}))
	defer server.Close()
	command := exec.Command(os.Args[0], "-test.run=^TestOfAnother$", "-test.v")
	command.Env = append(os.Environ(), "ANOTHERS_TARGET="+server.URL)
	text, err := command.CombinedOutput()
	if err == nil {
		t.Error("it passes")
	}
	for _, part := range []string{"--- FAIL: TestOfAnother/protocol/protocol.json", "MUST", "Expected", "Actual", "Exchange  #", "not selected",
		"kvconform: deviates (core)"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("it does not say %q:\n%s", part, text)
		}
	}
}
