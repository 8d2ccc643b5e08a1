package oracle_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// authorityDependent are the rules that ask for something else under each authority: a story can be right under one of them only.
func authorityDependent() map[string]bool {
	documented, live := map[string]bool{}, map[string]bool{}
	for _, x := range examples() {
		if x.Live {
			live[x.Rule] = true
		} else {
			documented[x.Rule] = true
		}
	}
	for id := range live {
		if !documented[id] {
			delete(live, id)
		}
	}
	return live
}

// TestStories: a good vault is blamed by no rule, whichever authority is the yardstick.
func TestStories(t *testing.T) {
	allowed := authorityDependent()
	for _, name := range example.Stories() {
		for _, authority := range []oracle.Authority{oracle.Documented, oracle.Live} {
			t.Run(name+"/"+string(authority), func(t *testing.T) {
				for id, o := range outcomes(example.Story(name, ""), oracle.Options{Authority: authority}) {
					if o.Verdict == oracle.Error {
						t.Errorf("%s: %s", id, o.Reason)
					}
					if len(o.Findings) > 0 && (authority == oracle.Documented || !allowed[id]) {
						t.Errorf("%s has findings:%s", id, told(o.Findings))
					}
				}
			})
		}
	}
}

// TestStoriesTogether: what is true of each story alone, is true of all of them in one trace.
func TestStoriesTogether(t *testing.T) {
	for id, o := range outcomes(together(1), oracle.Options{}) {
		if len(o.Findings) > 0 || o.Verdict == oracle.Error {
			t.Errorf("%s is %s; %s%s", id, o.Verdict, o.Reason, told(o.Findings))
		}
	}
}

// TestRecordedStories: nor is a good vault blamed where somebody else recorded it, and the histories begin in the unknown.
func TestRecordedStories(t *testing.T) {
	allowed := authorityDependent()
	for _, name := range example.Stories() {
		t.Run(name, func(t *testing.T) {
			story := example.Story(name, "")
			for cut, first := range story.Exchanges {
				if cut > 0 && story.Exchanges[cut-1].Received.After(first.Sent) {
					continue // nobody's recording shows what was on its way when it began
				}
				recorded := example.Recorded(story)
				recorded.Exchanges = recorded.Exchanges[cut:]
				for _, o := range []oracle.Options{{}, {Lenient: true}, {Authority: oracle.Live}} {
					for id, out := range outcomes(recorded, o) {
						if len(out.Findings) > 0 && (o.Authority != oracle.Live || !allowed[id]) {
							t.Errorf("from exchange %d on, judged with %+v: %s has findings:%s", cut+1, o, id, told(out.Findings))
						}
					}
				}
			}
		})
	}
}

// TestHalfStories: nor where a run ended before its time.
func TestHalfStories(t *testing.T) {
	for _, name := range example.Stories() {
		t.Run(name, func(t *testing.T) {
			story := example.Story(name, "")
			for end := range story.Exchanges {
				if end > 0 && story.Exchanges[end-1].Received.After(story.Exchanges[end].Sent) {
					continue // a run that ends waits for what is on its way
				}
				half := *story
				half.Exchanges = story.Exchanges[:end]
				for id, o := range outcomes(&half, oracle.Options{}) {
					if len(o.Findings) > 0 {
						t.Errorf("up to exchange %d: %s has findings:%s", end, id, told(o.Findings))
					}
				}
			}
		})
	}
}

// TestLostAnswers: nor where one answer got lost on its way, after the request took effect (RULINGS R35).
func TestLostAnswers(t *testing.T) {
	lost := map[string]func(e *exchange.Exchange){
		"reset": func(e *exchange.Exchange) { e.Response, e.Failure = nil, "connection reset by peer" },
		"503": func(e *exchange.Exchange) {
			e.Response = &exchange.Response{Status: 503, Header: map[string][]string{"Retry-After": {"1"}}}
		},
		"429": func(e *exchange.Exchange) { e.Response = &exchange.Response{Status: 429} },
	}
	for _, name := range example.Stories() {
		t.Run(name, func(t *testing.T) {
			story := example.Story(name, "")
			for n := range story.Exchanges {
				for how, lose := range lost {
					// Whether what is wrong with a request made it fail, cannot be told.
					if how == "503" && story.Exchanges[n].Defect != "" {
						continue
					}
					trace := *story
					trace.Exchanges = append([]exchange.Exchange(nil), story.Exchanges...)
					lose(&trace.Exchanges[n])
					for id, o := range outcomes(&trace, oracle.Options{}) {
						if len(o.Findings) > 0 {
							t.Errorf("without the answer to exchange %d (%s): %s has findings:%s", n+1, how, id, told(o.Findings))
						}
					}
				}
			}
		})
	}
}

// together tells all stories one after the other in one trace, again and again with other names, until it has at least n exchanges.
func together(n int) *exchange.Trace {
	t := &exchange.Trace{Name: "all stories", Base: "https://vault.example", Fresh: true}
	var at time.Duration
	for round := 1; len(t.Exchanges) < n; round++ {
		for _, name := range example.Stories() {
			story := example.Story(name, name+"-"+strconv.Itoa(round)+"-")
			for _, e := range story.Exchanges {
				e.Number = len(t.Exchanges) + 1
				e.Drive = name
				e.Sent, e.Received = e.Sent.Add(at), e.Received.Add(at)
				t.Exchanges = append(t.Exchanges, e)
			}
			at += time.Minute
		}
	}
	return t
}

// BenchmarkJudge measures what it costs to judge a run of a thousand exchanges.
func BenchmarkJudge(b *testing.B) {
	trace := together(1000)
	trace.Exchanges = trace.Exchanges[:1000]
	oracle.Judge(trace, oracle.Options{}) // reads the catalogue and the shapes, which a process does once
	b.ReportAllocs()
	for b.Loop() {
		oracle.Judge(trace, oracle.Options{})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(trace.Exchanges)), "ns/exchange")
}

// FuzzJudge: whatever a target answers, every rule gets to a verdict.
func FuzzJudge(f *testing.F) {
	names := example.Stories()
	for i, name := range names {
		for n, e := range example.Story(name, "").Exchanges {
			if e.Response != nil && n%3 == i%3 {
				f.Add(uint8(i), uint8(n), e.Response.Status, e.Response.Header.Get("Content-Type"), e.Response.Header.Get("Location"), e.Response.Body)
			}
		}
	}
	f.Add(uint8(0), uint8(2), 202, "application/json", "%", []byte(`{"id":{},"csr":["MIIB"],"status":7,"request_id":null,"error":[]}`))
	f.Add(uint8(0), uint8(8), 200, "application/json", "://", []byte(`{"id":"://","cer":"MIIB","attributes":{"nbf":1e999,"exp":-0},"policy":[]}`))
	f.Fuzz(func(t *testing.T, which, n uint8, status int, media, location string, body []byte) {
		trace := example.Story(names[int(which)%len(names)], "")
		e := &trace.Exchanges[int(n)%len(trace.Exchanges)]
		e.Response = &exchange.Response{Status: status, Body: body, Header: map[string][]string{"Content-Type": {media}, "Location": {location}, "Date": {media}}}
		for _, one := range []*exchange.Trace{trace, example.Recorded(trace)} {
			for _, authority := range []oracle.Authority{oracle.Documented, oracle.Live} {
				for id, o := range outcomes(one, oracle.Options{Authority: authority, Lenient: true}) {
					if o.Verdict == oracle.Error {
						t.Errorf("%s could not judge: %s", id, o.Reason)
					}
				}
			}
		}
	})
}

// TestRoutesThatAreNotOffered: the documents do not speak of what becomes of a certificate, so a vault need not have a route for it, and a web
// framework answers in its own words. Where it has one, its refusals have the documented form.
func TestRoutesThatAreNotOffered(t *testing.T) {
	framework := &exchange.Response{Status: 405, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte("Method Not Allowed")}
	for _, offered := range []bool{false, true} {
		trace := example.Story("imported", "")
		for i := range trace.Exchanges {
			if e := &trace.Exchanges[i]; e.Request.Method == http.MethodDelete && !offered {
				e.Response = framework
			}
		}
		if offered {
			last := trace.Exchanges[len(trace.Exchanges)-1]
			last.Number++
			last.Sent, last.Received, last.Response = last.Received, last.Received.Add(time.Second), framework
			trace.Exchanges = append(trace.Exchanges, last)
		}
		o := outcomes(trace, oracle.Options{})["protocol.media-type"]
		if (len(o.Findings) > 0) != offered {
			t.Errorf("offered %v: %s", offered, told(o.Findings))
		}
	}
}
