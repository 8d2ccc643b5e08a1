// Package count counts in recorded traffic how often the situations occur that the oracle has rules about, and what section B of the
// notes on the live service tells of. It is the oracle's second witness, for tests alone: it shares no line with it, reads HAR with
// encoding/json, knows neither model nor rule, and counts only what plain bookkeeping can tell.
package count

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// Place is one exchange of a session, numbered from 1.
type Place struct {
	Session  string
	Exchange int
}

// Counter notes where situations occur. Its zero value has seen nothing.
type Counter struct {
	places map[Situation][]Place
}

// Of counts how often the situations occurred, all together.
func (c *Counter) Of(situations ...Situation) int {
	sum := 0
	for _, s := range situations {
		sum += len(c.places[s])
	}
	return sum
}

// Places are where the situation occurred, in the order of reading.
func (c *Counter) Places(s Situation) []Place { return c.places[s] }

// Session counts one HAR.
func (c *Counter) Session(name string, har io.Reader) error {
	var file struct {
		Log struct{ Entries []entry }
	}
	if err := json.NewDecoder(har).Decode(&file); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if c.places == nil {
		c.places = map[Situation][]Place{}
	}
	s := session{names: map[string]*history{}}
	for i := range file.Log.Entries {
		x, err := file.Log.Entries[i].read()
		if err != nil {
			return fmt.Errorf("%s, exchange %d: %w", name, i+1, err)
		}
		s.note = func(what Situation) { c.places[what] = append(c.places[what], Place{name, i + 1}) }
		s.count(x)
	}
	return nil
}

// entry is an exchange as HAR has it.
type entry struct {
	Request struct {
		Method, URL string
		PostData    struct{ Text string }
	}
	Response struct {
		Status  int
		Headers []struct{ Name, Value string }
		Content struct{ Text string }
	}
}

// answered is an exchange, read.
type answered struct {
	method, host string
	// path are the segments of the URL's path without a last empty one, query is the URL's.
	path   []string
	query  url.Values
	sent   object
	status int
	header map[string]string
	text   string
	body   object
}

// object is a JSON object, nil where a body is none.
type object map[string]any

func (e *entry) read() (*answered, error) {
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return nil, err
	}
	x := &answered{
		method: e.Request.Method, host: strings.ToLower(u.Host), path: strings.Split(strings.Trim(u.Path, "/"), "/"), query: u.Query(),
		sent: parse(e.Request.PostData.Text), status: e.Response.Status, header: map[string]string{},
		text: e.Response.Content.Text, body: parse(e.Response.Content.Text),
	}
	for _, h := range e.Response.Headers {
		x.header[strings.ToLower(h.Name)] = h.Value
	}
	return x, nil
}

// parse reads an object; whatever else a text is counts as none.
func parse(text string) object {
	var o object
	if json.Unmarshal([]byte(text), &o) != nil {
		return nil
	}
	return o
}

// has reports that a member is there, at the end of a path.
func (o object) has(path ...string) bool { return o.value(path...) != nil }

// text is a member that is a string; empty where it is none.
func (o object) text(path ...string) string {
	s, _ := o.value(path...).(string)
	return s
}

func (o object) value(path ...string) any {
	var v any = map[string]any(o)
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}
