package runner

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// session is a recording that deviates, and that lacks what recorders drop.
func session(t *testing.T) []byte {
	t.Helper()
	for _, e := range example.All() {
		if e.Rule != "conflict.code" {
			continue
		}
		trace := *e.Broken
		trace.Recorded, trace.Exchanges = true, slices.Clone(trace.Exchanges)
		for i := range trace.Exchanges {
			response := *trace.Exchanges[i].Response
			response.Header = response.Header.Clone()
			response.Header.Del("Location")
			trace.Exchanges[i].Response = &response
		}
		var har bytes.Buffer
		if err := exchange.WriteHAR(&har, &trace, exchange.Tool{Name: "test"}); err != nil {
			t.Fatal(err)
		}
		return har.Bytes()
	}
	t.Fatal("there is no example of conflict.code")
	return nil
}

// sessions makes a folder of n copies of it.
func sessions(t *testing.T, n int) string {
	t.Helper()
	folder, content := t.TempDir(), session(t)
	for i := range n {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("session-%06d.har", i)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func check(t *testing.T, o CheckOptions) *report.Report {
	t.Helper()
	out, err := Check(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return out.Report
}

// Whatever is not listed one by one is counted.
func TestCheckCountsAllFiles(t *testing.T) {
	const files = report.MostFindings + 10
	r := check(t, CheckOptions{Files: []string{sessions(t, files)}, Lenient: true})
	rule := r.Rules[slices.IndexFunc(r.Rules, func(rule report.Rule) bool { return rule.ID == "conflict.code" })]
	if rule.Verdict != oracle.Fail || len(rule.Findings) != report.MostFindings || rule.More != 10 {
		t.Errorf("%s with %d findings and %d more", rule.Verdict, len(rule.Findings), rule.More)
	}
	for i, f := range rule.Findings {
		if !strings.HasSuffix(f.Trace, fmt.Sprintf("session-%06d.har", i)) || !strings.HasPrefix(f.As, "as the live service") {
			t.Errorf("finding %d is in %s, %q", i, f.Trace, f.As)
		}
	}
	if r.Traffic.Files != files || len(r.Files) != files {
		t.Errorf("%d files counted, %d listed", r.Traffic.Files, len(r.Files))
	}
	if f := r.Traffic.Forgiven; len(f) == 0 || f[0].Files != files || f[0].Times < files || !strings.HasSuffix(f[0].First[0], "session-000000.har") {
		t.Errorf("forgiven %+v", f)
	}
	if one := r.Run.Requests / files; r.Run.Requests != one*files || one < 2 {
		t.Errorf("%d exchanges", r.Run.Requests)
	}
}

// Files are taken up as the ones before them are done with, however many there are and however slow that is.
func TestNoMoreFilesAreInHandThanAreJudgedAtOnce(t *testing.T) {
	name := filepath.Join(sessions(t, 1), "session-000000.har")
	const files = 40
	var taken atomic.Int64
	done, most := int64(0), int64(0)
	judgeFiles(t.Context(), func(yield func(string, error) bool) {
		for range files {
			taken.Add(1)
			if !yield(name, nil) {
				return
			}
		}
	}, CheckOptions{}, func(f judgedFile) {
		if f.err != nil {
			t.Error(f.err)
		}
		most = max(most, taken.Load()-done)
		done++
	})
	// Those in the queue, the one that is handed over, and the one that waits for a place in the queue.
	if limit := int64(runtime.GOMAXPROCS(0)) + 2; done != files || most > limit {
		t.Errorf("%d files were judged, and %d were in hand at once: %d are enough", done, most, limit)
	}
}

// A folder is listed in the order of its names, however often it takes.
func TestAFolderIsListedInOrder(t *testing.T) {
	folder := t.TempDir()
	var want []string
	add := func(name string) {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if isRecording(name) {
			want = append(want, path)
		}
	}
	for i := range 25 {
		add(fmt.Sprintf("%02d.json", i))
	}
	for _, name := range []string{"notes.txt", "sub/b.HAR.gz", "sub/c.har", "sub/d.gz", "z.har"} {
		add(name)
	}
	for _, most := range []int{1, 5, 9, 27, 28, 100} {
		var got []string
		walk(folder, most, func(name string, err error) bool {
			if err != nil {
				t.Error(err)
			}
			got = append(got, name)
			return true
		})
		if !slices.Equal(got, want) {
			t.Errorf("%d at once: %q, want %q", most, got, want)
		}
	}
	for _, arguments := range [][]string{{folder}, {folder, filepath.Join(folder, "sub"), want[3]}, {filepath.Join(folder, "0*"), folder}} {
		files, err := recordings(arguments)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for name, err := range files {
			if err != nil {
				t.Error(err)
			}
			got = append(got, name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", arguments, got, want)
		}
	}
}

func TestUnreadableFilesAreToldUpToABound(t *testing.T) {
	folder := t.TempDir()
	for i := range mostUnreadable + 7 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%02d.har", i)), []byte("junk"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := check(t, CheckOptions{Files: []string{folder}})
	if len(r.Problems) != mostUnreadable+1 || !strings.Contains(r.Problems[0], "00.har") || !strings.Contains(r.Problems[mostUnreadable], "7 more") {
		t.Errorf("%q", r.Problems)
	}
}
