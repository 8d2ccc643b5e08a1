package runner

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/kvconform/kvconform/fixtures/vault"
)

// workflows is where GitHub looks for workflows and actions.
const workflows = "../.github"

// step is a step of a workflow or of an action.
type step struct {
	Uses string `yaml:"uses"`
	Run  string `yaml:"run"`
}

// TestNoScriptHoldsAnExpression: what stands in ${{ }} becomes a part of the script before a shell sees it, whatever quotes are around it. It
// reaches scripts as variables alone.
func TestNoScriptHoldsAnExpression(t *testing.T) {
	files, err := filepath.Glob(workflows + "/*/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range append(files, workflows+"/actions/kvconform/action.yml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var document struct {
			Jobs map[string]struct {
				Steps []step `yaml:"steps"`
			} `yaml:"jobs"`
			Runs struct {
				Steps []step `yaml:"steps"`
			} `yaml:"runs"`
		}
		if err := yaml.Unmarshal(text, &document); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		steps := document.Runs.Steps
		for _, job := range document.Jobs {
			steps = append(steps, job.Steps...)
		}
		if len(steps) == 0 {
			t.Errorf("%s has no steps", file)
		}
		for _, s := range steps {
			if strings.Contains(s.Run, "${{") {
				t.Errorf("%s: the script holds an expression: %s", file, s.Run)
			}
		}
	}
}

// TestTheAction runs the action's script as a runner does: what its inputs hold is never more than words of one command line, and its outputs
// say what came of it.
func TestTheAction(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	script, err := filepath.Abs(workflows + "/actions/kvconform/run")
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	bin := filepath.Join(temp, "kvconform-bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(built(t), filepath.Join(bin, "kvconform")); err != nil {
		t.Fatal(err)
	}
	good, err := vault.Start(vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(good.Close)
	const evil = "x; touch evil $(touch evil) `touch evil` '\" \\ *\n--only=cancel\nverdict=conforms"
	for name, c := range map[string]struct {
		inputs map[string]string
		exit   int
		want   string // the outputs, with their lines in one
	}{
		"conforms": {map[string]string{"TARGET": good.URL, "REQUIRE": "core", "AUTHORITY": "documented", "ARGS": "--only=cancel\r\n\n--skip=conflict*\n"}, 0,
			"verdict=conforms exit-code=0 report=reports/report.json"},
		"a required profile is missing": {map[string]string{"TARGET": good.URL, "REQUIRE": "core,auth", "ARGS": "--only=cancel"}, 4,
			"verdict=incomplete exit-code=4 report=reports/report.json"},
		"nobody is there": {map[string]string{"TARGET": "http://127.0.0.1:1"}, 3, "verdict=aborted exit-code=3 report=reports/report.json"},
		"no target":       {map[string]string{"TARGET": ""}, 2, "verdict= exit-code=2 report="},
		"an evil target":  {map[string]string{"TARGET": evil}, 2, "verdict= exit-code=2 report="},
		"an evil baseline": {map[string]string{"TARGET": good.URL, "BASELINE": evil, "ARGS": "--only=cancel"}, 2,
			"verdict= exit-code=2 report="},
		"an evil issuer": {map[string]string{"TARGET": good.URL, "ISSUER": "$(touch evil)'`touch evil`", "ARGS": "--only=cancel.accepted"}, 0,
			"verdict=conforms exit-code=0 report=reports/report.json"},
		"evil arguments": {map[string]string{"TARGET": good.URL, "ARGS": evil}, 2, "verdict= exit-code=2 report="},
		"an evil folder": {map[string]string{"TARGET": good.URL, "OUT": "reports\nverdict=conforms"}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.Mkdir(filepath.Join(folder, "reports"), 0o755); err != nil {
				t.Fatal(err)
			}
			// An earlier run's report is not this one's.
			if err := os.WriteFile(filepath.Join(folder, "reports", "report.json"), []byte("{\n  \"verdict\": \"conforms\",\n}"), 0o600); err != nil {
				t.Fatal(err)
			}
			outputs := filepath.Join(folder, "outputs")
			run := command("bash", script)
			run.Dir = folder
			run.Env = append(run.Env, "RUNNER_TEMP="+temp, "GITHUB_OUTPUT="+outputs, "ACTION_OUT=reports")
			for input, value := range c.inputs {
				run.Env = append(run.Env, "ACTION_"+input+"="+value)
			}
			shown, err := run.CombinedOutput()
			if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
				t.Fatal(err)
			}
			text, _ := os.ReadFile(outputs)
			if got := strings.Join(strings.Fields(string(text)), " "); run.ProcessState.ExitCode() != c.exit || got != c.want {
				t.Errorf("exit %d, outputs %q; want %d, %q\n%s", run.ProcessState.ExitCode(), got, c.exit, c.want, shown)
			}
			if _, err := os.Stat(filepath.Join(folder, "evil")); err == nil {
				t.Error("an input was run")
			}
		})
	}
}
