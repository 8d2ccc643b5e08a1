package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// lab is a copy of spec/ in which the mutants are tried.
type lab struct {
	dir string
	// packages are those whose mutants are tried, served those whose tests are run, in this order.
	packages, served []string
	only             string
	// thorough runs the slow tests, too.
	thorough bool
	workers  int
	mutants  []*mutant
	tests    []*test
	// once are the mutants that make a difference while a process of a package's tests starts, and never again.
	once map[string]map[int]bool
	// processor is the processor's time that the tests took.
	processor atomic.Int64
}

// test is a test, or a part of one.
type test struct {
	pkg, pattern string
	// took is what it takes where no mutant lives.
	took time.Duration
	// feels are the mutants that make a difference somewhere in it.
	feels map[int]bool
}

// slow are tests that take a second and more: nearly every mutant makes a difference somewhere in them, and few die of them alone.
const slow = "TestABoundedSumCountsWhatItDoesNotKeep|TestLostAnswers|TestRecordedStories|FuzzJudge|FuzzRead|" +
	"TestNoSerialHistoryIsBlamed|TestNoTangledHistoryIsBlamed|TestNoHistoryThatBeginsInTheUnknownIsBlamed|TestAForbiddenAnswerIsBlamed"

// serving is put into a package: its tests are then run as they are asked for.
const serving = `package %s_test

import (
	"os"
	"testing"

	"%s"
)

func TestMain(m *testing.M) {
	if os.Getenv("MUTANTS_SERVE") == "" {
		os.Exit(m.Run())
	}
	mutant.Serve(m.Run)
}
`

func (l *lab) build() error {
	for _, pkg := range l.served {
		if err := os.WriteFile(filepath.Join(l.dir, "spec", pkg, "serving_test.go"), fmt.Appendf(nil, serving, pkg, switchesPath), 0o600); err != nil {
			return err
		}
		build := exec.Command("go", "test", "-c", "-vet=off", "-trimpath", "-ldflags=-w", "-o", l.binary(pkg), "./spec/"+pkg)
		build.Dir = l.dir
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	return nil
}

func (l *lab) binary(pkg string) string { return filepath.Join(l.dir, pkg+".test") }

func (l *lab) command(pkg string, args ...string) *exec.Cmd {
	if pkg == "lifecycle" {
		args = append(args, "-rapid.seed=1", "-rapid.nofailfile") // what is drawn by chance is the same each time
	}
	if !l.thorough {
		args = append(args, "-test.skip=^("+slow+")$")
	}
	run := exec.Command(l.binary(pkg), args...)
	run.Dir = filepath.Join(l.dir, "spec", pkg)
	run.Env = append(os.Environ(), "GOMAXPROCS=1")
	return run
}

// calibrate lists the tests, and finds out which mutants each of them feels. All have to pass.
func (l *lab) calibrate() error {
	l.once = map[string]map[int]bool{}
	for _, pkg := range l.served {
		list := l.command(pkg, "-test.v")
		list.Env = append(list.Env, "MUTANT=0")
		out, err := list.CombinedOutput()
		if err != nil {
			return fmt.Errorf("the tests of spec/%s fail without a mutant: %w\n%s", pkg, err, out)
		}
		var names []string
		for line := range strings.Lines(string(out)) {
			if name, ok := strings.CutPrefix(line, "=== RUN   "); ok {
				names = append(names, strings.TrimSpace(name))
			}
		}
		s, err := l.serve(pkg, 0)
		if err != nil {
			return err
		}
		// What is done once in a process, is done when the first of a test's parts runs for the first time.
		once, begun := map[int]bool{}, map[string]bool{}
		var tests []*test
		for i, name := range names {
			if slices.ContainsFunc(names[i:], func(other string) bool { return strings.HasPrefix(other, name+"/") }) {
				continue
			}
			t := &test{pkg: pkg, pattern: pattern(name)}
			tests = append(tests, t)
			if whole, _, _ := strings.Cut(name, "/"); !begun[whole] {
				begun[whole] = true
				_, feels := s.ask(0, time.Hour, t)
				maps.Copy(once, feels)
			}
		}
		for _, t := range tests {
			var verdict status
			if verdict, t.feels = s.ask(0, time.Hour, t); verdict != lived {
				return fmt.Errorf("spec/%s: %s %s without a mutant", pkg, t.pattern, verdict)
			}
			for k := range t.feels {
				delete(once, k)
			}
		}
		l.tests = append(l.tests, tests...)
		s.close()
		l.once[pkg] = once
	}
	slices.SortStableFunc(l.tests, func(a, b *test) int { return cmp.Compare(a.took, b.took) })
	return nil
}

// pattern matches one test or subtest only.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}

// server is a process that runs the tests of a package.
type server struct {
	lab     *lab
	run     *exec.Cmd
	in      io.WriteCloser
	out     *os.File
	answers *bufio.Reader
}

// serve starts the tests of a package; with a mutant, that lives from the beginning.
func (l *lab) serve(pkg string, k int) (*server, error) {
	s := &server{lab: l, run: l.command(pkg)}
	s.run.Env = append(s.run.Env, "MUTANTS_SERVE=1")
	if k > 0 {
		s.run.Env = append(s.run.Env, fmt.Sprint("MUTANT=", k))
	}
	var err error
	if s.in, err = s.run.StdinPipe(); err != nil {
		return nil, err
	}
	out, answers, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s.run.ExtraFiles = []*os.File{answers}
	s.out, s.answers = out, bufio.NewReader(out)
	err = s.run.Start()
	_ = answers.Close()
	return s, err
}

func (s *server) close() {
	_ = s.in.Close()
	_ = s.out.Close()
	_ = s.run.Wait()
	s.lab.processor.Add(int64(s.run.ProcessState.UserTime() + s.run.ProcessState.SystemTime()))
}

// ask runs tests while a mutant lives; with none it tells what they feel.
func (s *server) ask(k int, most time.Duration, tests ...*test) (status, map[int]bool) {
	request := fmt.Sprint(k, "\t", most.Seconds())
	for _, t := range tests {
		request += "\t" + t.pattern
	}
	_, _ = io.WriteString(s.in, request+"\n") // that the process is gone, the answer shows
	answer, err := s.answers.ReadString('\n')
	fields := strings.Fields(answer)
	switch {
	case err != nil:
		return crashed, nil
	case fields[0] == "failed":
		return killed, nil
	case fields[0] == "endless":
		return endless, nil
	}
	if k == 0 && len(tests) == 1 {
		took, _ := strconv.ParseInt(fields[1], 10, 64)
		tests[0].took = time.Duration(took)
	}
	feels := map[int]bool{}
	for _, field := range fields[2:] {
		if k, err := strconv.Atoi(field); err == nil {
			feels[k] = true
		}
	}
	return lived, feels
}

// tryAll tries every mutant.
func (l *lab) tryAll(progress func(*mutant)) {
	next := make(chan *mutant)
	var group sync.WaitGroup
	var mutex sync.Mutex
	for range l.workers {
		group.Go(func() {
			b := &bench{lab: l, servers: map[string]*server{}}
			for m := range next {
				m.status = b.try(m)
				mutex.Lock()
				progress(m)
				mutex.Unlock()
			}
			for _, s := range b.servers {
				s.close()
			}
		})
	}
	for _, m := range l.mutants {
		if m.fixed == "" && strings.Contains(m.name(), l.only) {
			next <- m
		}
	}
	close(next)
	group.Wait()
}

// bench is what one worker has: a process for each package's tests.
type bench struct {
	lab     *lab
	servers map[string]*server
}

func (b *bench) try(m *mutant) status {
	result := unfelt
	for _, pkg := range b.lab.served {
		var tests []*test
		for _, t := range b.lab.tests {
			if t.pkg == pkg && t.feels[m.number] {
				tests = append(tests, t)
			}
		}
		if len(tests) == 0 {
			continue
		}
		if result = b.ask(pkg, m, tests); result != lived {
			return result
		}
	}
	for _, pkg := range b.lab.served {
		if !b.lab.once[pkg][m.number] {
			continue
		}
		var tests []*test
		for _, t := range b.lab.tests {
			if t.pkg == pkg {
				tests = append(tests, t)
			}
		}
		s, err := b.lab.serve(pkg, m.number)
		if err != nil {
			panic(err)
		}
		result, _ = s.ask(m.number, limit(tests), tests...)
		s.close()
		if result != lived {
			return result
		}
	}
	return result
}

func (b *bench) ask(pkg string, m *mutant, tests []*test) status {
	s := b.servers[pkg]
	if s == nil {
		var err error
		if s, err = b.lab.serve(pkg, 0); err != nil {
			panic(err)
		}
		b.servers[pkg] = s
		s.ask(0, time.Hour, tests[0]) // what is done once in a process, is done without a mutant
	}
	result, _ := s.ask(m.number, limit(tests), tests...)
	if result == crashed || result == endless {
		s.close()
		delete(b.servers, pkg)
	}
	return result
}

// limit is the processor's time that tests may take. The clock's would kill mutants because the machine is busy.
func limit(tests []*test) time.Duration {
	var sum time.Duration
	for _, t := range tests {
		sum += t.took
	}
	return 5*sum + 3*time.Second
}

// status is what became of a mutant.
type status int

const (
	unfelt status = iota // nowhere in the tests does it make a difference where it stands
	lived
	killed
	crashed
	endless
)

func (s status) String() string {
	return [...]string{"unfelt", "lived", "killed", "crashed", "endless"}[s]
}

// pkg is the package that the mutant stands in.
func (m *mutant) pkg() string { return path.Dir(m.file) }
