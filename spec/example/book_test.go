package example

import (
	"strings"
	"testing"
)

// TestReadRefuses: what a slip of the pen makes of the files, is told with its place.
func TestReadRefuses(t *testing.T) {
	const two = `
answers: {ok: {status: 200, body: {a: 1}}}
stories:
  - story: one
    steps: [{step: first, send: GET web, answer: ok}, {step: second, send: GET web, answer: ok}]
`
	for name, c := range map[string]struct{ stories, examples, want string }{
		"unknown key":       {two, "examples: [{rule: a.b, storey: one}]", "storey"},
		"unknown story":     {two, "examples: [{rule: a.b, story: two, broken: {first: {status: 1}}}]", `no story "two"`},
		"unknown step":      {two, "examples: [{rule: a.b, story: one, broken: {third: {status: 1}}}]", `no step "third"`},
		"unknown until":     {two, "examples: [{rule: a.b, story: one, until: third, broken: {first: {status: 1}}}]", `no step "third"`},
		"unknown authority": {two, "examples: [{rule: a.b, story: one, authority: both, broken: {first: {status: 1}}}]", `no authority "both"`},
		"not broken":        {two, "examples: [{rule: a.b, story: one}]", "nothing breaks it"},
		"a step twice":      {two, "examples: [{rule: a.b, story: one, then: [{step: first}], broken: {first: {status: 1}}}]", `two steps "first"`},
		"no YAML":           {"stories: [", "", "stories.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read([]byte(c.stories), []byte(c.examples))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestTellRefuses: a change that changes nothing, or leads nowhere, is an error and no silent good example.
func TestTellRefuses(t *testing.T) {
	b := data()
	text := func(s string) *change { return &change{Replace: map[string]string{s: ""}} }
	for name, c := range map[string]struct {
		change *change
		want   string
	}{
		"unknown answer": {&change{Answer: "such"}, `no answer "such"`},
		"nothing sent":   {&change{Send: "GET"}, "nothing to send"},
		"drop":           {&change{Drop: []string{"/nobody"}}, "no /nobody to drop"},
		"replace":        {text("nobody"), "not in the answer"},
		"placeholder":    {&change{Send: "GET web/{csr curve=P-1}"}, "no curve P-1"},
		"kind of name":   {&change{Send: "GET web/{csr what=ever}"}, "kind what"},
	} {
		t.Run(name, func(t *testing.T) {
			s := step{Step: "one", change: change{Send: "GET web/pending", Answer: "operation"}}
			s.change = s.with(c.change)
			if _, err := s.exchange(b, ""); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestEdits: what a step is changed by, is found in its exchange.
func TestEdits(t *testing.T) {
	b := &book{}
	if err := strictly([]byte(`
bodies: {ask: {policy: {subject: 'CN={name}'}}}
answers:
  list: {status: 200, headers: {Location: here}, body: {value: [1, 2.0, 1e9, null, true, '3', '{name}'], b: {c: '{no such thing}'}}}
stories:
  - story: one
    steps:
      - step: first
        send: POST web/create
        body: ask
        ask: {/policy/more/tags: [a]}
        answer: list
        set: {/value/0: null, /value/-: last, /b/d/e: {f: false}}
        drop: [/value/1, /b/c]
        headers: {Location: '', X: '{name}'}
        status: 299
`), b); err != nil {
		t.Fatal(err)
	}
	e := tell(b, "one", b.Stories[0].Steps, "p-").Exchanges[0]
	if got, want := string(e.Request.Body), `{"policy":{"subject":"CN=p-web","more":{"tags":["a"]}}}`; got != want {
		t.Errorf("request: got %s, want %s", got, want)
	}
	if got, want := string(e.Response.Body), `{"value":[null,1e9,null,true,"3","p-web","last"],"b":{"d":{"e":{"f":false}}}}`; got != want {
		t.Errorf("answer: got %s, want %s", got, want)
	}
	if e.Response.Status != 299 || e.Response.Header.Get("Location") != "" || e.Response.Header.Get("X") != "p-web" {
		t.Errorf("%d %v", e.Response.Status, e.Response.Header)
	}
}
