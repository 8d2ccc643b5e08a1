package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kvconform/kvconform/runner/ledger"
	"github.com/kvconform/kvconform/suites"
)

var header = ledger.Header{RunID: "r1", Target: "https://v.test/base", Prefix: "kvc", Started: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}

func create(t *testing.T) (*ledger.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "r1.ledger")
	f, err := ledger.Create(path, header)
	if err != nil {
		t.Fatal(err)
	}
	return f, path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectLeft(t *testing.T, path string, want ...ledger.Object) {
	t.Helper()
	got, err := ledger.Read(path)
	must(t, err)
	if diff := cmp.Diff(ledger.Contents{Header: header, Left: want}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func certificate(name string) ledger.Object {
	return ledger.Object{Kind: suites.Certificate, Name: name}
}

// TestLedger reads after every step what a kill at that moment would leave.
func TestLedger(t *testing.T) {
	f, path := create(t)
	expectLeft(t, path)
	must(t, f.Add(suites.Certificate, "a"))
	must(t, f.Add(suites.Issuer, "a"))
	must(t, f.Add(suites.Certificate, "b\n\""))
	expectLeft(t, path, certificate("b\n\""), ledger.Object{Kind: suites.Issuer, Name: "a"}, certificate("a"))
	must(t, f.Remove(suites.Certificate, "a"))
	must(t, f.Remove(suites.Certificate, "never added"))
	expectLeft(t, path, certificate("b\n\""), ledger.Object{Kind: suites.Issuer, Name: "a"})
	must(t, f.Add(suites.Certificate, "a"))
	must(t, f.Remove(suites.Issuer, "a"))
	must(t, f.Close())
	expectLeft(t, path, certificate("a"), certificate("b\n\""))
}

// TestNothingLeft: a ledger of a run that cleaned up is of no use to anybody.
func TestNothingLeft(t *testing.T) {
	f, path := create(t)
	must(t, f.Add(suites.Certificate, "a"))
	must(t, f.Remove(suites.Certificate, "a"))
	must(t, f.Close())
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
}

func TestNeverOverwrites(t *testing.T) {
	f, path := create(t)
	must(t, f.Add(suites.Certificate, "a"))
	must(t, f.Close())
	if _, err := ledger.Create(path, ledger.Header{RunID: "r2"}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	expectLeft(t, path, certificate("a"))
}

// TestKilled cuts a ledger off after every byte. What was written whole is there, and the order is the order of making.
func TestKilled(t *testing.T) {
	f, path := create(t)
	must(t, f.Add(suites.Certificate, "a"))
	must(t, f.Add(suites.Certificate, "b"))
	must(t, f.Remove(suites.Certificate, "a"))
	must(t, f.Close())
	data, err := os.ReadFile(path)
	must(t, err)
	want := [][]ledger.Object{nil, {certificate("a")}, {certificate("b"), certificate("a")}, {certificate("b")}}
	for n := range len(data) + 1 {
		must(t, os.WriteFile(path, data[:n], 0o600))
		if lines := bytes.Count(data[:n], []byte("\n")); lines > 0 {
			expectLeft(t, path, want[lines-1]...)
			continue
		}
		if _, err := ledger.Read(path); !errors.Is(err, ledger.ErrNothingMade) {
			t.Errorf("cut in the header: %v", err)
		}
	}
}

func TestReadErrors(t *testing.T) {
	const head = `{"run":"r1"}` + "\n"
	for text, want := range map[string]string{
		"<html>\n":  "line 1 is no ledger's header",
		"{}\n":      "line 1 is no ledger's header",
		head + "\n": "line 2 names no object",
		head + `{"op":"add","kind":"certificate","name":"a"}{"op":"add","kind":"certi` + "\n": "line 2 names no object",
		head + `{"op":"add","kind":"certificate","name":"a"}` + "\n" + `{"op":"add"}` + "\n":  "line 3 names no object",
		head + `{"op":"forget","kind":"certificate","name":"a"}` + "\n":                       "line 2 neither adds nor removes its object",
	} {
		path := filepath.Join(t.TempDir(), "x.ledger")
		must(t, os.WriteFile(path, []byte(text), 0o600))
		if _, err := ledger.Read(path); err == nil || err.Error() != "ledger "+path+": "+want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := ledger.Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestCannotBeWritten: what cannot be remembered is not made, so an error has to come.
func TestCannotBeWritten(t *testing.T) {
	if _, err := ledger.Create(filepath.Join(t.TempDir(), "no such folder", "x"), header); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	f, path := create(t)
	must(t, f.Add(suites.Certificate, "a"))
	must(t, f.Close())
	if err := f.Add(suites.Certificate, "b"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if err := f.Remove(suites.Certificate, "a"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v", err)
	}
	expectLeft(t, path, certificate("a"))
}

func TestManyAtOnce(t *testing.T) {
	f, path := create(t)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			name := fmt.Sprint("n", i, strings.Repeat("x", 5000))
			if err := f.Add(suites.Certificate, name); err != nil {
				t.Error(err)
			}
			if i%2 == 0 {
				if err := f.Remove(suites.Certificate, name); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := ledger.Read(path)
	must(t, err)
	if len(got.Left) != 32 {
		t.Errorf("%d objects are left", len(got.Left))
	}
}
