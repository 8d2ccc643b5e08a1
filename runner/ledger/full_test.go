package ledger

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/kvconform/kvconform/suites"
)

// filling is a disk with so much room left.
type filling struct {
	*os.File
	room int
}

var errFull = errors.New("no space left on device")

func (f *filling) Write(p []byte) (int, error) {
	if len(p) <= f.room {
		f.room -= len(p)
		return f.File.Write(p)
	}
	n, _ := f.File.Write(p[:f.room])
	f.room = 0
	return n, errFull
}

// TestFullDisk: an object that did not get into the ledger is not half in it, and what comes after is.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r1.ledger")
	f, err := Create(path, Header{RunID: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	file := &filling{File: f.file.(*os.File), room: 60}
	f.file = file
	if err := f.Add(suites.Certificate, "a"); err != nil {
		t.Fatal(err)
	}
	if err := f.Add(suites.Certificate, "b"); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
	file.room = 1000
	if err := f.Add(suites.Certificate, "c"); err != nil {
		t.Error(err)
	}
	if err := f.Remove(suites.Certificate, "a"); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	got, err := Read(path)
	if err != nil || len(got.Left) != 1 || got.Left[0].Name != "c" {
		t.Errorf("got %+v, %v", got, err)
	}
}
