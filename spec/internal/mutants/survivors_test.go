package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestSurvivors: every mutant that is said to live has a reason, is named once, and its line is still there.
func TestSurvivors(t *testing.T) {
	var list survivors
	if err := yaml.Unmarshal(survivorsText, &list); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, reason := range list.Reasons {
		if reason.Why == "" {
			t.Errorf("%q live without a reason", reason.Mutants)
		}
		for _, name := range reason.Mutants {
			if seen[name] {
				t.Errorf("twice: %s", name)
			}
			seen[name] = true
			where, line, _ := strings.Cut(name, ": ")
			file, _, _ := strings.Cut(where, " ")
			before, rest, _ := strings.Cut(line, "⟦")
			_, after, ok := strings.Cut(rest, "⟧")
			text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
			if err != nil || !ok || !slices.ContainsFunc(strings.Split(string(text), "\n"), func(l string) bool {
				l = strings.TrimSpace(l)
				return strings.HasPrefix(l, before) && strings.HasSuffix(l, after)
			}) {
				t.Errorf("no such line: %s", name)
			}
		}
	}
	for pkg, least := range list.Least {
		if least <= 0 || least > 100 {
			t.Errorf("%s: at least %v %%", pkg, least)
		}
	}
}
