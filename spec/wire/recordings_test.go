package wire_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// tolerated are the kinds that the live service's traffic may have: habits that are a SHOULD.
var tolerated = map[wire.Kind]bool{wire.Undeclared: true}

// TestRecordings reads what the live service was recorded to answer. A defect in there is a fault of this package until
// shown otherwise; the one that is shown is a 204 that its recorder wrote a body to.
func TestRecordings(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/recordings/*.har")
	if len(files) == 0 {
		t.Skip("no recordings beside the checkout: nothing of the live service to read")
	}
	checker := newChecker(t)
	reads, bodiesOn204 := 0, 0
	kinds := map[wire.Kind]int{}
	for _, file := range files {
		trace := readHAR(t, file)
		for i := range trace.Exchanges {
			reading := checker.Read(trace, &trace.Exchanges[i])
			reads++
			for _, d := range reading.Defects {
				kinds[d.Kind]++
				if d.Kind == wire.UnexpectedBody {
					bodiesOn204++
					continue
				}
				if !tolerated[d.Kind] {
					t.Errorf("%s #%d %s %s: %+v", trace.Name, i+1, reading.Request.Method, reading.Request.URL, d)
				}
			}
			if reading.Call.Foreign {
				t.Errorf("%s #%d %s is no traffic of a vault", trace.Name, i+1, reading.Request.URL)
			}
		}
	}
	t.Logf("%d exchanges of %d files: %v", reads, len(files), kinds)
	if bodiesOn204 > 1 {
		t.Errorf("%d bodies on a 204, the recorder made one", bodiesOn204)
	}
}

// readHAR reads as much of a HAR as this package needs.
func readHAR(t *testing.T, file string) *exchange.Trace {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type header struct{ Name, Value string }
	var har struct {
		Log struct {
			Entries []struct {
				Request struct {
					Method, URL string
					Headers     []header
					PostData    struct{ Text string }
				}
				Response struct {
					Status  int
					Headers []header
					Content struct{ Text string }
				}
			}
		}
	}
	if err := json.Unmarshal(data, &har); err != nil {
		t.Fatal(err)
	}
	headers := func(all []header) http.Header {
		h := http.Header{}
		for _, one := range all {
			h.Add(one.Name, one.Value)
		}
		return h
	}
	trace := &exchange.Trace{Name: filepath.Base(file), Recorded: true}
	for i, e := range har.Log.Entries {
		trace.Exchanges = append(trace.Exchanges, exchange.Exchange{
			Number: i + 1,
			Request: exchange.Request{
				Method: e.Request.Method, URL: e.Request.URL,
				Header: headers(e.Request.Headers), Body: []byte(e.Request.PostData.Text),
			},
			Response: &exchange.Response{
				Status: e.Response.Status, Header: headers(e.Response.Headers), Body: []byte(e.Response.Content.Text),
			},
		})
	}
	return trace
}
