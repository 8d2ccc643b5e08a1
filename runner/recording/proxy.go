package recording

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kvconform/kvconform/spec/exchange"
)

// proxyEntry is one exchange of a recording of the Azure SDK's test proxy.
type proxyEntry struct {
	RequestURI      string                  `json:"RequestUri"`
	RequestMethod   string                  `json:"RequestMethod"`
	RequestHeaders  map[string]headerValues `json:"RequestHeaders"`
	RequestBody     jsontext.Value          `json:"RequestBody"`
	StatusCode      int                     `json:"StatusCode"`
	ResponseHeaders map[string]headerValues `json:"ResponseHeaders"`
	ResponseBody    jsontext.Value          `json:"ResponseBody"`
}

// headerValues are a header's values: one text, or a list of them.
type headerValues []string

// UnmarshalJSON implements json.Unmarshaler.
func (h *headerValues) UnmarshalJSON(text []byte) error {
	if jsontext.Value(text).Kind() == '[' {
		return json.Unmarshal(text, (*[]string)(h))
	}
	var one *string
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	if one != nil {
		*h = headerValues{*one}
	}
	return nil
}

// readProxy reads a recording of the test proxy. It holds no times but the answers' Date.
func readProxy(content io.Reader) (*exchange.Trace, error) {
	var file struct {
		Entries []proxyEntry `json:"Entries"`
	}
	err := json.UnmarshalRead(content, &file, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, fmt.Errorf("recording of the test proxy: %w", err)
	}
	t := &exchange.Trace{Recorded: true}
	for i, entry := range file.Entries {
		if entry.RequestMethod == "" || entry.RequestURI == "" || entry.StatusCode < 100 || entry.StatusCode > 999 {
			return nil, fmt.Errorf("recording of the test proxy: entry %d lacks a method, a URI or a status", i+1)
		}
		t.Exchanges = append(t.Exchanges, entry.exchange(i+1))
	}
	return t, nil
}

func (p proxyEntry) exchange(number int) exchange.Exchange {
	e := exchange.Exchange{Number: number, Request: exchange.Request{Method: strings.ToUpper(p.RequestMethod), URL: p.RequestURI,
		Header: headerOf(p.RequestHeaders)}}
	e.Request.Body = bodyOf(p.RequestBody, e.Request.Header)
	response := &exchange.Response{Status: p.StatusCode, Header: headerOf(p.ResponseHeaders)}
	response.Body = bodyOf(p.ResponseBody, response.Header)
	e.Response = response
	if date, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		e.Sent, e.Received = date, date
	}
	return e
}

func headerOf(all map[string]headerValues) http.Header {
	h := http.Header{}
	for name, values := range all {
		for _, value := range values {
			h.Add(name, value)
		}
	}
	return h
}

// bodyOf is a body's bytes. The test proxy writes JSON as it is, a text as one string or as a list of its lines, and anything
// else in base64; null is no body.
func bodyOf(value jsontext.Value, h http.Header) []byte {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	isJSON := strings.HasSuffix(media, "json")
	switch value.Kind() {
	case 0, 'n':
		return nil
	case '"':
		var s string
		if json.Unmarshal(value, &s, jsontext.AllowInvalidUTF8(true)) != nil {
			return value
		}
		if !isJSON && media != "" && !strings.HasPrefix(media, "text/") {
			if decoded, err := base64.StdEncoding.DecodeString(s); err == nil {
				return decoded
			}
		}
		return []byte(s)
	case '[':
		var lines []string
		if !isJSON && json.Unmarshal(value, &lines, jsontext.AllowInvalidUTF8(true)) == nil {
			return []byte(strings.Join(lines, ""))
		}
	}
	return value
}
