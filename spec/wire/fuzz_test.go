package wire_test

import (
	"testing"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// FuzzRead feeds the reader what no vault would answer: it never panics, and what it tells is bounded.
func FuzzRead(f *testing.F) {
	checker := newChecker(f)
	for _, body := range []string{goodOperation, goodBundle, goodList, goodPolicy, goodRefusal, "", "null", `{"a":{"a":[1e9]}}`, "\xef\xbb\xbf{"} {
		f.Add("GET", "/certificates/try-1/pending"+version, "", 200, json8, []byte(body))
		f.Add("POST", "/certificates/try-1/create"+version, goodCreate, 202, json8, []byte(body))
		f.Add("GET", "//certificates/%2e/", "", 404, "text/html", []byte(body))
		f.Add("GET", "/certificates/a"+version, "", 200, json8, []byte(body))
		f.Add("GET", "/certificates"+version, "", 200, json8, []byte(body))
	}
	f.Fuzz(func(t *testing.T, method, path, sent string, status int, media string, body []byte) {
		for _, trace := range []*exchange.Trace{driven(), {Base: base, Recorded: true}} {
			r := checker.Read(trace, &exchange.Exchange{
				Request:  exchange.Request{Method: method, URL: base + path, Body: []byte(sent)},
				Response: response(status, media, string(body)),
			})
			if len(r.Defects) > 200 {
				t.Errorf("%d defects", len(r.Defects))
			}
			for _, d := range r.Defects {
				if !r.Looked[d.Kind] || len(d.Actual) > 1000 || len(d.Pointer) > 4000 || d.Expected == "" {
					t.Errorf("%+v", d)
				}
			}
			views := 0
			for _, set := range []bool{r.Operation != nil, r.Bundle != nil, r.Error != nil, r.Items != nil, r.CSR != ""} {
				if set {
					views++
				}
			}
			if views > 1 {
				t.Errorf("%d views of one answer", views)
			}
			if r.Call.Op == wire.Other && (r.Operation != nil || r.Bundle != nil) {
				t.Error("a view of nobody's answer")
			}
		}
	})
}
