package oracle

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// BenchmarkStages measures what each step from a file to a judgement costs, on one processor, over the live service's recordings. The
// steps build on each other: "model" is what gathering the evidence costs beyond reading the answers, "rules" what is left.
func BenchmarkStages(b *testing.B) {
	files, size := recordedFiles(b)
	var traces []*exchange.Trace
	var all []*evidence
	exchanges := 0
	for _, file := range files {
		trace, err := exchange.ReadHAR(bytes.NewReader(file))
		if err != nil {
			b.Fatal(err)
		}
		traces, all = append(traces, trace), append(all, gather(trace, Options{Lenient: true}))
		exchanges += len(trace.Exchanges)
	}
	stage := func(name string, run func(b *testing.B)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(size)
			for b.Loop() {
				run(b)
			}
			b.ReportMetric(float64(exchanges)*float64(b.N)/b.Elapsed().Seconds(), "exchanges/s")
		})
	}
	stage("read", func(b *testing.B) {
		for _, file := range files {
			if _, err := exchange.ReadHAR(bytes.NewReader(file)); err != nil {
				b.Fatal(err)
			}
		}
	})
	stage("wire", func(*testing.B) {
		for _, trace := range traces {
			for i := range trace.Exchanges {
				wire.Default().Read(trace, &trace.Exchanges[i])
			}
		}
	})
	stage("model", func(*testing.B) {
		for _, ev := range all {
			ev.crypto = newInspector()
			for _, n := range ev.lives {
				n.followed = nil
				ev.follow(n)
			}
			ev.claim()
		}
	})
	stage("rules", func(*testing.B) {
		for _, ev := range all {
			clear(ev.crypto.certificates) // which the model reads for merges alone
			for _, rule := range Rules() {
				c := &court{evidence: ev, rule: rule, record: &record{}, forgiven: map[string]int{}}
				c.hold()
			}
		}
	})
	stage("all", func(b *testing.B) {
		for _, file := range files {
			trace, err := exchange.ReadHAR(bytes.NewReader(file))
			if err != nil {
				b.Fatal(err)
			}
			Judge(trace, Options{Lenient: true})
		}
	})
}

// recordedFiles returns the live service's recordings, and their size in bytes.
func recordedFiles(b *testing.B) (files [][]byte, size int64) {
	b.Helper()
	names, err := filepath.Glob("../../../shared/recordings/*.har")
	if err != nil {
		b.Fatal(err)
	}
	if len(names) == 0 {
		b.Skip("no recordings here")
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		files, size = append(files, text), size+int64(len(text))
	}
	return files, size
}
