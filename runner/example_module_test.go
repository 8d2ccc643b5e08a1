package runner

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInAModuleOfItsOwn runs the example module, as somebody else's repository would: against a vault that conforms, and against a broken
// one.
func TestInAModuleOfItsOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a module")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	module := t.TempDir()
	if err := os.CopyFS(module, os.DirFS("testdata/example-module")); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(module, "go.sum"), sums, 0o600); err != nil {
		t.Fatal(err)
	}
	inModule := func(fault string, arguments ...string) (string, error) {
		c := command("go", arguments...)
		c.Dir, c.Env = module, append(c.Env, "EMULATOR_FAULT="+fault, "GOWORK=off")
		text, err := c.CombinedOutput()
		return string(text), err
	}
	if text, err := inModule("", "mod", "edit", "-replace", "github.com/kvconform/kvconform="+root); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	test := []string{"test", "-mod=mod", "-count=1", "-v", "./..."}

	text, err := inModule("", test...)
	if err != nil {
		t.Fatalf("against a good vault: %v\n%s", err, text)
	}
	for _, part := range []string{"--- PASS: TestConformance/conflict/conflict.create-refused", "kvconform: conforms (core)", "not selected"} {
		if !strings.Contains(text, part) {
			t.Errorf("against a good vault it does not say %q:\n%s", part, text)
		}
	}

	text, err = inModule("conflict-create-replaces", test...)
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		t.Fatalf("against a broken vault: %v\n%s", err, text)
	}
	for _, part := range []string{"--- FAIL: TestConformance/conflict/conflict.create-refused", "MUST", "Expected  409", "Actual    202", "Exchange  #",
		"Repeat    curl", "kvconform: deviates (core)", "--- PASS: TestConformance/cancel"} {
		if !strings.Contains(text, part) {
			t.Errorf("against a broken vault it does not say %q:\n%s", part, text)
		}
	}

	// -run chooses among the tests, as anywhere.
	text, err = inModule("conflict-create-replaces", append(test, "-run", "TestConformance/conflict/conflict.import-refused")...)
	if err != nil || !strings.Contains(text, "--- PASS: TestConformance/conflict/conflict.import-refused") || strings.Contains(text, "create-refused") {
		t.Errorf("-run: %v\n%s", err, text)
	}
}
