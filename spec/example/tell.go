package example

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/kvconform/kvconform/spec/exchange"
)

// base is the vault of every story (RFC 2606 keeps the name from anybody's use).
const base = "https://vault.example"

// apiVersion is the one that the documents are written for.
const apiVersion = "2025-07-01"

// begin is when every story begins: well within the validity of its certificates.
var begin = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// A request takes this long, and the next one follows a second after it was sent, or while it is on its way.
const (
	takes  = 80 * time.Millisecond
	later  = time.Second
	during = 20 * time.Millisecond
)

// tell makes a trace of steps.
func tell(b *book, name string, steps []step, prefix string) *exchange.Trace {
	t := &exchange.Trace{Name: name, Base: base, Fresh: true}
	sent := begin
	for i := range steps {
		s := &steps[i]
		switch {
		case i == 0:
		case s.During:
			sent = sent.Add(during)
		case s.After > 0:
			sent = sent.Add(s.After)
		default:
			sent = sent.Add(later)
		}
		e, err := s.exchange(b, prefix)
		if err != nil {
			panic(fmt.Errorf("%s: step %s: %w", name, s.Step, err))
		}
		e.Number, e.Sent, e.Received = i+1, sent, sent.Add(takes)
		if e.Response != nil {
			e.Response.Header.Set("Date", e.Received.Format(http.TimeFormat))
		}
		t.Exchanges = append(t.Exchanges, *e)
	}
	return t
}

// exchange makes the step's exchange.
func (s *step) exchange(b *book, prefix string) (*exchange.Exchange, error) {
	method, path, ok := strings.Cut(s.Send, " ")
	if !ok {
		return nil, fmt.Errorf("nothing to send in %q", s.Send)
	}
	name, path := nameIn(path, prefix)
	f := filler{prefix: prefix, name: name, op: s.Op}
	if f.op == "" {
		f.op = "1"
	}
	e := &exchange.Exchange{Attempt: max(1, s.Attempt), Defect: s.Defect, Caller: exchange.Caller(s.As)}
	e.Request = exchange.Request{Method: method, URL: base + s.query(f.fill(path)), Header: http.Header{}}
	var err error
	if e.Request.Body, err = s.asks(b, &f); err != nil {
		return nil, err
	}
	if len(e.Request.Body) > 0 {
		e.Request.Header.Set("Content-Type", "application/json")
	}
	if s.Accept != "" {
		e.Request.Header.Set("Accept", s.Accept)
	}
	if s.Answer == "lost" {
		e.Failure = "read: connection reset by peer"
		return e, f.err
	}
	e.Response, err = s.answers(b, &f)
	if err == nil {
		err = f.err
	}
	return e, err
}

// nameIn completes a path, and returns the certificate's name that it holds. The prefix goes before the name.
func nameIn(path, prefix string) (name, whole string) {
	root := "/certificates/"
	if strings.HasPrefix(path, "/") {
		root, path, _ = strings.Cut(path[1:], "/")
		root = "/" + root + "/"
	}
	if path == "" || strings.HasPrefix(path, "?") {
		return "", strings.TrimSuffix(root, "/") + path
	}
	end := strings.IndexAny(path, "/?")
	if end < 0 {
		end = len(path)
	}
	return path[:end], root + prefix + path
}

// query adds the api-version.
func (s *step) query(path string) string {
	version := s.Version
	switch version {
	case "none":
		return path
	case "empty":
		version = ""
	case "":
		version = apiVersion
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + "api-version=" + version
}

// asks makes the request's body.
func (s *step) asks(b *book, f *filler) ([]byte, error) {
	body := &s.Body
	if body.Kind == yaml.ScalarNode {
		named, ok := b.Bodies[body.Value]
		if !ok {
			return []byte(f.fill(body.Value)), nil
		}
		body = &named
	}
	if body.IsZero() {
		return nil, nil
	}
	body, err := changed(body, &s.Ask, nil)
	if err != nil {
		return nil, err
	}
	return f.json(body), nil
}

// answers makes the answer.
func (s *step) answers(b *book, f *filler) (*exchange.Response, error) {
	known, ok := b.Answers[s.Answer]
	if !ok {
		return nil, fmt.Errorf("there is no answer %q", s.Answer)
	}
	r := &exchange.Response{Status: known.Status, Proto: "HTTP/1.1", Header: http.Header{}, Cut: s.Cut}
	if s.Status != 0 {
		r.Status = s.Status
	}
	if !known.Body.IsZero() {
		body, err := changed(&known.Body, &s.Set, s.Drop)
		if err != nil {
			return nil, err
		}
		r.Body = f.json(body)
	}
	for from, to := range s.Replace {
		if !strings.Contains(string(r.Body), from) {
			return nil, fmt.Errorf("%q is not in the answer", from)
		}
		r.Body = []byte(strings.Replace(string(r.Body), from, f.fill(to), 1))
	}
	if s.Text != nil {
		r.Body = []byte(f.fill(*s.Text))
	}
	if len(r.Body) > 0 {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	for name, value := range merged(known.Headers, s.Headers) {
		if value == "" {
			r.Header.Del(name)
			continue
		}
		r.Header.Set(name, f.fill(value))
	}
	return r, nil
}
