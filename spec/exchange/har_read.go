package exchange

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// harLimits are what a HAR may hold, so that no file takes all of the memory.
type harLimits struct{ megabytes, entries int }

// A run has some 2,000 exchanges in 4 MB, a browser's HAR of a day's work some hundred MB. Nesting is bounded by jsontext,
// at 10,000.
var sensible = harLimits{megabytes: 256, entries: 1 << 18}

// ReadHAR reads a HAR 1.2, whoever wrote it. One of ours gives the trace that was written. One of others gives a Recorded
// trace: its exchanges have no drive, no attempt, and the times that the format has, and are numbered in the order of
// their sending. Unknown members, missing optional ones and a byte order mark are no error. What is one is told in a
// single line with its place in the file.
//
// An entry without an answer (status 0), or whose recorder kept no body although there was one, is an exchange without a
// response: what the target said is unknown.
func ReadHAR(r io.Reader) (*Trace, error) { return readHAR(r, sensible) }

func readHAR(r io.Reader, limits harLimits) (*Trace, error) {
	h := harReader{limits: limits, file: &limitedReader{r: r, megabytes: limits.megabytes, left: int64(limits.megabytes)<<20 + 1}}
	start := make([]byte, 3)
	n, err := io.ReadFull(h.file, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("reading HAR: %w", err)
	}
	start = start[:n]
	if string(start) == "\xEF\xBB\xBF" {
		start, h.skipped = nil, n
	}
	// Other people's files are read as long as they can be understood.
	h.d = jsontext.NewDecoder(io.MultiReader(bytes.NewReader(start), h.file), jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true))
	if err := h.whole(); err != nil {
		return nil, h.place(err)
	}
	return h.finish(), nil
}

// harReader is the state of one ReadHAR.
type harReader struct {
	limits  harLimits
	file    *limitedReader
	d       *jsontext.Decoder
	skipped int // bytes before those that d sees

	base      string
	fresh     bool
	ours      bool
	exchanges []Exchange
	marks     []harMarks
}

// harMarks are the members of an entry that only we write. Whether they are ours is known when the whole log was read.
type harMarks struct {
	Number   lenientNumber `json:"_number"`
	Drive    lenientText   `json:"_drive"`
	Attempt  lenientNumber `json:"_attempt"`
	Defect   lenientText   `json:"_defect"`
	Caller   lenientText   `json:"_caller"`
	Lost     lenientFlag   `json:"_lost"`
	Failure  lenientText   `json:"_failure"`
	Sent     lenientText   `json:"_sent"`
	Received lenientText   `json:"_received"`
}

// readEntry is as much of an entry as is read.
type readEntry struct {
	StartedDateTime lenientText   `json:"startedDateTime"`
	Time            lenientNumber `json:"time"`
	Request         readRequest   `json:"request"`
	Response        *readResponse `json:"response"`
	harMarks
}

type readRequest struct {
	Method   string       `json:"method"`
	URL      string       `json:"url"`
	Headers  []readPair   `json:"headers"`
	PostData readPostData `json:"postData"`
}

type readPostData struct {
	Text     wholeText   `json:"text"`
	Params   []readPair  `json:"params"`
	Encoding lenientText `json:"encoding"`
	Bytes    lenientText `json:"_base64"`
}

type readResponse struct {
	Status      int         `json:"status"`
	StatusText  lenientText `json:"statusText"`
	HTTPVersion lenientText `json:"httpVersion"`
	Headers     []readPair  `json:"headers"`
	Content     readContent `json:"content"`
	Cut         lenientText `json:"_cut"`
	Error       lenientText `json:"_error"`
}

type readContent struct {
	Size     lenientNumber `json:"size"`
	Text     wholeText     `json:"text"`
	Encoding lenientText   `json:"encoding"`
}

type readPair struct {
	Name  string      `json:"name"`
	Value string      `json:"value"`
	Bytes lenientText `json:"_base64"`
}

// whole reads the whole file: one object with a log.
func (h *harReader) whole() error {
	found := false
	err := h.object(func(name string) error {
		if name != "log" {
			return h.d.SkipValue()
		}
		if found {
			return errors.New("a second log")
		}
		found = true
		return h.log()
	})
	if err != nil {
		return err
	}
	if !found {
		return errors.New("no HAR: its object has no log")
	}
	if _, err := h.d.ReadToken(); err == nil {
		return errors.New("something follows the HAR's end")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (h *harReader) log() error {
	found := false
	err := h.object(func(name string) error {
		switch name {
		case "_base":
			var base lenientText
			err := json.UnmarshalDecode(h.d, &base)
			h.base = string(base)
			return err
		case "_fresh":
			v, err := h.d.ReadValue()
			h.ours = v.Kind() == jsontext.KindTrue || v.Kind() == jsontext.KindFalse
			h.fresh = v.Kind() == jsontext.KindTrue
			return err
		case "entries":
			if found {
				return errors.New("a second list of entries")
			}
			found = true
			return h.entries()
		}
		return h.d.SkipValue()
	})
	if err == nil && !found {
		return errors.New("no HAR: its log has no entries")
	}
	return err
}

// object reads an object; member is called with the decoder before each value, which it has to read.
func (h *harReader) object(member func(name string) error) error {
	if err := h.open(jsontext.KindBeginObject, "an object"); err != nil {
		return err
	}
	for h.d.PeekKind() != jsontext.KindEndObject {
		name, err := h.d.ReadToken()
		if err != nil {
			return err
		}
		if err := member(name.String()); err != nil {
			return err
		}
	}
	_, err := h.d.ReadToken()
	return err
}

// open reads the opening bracket of an object or an array.
func (h *harReader) open(kind jsontext.Kind, what string) error {
	t, err := h.d.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() != kind {
		return fmt.Errorf("not HAR: %s is due", what)
	}
	return nil
}

func (h *harReader) entries() error {
	if err := h.open(jsontext.KindBeginArray, "an array"); err != nil {
		return err
	}
	for h.d.PeekKind() != jsontext.KindEndArray {
		if len(h.exchanges) == h.limits.entries {
			return fmt.Errorf("more than %d entries", h.limits.entries)
		}
		var e readEntry
		if err := json.UnmarshalDecode(h.d, &e); err != nil {
			return err
		}
		x, err := e.exchange()
		if err != nil {
			return err
		}
		h.exchanges, h.marks = append(h.exchanges, x), append(h.marks, e.harMarks)
	}
	_, err := h.d.ReadToken()
	return err
}

// finish makes the trace, now that it is known whose it is.
func (h *harReader) finish() *Trace {
	t := &Trace{Recorded: !h.ours, Exchanges: h.exchanges}
	if h.ours {
		t.Base, t.Fresh = h.base, h.fresh
		for i := range t.Exchanges {
			h.marks[i].mark(&t.Exchanges[i], i+1)
		}
		return t
	}
	for i := range t.Exchanges {
		unanswered(&t.Exchanges[i])
	}
	// A proxy lists what it forwarded in the order of the answers. A recorder that keeps no durations keeps no times to
	// sort by: the order of its file is all that it tells.
	timed := false
	for i := range t.Exchanges {
		e := &t.Exchanges[i]
		if e.Sent.IsZero() {
			timed = false
			break
		}
		timed = timed || e.Received.After(e.Sent)
	}
	if timed {
		slices.SortStableFunc(t.Exchanges, func(a, b Exchange) int { return a.Sent.Compare(b.Sent) })
	}
	for i := range t.Exchanges {
		t.Exchanges[i].Number = i + 1
	}
	return t
}

// mark gives an exchange of ours back what the format has no place for.
func (m *harMarks) mark(e *Exchange, number int) {
	e.Number = number
	if n := m.Number.whole(); n > 0 {
		e.Number = n
	}
	e.Drive, e.Attempt, e.Defect, e.Caller = string(m.Drive), m.Attempt.whole(), string(m.Defect), Caller(m.Caller)
	e.Failure = string(m.Failure)
	if m.Lost {
		e.Response = nil
	}
	if sent, err := time.Parse(time.RFC3339Nano, string(m.Sent)); err == nil {
		e.Sent = sent.UTC()
	}
	if received, err := time.Parse(time.RFC3339Nano, string(m.Received)); err == nil {
		e.Received = received.UTC()
	}
}

// unanswered takes the response away where other people's recorders have none.
func unanswered(e *Exchange) {
	switch {
	case e.Response == nil:
		e.Failure = "nothing was recorded of the answer"
	case e.Response.Status == 0:
		e.Response = nil
		if e.Failure == "" {
			e.Failure = "no answer was recorded"
		}
	case e.Response.Body == nil && e.Failure != "":
		e.Response = nil
	default:
		e.Failure = ""
	}
}

// exchange makes an exchange of an entry: all that the format says itself. Failure is set where there is no answer, or not
// a whole one.
func (e *readEntry) exchange() (Exchange, error) {
	if e.Request.Method == "" || e.Request.URL == "" {
		return Exchange{}, errors.New("the entry has no request.method or no request.url")
	}
	x := Exchange{Request: Request{Method: e.Request.Method, URL: e.Request.URL}}
	var err error
	if x.Request.Header, err = header(e.Request.Headers); err != nil {
		return x, err
	}
	if x.Request.Body, err = e.Request.PostData.body(); err != nil {
		return x, err
	}
	x.Sent = started(string(e.StartedDateTime))
	x.Received = x.Sent
	if ms := float64(e.Time); ms > 0 && !x.Sent.IsZero() {
		x.Received = x.Sent.Add(time.Duration(min(ms, float64(24*time.Hour/time.Millisecond)) * float64(time.Millisecond)))
	}
	r := e.Response
	if r == nil {
		return x, nil
	}
	x.Response = &Response{Status: r.Status, Proto: string(r.HTTPVersion), Cut: string(r.Cut)}
	if x.Response.Header, err = header(r.Headers); err != nil {
		return x, err
	}
	if x.Response.Body, err = decoded(r.Content.Text.bytes, string(r.Content.Encoding), "response.content.text"); err != nil {
		return x, err
	}
	switch {
	case r.Status == 0:
		x.Failure = string(cmp.Or(r.Error, r.StatusText))
	case x.Response.Body == nil && r.Content.Size > 0:
		x.Failure = fmt.Sprintf("the recorder did not keep the answer's body (%d, %.0f bytes)", r.Status, float64(r.Content.Size))
	}
	return x, nil
}

func header(all []readPair) (http.Header, error) {
	h := make(http.Header, len(all))
	for i := range all {
		p := &all[i]
		if strings.HasPrefix(p.Name, ":") {
			continue // a browser's way to write the request line of HTTP/2
		}
		value := p.Value
		if p.Bytes != "" {
			exact, err := base64.StdEncoding.DecodeString(string(p.Bytes))
			if err != nil {
				return nil, fmt.Errorf("a header's _base64 is no base64")
			}
			value = string(exact)
		}
		h.Add(p.Name, value)
	}
	return h, nil
}

// body is a request's body: its text, or the form that its params are.
func (p *readPostData) body() ([]byte, error) {
	switch {
	case p.Bytes != "":
		return decoded([]byte(p.Bytes), "base64", "request.postData._base64")
	case p.Text.bytes != nil || len(p.Params) == 0:
		return decoded(p.Text.bytes, string(p.Encoding), "request.postData.text")
	}
	var form []string
	for i := range p.Params {
		form = append(form, url.QueryEscape(p.Params[i].Name)+"="+url.QueryEscape(p.Params[i].Value))
	}
	return []byte(strings.Join(form, "&")), nil
}

// decoded undoes base64, which others break into lines. Any other encoding is a habit of one recorder, and the text is
// what there is.
func decoded(text []byte, encoding, what string) ([]byte, error) {
	if text == nil || !strings.EqualFold(encoding, "base64") {
		return text, nil
	}
	body, err := base64.StdEncoding.AppendDecode(make([]byte, 0, len(text)), text)
	if err != nil {
		return nil, fmt.Errorf("%s is no base64, as its encoding says", what)
	}
	return body, nil
}

// started reads startedDateTime. The format wants a zone; a recorder that leaves it out means UTC as likely as anything.
func started(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// place says where in the file an error is, in one line.
func (h *harReader) place(err error) error {
	offset, pointer := h.d.InputOffset(), h.d.StackPointer()
	what := err.Error()
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		offset, pointer = syntactic.ByteOffset, syntactic.JSONPointer
		what = strings.TrimPrefix(syntactic.Err.Error(), "jsontext: ")
		if errors.Is(err, io.ErrUnexpectedEOF) {
			what = "the file ends here, before the HAR does"
		}
	}
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		offset, pointer = semantic.ByteOffset, semantic.JSONPointer
		what = "a value of another kind is due"
	}
	if h.file.failed != nil {
		return fmt.Errorf("reading HAR: %w", h.file.failed)
	}
	if errors.Is(err, io.EOF) {
		what = "the file is empty"
	}
	at := "byte " + strconv.FormatInt(offset+int64(h.skipped), 10)
	if pointer != "" {
		at += ", " + shown(string(pointer))
	}
	return fmt.Errorf("reading HAR: %s: %s", at, what)
}

// shown is a pointer as it may stand in a line: member names are the file's.
func shown(pointer string) string {
	if len(pointer) > 100 {
		pointer = pointer[:100] + "…"
	}
	quoted := strconv.Quote(pointer)
	return quoted[1 : len(quoted)-1]
}

// limitedReader fails where io.LimitReader would pretend that the file ends, and remembers what reading failed with.
type limitedReader struct {
	r         io.Reader
	megabytes int
	left      int64
	failed    error
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.failed = fmt.Errorf("the file is larger than %d MB", l.megabytes)
		return 0, l.failed
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		l.failed = err
	}
	return n, err
}

// lenientText, lenientNumber and lenientFlag are members that others write in their own way or use for something else: of
// another kind, they count as absent.
type (
	lenientText   string
	lenientNumber float64
	lenientFlag   bool
)

func (t *lenientText) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	v, err := d.ReadValue()
	if err == nil && v.Kind() == jsontext.KindString {
		*t = lenientText(unquote(v))
	}
	return err
}

func (n *lenientNumber) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	v, err := d.ReadValue()
	if err != nil || v.Kind() != jsontext.KindNumber {
		return err
	}
	if f, err := strconv.ParseFloat(string(v), 64); err == nil {
		*n = lenientNumber(f)
	}
	return nil
}

// whole is the number where it is a whole one of a sensible size, else 0.
func (n lenientNumber) whole() int {
	if f := float64(n); f == math.Trunc(f) && math.Abs(f) < 1<<31 {
		return int(f)
	}
	return 0
}

func (f *lenientFlag) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	v, err := d.ReadValue()
	*f = lenientFlag(err == nil && v.Kind() == jsontext.KindTrue)
	return err
}

// wholeText is a string that becomes a body: nil where it is absent or null.
type wholeText struct{ bytes []byte }

func (t *wholeText) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	v, err := d.ReadValue()
	switch {
	case err != nil:
		return err
	case v.Kind() == jsontext.KindString:
		t.bytes = unquote(v)
	case v.Kind() != jsontext.KindNull:
		return &json.SemanticError{JSONKind: v.Kind()}
	}
	return nil
}

// unquote returns the bytes of a string that the decoder read, never nil.
func unquote(v jsontext.Value) []byte {
	// The error is that some bytes are no UTF-8: they were replaced, as the decoder was told to.
	text, _ := jsontext.AppendUnquote(make([]byte, 0, len(v)), v)
	return text
}
