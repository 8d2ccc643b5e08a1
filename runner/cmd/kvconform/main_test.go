package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kvconform/kvconform/runner/report"
)

// result is what one command line came to.
type result struct {
	code     int
	out, err string
	took     time.Duration
}

// kvconform runs a command line in a folder of its own, with an environment that has no variable of kvconform but those given.
func kvconform(t *testing.T, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	began := time.Now()
	code := execute(args, strings.NewReader(""), &out, &errs)
	return result{code, out.String(), errs.String(), time.Since(began)}
}

// TestMain keeps what the machine has in its environment out of the tests.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "KVCONFORM_") || strings.HasPrefix(name, "GITHUB_") {
			_ = os.Unsetenv(name)
		}
	}
	if os.Getenv("RUN_AS_KVCONFORM") != "" {
		main()
	}
	os.Exit(m.Run())
}

// process starts a command line in a process of its own, for what signals do. Its first line of output tells that it is
// ready, where it prints one.
func process(t *testing.T, args ...string) (*exec.Cmd, *bufio.Reader, *bytes.Buffer) {
	t.Helper()
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), "RUN_AS_KVCONFORM=1")
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	command.Stderr = &errs
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() })
	return command, bufio.NewReader(out), &errs
}

// expect checks the exit code and that each of the texts stands in what was shown.
func (r result) expect(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit %d, want %d\nstdout: %s\nstderr: %s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.err, text) {
			t.Errorf("%q is not shown\nstdout: %s\nstderr: %s", text, r.out, r.err)
		}
	}
}

// recordOf reads report.json.
func recordOf(t *testing.T, folder string) *report.Report {
	t.Helper()
	r, err := report.Read(filepath.Join(folder, report.JSONFile))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheEmbeddedVaultConforms(t *testing.T) {
	for _, authority := range []string{"documented", "live"} {
		out := t.TempDir()
		r := kvconform(t, "run", "--out", out, "--authority", authority)
		r.expect(t, 0, "conforms (core, auth, issuer, failing-issuer)\n", "the embedded reference vault (no --target was given)")
		if !strings.HasPrefix(r.out, "conforms (core, auth, issuer, failing-issuer)\n") {
			t.Errorf("it begins with %q", strings.SplitN(r.out, "\n", 2)[0])
		}
		record := recordOf(t, out)
		if record.Verdict != "conforms" || record.Counts.Fail+record.Counts.Error != 0 || record.Target.Authority != "documented" && authority == "documented" {
			t.Errorf("record: %s, %+v, %+v", record.Verdict, record.Counts, record.Target)
		}
		entries, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if want := []string{"junit.xml", "report.html", "report.json", "summary.md", "traffic.har"}; !slices.Equal(names, want) {
			t.Errorf("--out holds %q, want %q", names, want)
		}
		checked := t.TempDir()
		kvconform(t, "check", filepath.Join(out, report.TrafficFile), "--out", checked, "--authority", authority).expect(t, 0, "conforms (core, auth, failing-issuer)")
		if check := recordOf(t, checked); check.Counts.Pass != record.Counts.Pass || check.Run.Requests != record.Run.Requests {
			t.Errorf("the run %+v, its traffic %+v", record.Counts, check.Counts)
		}
	}
}

// counting counts the requests to a server.
func counting(t *testing.T, handler http.HandlerFunc) (url string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func answering(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func TestTargetsThatAnswerEverythingAlikeDeviate(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"404":           answering(404, "application/json", `{"error":{"code":"NotFound","message":"no"}}`),
		"empty object":  answering(200, "application/json", `{}`),
		"HTML":          answering(200, "text/html", `<html><script>alert(1)</script></html>`),
		"empty":         answering(200, "application/json", ``),
		"500":           answering(500, "text/plain", "broken"),
		"204":           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) },
		"redirect":      func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
		"terminal text": answering(400, "application/json", `{"error":{"code":"\u001b[2J","message":"\u001b[31m"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := counting(t, handler)
			out := t.TempDir()
			args := []string{"run", "--target", url, "--out", out, "--operation-timeout", "2s", "--color", "never"}
			if name != "404" { // which is driven in full
				args = append(args, "--only", "create-manual", "--only", "protocol")
			}
			r := kvconform(t, args...)
			r.expect(t, 1, "deviates (core)", "✗ ")
			if strings.Contains(r.out+r.err, "\x1b") {
				t.Error("the target's text acts on the terminal")
			}
			record := recordOf(t, out)
			if record.Verdict != "deviates" || record.Counts.Error != 0 || record.Counts.Fail == 0 {
				t.Errorf("%s, %+v", record.Verdict, record.Counts)
			}
		})
	}
}

// hangs is what no command takes that is to be over at once, on however busy a machine: it tells one that waits for something from one
// that does not, and says nothing of speed.
const hangs = 25 * time.Second

func TestTargetsThatCannotBeJudged(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	unauthorized, _ := counting(t, answering(401, "application/json", `{"error":{"code":"Unauthorized","message":"no"}}`))
	forbidden, _ := counting(t, answering(403, "application/json", `{"error":{"code":"Forbidden","message":"no","innererror":{"code":"AccessDenied"}}}`))
	secure := httptest.NewTLSServer(answering(404, "application/json", `{}`))
	t.Cleanup(secure.Close)
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		// Nobody listens on port 1, and no other test is given it.
		"refused":      {[]string{"--target", "http://127.0.0.1:1"}, []string{"connection refused"}},
		"unresolvable": {[]string{"--target", "https://no-such-host.invalid"}, []string{"no-such-host.invalid"}},
		"unauthorized": {[]string{"--target", unauthorized}, []string{"401", "token"}},
		"forbidden":    {[]string{"--target", forbidden}, []string{"AccessDenied", "permission"}},
		"TLS":          {[]string{"--target", secure.URL}, []string{"--ca-file"}},
		"silent":       {[]string{"--target", "http://" + silent.Addr().String(), "--request-timeout", "300ms"}, []string{"300ms"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := t.TempDir()
			r := kvconform(t, append([]string{"run", "--out", out}, c.args...)...)
			r.expect(t, 3, append(c.want, "aborted")...)
			if lines := strings.Count(strings.TrimSpace(r.err), "\n"); lines != 0 {
				t.Errorf("more than one line:\n%s", r.err)
			}
			if r.took > hangs {
				t.Errorf("it took %s", r.took)
			}
			record := recordOf(t, out)
			if record.Verdict != "aborted" || len(record.Problems) != 1 || record.Counts.Pass != 0 {
				t.Errorf("%s, problems %q, %+v", record.Verdict, record.Problems, record.Counts)
			}
		})
	}
}

func TestWhatIsWrongIsSaidBeforeAnyRequest(t *testing.T) {
	url, requests := counting(t, answering(404, "application/json", `{}`))
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"unknown flag":        {[]string{"run", "--tagret", url}, 2, "--tagret"},
		"unknown command":     {[]string{"rnu"}, 2, "rnu"},
		"a word too many":     {[]string{"run", "--target", url, "conflict"}, 2, "conflict"},
		"bad duration":        {[]string{"run", "--target", url, "--timeout", "soon"}, 2, "soon"},
		"bad authority":       {[]string{"run", "--target", url, "--authority", "mine"}, 2, "mine"},
		"bad profile":         {[]string{"run", "--target", url, "--require", "core,isuer"}, 2, "isuer"},
		"bad pattern":         {[]string{"run", "--target", url, "--only", "[a"}, 2, "[a"},
		"only matches none":   {[]string{"run", "--target", url, "--only", "conflict.*", "--only", "confilct"}, 4, `"confilct"`},
		"skip matches none":   {[]string{"run", "--target", url, "--skip", "nothing*"}, 4, `"nothing*"`},
		"nothing is left":     {[]string{"run", "--target", url, "--only", "conflict", "--skip", "conflict"}, 4, "nothing is left"},
		"no URL":              {[]string{"run", "--target", "vault"}, 2, "https://"},
		"an empty target":     {[]string{"run", "--target", ""}, 2, "--target"},
		"token in the clear":  {[]string{"run", "--target", "http://vault.example", "--token-command", "echo x"}, 2, "https://"},
		"no such baseline":    {[]string{"run", "--target", url, "--baseline", "none.yaml"}, 2, "none.yaml"},
		"bad baseline":        {[]string{"run", "--target", url, "--baseline", file("b.yaml", "entries:\n- rule: a.b\n  expect: soon\n")}, 2, "soon"},
		"no such config":      {[]string{"run", "--target", url, "--config", "none.yaml"}, 2, "none.yaml"},
		"unknown key":         {[]string{"run", "--target", url, "--config", file("c.yaml", "paralel: 3\n")}, 2, "paralel"},
		"a key for the token": {[]string{"run", "--target", url, "--config", file("d.yaml", "token: secret\n")}, 2, "token"},
		"a key without value": {[]string{"run", "--config", file("e.yaml", "target:\n")}, 2, "target"},
		"config is no map":    {[]string{"run", "--target", url, "--config", file("f.yaml", "- a\n")}, 2, "f.yaml"},
		"needs a target":      {[]string{"run", "--connect-to", "127.0.0.1:1"}, 2, "--connect-to needs --target"},
		"quiet and verbose":   {[]string{"run", "--target", url, "--quiet", "--verbose"}, 2, "--quiet"},
		"no file to check":    {[]string{"check"}, 2, "file"},
		"no such file":        {[]string{"check", "none.har"}, 2, "none.har"},
	} {
		r := kvconform(t, c.args...)
		if r.code != c.code || !strings.Contains(r.err, c.want) || strings.Count(strings.TrimSpace(r.err), "\n") != 0 || r.out != "" {
			t.Errorf("%s: exit %d, want %d and one line with %q\nstdout: %s\nstderr: %s", name, r.code, c.code, c.want, r.out, r.err)
		}
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"run", "serve", "check", "rules", "Usage"}},
		{[]string{"--help"}, []string{"run", "serve", "check", "rules"}},
		{[]string{"run", "--help"}, []string{"--target=URL", "--only=GLOB", "KVCONFORM_TOKEN", "--baseline=F"}},
		{[]string{"check", "--help"}, []string{"--lenient"}},
		{[]string{"--version"}, []string{"kvconform "}},
	} {
		r := kvconform(t, c.args...)
		r.expect(t, 0, c.want...)
		if r.err != "" || r.out == "" {
			t.Errorf("%q: stderr %q", c.args, r.err)
		}
	}
}

func TestListSendsNothing(t *testing.T) {
	url, requests := counting(t, answering(404, "application/json", `{}`))
	r := kvconform(t, "run", "--target", url, "--list", "--only", "conflict.create-refused")
	r.expect(t, 0, "conflict.create-refused  MUST", "conflict  Create (or Import) when pending request exists")
	if strings.Contains(r.out, "conflict.import-refused") || requests.Load() != 0 {
		t.Errorf("%d requests, listed:\n%s", requests.Load(), r.out)
	}
}

// A flag weighs more than the environment, that more than the file, and that more than the default.
func TestPrecedence(t *testing.T) {
	config := filepath.Join(t.TempDir(), "kvconform.yaml")
	text := "name-prefix: file\napi-version: '7.5'\nonly: [conflict]\nparallel: 2\ntimeout: 5m\nrate: 500\nstrict: true\nkeep: false\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	t.Setenv("KVCONFORM_CONFIG", config)
	t.Setenv("KVCONFORM_OUT", out)
	r := kvconform(t, "run")
	r.expect(t, 0)
	record := recordOf(t, out)
	if record.Run.NamePrefix != "file" || record.Target.APIVersion != "7.5" || !slices.Equal(record.Selection.Only, []string{"conflict"}) || !record.Target.Strict {
		t.Errorf("from the file: %+v %+v %+v", record.Run, record.Target, record.Selection)
	}
	t.Setenv("KVCONFORM_NAME_PREFIX", "environment")
	kvconform(t, "run").expect(t, 0)
	if got := recordOf(t, out).Run.NamePrefix; got != "environment" {
		t.Errorf("from the environment: %q", got)
	}
	kvconform(t, "run", "--name-prefix", "flag").expect(t, 0)
	if got := recordOf(t, out).Run.NamePrefix; got != "flag" {
		t.Errorf("from the flag: %q", got)
	}
	t.Setenv("KVCONFORM_TARGET", "")
	kvconform(t, "run").expect(t, 2, "KVCONFORM_TARGET")
}

func TestABaselineOfTheRunOpensTheGate(t *testing.T) {
	url, _ := counting(t, answering(404, "application/json", `{"error":{"code":"NotFound","message":"no"}}`))
	folder := t.TempDir()
	known := filepath.Join(folder, "known.yaml")
	run := []string{"run", "--out", folder, "--only", "create-manual", "--only", "conflict", "--operation-timeout", "2s"}
	broken := append(slices.Clone(run), "--target", url)
	kvconform(t, append(slices.Clone(broken), "--write-baseline", known)...).expect(t, 1)
	kvconform(t, append(slices.Clone(broken), "--baseline", known)...).expect(t, 0, "deviates (core)", "0 new, 0 stale", "Known to the baseline")
	kvconform(t, append(slices.Clone(run), "--baseline", known)...).expect(t, 5, "stale: ")
}

func TestTheSummaryIsAppendedForACIJob(t *testing.T) {
	file := filepath.Join(t.TempDir(), "summary")
	if err := os.WriteFile(file, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GITHUB_STEP_SUMMARY", file)
	kvconform(t, "run", "--out", t.TempDir(), "--only", "conflict").expect(t, 0, "conforms (core, issuer); not judged: auth, failing-issuer", "selected")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "before\n## kvconform: conforms") {
		t.Errorf("the summary:\n%s", text)
	}
}

// TestAJobOnGitHubIsAnnotated: what is broken stands beside the job, what the baseline knows does not.
func TestAJobOnGitHubIsAnnotated(t *testing.T) {
	url, _ := counting(t, answering(404, "application/json", `{"error":{"code":"NotFound","message":"no"}}`))
	known := filepath.Join(t.TempDir(), "known.yaml")
	run := []string{"run", "--target", url, "--out", t.TempDir(), "--only", "create-manual", "--only", "conflict", "--operation-timeout", "2s"}
	if r := kvconform(t, append(slices.Clone(run), "--write-baseline", known)...); strings.Contains(r.out, "::error") {
		t.Errorf("a terminal gets workflow commands:\n%s", r.out)
	}
	t.Setenv("GITHUB_ACTIONS", "true")
	kvconform(t, run...).expect(t, 1, "\n::error title=kvconform%3A create-manual.accepted::")
	if r := kvconform(t, append(slices.Clone(run), "--baseline", known)...); r.code != 0 || strings.Contains(r.out, "::error") {
		t.Errorf("exit %d:\n%s", r.code, r.out)
	}
	kvconform(t, "run", "--out", t.TempDir(), "--only", "conflict", "--baseline", known).expect(t, 5, "\n::error title=kvconform%3A the baseline is stale::")
	kvconform(t, "run", "--out", t.TempDir(), "--only", "conflict", "--require", "auth").expect(t, 4, "\n::error title=kvconform::incomplete")
	kvconform(t, "run", "--out", t.TempDir(), "--target", "http://127.0.0.1:1").expect(t, 3, "\n::error title=kvconform::http://127.0.0.1:1")
}

func TestChecksOfTraffic(t *testing.T) {
	out, checked := t.TempDir(), t.TempDir()
	kvconform(t, "run", "--out", out, "--only", "conflict").expect(t, 0)
	traffic := filepath.Join(out, report.TrafficFile)
	kvconform(t, "check", traffic, "--out", checked).expect(t, 0, "conforms (core", "1 file")
	empty := filepath.Join(t.TempDir(), "empty.har")
	if err := os.WriteFile(empty, []byte(`{"log":{"version":"1.2","entries":[]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	kvconform(t, "check", empty, "--out", checked).expect(t, 4, "incomplete")
	junk := filepath.Join(t.TempDir(), "junk.har")
	if err := os.WriteFile(junk, []byte(`hello`), 0o600); err != nil {
		t.Fatal(err)
	}
	kvconform(t, "check", junk, traffic, "--out", checked).expect(t, 3, "junk.har", "aborted")
	var piped, errs bytes.Buffer
	content, err := os.ReadFile(traffic)
	if err != nil {
		t.Fatal(err)
	}
	if code := execute([]string{"check", "-", "--out", checked, "--quiet"}, bytes.NewReader(content), &piped, &errs); code != 0 {
		t.Errorf("from standard input: exit %d, %s%s", code, &piped, &errs)
	}
}

func TestRulesAreListed(t *testing.T) {
	r := kvconform(t, "rules")
	r.expect(t, 0, "conflict.create-refused  MUST", "Source  Monitor and manage certificate creation")
	both := kvconform(t, "rules", "--authority", "both")
	both.expect(t, 0, "live")
	if len(both.out) >= len(r.out) {
		t.Error("not only the differences are listed")
	}
	out := t.TempDir()
	kvconform(t, "run", "--out", out, "--only", "conflict").expect(t, 0)
	kvconform(t, "rules", "--coverage", filepath.Join(out, report.JSONFile)).expect(t, 0, "pass, exercised", "not selected")
	kvconform(t, "rules", "--coverage", "none.json").expect(t, 2, "none.json")
	kvconform(t, "rules", "--sources").expect(t, 0, "Get Certificate Operation", "§", "→ ", "no rule: ")
	kvconform(t, "rules", "--sources", "--authority", "both").expect(t, 0, "B1\n", "Documented", "Evidence")
	kvconform(t, "rules", "--sources", "--authority", "live").expect(t, 2, "--sources")
}

func TestInterruptedRuns(t *testing.T) {
	requested, over := make(chan struct{}, 1000), make(chan struct{})
	url, _ := counting(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case requested <- struct{}{}:
		default:
		}
		if strings.HasSuffix(r.URL.Path, "/create") {
			<-over
			return
		}
		answering(404, "application/json", `{"error":{"code":"PendingCertificateNotFound","message":"none"}}`)(w, r)
	})
	t.Cleanup(func() { close(over) }) // before the server waits for its answers
	for _, signals := range []int{1, 2} {
		out := t.TempDir()
		command, stdout, errs := process(t, "run", "--target", url, "--out", out)
		for range 50 {
			<-requested
		}
		began := time.Now()
		for range signals {
			if err := command.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
		text, err := io.ReadAll(stdout)
		if err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // the exit code says what there is to say
		if took := time.Since(began); took > hangs {
			t.Errorf("%d signals: it took %s", signals, took)
		}
		if signals == 2 {
			continue // it may have been through before the second one
		}
		if code := command.ProcessState.ExitCode(); code != 3 || !strings.HasPrefix(string(text), "aborted") || !strings.Contains(errs.String(), "interrupted") {
			t.Errorf("exit %d\nstdout: %s\nstderr: %s", code, text, errs)
		}
		if record := recordOf(t, out); record.Verdict != "aborted" || len(record.Problems) == 0 {
			t.Errorf("record: %s, %q", record.Verdict, record.Problems)
		}
	}
}

// TestAnyCertificateIsTrustedLoudly: --insecure is warned about, once, and not where nothing is sent by it.
func TestAnyCertificateIsTrustedLoudly(t *testing.T) {
	server := httptest.NewTLSServer(answering(404, "application/json", `{"error":{"code":"NotFound","message":"no"}}`))
	t.Cleanup(server.Close)
	out := t.TempDir()
	for _, command := range [][]string{
		{"run", "--target", server.URL, "--insecure", "--out", out, "--only", "conflict", "--operation-timeout", "2s"},
		{"sweep", "--target", server.URL, "--insecure", "--prefix", "mine-"},
	} {
		r := kvconform(t, command...)
		if n := strings.Count(r.out+r.err, "not verified"); n != 1 || !strings.Contains(r.err, "--ca-file") {
			t.Errorf("%s: warned %d times: %s", command[0], n, r.err)
		}
	}
	r := kvconform(t, "run", "--target", server.URL, "--insecure", "--list")
	if r.expect(t, 0); r.err != "" {
		t.Errorf("--list warns: %s", r.err)
	}
}

func TestServeUntilInterrupted(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	command, stdout, errs := process(t, "serve", "--addr", "127.0.0.1:0", "--tls", "--ca-out", ca)
	url, err := stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, errs)
	}
	out := t.TempDir()
	r := kvconform(t, "run", "--target", strings.TrimSpace(url), "--ca-file", ca, "--out", out, "--only", "conflict", "--provision-issuers", "--verbose")
	r.expect(t, 0, "conforms (core, issuer)", "POST /certificates/kvc-")
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("it ends with %v: %s", err, errs)
	}
	if ledgers, _ := filepath.Glob(filepath.Join(out, "*.ledger")); len(ledgers) != 0 {
		t.Errorf("left: %q", ledgers)
	}
	kvconform(t, "serve", "--ca-out", ca).expect(t, 2, "--tls")
	kvconform(t, "serve", "--addr", "nowhere").expect(t, 3, "nowhere")
}

func TestServeAFaultyVault(t *testing.T) {
	command, stdout, errs := process(t, "serve", "--addr", "127.0.0.1:0", "--fault", "conflict-create-replaces,conflict-import-accepted", "--fault", "location-missing",
		"--peculiarity", "details-absent")
	url, err := stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, errs)
	}
	r := kvconform(t, "run", "--target", strings.TrimSpace(url), "--out", t.TempDir(), "--only", "conflict", "--only", "conflict.*-refused", "--only", "create-manual.location")
	r.expect(t, 1, "✗ conflict.create-refused", "✗ conflict.import-refused", "✗ create-manual.location")
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("it ends with %v: %s", err, errs)
	}
	for _, line := range []string{"fault conflict-create-replaces: A create", "fault conflict-import-accepted: ", "fault location-missing: ", "peculiarity details-absent: "} {
		if !strings.Contains(errs.String(), line) {
			t.Errorf("it does not say %q: %s", line, errs)
		}
	}
	for _, c := range []struct{ flag, name, says string }{
		{"--fault", "conflict-create-replace", "kvconform mutants --list"},
		{"--fault", "details-absent", "kvconform mutants --list"},
		{"--peculiarity", "conflict-create-replaces", "kvconform mutants --list"},
		{"--fault", "conflict-code-forbidden", "--authority live"},
	} {
		kvconform(t, "serve", c.flag, c.name).expect(t, 2, c.name, c.says)
	}
}

func TestExplain(t *testing.T) {
	kvconform(t, "explain", "conflict.create-refused").expect(t, 0, "MUST", "Kept", "Broken", "409", "kvconform run --skip conflict.create-refused", "Breaks")
	kvconform(t, "explain", "conflict.create-refuse").expect(t, 2, "conflict.create-refused")
	kvconform(t, "explain", "nothing").expect(t, 2, `"nothing"`)
}

func TestDiffOfReports(t *testing.T) {
	url, _ := counting(t, answering(404, "application/json", `{"error":{"code":"NotFound","message":"no"}}`))
	good, bad := t.TempDir(), t.TempDir()
	kvconform(t, "run", "--out", good, "--only", "conflict").expect(t, 0)
	kvconform(t, "run", "--out", bad, "--only", "conflict", "--target", url, "--operation-timeout", "2s")
	older, newer := filepath.Join(good, report.JSONFile), filepath.Join(bad, report.JSONFile)
	kvconform(t, "diff", older, newer).expect(t, 0, "newly unreached", "conflict.create-refused  pass → unreached")
	kvconform(t, "diff", newer, older).expect(t, 0, "newly passing")
	kvconform(t, "diff", older, older).expect(t, 0, "no rule has another verdict")
	kvconform(t, "diff", older, "none.json").expect(t, 2, "none.json")
}
