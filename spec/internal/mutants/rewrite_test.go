package main

import (
	"go/token"
	"strings"
	"testing"
)

// TestRewrite: each mutant gets a switch that leaves the order of evaluation as it was, and a name that says what it becomes.
func TestRewrite(t *testing.T) {
	for line, want := range map[string]struct {
		kinds   map[string]int // the mutants' columns
		becomes string
		names   string
	}{
		"x := a == 1": {map[string]int{"CONDITIONALS_NEGATION": 8}, "x := ((a == 1) != mutant.On(1))", "x := a⟦!=⟧1"},
		"x := a < 1 && b": {
			map[string]int{"CONDITIONALS_BOUNDARY": 8, "INVERT_LOGICAL": 12},
			"x := ((((mutant.Less(1, a , 1)) != mutant.On(2)) && ((b) != mutant.On(2))) != mutant.On(2))",
			"x := a⟦<=⟧1 && b, x := a < 1⟦||⟧b",
		},
		"x := b || b && b": {
			map[string]int{"INVERT_LOGICAL": 8},
			"x := ((((b) != mutant.On(1)) || ((b && b) != mutant.On(1))) != mutant.On(1))", "x := b⟦&&⟧b && b",
		},
		"a += 2": {
			map[string]int{"INVERT_ASSIGNMENTS": 3, "REMOVE_SELF_ASSIGNMENTS": 3},
			"a = mutant.AddTo(1, 2, a, 2)", "a⟦-=⟧2, a⟦=⟧2",
		},
		"s += s":                   {map[string]int{"INVERT_ASSIGNMENTS": 3, "REMOVE_SELF_ASSIGNMENTS": 3}, "s = mutant.JoinTo(2, s, s)", "s⟦-=⟧s, s⟦=⟧s"},
		"a++":                      {map[string]int{"INCREMENT_DECREMENT": 2}, "a += mutant.Step(1, a)", "a⟦--⟧"},
		"x := -a":                  {map[string]int{"INVERT_NEGATIVES": 6, "ARITHMETIC_BASE": 6}, "x := mutant.Minus(2, a)", "x :=⟦+⟧a, x :=⟦+⟧a"},
		"x := a - 1":               {map[string]int{"ARITHMETIC_BASE": 8}, "x := mutant.Sub(1, a , 1)", "x := a⟦+⟧1"},
		"x := 2 - 1":               {map[string]int{"ARITHMETIC_BASE": 8}, "x := 2 - 1", "x := 2⟦+⟧1"},
		"x := s + s":               {map[string]int{"ARITHMETIC_BASE": 8}, "x := s + s", "x := s⟦-⟧s"},
		"x := u | 1<<a":            {map[string]int{"INVERT_BITWISE": 11}, "x := u | mutant.ShiftLeft[uint](1, 1,a)", "x := u | 1⟦>>⟧a"},
		"for b { break }":          {map[string]int{"INVERT_LOOPCTRL": 9}, "for b { if mutant.On(1) { continue }; break }", "for b {⟦continue⟧}"},
		"for { continue }":         {map[string]int{"INVERT_LOOPCTRL": 7}, "for { continue }", "for {⟦break⟧}"},
		"switch { case b: break }": {map[string]int{"INVERT_LOOPCTRL": 18}, "switch { case b: break }", "switch { case b:⟦continue⟧}"},
	} {
		t.Run(line, func(t *testing.T) {
			text := "package sample\n\nfunc f(a int, b bool, s string, u uint) {\n" + line + "\n_, _, _, _ = a, b, s, u\n}\n"
			set := token.NewFileSet()
			s, err := parse(set, "sample/sample.go", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			_ = check(set, "sample", []*source{s}, nil) // that x is not used, is no matter
			var mutants []*mutant
			for _, kind := range []string{"ARITHMETIC_BASE", "CONDITIONALS_BOUNDARY", "CONDITIONALS_NEGATION", "INCREMENT_DECREMENT", "INVERT_ASSIGNMENTS",
				"INVERT_BITWISE", "INVERT_LOGICAL", "INVERT_LOOPCTRL", "INVERT_NEGATIVES", "REMOVE_SELF_ASSIGNMENTS"} {
				if column, ok := want.kinds[kind]; ok {
					m := &mutant{number: len(mutants) + 1, file: s.name, kind: kind}
					mutants = append(mutants, m)
					s.found[spot(4, column, kind)] = m
				}
			}
			if got := strings.Split(string(s.rewrite()), "\n")[3]; got != want.becomes {
				t.Errorf("got  %s\nwant %s", got, want.becomes)
			}
			var names []string
			for _, m := range mutants {
				names = append(names, strings.TrimPrefix(m.name(), "sample/sample.go f: "))
			}
			if got := strings.Join(names, ", "); got != want.names {
				t.Errorf("got  %s\nwant %s", got, want.names)
			}
		})
	}
}
