package exchange_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kvconform/kvconform/spec/exchange"
)

var tool = exchange.Tool{Name: "kvconform", Version: "test"}

// TestHARRoundTrip holds what the format is for: a trace that is written and read is the same trace.
func TestHARRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace := traces.Draw(t, "trace")
		got := read(t, write(t, trace))
		if diff := cmp.Diff(trace, got); diff != "" {
			t.Fatalf("written and read (-want +got):\n%s", diff)
		}
	})
}

var (
	anyBytes = rapid.OneOf(rapid.Just([]byte(nil)), rapid.Just([]byte{}), rapid.SliceOf(rapid.Byte()),
		rapid.Just([]byte("\xef\xbb\xbf{\"a\":\"\u2028<&>\"}")), rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }))
	headers = rapid.Custom(func(t *rapid.T) http.Header {
		h := http.Header{}
		for range rapid.IntRange(0, 5).Draw(t, "headers") {
			name := rapid.SampledFrom([]string{"Content-Type", "Location", "Retry-After", "Date", "X-Ms-Request-Id", "Www-Authenticate"}).Draw(t,
				"name")
			value := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
			h.Add(name, value.Draw(t, "value"))
		}
		return h
	})
	instants = rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(-1e9, 1e10).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()
	})
	exchanges = rapid.Custom(func(t *rapid.T) exchange.Exchange {
		e := exchange.Exchange{
			Drive: rapid.String().Draw(t, "drive"), Attempt: rapid.IntRange(0, 9).Draw(t, "attempt"), Defect: rapid.String().Draw(t, "defect"),
			Caller: rapid.SampledFrom([]exchange.Caller{exchange.Owner, exchange.Reader, exchange.Stranger, exchange.Nobody}).Draw(t, "caller"),
			Request: exchange.Request{
				Method: rapid.StringN(1, 8, -1).Draw(t, "method"), URL: rapid.StringN(1, -1, -1).Draw(t, "url"),
				Header: headers.Draw(t, "header"), Body: anyBytes.Draw(t, "body"),
			},
			Failure: rapid.String().Draw(t, "failure"),
			Sent:    instants.Draw(t, "sent"), Received: instants.Draw(t, "received"),
		}
		if rapid.Bool().Draw(t, "answered") {
			e.Response = &exchange.Response{
				Status: rapid.IntRange(0, 999).Draw(t, "status"), Proto: rapid.SampledFrom([]string{"", "HTTP/1.1", "HTTP/2.0"}).Draw(t, "proto"),
				Header: headers.Draw(t, "answer's header"), Body: anyBytes.Draw(t, "answer's body"), Cut: rapid.String().Draw(t, "cut"),
			}
		}
		return e
	})
	traces = rapid.Custom(func(t *rapid.T) *exchange.Trace {
		trace := &exchange.Trace{Base: rapid.String().Draw(t, "base"), Fresh: rapid.Bool().Draw(t, "fresh"),
			Exchanges: rapid.SliceOfN(exchanges, 0, 6).Draw(t, "exchanges")}
		for i := range trace.Exchanges {
			trace.Exchanges[i].Number = i + 1
		}
		if len(trace.Exchanges) == 0 {
			trace.Exchanges = nil
		}
		return trace
	})
)

// TestHARIsTheFormat looks at what other readers need: the members that HAR 1.2 requires.
func TestHARIsTheFormat(t *testing.T) {
	trace := &exchange.Trace{Base: "https://v.test", Exchanges: []exchange.Exchange{answered(), {Number: 2,
		Request: exchange.Request{Method: "GET", URL: "https://v.test/"}, Failure: "connection reset"}}}
	var har struct{ Log map[string]any }
	if err := json.Unmarshal(write(t, trace), &har); err != nil {
		t.Fatal(err)
	}
	requireMembers(t, "log", har.Log, "version", "creator", "entries")
	for _, e := range har.Log["entries"].([]any) {
		e := e.(map[string]any)
		requireMembers(t, "entry", e, "startedDateTime", "time", "request", "response", "cache", "timings")
		requireMembers(t, "request", e["request"].(map[string]any), "method", "url", "httpVersion", "cookies", "headers", "queryString",
			"headersSize", "bodySize")
		response := e["response"].(map[string]any)
		requireMembers(t, "response", response, "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL",
			"headersSize", "bodySize")
		requireMembers(t, "content", response["content"].(map[string]any), "size", "mimeType")
		requireMembers(t, "timings", e["timings"].(map[string]any), "send", "wait", "receive")
	}
	first := har.Log["entries"].([]any)[0].(map[string]any)
	if got := first["time"]; got != 1.5 {
		t.Errorf("time is %v, want 1.5 ms", got)
	}
	query := first["request"].(map[string]any)["queryString"]
	want := []any{map[string]any{"name": "api-version", "value": "7.6"}, map[string]any{"name": "request_id", "value": "a b"}}
	if diff := cmp.Diff(want, query); diff != "" {
		t.Errorf("queryString (-want +got):\n%s", diff)
	}
}

func requireMembers(t *testing.T, what string, object map[string]any, names ...string) {
	t.Helper()
	for _, name := range names {
		if value, ok := object[name]; !ok || value == nil {
			t.Errorf("%s: %s is %v, and the format requires it", what, name, value)
		}
	}
}

func answered() exchange.Exchange {
	sent := time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)
	return exchange.Exchange{
		Number: 1, Drive: "cancel", Attempt: 1,
		Request: exchange.Request{Method: "GET", URL: "https://v.test/certificates/a/pending?api-version=7.6&request_id=a+b",
			Header: http.Header{}},
		Response: &exchange.Response{Status: 200, Proto: "HTTP/1.1", Header: http.Header{}, Body: []byte(`{}`)},
		Sent:     sent, Received: sent.Add(1500 * time.Microsecond),
	}
}

func TestHARRedactsCredentials(t *testing.T) {
	const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.c2lnbmVk"
	tests := []struct{ name, value, want string }{
		{"Authorization", "Bearer " + token, "Bearer REDACTED"},
		{"Authorization", "bearer opaque", "bearer REDACTED"},
		{"Authorization", "opaque", "REDACTED"},
		{"Authorization", "two words", "REDACTED"},
		{"Proxy-Authorization", "Basic dTpw", "Basic REDACTED"},
		{"Cookie", "session=1; b=2", "REDACTED"},
		{"Set-Cookie", "session=1; Path=/", "REDACTED"},
		{"X-Auth-Token", "1234", "REDACTED"},
		{"X-Api-Key", "1234", "REDACTED"},
		{"X-Debug", "sent " + token + " here", "sent REDACTED here"},
		{"Location", "https://v.test/?access=" + token, "https://v.test/?access=REDACTED"},
		{"Www-Authenticate", `Bearer authorization="https://login.test/tenant", resource="https://vault.azure.net"`,
			`Bearer authorization="https://login.test/tenant", resource="https://vault.azure.net"`},
		{"Content-Type", "application/json", "application/json"},
	}
	for _, test := range tests {
		t.Run(test.name+" "+test.value, func(t *testing.T) {
			e := answered()
			e.Request.Header, e.Response.Header = http.Header{test.name: {test.value}}, http.Header{test.name: {test.value, test.value}}
			har := write(t, &exchange.Trace{Exchanges: []exchange.Exchange{e}})
			if test.value != test.want && bytes.Contains(har, []byte(test.value)) {
				t.Errorf("the HAR holds %q", test.value)
			}
			got := read(t, har).Exchanges[0]
			if diff := cmp.Diff(http.Header{test.name: {test.want}}, got.Request.Header); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(http.Header{test.name: {test.want, test.want}}, got.Response.Header); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWriteHARTellsOfAFullDisk(t *testing.T) {
	full := errors.New("no space left")
	err := exchange.WriteHAR(failing{full}, &exchange.Trace{Exchanges: []exchange.Exchange{answered()}}, tool)
	if !errors.Is(err, full) {
		t.Errorf("got %v, want it to wrap %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// foreign wraps entries as another tool writes them.
func foreign(entries string) string {
	return `{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[{"id":"page_1"}],"entries":[` + entries +
		`]}}`
}

func TestReadForeignHAR(t *testing.T) {
	const browser = `{"_priority":"High","_number":"7","_drive":{"x":1},"startedDateTime":"2026-01-02T05:04:05.678+02:00","time":12.5,
		"request":{"method":"POST","url":"https://v.test/certificates/a/create?api-version=7.6","httpVersion":"h2",
			"headers":[{"name":":authority","value":"v.test"},{"name":"content-type","value":"application/json"},
				{"name":"accept","value":"a"},{"name":"Accept","value":"b"}],
			"postData":{"mimeType":"application/json","text":"{}"}},
		"response":{"status":202,"statusText":"","httpVersion":"h2","headers":[{"name":"retry-after","value":"10"}],
			"content":{"size":2,"mimeType":"application/json","text":"e30=","encoding":"base64"},"_transferSize":5},
		"timings":{"send":1}}`
	got := read(t, []byte("\xef\xbb\xbf"+foreign(browser)))
	want := &exchange.Trace{Recorded: true, Exchanges: []exchange.Exchange{{
		Number: 1,
		Request: exchange.Request{Method: "POST", URL: "https://v.test/certificates/a/create?api-version=7.6",
			Header: http.Header{"Content-Type": {"application/json"}, "Accept": {"a", "b"}}, Body: []byte("{}")},
		Response: &exchange.Response{Status: 202, Proto: "h2", Header: http.Header{"Retry-After": {"10"}}, Body: []byte("{}")},
		Sent:     time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC), Received: time.Date(2026, 1, 2, 3, 4, 5, 690_500_000, time.UTC),
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestReadForeignEntry reads one entry after the other that lacks something, or has it in its own way.
func TestReadForeignEntry(t *testing.T) {
	const request = `"request":{"method":"GET","url":"https://v.test/"}`
	tests := []struct {
		name, entry string
		body        []byte             // of the request
		response    *exchange.Response // nil for none
		failure     string
	}{
		{"nothing but a request", `{` + request + `}`, nil, nil, "nothing was recorded of the answer"},
		{"status 0", `{` + request + `,"response":{"status":0}}`, nil, nil, "no answer was recorded"},
		{"status 0 of Chrome", `{` + request + `,"response":{"status":0,"_error":"net::ERR_FAILED"}}`, nil, nil, "net::ERR_FAILED"},
		{"a body that was not kept", `{` + request + `,"response":{"status":200,"content":{"size":300}}}`, nil, nil,
			"the recorder did not keep the answer's body (200, 300 bytes)"},
		{"no body", `{` + request + `,"response":{"status":204,"content":{"size":0}}}`, nil,
			&exchange.Response{Status: 204, Header: http.Header{}}, ""},
		{"an empty body", `{` + request + `,"response":{"status":204,"content":{"text":""}}}`, nil,
			&exchange.Response{Status: 204, Header: http.Header{}, Body: []byte{}}, ""},
		{"nulls", `{"startedDateTime":null,"time":null,` + request +
			`,"response":{"status":204,"headers":null,"content":null,"statusText":null}}`, nil,
			&exchange.Response{Status: 204, Header: http.Header{}}, ""},
		{"members of other kinds", `{"startedDateTime":5,"time":"fast",` + request +
			`,"response":{"status":204,"httpVersion":2,"_cut":[],"content":{"size":"0","encoding":7}}}`, nil,
			&exchange.Response{Status: 204, Header: http.Header{}}, ""},
		{"escapes and bytes that are no UTF-8", `{` + request + `,"response":{"status":200,"content":{"text":"\u00e4\"` + "\xff" + `"}}}`, nil,
			&exchange.Response{Status: 200, Header: http.Header{}, Body: []byte("ä\"\uFFFD")}, ""},
		{"base64 in lines", `{` + request + `,"response":{"status":200,"content":{"text":"e3\r\n0=","encoding":"BASE64"}}}`, nil,
			&exchange.Response{Status: 200, Header: http.Header{}, Body: []byte("{}")}, ""},
		{"params", `{"request":{"method":"POST","url":"https://v.test/",
			"postData":{"params":[{"name":"a b","value":"&"},{"name":"c","value":"d"}]}}}`, []byte("a+b=%26&c=d"), nil,
			"nothing was recorded of the answer"},
		{"an empty body sent", `{"request":{"method":"POST","url":"https://v.test/","postData":{"text":""}}}`, []byte{}, nil,
			"nothing was recorded of the answer"},
		{"duplicate members", `{"time":1,"time":2,` + request + `,"response":{"status":1,"status":204}}`, nil,
			&exchange.Response{Status: 204, Header: http.Header{}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := read(t, []byte(foreign(test.entry))).Exchanges[0]
			if diff := cmp.Diff(test.body, got.Request.Body); diff != "" {
				t.Errorf("request's body (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.response, got.Response); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
			if got.Failure != test.failure {
				t.Errorf("failure %q, want %q", got.Failure, test.failure)
			}
		})
	}
}

// TestMarksOfOthers reads underscored members that happen to have our names: without ours in the log they mean nothing.
func TestMarksOfOthers(t *testing.T) {
	got := read(t, []byte(foreign(`{"_number":7,"_drive":"d","_attempt":2,"_defect":"x","_caller":"nobody","_lost":true,"_failure":"f",
		"_sent":"2020-01-01T00:00:00Z",
		"startedDateTime":"2026-01-02T03:04:05Z","request":{"method":"GET","url":"https://v.test/"},"response":{"status":204}}`)))
	want := exchange.Exchange{Number: 1, Request: exchange.Request{Method: "GET", URL: "https://v.test/", Header: http.Header{}},
		Response: &exchange.Response{Status: 204, Header: http.Header{}}, Sent: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Received: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	if diff := cmp.Diff(want, got.Exchanges[0]); diff != "" || !got.Recorded || got.Fresh {
		t.Errorf("recorded %v, fresh %v (-want +got):\n%s", got.Recorded, got.Fresh, diff)
	}
}

// TestOrderOfOthers: what forwards lists by answer, what keeps no durations has no order but the file's.
func TestOrderOfOthers(t *testing.T) {
	at := func(second string, ms string, url string) string {
		return `{"startedDateTime":"2026-01-02T03:04:` + second + `Z","time":` + ms + `,"request":{"method":"GET","url":"` + url + `"}}`
	}
	for name, test := range map[string]struct{ entries, want string }{
		"by answer":        {at("05", "9", "/b") + "," + at("04", "5000", "/a") + "," + at("05", "0", "/c"), "/a /b /c"},
		"without duration": {at("05", "0", "/b") + "," + at("04", "0", "/a"), "/b /a"},
		"one without time": {at("05", "9", "/b") + "," + at("04", "9", "/a") + `,{"request":{"method":"GET","url":"/c"}}`, "/b /a /c"},
	} {
		t.Run(name, func(t *testing.T) {
			var urls []string
			for i, e := range read(t, []byte(foreign(test.entries))).Exchanges {
				urls = append(urls, e.Request.URL)
				if e.Number != i+1 {
					t.Errorf("%s has number %d at place %d", e.Request.URL, e.Number, i+1)
				}
			}
			if got := strings.Join(urls, " "); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestRecordedStaysRecorded: writing somebody else's traffic does not make it ours.
func TestRecordedStaysRecorded(t *testing.T) {
	e := answered()
	e.Drive, e.Attempt = "", 0
	e.Sent, e.Received = e.Sent.Truncate(time.Millisecond), e.Sent.Truncate(time.Millisecond)
	want := &exchange.Trace{Recorded: true, Exchanges: []exchange.Exchange{e}}
	if diff := cmp.Diff(want, read(t, write(t, want))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadHARErrors(t *testing.T) {
	const entry = `{"request":{"method":"GET","url":"https://v.test/"},"response":{"status":204}}`
	tests := []struct{ name, har, want string }{
		{"an empty file", ``, "reading HAR: byte 0: the file is empty"},
		{"no JSON", `<html>`, "reading HAR: byte 0: invalid character '<' at start of value"},
		{"no object", `[]`, "reading HAR: byte 1: not HAR: an object is due"},
		{"no log", `{"a":1}`, "reading HAR: byte 7: no HAR: its object has no log"},
		{"no entries", `{"log":{}}`, "reading HAR: byte 9, /log: no HAR: its log has no entries"},
		{"entries of another kind", `{"log":{"entries":{}}}`, "reading HAR: byte 19, /log/entries: not HAR: an array is due"},
		{"two logs", `{"log":{"entries":[]},"log":{"entries":[]}}`, "reading HAR: byte 27, /log: a second log"},
		{"more behind it", foreign("") + "{}", "reading HAR: byte 118: something follows the HAR's end"},
		{"no URL", foreign(entry + `,{"request":{"method":"GET"}}`),
			"reading HAR: byte 221, /log/entries/1: the entry has no request.method or no request.url"},
		{"a status in words", foreign(`{"request":{"method":"GET","url":"/"},"response":{"status":"OK"}}`),
			"reading HAR: byte 173, /log/entries/0/response/status: a value of another kind is due"},
		{"a body of another kind", foreign(`{"request":{"method":"GET","url":"/","postData":{"text":{}}}}`),
			"reading HAR: byte 170, /log/entries/0/request/postData/text: a value of another kind is due"},
		{"base64 that is none",
			foreign(`{"request":{"method":"GET","url":"/"},"response":{"status":1,"content":{"text":"!","encoding":"base64"}}}`),
			"reading HAR: byte 219, /log/entries/0: response.content.text is no base64, as its encoding says"},
		{"cut off", foreign(entry)[:150], "reading HAR: byte 150, /log/entries/0/request/url: the file ends here, before the HAR does"},
		{"cut off behind a BOM", "\xef\xbb\xbf{", "reading HAR: byte 4: the file ends here, before the HAR does"},
		{"a name with a line break", "{\"log\":{\"a\\nb\":?}}", `reading HAR: byte 15, /log/a\nb: invalid character '?' at start of value`},
		{"too deep", `{"a":` + strings.Repeat("[", 20000), "exceeded max depth"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := exchange.ReadHAR(strings.NewReader(test.har))
			if err == nil {
				t.Fatal("no error")
			}
			got := err.Error()
			if strings.Contains(got, "\n") || len(got) > 300 {
				t.Errorf("not one line: %s", got)
			}
			if got != test.want && (strings.HasPrefix(test.want, "reading") || !strings.Contains(got, test.want)) {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestReadHARFromABrokenDisk(t *testing.T) {
	broken := errors.New("input/output error")
	for _, start := range []string{"", `{"log":{`} {
		if _, err := exchange.ReadHAR(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("after %q: got %v, want it to wrap %v", start, err, broken)
		}
	}
}

// shared are the recordings that stand beside a checkout of the project.
func shared(t testing.TB) []string {
	var files []string
	for _, pattern := range []string{"../../../shared/recordings/*.har", "../../../shared/emulator-traffic/*.har"} {
		found, _ := filepath.Glob(pattern)
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skip("no recordings beside the checkout")
	}
	return files
}

// TestReadRecordings reads what others wrote against a plain reader of the same files.
func TestReadRecordings(t *testing.T) {
	for _, file := range shared(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var har struct {
			Log struct {
				Entries []struct {
					Request struct {
						Method, URL string
						PostData    *struct{ Text string }
					}
					Response struct {
						Status  int
						Content struct{ Text string }
					}
				}
			}
		}
		if err := json.Unmarshal(data, &har); err != nil {
			t.Fatal(err)
		}
		got := read(t, data)
		if !got.Recorded || got.Fresh || got.Base != "" || len(got.Exchanges) != len(har.Log.Entries) {
			t.Errorf("%s: recorded %v, fresh %v, base %q, %d exchanges", file, got.Recorded, got.Fresh, got.Base, len(got.Exchanges))
			continue
		}
		for i, want := range har.Log.Entries {
			e := got.Exchanges[i]
			sent := e.Request.Body != nil
			if e.Number != i+1 || e.Request.Method != want.Request.Method || e.Request.URL != want.Request.URL || e.Response == nil ||
				e.Response.Status != want.Response.Status || string(e.Response.Body) != want.Response.Content.Text ||
				sent != (want.Request.PostData != nil) || sent && string(e.Request.Body) != want.Request.PostData.Text ||
				e.Sent.IsZero() || e.Received.Before(e.Sent) || e.Response.Header.Get("Date") == "" {
				t.Errorf("%s #%d: %+v", file, i+1, e)
			}
		}
	}
}

func BenchmarkReadRecordings(b *testing.B) {
	var files [][]byte
	size := 0
	for _, file := range shared(b) {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		files, size = append(files, data), size+len(data)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range files {
			if _, err := exchange.ReadHAR(bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// FuzzReadHAR: whatever is read can be written, and is then read as the same requests and statuses.
func FuzzReadHAR(f *testing.F) {
	f.Add([]byte(foreign(`{"startedDateTime":"2026-01-02T05:04:05.678+02:00","time":1e300,
		"request":{"method":"POST","url":"/","headers":[{"name":"a","value":"b","_base64":"/w=="}],
			"postData":{"params":[{"name":"a","value":"b"}]}},
		"response":{"status":202,"content":{"text":"e30=","encoding":"base64"}}}`)))
	f.Add([]byte(`{"log":{"_base":"https://v.test","_fresh":true,"entries":[
		{"_number":3,"_lost":true,"_sent":"0000-01-01T00:00:00Z","request":{"method":"GET","url":"/"}}]}}`))
	f.Add(write(f, &exchange.Trace{Exchanges: []exchange.Exchange{answered()}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := exchange.ReadHAR(bytes.NewReader(data))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("not one line: %q", err)
			}
			return
		}
		second := read(t, write(t, first))
		if len(first.Exchanges) != len(second.Exchanges) || first.Recorded != second.Recorded || first.Fresh != second.Fresh {
			t.Fatalf("read %+v, then %+v", first, second)
		}
		for i := range first.Exchanges {
			a, b := &first.Exchanges[i], &second.Exchanges[i]
			if a.Request.Method != b.Request.Method || a.Request.URL != b.Request.URL || !bytes.Equal(a.Request.Body, b.Request.Body) ||
				(a.Response == nil) != (b.Response == nil) || a.Response != nil &&
				(a.Response.Status != b.Response.Status || !bytes.Equal(a.Response.Body, b.Response.Body)) {
				t.Errorf("#%d: read %+v, then %+v", i+1, a, b)
			}
		}
	})
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func write(t fataler, trace *exchange.Trace) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := exchange.WriteHAR(&out, trace, tool); err != nil {
		t.Fatalf("%v", err)
	}
	return out.Bytes()
}

func read(t fataler, har []byte) *exchange.Trace {
	t.Helper()
	trace, err := exchange.ReadHAR(bytes.NewReader(har))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return trace
}
