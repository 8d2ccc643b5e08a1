package matrix

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/oracle"
)

func TestTheMatrixTellsFaultsFromPeculiarities(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs vaults")
	}
	m, err := Run(t.Context(), Options{Only: []string{"conflict-create-replaces", "details-absent"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Rows) != 2 || !m.Good() {
		t.Fatalf("%+v", m)
	}
	for _, r := range m.Rows {
		if r.Kind == Fault && (!r.Own || len(r.Failed) == 0 || r.Whole || r.Spare) {
			t.Errorf("a fault that the rules of its section catch: %+v", r)
		}
		if r.Kind == Peculiarity && len(r.Failed) > 0 {
			t.Errorf("a peculiarity is blamed: %+v", r)
		}
	}
	folder := t.TempDir()
	paths, err := Write(folder, m)
	if err != nil || len(paths) != 2 {
		t.Fatalf("%v, %v", paths, err)
	}
	page, err := os.ReadFile(filepath.Join(folder, "matrix.html"))
	if err != nil || !strings.Contains(string(page), "conflict-create-replaces") {
		t.Errorf("the page does not name the fault: %v", err)
	}
	var text strings.Builder
	if err := WriteText(&text, m, false); err != nil || !strings.Contains(text.String(), "✓ conflict-create-replaces (documented)") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

func TestAMatrixIsBadWhere(t *testing.T) {
	caught := Row{Kind: Fault, Name: "a", Authority: oracle.Documented, Failed: []string{"conflict.create-refused"}, Good: true, Own: true}
	for name, c := range map[string]struct {
		row  Row
		good bool
		want func(*Matrix) []string
	}{
		"a fault lives":               {Row{Kind: Fault, Name: "b"}, false, func(m *Matrix) []string { return m.Living }},
		"a peculiarity is blamed":     {Row{Kind: Peculiarity, Name: "c"}, false, func(m *Matrix) []string { return m.Blamed }},
		"a fault is caught by others": {Row{Kind: Fault, Name: "d", Good: true}, false, func(m *Matrix) []string { return m.Foreign }},
		"of a pair one is hidden":     {Row{Kind: Pair, Name: "a,b"}, false, func(m *Matrix) []string { return m.Living }},
	} {
		t.Run(name, func(t *testing.T) {
			m := sum([]Row{caught, c.row}, false, false)
			if m.Good() || len(c.want(m)) != 1 {
				t.Errorf("%+v", m)
			}
		})
	}
	left := sum([]Row{caught, {Kind: Pair, Name: "a,b", LeftOut: "not reached"}}, false, false)
	if !left.Good() {
		t.Errorf("a pair that is left out counts: %+v", left)
	}
	if idle := sum([]Row{caught}, true, false).Idle; len(idle) == 0 {
		t.Error("rules that catch nothing are not told")
	}
}

func TestWhatIsNotThereIsNamed(t *testing.T) {
	_, err := Run(context.Background(), Options{Only: []string{"no-such-fault"}})
	if nothing, ok := errors.AsType[*NothingError](err); !ok || nothing.Pattern != "no-such-fault" {
		t.Errorf("%v", err)
	}
}

// TestTwoDefectsDoNotHideEachOther: pairs of which one was hidden before.
func TestTwoDefectsDoNotHideEachOther(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs vaults")
	}
	for pair, leftOut := range map[string]bool{
		"method-put-merge-accepted,poll-bundle-when-completed": false, // a warning names the first one
		"poll-status-number,target-empty":                      false, // the merge tells that the operation is completed
		"csr-base64-of-base64,conflict-import-after-merge":     true,  // without a CSR nothing is ever merged
	} {
		t.Run(pair, func(t *testing.T) {
			rows, err := Variants(strings.Split(pair, ","), false)
			if err != nil {
				t.Fatal(err)
			}
			m := &maker{}
			for i := range rows {
				if m.judge(t.Context(), &rows[i]); !rows[i].Good {
					t.Fatalf("alone it lives: %+v", rows[i])
				}
			}
			both := Row{Kind: Pair, Name: pair, Authority: oracle.Documented}
			if judgePair(t.Context(), &both, rows); !both.Good || (both.LeftOut != "") != leftOut {
				t.Errorf("%+v\nalone %+v", both, rows)
			}
		})
	}
}

func TestPairsAreDrawnAgain(t *testing.T) {
	rows := []Row{
		{Kind: Fault, Name: "a", Authority: oracle.Documented, Failed: []string{"x"}},
		{Kind: Fault, Name: "b", Authority: oracle.Documented, Failed: []string{"y"}},
		{Kind: Fault, Name: "c", Authority: oracle.Documented, Failed: []string{"y", "z"}},
	}
	first, second := draw(rows, 7), draw(rows, 7)
	if len(first) != pairs {
		t.Fatalf("%d pairs", len(first))
	}
	for i := range first {
		if first[i].Name != second[i].Name || first[i].Name == "b,c" || first[i].Name == "c,b" {
			t.Errorf("%s, %s", first[i].Name, second[i].Name)
		}
	}
}
