package wire_test

import (
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// BenchmarkRead measures the two answers that a run is made of, in the sizes of the live service's.
func BenchmarkRead(b *testing.B) {
	checker := newChecker(b)
	pad := func(good, field string, size int) string {
		return strings.Replace(good, field, field+strings.Repeat("MIIC", (size-len(good))/4), 1)
	}
	for _, bench := range []struct {
		name string
		op   wire.Op
		body string
	}{
		{"operation", wire.GetPending, pad(goodOperation, `"csr":"`, 1983)},
		{"bundle", wire.Get, pad(goodBundle, `"cer":"`, 3733)},
		{"refusal", wire.Create, goodRefusal},
	} {
		status := wire.Success(bench.op)
		if bench.body == goodRefusal {
			status = 409
		}
		e := &exchange.Exchange{Request: asked[bench.op], Response: response(status, json8, bench.body)}
		trace := driven()
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bench.body)))
			for b.Loop() {
				if r := checker.Read(trace, e); len(r.Defects) > 0 {
					b.Fatal(r.Defects)
				}
			}
		})
	}
}

// BenchmarkNew measures what it costs to start.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		newChecker(b)
	}
}
