package runner

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kvconform/kvconform/fixtures/vault"
)

// watchedVault is the reference vault behind a handler that may answer in its place, and that notes what it was asked.
type watchedVault struct {
	*vault.Vault
	url string

	mu    sync.Mutex
	asked []string // method and path
}

// watch serves the vault. Where instead answers a request, and says so, the vault does not hear of it.
func watch(t *testing.T, o vault.Options, instead func(w http.ResponseWriter, r *http.Request) bool) *watchedVault {
	t.Helper()
	v := &watchedVault{Vault: vault.New(o)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		v.asked = append(v.asked, r.Method+" "+r.URL.Path)
		v.mu.Unlock()
		if !instead(w, r) {
			v.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	v.url = server.URL
	return v
}

func nothing(http.ResponseWriter, *http.Request) bool { return false }

// sent counts the requests whose method and path have the part.
func (v *watchedVault) sent(part string) (n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, one := range v.asked {
		if strings.Contains(one, part) {
			n++
		}
	}
	return n
}

// empty fails the test where the vault, or the folder, still holds something.
func (v *watchedVault) empty(t *testing.T, out string) {
	t.Helper()
	for _, collection := range []string{"certificates?includePending=true&", "deletedcertificates?", "certificates/issuers?"} {
		w := httptest.NewRecorder()
		v.Vault.ServeHTTP(w, httptest.NewRequest(http.MethodGet, v.url+"/"+collection+"api-version=2025-07-01", nil))
		if text := w.Body.String(); w.Code != 200 || strings.Contains(text, `"id"`) {
			t.Errorf("%s: %d %s", collection, w.Code, text)
		}
	}
	if ledgers, _ := filepath.Glob(filepath.Join(out, "*.ledger")); len(ledgers) > 0 {
		t.Errorf("left: %q", ledgers)
	}
}

// perform runs the options against the vault.
func (v *watchedVault) perform(t *testing.T, o Options) *Outcome {
	t.Helper()
	o.Target = v.url
	if o.Out == "" {
		o.Out = t.TempDir()
	}
	done, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func refuses(w http.ResponseWriter, code string) bool {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, `{"error":{"code":"Forbidden","message":"no","innererror":{"code":"`+code+`"}}}`)
	return true
}

// TestMissingPermissionsAreToldBeforeTheFirstScenario: all of them in one message, and before anything is made.
func TestMissingPermissionsAreToldBeforeTheFirstScenario(t *testing.T) {
	const weak = "a-token-that-only-reads"
	for name, c := range map[string]struct {
		vault   vault.Options
		options Options
		instead func(w http.ResponseWriter, r *http.Request) bool
		want    []string // parts of the one problem
		not     string
	}{
		"a token that only reads": {vault.Options{Token: "the-token-of-the-owner", WeakToken: weak}, Options{Token: weak}, nothing,
			[]string{"403 AccessDenied", "certificates/create, certificates/update, certificates/delete, certificates/import are missing"}, "certificates/get"},
		"one of them, by roles": {vault.Options{}, Options{}, func(w http.ResponseWriter, r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/import") && refuses(w, "ForbiddenByRbac")
		}, []string{"403 ForbiddenByRbac: the permissions certificates/import are missing"}, "certificates/create"},
		"to remove issuers": {vault.Options{}, Options{ProvisionIssuers: true}, func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/issuers/") && refuses(w, "AccessDenied")
		}, []string{"certificates/deleteissuers"}, "certificates/delete,"},
		"all of them, and no code": {vault.Options{}, Options{}, func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusForbidden)
			return true
		}, []string{": 403: ", "certificates/get, certificates/list, certificates/create, certificates/update, certificates/delete, certificates/import"}, "issuers"},
		"to get, of which nothing else is said": {vault.Options{}, Options{}, func(w http.ResponseWriter, r *http.Request) bool {
			return strings.Contains(r.URL.Path, "kvconform-probe-") && refuses(w, "")
		}, []string{"certificates/get is missing"}, "certificates/list"},
		"the vault's network rules": {vault.Options{}, Options{}, func(w http.ResponseWriter, _ *http.Request) bool {
			return refuses(w, "ForbiddenByFirewall")
		}, []string{"admit its address"}, "certificates/create"},
	} {
		t.Run(name, func(t *testing.T) {
			v := watch(t, c.vault, c.instead)
			c.options.Only, c.options.Out = []string{"conflict"}, t.TempDir()
			done := v.perform(t, c.options)
			problems := done.Report.Problems
			if done.Report.Exit != 3 || len(problems) != 1 {
				t.Fatalf("exit %d, problems %q", done.Report.Exit, problems)
			}
			for _, part := range c.want {
				if !strings.Contains(problems[0], part) {
					t.Errorf("%q lacks %q", problems[0], part)
				}
			}
			if said, _, _ := strings.Cut(problems[0], "A run takes"); strings.Contains(said, c.not) {
				t.Errorf("%q has %q", problems[0], c.not)
			}
			if n := v.sent("/create"); n != 0 {
				t.Errorf("%d creates were sent", n)
			}
			if c.vault.Token == "" {
				v.empty(t, c.options.Out)
			}
		})
	}
}

// TestPermissionsThatARunDoesNotNeed: what no selected scenario asks for may be missing, and so may what the contract forgives.
func TestPermissionsThatARunDoesNotNeed(t *testing.T) {
	out := t.TempDir()
	v := watch(t, vault.Options{}, func(w http.ResponseWriter, r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/import") && refuses(w, "AccessDenied")
	})
	done := v.perform(t, Options{Only: []string{"poll-in-progress"}, Out: out})
	if done.Report.Exit != 0 || len(done.Report.Problems) > 0 || v.sent("/import") != 0 {
		t.Errorf("exit %d, problems %q, %d imports", done.Report.Exit, done.Report.Problems, v.sent("/import"))
	}
	v.empty(t, out)

	v = watch(t, vault.Options{}, func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodPatch && refuses(w, "TheRequestIsWrong")
	})
	if done := v.perform(t, Options{Only: []string{"conflict.create-refused"}}); len(done.Report.Problems) > 0 {
		t.Errorf("a 403 about something else: %q", done.Report.Problems)
	}
}

// TestATryThatMakesSomething: a vault that imports nothing has made something, which is in the ledger, and is removed.
func TestATryThatMakesSomething(t *testing.T) {
	out := t.TempDir()
	var inLedger bool
	var v *watchedVault
	v = watch(t, vault.Options{}, func(w http.ResponseWriter, r *http.Request) bool {
		name, tried := strings.CutSuffix(r.URL.Path, "-permission-import/import")
		if !tried {
			return false
		}
		files, _ := filepath.Glob(filepath.Join(out, "*.ledger"))
		for _, file := range files {
			text, _ := os.ReadFile(file)
			inLedger = strings.Contains(string(text), "-permission-import")
		}
		body := `{"policy":{"issuer":{"name":"Unknown"},"x509_props":{"subject":"CN=made"}}}`
		q := httptest.NewRequest(http.MethodPost, name+"-permission-import/create?api-version=2025-07-01", strings.NewReader(body))
		v.Vault.ServeHTTP(httptest.NewRecorder(), q)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{}`)
		return true
	})
	done := v.perform(t, Options{Only: []string{"cancel.accepted", "conflict.create-refused"}, Out: out})
	if !inLedger || len(done.Report.Left) > 0 {
		t.Errorf("in the ledger %v, left %v, problems %q", inLedger, done.Report.Left, done.Report.Problems)
	}
	v.empty(t, out)
}

// TestANameThatIsTaken: what is called as only this run's objects are, and is not in its ledger, stops the run before it makes anything.
func TestANameThatIsTaken(t *testing.T) {
	for _, list := range []string{"/certificates", "/deletedcertificates", "/certificates/issuers"} {
		t.Run(list, func(t *testing.T) {
			out := t.TempDir()
			v := watch(t, vault.Options{}, func(w http.ResponseWriter, r *http.Request) bool {
				files, _ := filepath.Glob(filepath.Join(out, "*.ledger"))
				if r.URL.Path != list || len(files) == 0 {
					return false
				}
				id := strings.TrimSuffix(filepath.Base(files[0]), ".ledger")
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"value":[{"id":"http://`+r.Host+list+`/KVC-`+strings.ToUpper(id)+`-theirs"}],"nextLink":null}`)
				return true
			})
			done := v.perform(t, Options{Only: []string{"conflict"}, Out: out, ProvisionIssuers: true})
			if p := done.Report.Problems; done.Report.Exit != 3 || len(p) != 1 || !strings.Contains(p[0], `-THEIRS"`) && !strings.Contains(p[0], `-theirs"`) {
				t.Errorf("exit %d, problems %q", done.Report.Exit, p)
			}
			for _, one := range v.asked {
				if !strings.HasPrefix(one, "GET ") {
					t.Errorf("it sent %s", one)
				}
			}
			v.empty(t, out)
		})
	}
}

// TestSweepFindsWhatWasNeverCompleted: a certificate whose operation never came to its end is listed only to whoever asks for those, too.
func TestSweepFindsWhatWasNeverCompleted(t *testing.T) {
	v := watch(t, vault.Options{}, nothing)
	q := httptest.NewRequest(http.MethodPost, v.url+"/certificates/mine-1/create?api-version=2025-07-01",
		strings.NewReader(`{"policy":{"issuer":{"name":"Unknown"},"x509_props":{"subject":"CN=mine"}}}`))
	v.Vault.ServeHTTP(httptest.NewRecorder(), q)
	found, err := Find(t.Context(), Options{Target: v.url}, "mine-")
	if err != nil || len(found.Objects) != 1 || found.Objects[0].Name != "mine-1" {
		t.Fatalf("%v, %v", found, err)
	}
	if swept, err := Sweep(t.Context(), Options{Target: v.url}, found); err != nil || len(swept.Left) > 0 {
		t.Errorf("%v, %v", swept, err)
	}
	v.empty(t, t.TempDir())
}
