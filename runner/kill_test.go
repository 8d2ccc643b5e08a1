package runner

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kvconform/kvconform/fixtures/vault"
)

// built builds the command.
func built(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "kvconform")
	if text, err := exec.Command("go", "build", "-o", binary, "./cmd/kvconform").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return binary
}

// command is a command line of it, without what the environment says of kvconform.
func command(binary string, args ...string) *exec.Cmd {
	c := exec.Command(binary, args...)
	c.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "KVCONFORM_") || strings.HasPrefix(variable, "GITHUB_")
	})
	return c
}

// deadly is the reference vault, behind which somebody kills the caller.
type deadly struct {
	vault  *vault.Vault
	server *httptest.Server

	mu   sync.Mutex
	came int
	// at is the request with which the victim is killed: before it takes effect, or with late before it is answered.
	at     int
	late   bool
	victim *os.Process
	open   map[net.Conn]bool
	closed *sync.Cond
}

func newDeadly(t *testing.T) *deadly {
	t.Helper()
	d := &deadly{vault: vault.New(vault.Options{DeleteDelay: 10 * time.Millisecond}), open: map[net.Conn]bool{}}
	d.closed = sync.NewCond(&d.mu)
	d.server = httptest.NewUnstartedServer(d)
	d.server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.open[c] = state != http.StateClosed; !d.open[c] {
			delete(d.open, c)
			d.closed.Broadcast()
		}
	}
	d.server.Start()
	t.Cleanup(d.server.Close)
	return d
}

func (d *deadly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	d.came++
	victim, late := d.victim, d.late
	if d.came != d.at {
		victim = nil
	}
	d.mu.Unlock()
	if victim != nil && !late {
		_ = victim.Kill()
	}
	d.vault.ServeHTTP(w, r)
	if victim != nil && late {
		_ = victim.Kill()
	}
}

// run runs a command line, kills it with its at-th request, 0 for never, and returns once every request of it has taken effect.
func (d *deadly) run(t *testing.T, c *exec.Cmd, at int, late bool) (requests int, output string, err error) {
	t.Helper()
	var text bytes.Buffer
	c.Stdout, c.Stderr = &text, &text
	d.mu.Lock()
	d.came, d.at, d.late = 0, at, late
	if err = c.Start(); err == nil {
		d.victim = c.Process
	}
	d.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	err = c.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.open) > 0 {
		d.closed.Wait()
	}
	return d.came, text.String(), err
}

// ask sends the vault a request of somebody else.
func (d *deadly) ask(t *testing.T, method, path, body string) string {
	t.Helper()
	w := httptest.NewRecorder()
	d.vault.ServeHTTP(w, httptest.NewRequest(method, d.server.URL+path, strings.NewReader(body)))
	if w.Code/100 != 2 {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// holdings is everything that the vault holds, as it shows it.
func (d *deadly) holdings(t *testing.T) (all []string) {
	t.Helper()
	for _, path := range []string{"/certificates?includePending=true&", "/deletedcertificates?", "/certificates/issuers?"} {
		text := d.ask(t, http.MethodGet, path+"api-version=2025-07-01&maxresults=25", "")
		all = append(all, strings.SplitAfter(text, "},{")...)
	}
	return append(all, d.ask(t, http.MethodGet, "/certificates/kvc-pending/pending?api-version=2025-07-01", ""))
}

// TestKilledRunsAreSwept kills runs with SIGKILL at requests drawn by lot, from the first one to the last of the clean-up, and some of
// the sweeps after them, too. A sweep then finishes the job, and what others made is as it was.
func TestKilledRunsAreSwept(t *testing.T) {
	if testing.Short() {
		t.Skip("50 processes are killed")
	}
	binary, d := built(t), newDeadly(t)
	const version = "?api-version=2025-07-01"
	manual := `{"policy":{"issuer":{"name":"Unknown"},"x509_props":{"subject":"CN=theirs"}}}`
	d.ask(t, http.MethodPut, "/certificates/issuers/kvc-issuer"+version, `{"provider":"Test"}`)
	for _, name := range []string{"theirs", "kvc-pending", "kvc-deleted"} {
		d.ask(t, http.MethodPost, "/certificates/"+name+"/create"+version, manual)
	}
	d.ask(t, http.MethodDelete, "/certificates/kvc-deleted"+version, "")
	selections := []string{"conflict", "poll-gone", "race", "cancel"}
	full := map[string]int{}
	out := t.TempDir()
	arguments := func(scenario string) []string {
		return []string{"run", "--target", d.server.URL, "--out", out, "--quiet", "--provision-issuers", "--only", scenario}
	}
	for _, scenario := range selections {
		requests, text, err := d.run(t, command(binary, arguments(scenario)...), 0, false)
		if err != nil {
			t.Fatalf("%s: %v: %s", scenario, err, text)
		}
		full[scenario] = requests
	}
	theirs := d.holdings(t) // the deletion has taken effect by now
	t.Logf("requests: %v", full)

	const seed = 7
	lot := rand.New(rand.NewPCG(seed, 0))
	swept := 0
	for i := range 50 {
		scenario := selections[i%len(selections)]
		at, late := 1+lot.IntN(full[scenario]), lot.IntN(2) == 1
		what := fmt.Sprintf("%d: %s killed with request %d of %d, late %v", i, scenario, at, full[scenario], late)
		if _, text, err := d.run(t, command(binary, arguments(scenario)...), at, late); err == nil {
			t.Logf("%s: it was through: %s", what, text)
		}
		sweep := []string{"sweep", "--out", out}
		if i%5 == 0 {
			_, _, _ = d.run(t, command(binary, sweep...), 1+lot.IntN(40), late) // dies, or is through
		}
		for range 2 {
			requests, text, err := d.run(t, command(binary, sweep...), 0, false)
			if err != nil {
				t.Fatalf("%s: the sweep: %v: %s", what, err, text)
			}
			swept += requests
		}
		if got := d.holdings(t); !slices.Equal(got, theirs) {
			t.Fatalf("%s: the vault holds\n%s\nand not\n%s", what, strings.Join(got, "\n"), strings.Join(theirs, "\n"))
		}
		if ledgers, _ := filepath.Glob(filepath.Join(out, "*.ledger")); len(ledgers) > 0 {
			t.Fatalf("%s: left: %q", what, ledgers)
		}
	}
	t.Logf("%d requests of sweeps", swept)
}
