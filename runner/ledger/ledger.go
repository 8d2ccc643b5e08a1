// Package ledger keeps on disk what a run made, so that a run that was killed leaves nothing that nobody knows of.
//
// A ledger is a file of JSON lines: a header, then a line for each object that is about to be made, and one for each that
// is gone. Lines are only ever added, each by one write, so that a kill at any moment costs at most the last one, whose
// object was not made yet.
package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/kvconform/kvconform/suites"
)

// Forgetful is the ledger for what needs none, such as the objects of a vault that ends with its run.
type Forgetful struct{}

// Add forgets the object.
func (Forgetful) Add(suites.Kind, string) error { return nil }

// Remove has nothing to remove it from.
func (Forgetful) Remove(suites.Kind, string) error { return nil }

// Header says whose ledger it is.
type Header struct {
	RunID string `json:"run"`
	// Target is the vault's base URL.
	Target string `json:"target"`
	// Prefix is what the names of the run's objects begin with.
	Prefix  string    `json:"prefix"`
	Started time.Time `json:"started"`
}

// Object is something that a run made, or was about to make.
type Object struct {
	Kind suites.Kind `json:"kind"`
	Name string      `json:"name"`
}

// line is one line after the header.
type line struct {
	Op string `json:"op"`
	Object
}

// What a line may say of its object.
const (
	added   = "add"
	removed = "remove"
)

// File is a ledger that is being written. It implements suites.Ledger and may be used from any number of goroutines.
type File struct {
	mu   sync.Mutex
	file disk
	path string
	size int64 // of what was written whole
	left map[Object]bool
}

var _ suites.Ledger = (*File)(nil)

// disk is an *os.File.
type disk interface {
	io.WriteCloser
	Truncate(size int64) error
}

// Create begins a ledger. A file that is there already is an error: it may be the only trace of another run's objects.
func Create(path string, h Header) (*File, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	f := &File{file: file, path: path, left: map[Object]bool{}}
	if err := f.write(h); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(path))
	}
	return f, nil
}

// Add notes an object that is about to be made.
func (f *File) Add(kind suites.Kind, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := Object{Kind: kind, Name: name}
	if err := f.write(line{Op: added, Object: o}); err != nil {
		return err
	}
	f.left[o] = true
	return nil
}

// Remove notes that an object is gone.
func (f *File) Remove(kind suites.Kind, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := Object{Kind: kind, Name: name}
	if err := f.write(line{Op: removed, Object: o}); err != nil {
		return err
	}
	delete(f.left, o)
	return nil
}

// write adds one line, or nothing: what a full disk let through is taken back.
func (f *File) write(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	n, err := f.file.Write(append(text, '\n'))
	if err != nil {
		if n > 0 {
			err = errors.Join(err, f.file.Truncate(f.size))
		}
		return fmt.Errorf("ledger: %w", err)
	}
	f.size += int64(n)
	return nil
}

// Close ends the ledger. Where nothing is left in it, its file goes as well.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.file.Close()
	if err == nil && len(f.left) == 0 {
		err = os.Remove(f.path)
	}
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// Contents are what a ledger says.
type Contents struct {
	Header Header
	// Left are the objects that may still be there, the last one made first.
	Left []Object
}

// ErrNothingMade says that a ledger ends before its header does: the run was killed before it made anything.
var ErrNothingMade = errors.New("the run ended before it made anything")

// Read reads a ledger, of a run that was killed too: a last line that is not whole is as if it were not there. Any other
// line that cannot be read is an error that names it, because an object may be in it.
func Read(path string) (Contents, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Contents{}, fmt.Errorf("ledger: %w", err)
	}
	c, err := parse(data)
	if err != nil {
		return Contents{}, fmt.Errorf("ledger %s: %w", path, err)
	}
	return c, nil
}

func parse(data []byte) (Contents, error) {
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) == 0 {
		return Contents{}, ErrNothingMade
	}
	var c Contents
	number := 0
	for text := range bytes.Lines(whole) {
		if number++; number == 1 {
			if json.Unmarshal(text, &c.Header) != nil || c.Header.RunID == "" {
				return Contents{}, errors.New("line 1 is no ledger's header")
			}
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil || l.Name == "" || l.Kind == "" {
			return Contents{}, fmt.Errorf("line %d names no object", number)
		}
		c.Left = slices.DeleteFunc(c.Left, func(o Object) bool { return o == l.Object })
		switch l.Op {
		case added:
			c.Left = append(c.Left, l.Object)
		case removed:
		default:
			return Contents{}, fmt.Errorf("line %d neither adds nor removes its object", number)
		}
	}
	slices.Reverse(c.Left)
	return c, nil
}
