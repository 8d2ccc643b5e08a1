package oracle_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kvconform/kvconform/spec/wire"
)

// operator spoils evidence in one way.
type operator struct {
	name string
	// places lists where in an answer it can be applied.
	places func(*answer) []string
	// spoil applies it; false where that would change nothing.
	spoil func(e *exhibit, what string) (done, bool)
}

// done tells what a mutation did: the place where it needs telling apart, and the sentence for a reader.
type done struct{ place, tells string }

// operators is the fixed list.
var operators = []*operator{
	{"status, same class", answered, otherStatus(true)},
	{"status, another class", answered, otherStatus(false)},
	{"error.code", having("error/code"), errorCode},
	{"request_id", having("request_id"), replace(func(e *exhibit, _ string) (string, bool) { return randomHex(e.random), true })},
	{"csr", having("csr"), replace(func(e *exhibit, old string) (string, bool) { return e.pick(e.corpus.values["csr"], old) })},
	{"id", having("id"), replace(otherID)},
	{"target", having("target"), replace(otherID)},
	{"issuer", having("issuer/name"), replace(otherIssuer)},
	{"kid", having("kid"), replace(otherID)},
	{"sid", having("sid"), replace(otherID)},
	{"x5t", having("x5t"), replace(func(e *exhibit, _ string) (string, bool) { return randomThumbprint(e.random), true })},
	{"cer", having("cer"), replace(func(e *exhibit, old string) (string, bool) { return e.pick(e.corpus.values["cer"], old) })},
	{"nbf", having("attributes/nbf"), otherTime},
	{"exp", having("attributes/exp"), otherTime},
	{"flag flipped", flags, flip},
	{"operation status", having("status"), replace(otherOperationStatus)},
	{"member dropped", members, rewrite(func(all []field, i int) []field { return slices.Delete(all, i, i+1) })},
	{"member doubled", members, rewrite(func(all []field, i int) []field { return append(all, all[i]) })},
	{"member nulled", members, rewrite(func(all []field, i int) []field { all[i].value = jsontext.Value("null"); return all })},
	{"member retyped", members, rewrite(retype)},
	{"Location's parts", locations, otherLocation},
	{"answers swapped", operationsShown, swap},
	{"answer repeated late", answered, repeat},
	{"body of another name", showing, foreignBody},
}

func answered(*answer) []string { return []string{""} }

func showing(a *answer) []string {
	if !a.shows() {
		return nil
	}
	return []string{""}
}

// operationsShown are the answers that show an operation.
func operationsShown(a *answer) []string {
	if a.operation == "" {
		return nil
	}
	return []string{""}
}

// having are the answers in which the member is there.
func having(path string) func(*answer) []string {
	return func(a *answer) []string {
		if v := a.value(path); v == nil || v == "" {
			return nil
		}
		return []string{path}
	}
}

func members(a *answer) []string { return a.members() }

// flags are the booleans of the body.
func flags(a *answer) []string {
	return slices.DeleteFunc(a.members(), func(path string) bool { _, flag := a.value(path).(bool); return !flag })
}

// locations are the parts of the Location that a create or a merge answers.
func locations(a *answer) []string {
	raw := a.Response.Header.Get("Location")
	if raw == "" || a.Response.Status/100 != 2 {
		return nil
	}
	all := []string{"host", "name", "collection", "last segment"}
	u, err := url.Parse(raw)
	if err != nil {
		return nil
	}
	for _, parameter := range []string{"api-version", "request_id"} {
		if u.Query().Get(parameter) != "" {
			all = append(all, parameter, "without "+parameter)
		}
	}
	return all
}

// statuses are those that the service is known to use, and the common others.
var statuses = []int{200, 201, 202, 204, 301, 302, 307, 400, 401, 403, 404, 405, 409, 500, 503}

func otherStatus(same bool) func(*exhibit, string) (done, bool) {
	return func(e *exhibit, _ string) (done, bool) {
		old := e.answer.Response.Status
		others := slices.DeleteFunc(slices.Clone(statuses), func(s int) bool { return s == old || (s/100 == old/100) != same })
		if len(others) == 0 {
			return done{}, false
		}
		status := others[e.random.IntN(len(others))]
		e.response().Status = status
		return done{fmt.Sprint("to ", pick(status >= 500, "5xx", fmt.Sprint(status))), fmt.Sprint("status ", old, " → ", status)}, true
	}
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// codes are those that the service and the documents use.
var codes = []string{"BadParameter", "Forbidden", "Conflict", "Unauthorized", "PendingCertificateNotFound", "CertificateNotFound", "MethodNotAllowed"}

func errorCode(e *exhibit, path string) (done, bool) {
	old := e.answer.text(path)
	code, ok := e.pick(codes, old)
	if ok {
		r := e.response()
		r.Body = set(r.Body, path, code)
	}
	return done{old + " → " + code, "error.code " + old + " → " + code}, ok
}

// replace puts another value of the same form in a text's place.
func replace(other func(e *exhibit, old string) (string, bool)) func(*exhibit, string) (done, bool) {
	return func(e *exhibit, path string) (done, bool) {
		old := e.answer.text(path)
		value, ok := other(e, old)
		if !ok || value == old {
			return done{}, false
		}
		r := e.response()
		r.Body = set(r.Body, path, value)
		d := done{tells: path + " " + brief(old) + " → " + brief(value)}
		switch path {
		case "status":
			d.place = old + " → " + value
		case "id", "kid", "sid", "target":
			d.place = otherPart(old, value)
		case "issuer/name":
			d.place = old + " → " + value
		}
		return d, true
	}
}

// otherPart says in which part two ids differ.
func otherPart(old, now string) string {
	a, b := strings.Split(old, "/"), strings.Split(now, "/")
	for i, what := range []string{3: "collection", 4: "name", 5: "last segment"} {
		if what != "" && i < len(a) && i < len(b) && a[i] != b[i] {
			return what
		}
	}
	return "another"
}

func randomHex(random *rand.Rand) string {
	b := make([]byte, 16)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return hex.EncodeToString(b)
}

func randomThumbprint(random *rand.Rand) string {
	b := make([]byte, 20)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// otherID puts another name, or where there is one another version, into an id.
func otherID(e *exhibit, old string) (string, bool) {
	u, err := url.Parse(old)
	if err != nil {
		return "", false
	}
	parts := strings.Split(u.Path, "/")
	if len(parts) < 3 {
		return "", false
	}
	if len(parts) == 4 && parts[3] != "pending" && e.random.IntN(2) == 0 {
		parts[3] = randomHex(e.random)
	} else {
		name, ok := e.pick(e.corpus.values["name"], e.answer.call.Name)
		if !ok || strings.EqualFold(name, parts[2]) || strings.EqualFold(name, e.answer.call.Name) {
			return "", false
		}
		parts[2] = name
	}
	u.Path = strings.Join(parts, "/")
	return u.String(), true
}

func otherIssuer(e *exhibit, old string) (string, bool) {
	name, ok := e.pick([]string{"Self", "Unknown", "Test"}, old)
	return name, ok && !strings.EqualFold(name, old)
}

func otherOperationStatus(e *exhibit, old string) (string, bool) {
	return e.pick([]string{"inProgress", "completed", "cancelled", "failed"}, old)
}

func otherTime(e *exhibit, path string) (done, bool) {
	old, ok := e.answer.value(path).(float64)
	if !ok {
		return done{}, false
	}
	now := int64(old) + (1+e.random.Int64N(1e7))*(2*e.random.Int64N(2)-1)
	r := e.response()
	r.Body = set(r.Body, path, now)
	return done{tells: fmt.Sprintf("%s %.0f → %d", path, old, now)}, true
}

func flip(e *exhibit, path string) (done, bool) {
	old, _ := e.answer.value(path).(bool)
	r := e.response()
	r.Body = set(r.Body, path, !old)
	d := done{tells: fmt.Sprint(path, " ", old, " → ", !old)}
	if path == "cancellation_requested" {
		d.place = fmt.Sprint(path, " of ", e.answer.text("status"), " → ", !old)
	}
	return d, true
}

// rewrite changes the members of an object.
func rewrite(change func(all []field, i int) []field) func(*exhibit, string) (done, bool) {
	return func(e *exhibit, path string) (done, bool) {
		if e.answer.value(path) == nil {
			return done{}, false
		}
		r := e.response()
		r.Body = edit(r.Body, path, change)
		return done{tells: "the member " + path}, true
	}
}

// retype gives a member a value of another type.
func retype(all []field, i int) []field {
	switch all[i].value.Kind() {
	case jsontext.KindString:
		all[i].value = jsontext.Value("17")
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		all[i].value = jsontext.Value(`"text"`)
	default:
		all[i].value = jsontext.Value(`"` + string(all[i].value) + `"`)
	}
	return all
}

func otherLocation(e *exhibit, part string) (done, bool) {
	raw := e.answer.Response.Header.Get("Location")
	u, err := url.Parse(raw)
	if err != nil {
		return done{}, false
	}
	parts := strings.Split(u.Path, "/")
	if len(parts) < 3 {
		return done{}, false
	}
	query := u.Query()
	switch part {
	case "host":
		u.Host = "another." + u.Host
	case "name":
		name, ok := e.pick(e.corpus.values["name"], parts[2])
		if !ok || strings.EqualFold(name, parts[2]) || strings.EqualFold(name, e.answer.call.Name) {
			return done{}, false
		}
		parts[2] = name
	case "collection":
		parts[1] = "keys"
	case "last segment":
		if len(parts) == 3 {
			parts = append(parts, randomHex(e.random))
		} else {
			parts = parts[:3]
		}
	case "api-version":
		version, ok := e.pick(e.corpus.values["api-version"], query.Get(part))
		if !ok || version == e.answer.call.APIVersion {
			return done{}, false
		}
		query.Set(part, version)
	case "request_id":
		query.Set(part, randomHex(e.random))
	default:
		query.Del(strings.TrimPrefix(part, "without "))
	}
	u.Path = strings.Join(parts, "/")
	u.RawQuery = query.Encode()
	e.response().Header.Set("Location", u.String())
	return done{part, "Location " + raw + " → " + u.String()}, true
}

// swap exchanges the answers of two requests about one operation that say different things.
func swap(e *exhibit, _ string) (done, bool) {
	var others []*answer
	for _, a := range e.session.answers {
		if a.operation == e.answer.operation && a != e.answer && differ(a, e.answer) {
			others = append(others, a)
		}
	}
	if len(others) == 0 {
		return done{}, false
	}
	other := others[e.random.IntN(len(others))]
	first, second := e.answer, other
	if first.at > second.at {
		first, second = second, first
	}
	x, y := &e.trace.Exchanges[first.at], &e.trace.Exchanges[second.at]
	x.Response, y.Response = y.Response, x.Response
	return done{first.sort() + " ↔ " + second.sort(), fmt.Sprintf("the answers of exchanges %d (%s) and %d (%s) swapped", first.Number, first.sort(), second.Number, second.sort())}, true
}

// sort is the kind of an answer with what it shows.
func (a *answer) sort() string {
	s := a.kind
	if status := a.text("status"); status != "" {
		s += " " + status
	}
	return s
}

// differ reports that two answers say different things, beside their headers.
func differ(a, b *answer) bool {
	return a.Response.Status != b.Response.Status || !reflect.DeepEqual(a.body, b.body)
}

// repeat puts an earlier answer to the same request in the place of a later one that says something else. It is late: in between, an
// answer has said what the later one says, or a change was accepted; else it might be that nothing had happened yet.
func repeat(e *exhibit, _ string) (done, bool) {
	var earlier []*answer
	stale := false
	for i := len(e.session.answers) - 1; i >= 0; i-- {
		a := e.session.answers[i]
		if a.at >= e.answer.at || !strings.EqualFold(a.call.Name, e.answer.call.Name) {
			continue
		}
		if a.Response.Status == 401 {
			continue
		}
		if stale && a.call.Op == e.answer.call.Op && differ(a, e.answer) {
			earlier = append(earlier, a)
		}
		if a.call.Op == e.answer.call.Op && !differ(a, e.answer) || changing(a) && a.Response.Status/100 == 2 {
			stale = true
		}
	}
	if len(earlier) == 0 || e.answer.Response.Status == 401 {
		return done{}, false
	}
	other := earlier[e.random.IntN(len(earlier))]
	e.trace.Exchanges[e.answer.at].Response = other.Response
	return done{other.sort() + " for " + e.answer.sort(), fmt.Sprintf("the answer of exchange %d (%s) again in exchange %d (%s)", other.Number, other.sort(), e.answer.Number, e.answer.sort())}, true
}

// changing reports a request that changes something.
func changing(a *answer) bool {
	return a.call.Op != wire.GetPending && a.call.Op != wire.Get && a.call.Op != wire.GetVersion
}

// foreignBody puts the body of an answer of the same kind about another certificate in.
func foreignBody(e *exhibit, _ string) (done, bool) {
	for range 100 {
		s := e.corpus.sessions[e.random.IntN(len(e.corpus.sessions))]
		if len(s.answers) == 0 {
			continue
		}
		a := s.answers[e.random.IntN(len(s.answers))]
		if a.kind != e.answer.kind || !a.shows() || a.body["id"] == e.answer.body["id"] || strings.EqualFold(a.call.Name, e.answer.call.Name) {
			continue
		}
		e.response().Body = a.Response.Body
		return done{e.answer.sort() + " ← " + a.sort(), fmt.Sprintf("the body of %s, exchange %d (%s)", s.trace.Name, a.Number, a.sort())}, true
	}
	return done{}, false
}
