package exchange

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Traces are kept as HAR, HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/), which browsers and proxies
// write and every viewer reads. What the format has no place for stands in members that begin with an underscore, as it
// provides; the log's _fresh says that they are ours.

// Tool is the program that writes a HAR.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// harHead is the log without its entries. Base and Fresh are there in what we recorded, and in nothing else.
type harHead struct {
	Version string  `json:"version"`
	Creator Tool    `json:"creator"`
	Base    *string `json:"_base,omitzero"`
	Fresh   *bool   `json:"_fresh,omitzero"`
}

type harEntry struct {
	StartedDateTime string       `json:"startedDateTime"`
	Time            float64      `json:"time"`
	Request         harRequest   `json:"request"`
	Response        *harResponse `json:"response"`
	Cache           struct{}     `json:"cache"`
	Timings         struct {
		Send    int     `json:"send"`
		Wait    float64 `json:"wait"`
		Receive int     `json:"receive"`
	} `json:"timings"`

	Number   int       `json:"_number"`
	Drive    string    `json:"_drive,omitzero"`
	Attempt  int       `json:"_attempt,omitzero"`
	Defect   string    `json:"_defect,omitzero"`
	Caller   Caller    `json:"_caller,omitzero"`
	Lost     bool      `json:"_lost,omitzero"`
	Failure  string    `json:"_failure,omitzero"`
	Sent     time.Time `json:"_sent"`
	Received time.Time `json:"_received"`
}

type harRequest struct {
	Method      string       `json:"method"`
	URL         string       `json:"url"`
	HTTPVersion string       `json:"httpVersion"`
	Cookies     []struct{}   `json:"cookies"`
	Headers     []harPair    `json:"headers"`
	QueryString []harPair    `json:"queryString"`
	PostData    *harPostData `json:"postData,omitzero"`
	HeadersSize int          `json:"headersSize"`
	BodySize    int          `json:"bodySize"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []struct{} `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
	Cut         string     `json:"_cut,omitzero"`
	// Error is where Chrome says, and looks for, why there is no answer.
	Error string `json:"_error,omitzero"`
}

// harPair is a header, a parameter of a query, or one of a form. Where its value is no text, Bytes are the value in base64.
type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Bytes []byte `json:"_base64,omitzero"`
}

// harPostData is a request's body. Where it is no text, Bytes are the body in base64: the format has an encoding for
// answers only.
type harPostData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Bytes    []byte `json:"_base64,omitzero"`
}

type harContent struct {
	Size     int     `json:"size"`
	MimeType string  `json:"mimeType"`
	Text     *string `json:"text,omitzero"`
	Encoding string  `json:"encoding,omitzero"`
}

// unknownSize is the format's word for a size that nobody knows.
const unknownSize = -1

// WriteHAR writes the trace as HAR, one entry a line. ReadHAR makes the same trace of it again, but for its name and for
// what is redacted: credentials in headers never leave the process. What was recorded by others is written without our
// members, so that it stays recorded by others.
func WriteHAR(w io.Writer, t *Trace, tool Tool) error {
	out := bufio.NewWriter(w)
	head := harHead{Version: "1.2", Creator: tool}
	if !t.Recorded {
		head.Base, head.Fresh = &t.Base, &t.Fresh
	}
	// What the target sent need not be UTF-8; what has to be kept to the byte stands in base64 as well.
	mangle := jsontext.AllowInvalidUTF8(true)
	opening, err := json.Marshal(head, mangle)
	if err != nil {
		return fmt.Errorf("writing HAR: %w", err)
	}
	// The first error of a bufio.Writer comes again from Flush.
	_, _ = fmt.Fprintf(out, `{"log":%s,"entries":[`, opening[:len(opening)-1])
	for i := range t.Exchanges {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_ = out.WriteByte('\n')
		if err := json.MarshalWrite(out, newHAREntry(&t.Exchanges[i]), mangle); err != nil {
			return fmt.Errorf("writing HAR: exchange %d: %w", t.Exchanges[i].Number, err)
		}
	}
	_, _ = out.WriteString("\n]}}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing HAR: %w", err)
	}
	return nil
}

func newHAREntry(e *Exchange) *harEntry {
	h := &harEntry{
		StartedDateTime: e.Sent.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Number:          e.Number, Drive: e.Drive, Attempt: e.Attempt, Defect: e.Defect, Caller: e.Caller,
		Lost: e.Response == nil, Failure: e.Failure,
		Sent: e.Sent.UTC(), Received: e.Received.UTC(),
	}
	if e.Received.After(e.Sent) && !e.Sent.IsZero() {
		h.Time = float64(e.Received.Sub(e.Sent)) / float64(time.Millisecond)
		h.Timings.Wait = h.Time
	}
	h.Request = newHARRequest(&e.Request)
	if e.Response == nil {
		h.Response = &harResponse{HeadersSize: unknownSize, BodySize: unknownSize, Error: e.Failure}
		return h
	}
	h.Response = newHARResponse(e.Response)
	// Only an answer tells the protocol of its request.
	h.Request.HTTPVersion = e.Response.Proto
	return h
}

func newHARRequest(r *Request) harRequest {
	h := harRequest{Method: r.Method, URL: r.URL, Headers: headerPairs(r.Header), QueryString: queryPairs(r.URL),
		HeadersSize: unknownSize, BodySize: len(r.Body)}
	if r.Body != nil {
		h.PostData = &harPostData{MimeType: r.Header.Get("Content-Type"), Text: string(r.Body)}
		if !utf8.Valid(r.Body) {
			h.PostData.Bytes = r.Body
		}
	}
	return h
}

func newHARResponse(r *Response) *harResponse {
	h := &harResponse{Status: r.Status, StatusText: http.StatusText(r.Status), HTTPVersion: r.Proto, Headers: headerPairs(r.Header),
		Content:     harContent{Size: len(r.Body), MimeType: r.Header.Get("Content-Type")},
		RedirectURL: redact("Location", r.Header.Get("Location")), HeadersSize: unknownSize, BodySize: len(r.Body), Cut: r.Cut}
	if r.Body != nil {
		text := string(r.Body)
		if !utf8.Valid(r.Body) {
			text, h.Content.Encoding = base64.StdEncoding.EncodeToString(r.Body), "base64"
		}
		h.Content.Text = &text
	}
	return h
}

// headerPairs lists a header by name, so that two writes of one trace are alike.
func headerPairs(h http.Header) []harPair {
	var all []harPair
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			p := harPair{Name: name, Value: redact(name, value)}
			if !utf8.ValidString(p.Value) {
				p.Bytes = []byte(p.Value)
			}
			all = append(all, p)
		}
	}
	return all
}

// queryPairs lists what a URL's query says, in its order. It is there for other readers: ours takes the URL.
func queryPairs(address string) []harPair {
	var all []harPair
	_, query, _ := strings.Cut(address, "?")
	query, _, _ = strings.Cut(query, "#")
	for parameter := range strings.SplitSeq(query, "&") {
		if parameter == "" {
			continue
		}
		name, value, _ := strings.Cut(parameter, "=")
		all = append(all, harPair{Name: unescaped(name), Value: unescaped(value)})
	}
	return all
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
