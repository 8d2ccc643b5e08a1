package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/kvconform/kvconform/spec/exchange"
)

// The reports' names in --out.
const (
	JSONFile     = "report.json"
	JUnitFile    = "junit.xml"
	HTMLFile     = "report.html"
	MarkdownFile = "summary.md"
	TrafficFile  = "traffic.har"
)

// Write writes every form of the record into a folder, and the traffic where there is any. A file is either the whole new
// one or the one from before. It returns the names.
func Write(folder string, r *Report, traffic *exchange.Trace) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("reports: %w", err)
	}
	type file struct {
		name  string
		write func(io.Writer) error
	}
	files := []file{
		{JSONFile, func(w io.Writer) error { return WriteJSON(w, r) }},
		{HTMLFile, func(w io.Writer) error { return WriteHTML(w, r) }},
		{JUnitFile, func(w io.Writer) error { return WriteJUnit(w, r) }},
		{MarkdownFile, func(w io.Writer) error { return WriteMarkdown(w, r) }},
	}
	if traffic != nil {
		files = append(files, file{TrafficFile, func(w io.Writer) error {
			return exchange.WriteHAR(w, traffic, exchange.Tool{Name: r.Tool.Name, Version: r.Tool.Version})
		}})
	}
	var names []string
	for _, f := range files {
		if err := writeFile(filepath.Join(folder, f.name), f.write); err != nil {
			return names, fmt.Errorf("reports: %w", err)
		}
		names = append(names, f.name)
	}
	return names, nil
}

// AppendSummary appends the Markdown summary to a file, as CI systems want it.
func AppendSummary(file string, r *Report) (err error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return WriteMarkdown(f, r)
}

// writeFile replaces a file at once.
func writeFile(name string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.Rename(f.Name(), name)
}

// WriteJSON writes the record itself, piece by piece: its text may be longer than all the rest of the memory that is used.
func WriteJSON(w io.Writer, r *Report) error {
	err := jsonv2.MarshalWrite(w, r, jsonv1.DefaultOptionsV1(), jsontext.WithIndent("  "), jsontext.EscapeForHTML(false))
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n")
	return err
}

// Read reads a record.
func Read(file string) (*Report, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("%s is no report of kvconform: %w", file, err)
	}
	if r.Schema != Schema {
		return nil, fmt.Errorf("%s has schema %d; this kvconform reads schema %d", file, r.Schema, Schema)
	}
	return r, nil
}
