package matrix

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// WriteList names the variants, one a line, each once.
func WriteList(w io.Writer, rows []Row) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.Name] {
			continue
		}
		seen[r.Name] = true
		if _, err := fmt.Fprintf(table, "%s\t%s\t%s\n", r.Kind, r.Name, r.Says); err != nil {
			return err
		}
	}
	return table.Flush()
}

// WriteText writes the matrix for a terminal: each fault with the rules that failed, then what each rule catches, and what is not as it
// should be at the end. With quiet it is that alone.
func WriteText(w io.Writer, m *Matrix, quiet bool) error {
	var b strings.Builder
	if !quiet {
		for _, r := range m.Rows {
			fmt.Fprintf(&b, "%s %s (%s)\n", r.mark(), r.Name, r.Authority)
			if text := r.result(); text != "" {
				fmt.Fprintf(&b, "    %s\n", text)
			}
		}
		for _, r := range m.Rules {
			fmt.Fprintf(&b, "%s: catches %d, alone %d%s\n", r.ID, len(r.Kills), len(r.Alone), list("  ", r.Alone))
		}
	}
	counts := map[Kind]int{}
	for _, r := range m.Rows {
		counts[r.Kind]++
	}
	fmt.Fprintf(&b, "%d faults, %d pairs, %d peculiarities; %d rules fail for a fault at the median\n", counts[Fault], counts[Pair],
		counts[Peculiarity], m.MedianFailures)
	for _, part := range []struct {
		what  string
		names []string
	}{
		{"not caught", m.Living}, {"blamed though conforming", m.Blamed}, {"rules that catch nothing", m.Idle},
		{"caught by rules of other sections alone", m.Foreign},
	} {
		fmt.Fprintf(&b, "%s: %d%s\n", part.what, len(part.names), list("\n  ", part.names))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func list(before string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return before + strings.Join(names, before)
}

// mark tells at a glance whether the variant is as it should be.
func (r *Row) mark() string {
	switch {
	case r.LeftOut != "":
		return "-"
	case r.Good:
		return "✓"
	}
	return "✗"
}

// result says what the suite said.
func (r *Row) result() string {
	var parts []string
	if len(r.Failed) > 0 {
		parts = append(parts, "failed "+strings.Join(r.Failed, ", "))
	}
	if len(r.Warned) > 0 {
		parts = append(parts, "warned "+strings.Join(r.Warned, ", "))
	}
	if len(r.Unreached) > 0 {
		parts = append(parts, "unreached "+strings.Join(r.Unreached, ", "))
	}
	for _, more := range []string{r.Problem, r.LeftOut} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	return strings.Join(parts, "; ")
}

//go:embed matrix.html
var page string

var pageTemplate = template.Must(template.New("matrix").Funcs(template.FuncMap{
	"mark": func(r Row) string { return r.mark() }, "result": func(r Row) string { return r.result() }, "join": strings.Join,
}).Parse(page))

// Write writes matrix.json and matrix.html into a folder and returns their paths.
func Write(folder string, m *Matrix) ([]string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	var paths []string
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"matrix.json", func(w io.Writer) error {
			encoder := json.NewEncoder(w)
			encoder.SetIndent("", "  ")
			return encoder.Encode(m)
		}},
		{"matrix.html", func(w io.Writer) error { return pageTemplate.Execute(w, m) }},
	} {
		path := filepath.Join(folder, f.name)
		if err := writeFile(path, f.write); err != nil {
			return paths, fmt.Errorf("matrix: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}
