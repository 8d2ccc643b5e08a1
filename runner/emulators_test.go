package runner

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/oracle"
)

// roots are the rules that are broken, and how many are unreached behind each; the empty one is behind nothing.
func roots(r *report.Report) (broken []string, behind map[string]int) {
	behind = map[string]int{}
	for _, rule := range r.Rules {
		switch {
		case rule.Verdict == oracle.Fail || rule.Verdict == oracle.Warn:
			broken = append(broken, rule.ID)
		case rule.Verdict == oracle.Unreached && !rule.Chance:
			behind[rule.Behind]++
		}
	}
	return broken, behind
}

// elsewhere answers as the vault does, with the ids under another host.
func elsewhere(v http.Handler) func(w http.ResponseWriter, r *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		answer := httptest.NewRecorder()
		v.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = []string{strings.ReplaceAll(values[0], "http://"+r.Host+"/", "https://my-vault.vault.azure.net/")}
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, strings.ReplaceAll(answer.Body.String(), "http://"+r.Host+"/", "https://my-vault.vault.azure.net/"))
		return true
	}
}

// missing answers what a target answers that knows no such operation.
func missing(w http.ResponseWriter, status int) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"error":{"code":"NotSupported","message":"there is no such operation"}}`)
	return true
}

// choosy refuses a policy that leaves open what a full one says.
func choosy(w http.ResponseWriter, r *http.Request) bool {
	if !strings.HasSuffix(r.URL.Path, "/create") {
		return false
	}
	text, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(text))
	var body struct {
		Policy map[string]json.RawMessage `json:"policy"`
	}
	if json.Unmarshal(text, &body) != nil || body.Policy["key_props"] != nil && body.Policy["secret_props"] != nil && body.Policy["lifetime_actions"] != nil {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = io.WriteString(w, `{"error":{"code":"BadParameter","message":"the policy is not complete"}}`)
	return true
}

// TestEmulatorsThatDiffer: what a target does not have, or does in its own way, is said once. Nothing else is blamed for it, and what it
// cannot show is behind that one thing.
func TestEmulatorsThatDiffer(t *testing.T) {
	if testing.Short() {
		t.Skip("some runs")
	}
	for name, c := range map[string]struct {
		vault   vault.Options
		options Options
		instead func(v http.Handler) func(w http.ResponseWriter, r *http.Request) bool
		exit    int
		broken  string   // the rules, with commas
		behind  string   // the broken rule that nearly all of the unreached are behind; empty where all is reached
		says    []string // parts of the summary
		kept    bool     // deleted certificates stay
	}{
		"no issuers": {options: Options{ProvisionIssuers: true, Only: []string{"conflict", "poll-failed"}},
			instead: func(http.Handler) func(w http.ResponseWriter, r *http.Request) bool {
				return func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.HasPrefix(r.URL.Path, "/certificates/issuers") {
						return false
					}
					return missing(w, http.StatusNotFound)
				}
			}, says: []string{"unclaimed issuer: PUT of an issuer for it was answered with 404", "not judged: auth, issuer, failing-issuer"}},
		"no purge": {options: Options{Only: []string{"conflict"}}, instead: func(http.Handler) func(w http.ResponseWriter, r *http.Request) bool {
			return func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodDelete || !strings.HasPrefix(r.URL.Path, "/deletedcertificates/") {
					return false
				}
				return missing(w, http.StatusMethodNotAllowed)
			}
		}, kept: true, says: []string{" certificates deleted, but the vault does not let them be purged"}},
		"a forbidden purge":      {vault: vault.Options{ForbidPurge: true}, kept: true, says: []string{" certificates deleted, but the vault does not let them be purged"}},
		"ids under another host": {options: Options{Only: []string{"conflict", "get-certificate", "protocol.host"}}, instead: elsewhere, broken: "protocol.host", says: []string{"! protocol.host  SHOULD"}},
		"full policies only": {options: Options{FullPolicy: true, Only: []string{"create-manual", "merge-manual"}}, instead: func(http.Handler) func(w http.ResponseWriter, r *http.Request) bool {
			return choosy
		}},
		"everything is completed at once": {vault: vault.Options{Fault: "create-completes"}, exit: 1,
			options: Options{Only: []string{"create-manual", "conflict", "cancel", "merge-manual"}}, broken: "create-manual.in-progress", behind: "create-manual.in-progress"},
	} {
		t.Run(name, func(t *testing.T) {
			var v *watchedVault
			instead := nothing
			if c.instead != nil {
				instead = func(w http.ResponseWriter, r *http.Request) bool { return c.instead(v.Vault)(w, r) }
			}
			v = watch(t, c.vault, instead)
			c.options.Out = t.TempDir()
			done := v.perform(t, c.options)
			broken, behind := roots(done.Report)
			t.Logf("exit %d, broken %q, unreached behind %v", done.Report.Exit, broken, behind)
			if len(done.Report.Problems) > 0 || len(done.Report.Left) > 0 {
				t.Errorf("problems %q, left %v", done.Report.Problems, done.Report.Left)
			}
			if got := strings.Join(broken, ", "); done.Report.Exit != c.exit || got != c.broken {
				t.Errorf("exit %d, broken %s; want %d, %s", done.Report.Exit, got, c.exit, c.broken)
			}
			unreached := 0
			for root, n := range behind {
				unreached += n
				if root != "" && !slices.Contains(broken, root) {
					t.Errorf("%d rules are behind %s, which is not broken", n, root)
				}
			}
			if unreached-behind[c.behind] > 10 || c.behind == "" && unreached > 0 {
				t.Errorf("of %d unreached rules %d are behind %s: %v", unreached, behind[c.behind], c.behind, behind)
			}
			var text bytes.Buffer
			if err := report.WriteText(&text, done.Report, report.Text{}); err != nil {
				t.Fatal(err)
			}
			for _, part := range c.says {
				if strings.Count(text.String(), part) != 1 {
					t.Errorf("%q is said %d times:\n%s", part, strings.Count(text.String(), part), &text)
				}
			}
			if !c.kept {
				v.empty(t, c.options.Out)
			}
		})
	}
}
