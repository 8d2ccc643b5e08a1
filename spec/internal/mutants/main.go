// Command mutants tries the tests of the oracle: it spoils one token of spec/ at a time and looks whether a test notices.
//
// go-gremlins finds the mutants. It is not left to try them, for two reasons. It takes the conditions of a switch for not covered, because
// Go's coverage has no counters for them (https://github.com/go-gremlins/gremlins/issues/298), and the oracle mostly consists of such
// conditions. And it builds and links the tests anew for each mutant, which would take hours. Here all mutants are built at once, each behind
// a switch, and only the tests run again and again.
package main

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

const (
	module          = "github.com/kvconform/kvconform"
	switchesPath    = module + "/spec/internal/mutant"
	gremlinsVersion = "v0.6.0"
	everyTest       = "lifecycle,oracle,wire,exchange,example"
)

// Why a mutant cannot be switched on.
const (
	sameAsAnother = "the same as another"
	noCode        = "does not compile"
	isConstant    = "a constant"
)

//go:embed testdata/mutant.go
var switches []byte

//go:embed survivors.yaml
var survivorsText []byte

func main() {
	only := flag.String("only", "", "try the mutants whose name contains `TEXT`")
	packages := flag.String("packages", "lifecycle,wire,oracle,exchange", "the packages of spec/ whose mutants are tried")
	tests := flag.String("tests", everyTest, "the packages of spec/ whose tests are run, in this order")
	workers := flag.Int("workers", runtime.NumCPU(), "how many are tried at a time")
	thorough := flag.Bool("thorough", false, "run the slow tests as well: fewer mutants live, and it takes hours")
	verbose := flag.Bool("v", false, "tell what became of each")
	flag.Parse()
	dir, err := os.MkdirTemp("", "kvconform-mutants-")
	if err == nil {
		l := &lab{dir: filepath.Join(dir, "copy"), packages: strings.Split(*packages, ","), served: strings.Split(*tests, ","),
			only: *only, thorough: *thorough, workers: *workers}
		err = l.run(*verbose)
		_ = os.RemoveAll(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (l *lab) run(verbose bool) error {
	began := time.Now()
	list, err := gremlins(filepath.Dir(l.dir))
	if err != nil {
		return err
	}
	if err := l.copySpec(); err != nil {
		return err
	}
	if err := l.rewrite(list); err != nil {
		return err
	}
	if err := l.build(); err != nil {
		return err
	}
	if err := l.calibrate(); err != nil {
		return err
	}
	fmt.Printf("%d mutants, %d tests; ready in %s\n", len(l.mutants), len(l.tests), time.Since(began).Round(time.Second))
	l.tryAll(func(m *mutant) {
		if verbose {
			fmt.Printf("%-9s %s   (spec/%s:%d %s)\n", m.status, m.name(), m.file, m.at.Line, m.kind)
		}
	})
	l.report(os.Stdout, time.Since(began))
	if l.only != "" || l.thorough || !slices.Equal(l.served, strings.Split(everyTest, ",")) {
		return nil // survivors.yaml is about the tests as they are run where nothing else is asked for
	}
	return l.gate(os.Stdout)
}

// listing is gremlins' report.
type listing struct {
	Files []struct {
		Name      string `json:"file_name"`
		Mutations []struct {
			Type         string
			Line, Column int
		}
	}
}

// gremlins has the mutants listed. The tool stays outside go.mod, and where .ci/run keeps its own.
func gremlins(dir string) (*listing, error) {
	cache := os.Getenv("KVCONFORM_CI_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		cache = filepath.Join(user, "kvconform-ci")
	}
	bin := filepath.Join(cache, "gremlins-"+gremlinsVersion)
	tool := filepath.Join(bin, "gremlins")
	if _, err := os.Stat(tool); err != nil {
		install := exec.Command("go", "install", "github.com/go-gremlins/gremlins/cmd/gremlins@"+gremlinsVersion)
		install.Env = append(os.Environ(), "GOBIN="+bin)
		if out, err := install.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, out)
		}
	}
	report := filepath.Join(dir, "gremlins.json")
	run := exec.Command(tool, "unleash", "--dry-run", "--silent", "--output", report, "--invert-assignments", "--invert-bitwise",
		"--invert-bwassign", "--invert-logical", "--invert-loopctrl", "--remove-self-assignments", "./spec")
	// It wants to know what is covered, and need not.
	run.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -run=^$")
	if out, err := run.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return nil, err
	}
	list := &listing{}
	return list, json.Unmarshal(text, list)
}

// copySpec copies what the tests of spec/ need. The recordings, which lie beside the repository, are left behind: what the tests notice
// does not hang on who runs them.
func (l *lab) copySpec() error {
	for _, name := range []string{"go.mod", "go.sum"} {
		if err := copyFile(name, filepath.Join(l.dir, name)); err != nil {
			return err
		}
	}
	return filepath.WalkDir("spec", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return copyFile(name, filepath.Join(l.dir, name))
	})
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o600)
}

// rewrite puts all mutants into the copy.
func (l *lab) rewrite(list *listing) error {
	exports, err := exported()
	if err != nil {
		return err
	}
	for _, pkg := range l.packages {
		set := token.NewFileSet()
		names, err := filepath.Glob(filepath.Join("spec", pkg, "*.go"))
		if err != nil {
			return err
		}
		var files []*source
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			file, err := parse(set, filepath.ToSlash(strings.TrimPrefix(name, "spec"+string(filepath.Separator))), text)
			if err != nil {
				return err
			}
			files = append(files, file)
		}
		if err := check(set, pkg, files, exports); err != nil {
			return err
		}
		for _, file := range files {
			l.find(file, list)
			if err := os.WriteFile(filepath.Join(l.dir, "spec", file.name), file.rewrite(), 0o600); err != nil {
				return err
			}
		}
	}
	home := filepath.Join(l.dir, "spec", "internal", "mutant")
	if err := os.MkdirAll(home, 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(home, "mutant.go"), switches, 0o600)
}

func (l *lab) find(file *source, list *listing) {
	for _, one := range list.Files {
		if one.Name != file.name {
			continue
		}
		slices.SortFunc(one.Mutations, func(a, b struct {
			Type         string
			Line, Column int
		}) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Type, b.Type))
		})
		for _, found := range one.Mutations {
			m := &mutant{number: len(l.mutants) + 1, file: file.name, kind: found.Type}
			l.mutants = append(l.mutants, m)
			file.found[spot(found.Line, found.Column, found.Type)] = m
		}
	}
}

// exported finds the compiled packages that spec/ needs.
func exported() (map[string]string, error) {
	out, err := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./spec/...").Output()
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		exports[name] = file
	}
	return exports, nil
}

// check finds the types of a package: a plus between texts has no mutant, a constant has no switch.
func check(set *token.FileSet, pkg string, files []*source, exports map[string]string) error {
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	var trees []*ast.File
	for _, f := range files {
		trees, f.info = append(trees, f.file), info
	}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", func(name string) (io.ReadCloser, error) { return os.Open(exports[name]) })}
	_, err := config.Check(module+"/spec/"+pkg, set, trees, info)
	return err
}

// report prints a table of the packages.
func (l *lab) report(w io.Writer, took time.Duration) {
	columns := []string{"mutants", "killed", "crashed", "endless", "lived", "unfelt", isConstant, noCode, sameAsAnother}
	fmt.Fprintf(w, "%-10s", "package")
	for _, c := range columns {
		fmt.Fprintf(w, " %*s", len(c)+1, c)
	}
	fmt.Fprintf(w, " %10s\n", "efficacy")
	total := map[string]int{}
	row := func(name string, n map[string]int) {
		fmt.Fprintf(w, "%-10s", name)
		for _, c := range columns {
			fmt.Fprintf(w, " %*d", len(c)+1, n[c])
		}
		dead := n["killed"] + n["crashed"] + n["endless"]
		fmt.Fprintf(w, " %8.1f %%\n", 100*float64(dead)/float64(max(1, dead+n["lived"]+n["unfelt"])))
	}
	for _, pkg := range l.packages {
		n := map[string]int{}
		for _, m := range l.mutants {
			if m.pkg() == pkg && strings.Contains(m.name(), l.only) {
				n["mutants"]++
				n[cmp.Or(m.fixed, m.status.String())]++
			}
		}
		for kind, count := range n {
			total[kind] += count
		}
		row(pkg, n)
	}
	row("all", total)
	fmt.Fprintf(w, "in %s; the tests took %s of the processor's time\n", took.Round(time.Second), time.Duration(l.processor.Load()).Round(time.Second))
}

// survivors is survivors.yaml.
type survivors struct {
	// Least is the share, in percent, of a package's mutants that have to die; those in the list do not count.
	Least map[string]float64 `yaml:"least"`
	// Reasons has the mutants that are right to live.
	Reasons []struct {
		Why     string   `yaml:"why"`
		Mutants []string `yaml:"mutants"`
	} `yaml:"survivors"`
}

// gate tells of the mutants that live without being in the list, and holds their number against the least share.
func (l *lab) gate(w io.Writer) error {
	var list survivors
	if err := yaml.Unmarshal(survivorsText, &list); err != nil {
		return err
	}
	known, used := map[string]bool{}, map[string]bool{}
	for _, reason := range list.Reasons {
		for _, name := range reason.Mutants {
			known[name] = true
		}
	}
	var wrong []string
	for _, pkg := range l.packages {
		dead, all := 0, 0
		for _, m := range l.mutants {
			switch {
			case m.pkg() != pkg || m.fixed != "":
			case m.status > lived:
				dead, all = dead+1, all+1
			case known[m.name()]:
				used[m.name()] = true
			default:
				all++
				fmt.Fprintf(w, "%s  %s   (spec/%s:%d)\n", m.status, m.name(), m.file, m.at.Line)
			}
		}
		if share := 100 * float64(dead) / float64(max(1, all)); share < list.Least[pkg] {
			wrong = append(wrong, fmt.Sprintf("%s: %.1f %% of the mutants that spec/internal/mutants/survivors.yaml does not explain die, at least %.1f %% have to",
				pkg, share, list.Least[pkg]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if pkg, _, _ := strings.Cut(name, "/"); !used[name] && slices.Contains(l.packages, pkg) {
			wrong = append(wrong, "survivors.yaml explains a mutant that does not live: "+name)
		}
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, "\n"))
	}
	return nil
}
