package recording

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const proxied = `{
  "Entries": [
    {"RequestUri": "https://v.vault.azure.net/certificates/c1/create?api-version=7.5", "RequestMethod": "POST",
     "RequestHeaders": {"Accept": "application/json", "Content-Type": "application/json"},
     "RequestBody": {"policy": {"issuer": {"name": "Unknown"}}},
     "StatusCode": 202, "ResponseHeaders": {"Content-Type": "application/json; charset=utf-8", "Date": "Tue, 03 Jan 2023 10:00:00 GMT",
       "Set-Cookie": ["a=1", "b=2"]},
     "ResponseBody": {"id": "https://v.vault.azure.net/certificates/c1/pending",  "status": "inProgress"}},
    {"RequestUri": "https://v.vault.azure.net/certificates/c1/pending?api-version=7.5", "RequestMethod": "GET",
     "RequestHeaders": {}, "RequestBody": null, "StatusCode": 200,
     "ResponseHeaders": {"Content-Type": "application/json"}, "ResponseBody": "{\"status\":\"completed\"}"},
    {"RequestUri": "https://v.vault.azure.net/x", "RequestMethod": "get", "RequestHeaders": {}, "RequestBody": null, "StatusCode": 200,
     "ResponseHeaders": {"Content-Type": "application/pkcs10"}, "ResponseBody": "AQID"},
    {"RequestUri": "https://v.vault.azure.net/y", "RequestMethod": "GET", "RequestHeaders": {}, "StatusCode": 200,
     "ResponseHeaders": {"Content-Type": "text/html"}, "ResponseBody": ["<p>\n", "</p>"]},
    {"RequestUri": "https://v.vault.azure.net/z", "RequestMethod": "GET", "RequestHeaders": {}, "StatusCode": 200,
     "ResponseHeaders": {"Content-Type": "application/json"}, "ResponseBody": ["a", 1]}
  ],
  "Variables": {}
}`

func TestRecordingsOfTheTestProxy(t *testing.T) {
	trace, err := Read("session.json", strings.NewReader(proxied))
	if err != nil {
		t.Fatal(err)
	}
	if trace.Name != "session.json" || !trace.Recorded || trace.Fresh || len(trace.Exchanges) != 5 {
		t.Fatalf("read %+v", trace)
	}
	first := trace.Exchanges[0]
	if first.Number != 1 || first.Request.Method != "POST" || string(first.Request.Body) != `{"policy": {"issuer": {"name": "Unknown"}}}` {
		t.Errorf("first request %+v", first.Request)
	}
	if got := first.Response.Header.Values("set-cookie"); len(got) != 2 {
		t.Errorf("a list of values: %q", got)
	}
	if first.Sent.Unix() != 1672740000 || !first.Received.Equal(first.Sent) {
		t.Errorf("times %s, %s", first.Sent, first.Received)
	}
	if trace.Exchanges[1].Request.Body != nil {
		t.Errorf("null is the body %q", trace.Exchanges[1].Request.Body)
	}
	for i, want := range []string{1: `{"status":"completed"}`, 2: "\x01\x02\x03", 3: "<p>\n</p>", 4: `["a", 1]`} {
		if got := string(trace.Exchanges[i].Response.Body); i > 0 && got != want {
			t.Errorf("body %d: %q, want %q", i, got, want)
		}
	}
	if trace.Exchanges[2].Request.Method != "GET" {
		t.Errorf("method %q", trace.Exchanges[2].Request.Method)
	}
}

const har = `{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":[
 {"startedDateTime":"2026-01-01T00:00:00Z","time":1,"request":{"method":"GET","url":"https://v.test/certificates/a/pending?api-version=7.5",
  "httpVersion":"HTTP/1.1","headers":[],"queryString":[],"cookies":[],"headersSize":-1,"bodySize":0},
  "response":{"status":404,"statusText":"","httpVersion":"HTTP/1.1","headers":[],"cookies":[],"content":{"size":2,"mimeType":"application/json","text":"{}"},
  "redirectURL":"","headersSize":-1,"bodySize":2},"cache":{},"timings":{"send":0,"wait":1,"receive":0}}]}}`

func TestWhatAFileIsItsContentTells(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(har)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"plain": har, "gzip": zipped.String(), "byte order mark": "\xef\xbb\xbf" + har,
		"other members first": `{"comment":{"log":1},"Variables":[],` + har[1:]} {
		trace, err := Read(name, strings.NewReader(content))
		if err != nil || len(trace.Exchanges) != 1 || trace.Name != name {
			t.Errorf("%s: %v, %+v", name, err, trace)
		}
	}
	for name, content := range map[string]string{"empty": "", "text": "hello", "object": `{"a":1}`, "array": `[1]`, "cut": `{"a":`, "html": "<html>"} {
		if _, err := Read(name, strings.NewReader(content)); !errors.Is(err, ErrUnknown) || !strings.Contains(fmt.Sprint(err), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, content := range map[string]string{"broken gzip": "\x1f\x8bxxxxxxxxxx", "cut gzip": zipped.String()[:zipped.Len()/2], "cut HAR": har[:200],
		"entry without a status": `{"Entries":[{"RequestUri":"https://v/","RequestMethod":"GET"}]}`, "entries are text": `{"Entries":"none"}`} {
		if _, err := Read(name, strings.NewReader(content)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{proxied, har, `{"Entries":[{"RequestUri":"/","RequestMethod":"G","StatusCode":200,"ResponseHeaders":{"a":null},"ResponseBody":1}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		trace, err := Read("fuzz", bytes.NewReader(content))
		if err != nil {
			return
		}
		for i, e := range trace.Exchanges {
			if e.Request.Method == "" || i > 0 && e.Number <= trace.Exchanges[i-1].Number {
				t.Errorf("exchange %d: %+v", i, e)
			}
		}
	})
}

func TestASourceEndsAtItsLimit(t *testing.T) {
	for length, want := range map[int]error{9: nil, 10: nil, 11: ErrTooLong, 1000: ErrTooLong} {
		s := &source{r: strings.NewReader(strings.Repeat("x", length)), left: 10}
		content, err := io.ReadAll(s)
		if !errors.Is(err, want) || !errors.Is(s.failed(), want) || len(content) != min(length, 10) {
			t.Errorf("of %d bytes %d were read: %v, %v", length, len(content), err, s.failed())
		}
	}
}

// What a cut file was cut by is said, not what it lacks because of that.
func TestAReadersErrorIsTheReason(t *testing.T) {
	broken := errors.New("the disk is gone")
	for _, content := range []string{"", `{"log":{"entries":[`, `{"Entries":[`, `{"comment":`} {
		_, err := Read("file", io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) || errors.Is(err, ErrUnknown) {
			t.Errorf("after %q: %v", content, err)
		}
	}
}
