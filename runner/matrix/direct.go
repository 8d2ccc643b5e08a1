package matrix

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
)

// direct carries requests to a vault by calling it: a third of what a run takes is the way through two ends of HTTP and the kernel. It
// does what a server of net/http does with an answer, as far as a client can see it; the suite sends no HEAD.
type direct struct{ handler http.Handler }

// RoundTrip answers one request.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	address, err := url.ParseRequestURI(r.URL.RequestURI())
	if err != nil {
		return nil, err
	}
	asked := &http.Request{Method: r.Method, URL: address, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: r.Header.Clone(),
		Body: r.Body, ContentLength: r.ContentLength, Host: r.URL.Host, RequestURI: r.URL.RequestURI()}
	w := &directAnswer{header: http.Header{}}
	// As in a server, each request is its own goroutine's: a vault that hangs keeps nobody, and one that crashes gives no answer.
	done := make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		d.handler.ServeHTTP(w, asked.WithContext(r.Context()))
	}()
	select {
	case crash := <-done:
		if crash != nil {
			return nil, fmt.Errorf("the vault crashed: %v", crash)
		}
		return w.response(), nil
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
}

// directAnswer is what the handler writes.
type directAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is what the handler fills in before it writes.
func (w *directAnswer) Header() http.Header { return w.header }

// WriteHeader takes the status; only the first one counts.
func (w *directAnswer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write takes a part of the body.
func (w *directAnswer) Write(part []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(part)
}

// response is what a client gets of it.
func (w *directAnswer) response() *http.Response {
	w.WriteHeader(http.StatusOK)
	body := w.body.Bytes()
	_, typed := w.header["Content-Type"]
	header := http.Header{}
	for name, values := range w.header {
		if len(values) > 0 {
			header[http.CanonicalHeaderKey(name)] = values
		}
	}
	if w.status < 200 || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		body = nil
	} else {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	if !typed && len(body) > 0 {
		header.Set("Content-Type", http.DetectContentType(body))
	}
	return &http.Response{Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1",
		ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}
}
