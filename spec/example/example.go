// Package example shows each rule at work: a trace in which it is exercised and kept, and one that differs in as little as possible and
// breaks it. A reader of a failure learns from the two what is meant, and a test of the oracle that the rule tells them apart.
//
// The traces are data. stories.yaml tells what goes on between a client and a vault, a dozen times over; examples.yaml names for each rule the
// story that it is shown in, and the answer that breaks it. A rule is added by adding an entry there.
package example

import (
	"bytes"
	"net/http"
	"slices"
	"sync"

	"github.com/kvconform/kvconform/spec/exchange"
)

// Example is one rule, kept and broken.
type Example struct {
	// Rule is the rule's id.
	Rule string
	// Live says that the example speaks under the authority of the live service; else it speaks under the documents.
	Live bool
	// Good is the trace in which the rule is exercised and kept, Broken its twin.
	Good, Broken *exchange.Trace
	// Also are the other rules that the twin cannot help breaking, with the reason.
	Also map[string]string
}

// Of returns the example of a rule: under the documents where it speaks there, else under the live service. It reports false where there is none.
func Of(ruleID string) (good, broken *exchange.Trace, ok bool) {
	entries := data().of(ruleID)
	if len(entries) == 0 {
		return nil, nil, false
	}
	x := data().example(entries[0])
	return x.Good, x.Broken, true
}

// All returns every example. A rule that asks for something else under each authority has one for each, the documents' first.
func All() []Example {
	var all []Example
	for i := range data().Examples {
		all = append(all, data().example(&data().Examples[i]))
	}
	return all
}

// Stories are the names of the stories, in the order of the file.
func Stories() []string {
	var names []string
	for _, s := range data().Stories {
		names = append(names, s.Story)
	}
	return names
}

// Story tells one story. Every certificate in it bears a name that begins with prefix, and has keys and ids of its own, so that a story can be
// told any number of times in one trace. It returns nil where there is no such story.
func Story(name, prefix string) *exchange.Trace {
	s := data().story(name)
	if s == nil {
		return nil
	}
	return tell(data(), s.Story, s.Steps, prefix)
}

// Recorded returns the trace as a recording of it shows it: what was asked and answered, and when, but not where the vault is, what a request was
// meant to be, who sent it, or what was there before.
func Recorded(t *exchange.Trace) *exchange.Trace {
	r := &exchange.Trace{Name: t.Name, Recorded: true, Exchanges: slices.Clone(t.Exchanges)}
	for i := range r.Exchanges {
		e := &r.Exchanges[i]
		e.Drive, e.Attempt, e.Defect, e.Caller = "", 0, "", exchange.Owner
	}
	return r
}

// Differing returns the numbers of the exchanges in which two traces differ.
func Differing(good, broken *exchange.Trace) []int {
	var numbers []int
	for i := range max(len(good.Exchanges), len(broken.Exchanges)) {
		if i >= len(good.Exchanges) || i >= len(broken.Exchanges) || !same(&good.Exchanges[i], &broken.Exchanges[i]) {
			numbers = append(numbers, i+1)
		}
	}
	return numbers
}

// same compares what was sent and what came back.
func same(a, b *exchange.Exchange) bool {
	if a.Request.Method != b.Request.Method || a.Request.URL != b.Request.URL || !bytes.Equal(a.Request.Body, b.Request.Body) ||
		(a.Response == nil) != (b.Response == nil) {
		return false
	}
	return a.Response == nil || a.Response.Status == b.Response.Status && a.Response.Cut == b.Response.Cut &&
		bytes.Equal(a.Response.Body, b.Response.Body) && sameHeader(a.Response.Header, b.Response.Header)
}

func sameHeader(a, b http.Header) bool {
	if len(a) != len(b) {
		return false
	}
	for name, values := range a {
		if !slices.Equal(values, b[name]) {
			return false
		}
	}
	return true
}

// data is what the two files hold, read once. They are part of the program: what is wrong in them is a defect of the program, and a test of this
// package stops it from getting that far.
var data = sync.OnceValue(func() *book {
	b, err := read(stories, examples)
	if err != nil {
		panic(err)
	}
	return b
})
