package runner

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/oracle"
)

// The Azure SDK for Go carries recordings of its test proxy, of the live service in 2022: 16 files with 201 exchanges. Its module is
// none of ours; `go mod download` of this version brings it.
const proxied = "github.com/!azure/azure-sdk-for-go/sdk/keyvault/azcertificates@v0.2.0/testdata/recordings"

func TestRecordingsOfTheTestProxyHoldNoFinding(t *testing.T) {
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Skipf("no module cache: %v", err)
	}
	folder := filepath.Join(strings.TrimSpace(string(cache)), filepath.FromSlash(proxied))
	if _, err := os.Stat(folder); err != nil {
		t.Skip("go mod download github.com/Azure/azure-sdk-for-go/sdk/keyvault/azcertificates@v0.2.0 brings the recordings")
	}
	r := check(t, CheckOptions{Files: []string{folder}, Authority: oracle.Live, Lenient: true})
	if r.Exit != 0 || len(r.Problems) > 0 || r.Traffic.Files != 16 || r.Run.Requests != 201 {
		t.Errorf("exit %d, %q, %d files with %d exchanges", r.Exit, r.Problems, r.Traffic.Files, r.Run.Requests)
	}
	rules := map[string]report.Rule{}
	for _, rule := range r.Rules {
		rules[rule.ID] = rule
		for _, f := range rule.Findings {
			t.Errorf("%s: %s#%d: expected %s, actual %s", rule.ID, f.Trace, f.Exchange, f.Expected, f.Actual)
		}
	}
	// As often as a look into the files finds them: 20 creates with 202 under the issuer Self and one by hand, and so on.
	for id, want := range map[string]int{"create-with-issuer.in-progress": 20, "create-manual.in-progress": 1, "poll-in-progress.found": 3,
		"poll-gone.deleted": 1, "cancel.accepted": 1, "delete-pending.accepted": 1, "merge-manual.accepted": 1, "protocol.challenge": 15} {
		if got := rules[id].Exercised; got != want {
			t.Errorf("%s spoke %d times, want %d", id, got, want)
		}
	}
}
