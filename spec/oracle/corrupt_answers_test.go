package oracle_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// answer is a lifecycle exchange that was answered.
type answer struct {
	*exchange.Exchange
	// at is its index in the trace.
	at   int
	call wire.Call
	// kind names the request and its answer: "poll", "poll 404".
	kind string
	// body is the answer's body where it is a JSON object.
	body map[string]any
	// operation and version identify what it shows: a request_id, a certificate's id.
	operation, version string
}

// kinds are the lifecycle exchanges.
var kinds = map[wire.Op]string{
	wire.Create: "create", wire.Import: "import", wire.GetPending: "poll", wire.UpdatePending: "patch", wire.DeletePending: "delete",
	wire.Merge: "merge", wire.Get: "get", wire.GetVersion: "get-version",
}

// read finds the lifecycle exchanges of a session.
func (s *session) read() {
	for i := range s.trace.Exchanges {
		x := &s.trace.Exchanges[i]
		call := wire.Route(s.trace.Base, x.Request.Method, x.Request.URL)
		kind, lifecycle := kinds[call.Op]
		if !lifecycle || x.Response == nil {
			continue
		}
		a := &answer{Exchange: x, at: i, call: call, kind: kind}
		if x.Response.Status/100 != 2 {
			a.kind += fmt.Sprint(" ", x.Response.Status)
		}
		var body any
		if json.Unmarshal(x.Response.Body, &body) == nil {
			a.body, _ = body.(map[string]any)
		}
		a.operation, _ = a.body["request_id"].(string)
		if id, ok := a.body["id"].(string); ok && a.operation == "" {
			a.version = id
		}
		s.answers = append(s.answers, a)
	}
}

// shows reports an answer with an operation or a certificate in it.
func (a *answer) shows() bool { return a.operation != "" || a.version != "" }

// value is the member of the body at a path such as attributes/nbf.
func (a *answer) value(path string) any {
	var v any = a.body
	for _, name := range strings.Split(path, "/") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[name]
	}
	return v
}

// text is value for a string that is not empty.
func (a *answer) text(path string) string {
	s, _ := a.value(path).(string)
	return s
}

// members are the paths of the body's members, and of those in the objects at its first level.
func (a *answer) members() []string {
	var all []string
	for _, name := range sortedKeys(a.body) {
		all = append(all, name)
		if inner, ok := a.body[name].(map[string]any); ok && name != "tags" {
			for _, under := range sortedKeys(inner) {
				all = append(all, name+"/"+under)
			}
		}
	}
	return all
}

// collect gathers the values that the sessions show, to replace others with.
func (c *corpus) collect() {
	seen := map[string]bool{}
	put := func(path string, value string) {
		if value != "" && !seen[path+"\x00"+value] {
			seen[path+"\x00"+value] = true
			c.values[path] = append(c.values[path], value)
		}
	}
	for _, s := range c.sessions {
		for _, a := range s.answers {
			for _, path := range []string{"csr", "cer"} {
				put(path, a.text(path))
			}
			put("name", a.call.Name)
			put("version", a.call.Version)
			put("api-version", a.call.APIVersion)
		}
	}
}

// field is a member of an object, as it is written.
type field struct {
	name  string
	value jsontext.Value
}

// edit rewrites the object around the member at the path: change gets the object's members and the index of that one.
func edit(body []byte, path string, change func(all []field, i int) []field) []byte {
	name, rest, deeper := strings.Cut(path, "/")
	all := split(body)
	i := slices.IndexFunc(all, func(f field) bool { return f.name == name })
	if i < 0 {
		panic("no member " + path)
	}
	if deeper {
		all[i].value = edit(all[i].value, rest, change)
	} else {
		all = change(all, i)
	}
	return join(all)
}

// set replaces the value of the member at the path.
func set(body []byte, path string, value any) []byte {
	return edit(body, path, func(all []field, i int) []field {
		all[i].value = jsontext.Value(mustJSON(value))
		return all
	})
}

func split(object []byte) []field {
	d := jsontext.NewDecoder(bytes.NewReader(object))
	read := func() jsontext.Value {
		v, err := d.ReadValue()
		if err != nil {
			panic(err)
		}
		return v.Clone()
	}
	if _, err := d.ReadToken(); err != nil {
		panic(err)
	}
	var all []field
	for d.PeekKind() != jsontext.KindEndObject {
		name := read()
		var f field
		if err := json.Unmarshal(name, &f.name); err != nil {
			panic(err)
		}
		f.value = read()
		all = append(all, f)
	}
	return all
}

func join(all []field) []byte {
	b := []byte{'{'}
	for i, f := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, mustJSON(f.name)...)
		b = append(append(b, ':'), f.value...)
	}
	return append(b, '}')
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
