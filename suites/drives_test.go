package suites

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/wire"
)

// tick is how long each answer takes in the bubble's time, so that the time which a drive takes there is the number of
// its requests that wait for one another.
const tick = time.Second

// distant is a vault at the end of a slow line.
type distant struct {
	base   string
	client *http.Client
}

func (d distant) Base() string { return d.base }

func (d distant) Do(ctx context.Context, rec *exchange.Recorder, draft exchange.Draft) exchange.Exchange {
	e := rec.Begin(draft, 1)
	time.Sleep(tick)
	r, err := http.NewRequestWithContext(ctx, draft.Request.Method, draft.Request.URL, strings.NewReader(string(draft.Request.Body)))
	if err != nil {
		return rec.Finish(e, nil, err.Error())
	}
	r.Header = draft.Request.Header
	got, err := d.client.Do(r)
	if err != nil {
		return rec.Finish(e, nil, err.Error())
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return rec.Finish(e, nil, err.Error())
	}
	return rec.Finish(e, &exchange.Response{Status: got.StatusCode, Proto: got.Proto, Header: got.Header, Body: body}, "")
}

// driveReference drives the scenarios against the reference vault in a bubble.
func driveReference(t *testing.T, change func(o *Options)) (*Result, *inMemory) {
	t.Helper()
	server, err := vault.Start(vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	var result *Result
	ledger := &inMemory{}
	synctest.Test(t, func(t *testing.T) {
		// A connection that is kept alive would wait for the network for good, and time would stand still.
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		o := Options{Target: distant{server.URL, client}, Ledger: ledger, RunID: "r1", Scenarios: All(), Parallel: 1000}
		change(&o)
		result = Run(t.Context(), o)
	})
	return result, ledger
}

// longest is the most requests of a drive that may wait for one another: at 100 ms to an answer, 6 s.
const longest = 60

func TestDrives(t *testing.T) {
	for name, change := range map[string]func(o *Options){
		"as documented":      func(*Options) {},
		"with full policies": func(o *Options) { o.FullPolicy = true },
		"at 7.5":             func(o *Options) { o.APIVersion = "7.5" },
	} {
		t.Run(name, func(t *testing.T) {
			r, ledger := driveReference(t, change)
			if r.Aborted != nil || len(r.Left) != 0 || len(ledger.names) != 0 || len(r.Denied) != 0 {
				t.Errorf("aborted %v, left %v, in the ledger %q, denied %v", r.Aborted, r.Left, ledger.names, r.Denied)
			}
			for _, d := range r.Drives {
				if d.Failed != nil {
					t.Errorf("%s: %v", d.Scenario, d.Failed)
				}
				if n := d.Ended.Sub(d.Started) / tick; n > longest {
					t.Errorf("%s: %d requests wait for one another", d.Scenario, n)
				}
			}
			expectReached(t, r)
			expectOurRequestsValid(t, r)
		})
	}
}

// expectReached holds that every drive gets where it is meant to get on a vault that conforms.
func expectReached(t *testing.T, r *Result) {
	t.Helper()
	const create, imports, get, pending, merge = "POST /certificates/{name}/create", "POST /certificates/{name}/import",
		"GET /certificates/{name}", "/certificates/{name}/pending", "POST /certificates/{name}/pending/merge"
	reached := map[string]bool{}
	for _, e := range r.Trace.Exchanges {
		if e.Response == nil {
			t.Fatalf("#%d: %s", e.Number, e.Failure)
		}
		status := fmt.Sprint(e.Response.Status)
		if e.Defect != "" {
			status = status[:1] + "xx for a defect"
		}
		reached[e.Drive+": "+e.Request.Method+" "+pathKind(r.Trace.Base, e.Request.URL)+" "+status] = true
	}
	for drive, all := range map[string][]string{
		"poll-in-progress": {create + " 202", "GET " + pending + " 200", "GET " + pending + " 404"},
		"poll-gone": {create + " 202", imports + " 200", merge + " 201", "GET " + pending + " 200", "GET " + pending + " 404",
			"PATCH " + pending + " 404", "PATCH " + pending + " 200", "DELETE " + pending + " 404", "DELETE " + pending + " 200"},
		"conflict": {create + " 202", create + " 409", imports + " 200", imports + " 409", merge + " 201", "DELETE " + pending + " 200"},
		"cancel": {"PATCH " + pending + " 200", "PATCH " + pending + " 404", "PATCH " + pending + " 400",
			"PATCH " + pending + " 4xx for a defect"},
		"delete-pending": {"DELETE " + pending + " 200", "DELETE " + pending + " 404", "PATCH " + pending + " 404", merge + " 404",
			imports + " 200", create + " 202"},
		"create-manual":   {create + " 202", create + " 4xx for a defect", merge + " 201", "GET " + pending + " 200", get + "/policy 200"},
		"merge-manual":    {merge + " 201", merge + " 400", merge + " 404", merge + " 4xx for a defect", get + "/{version} 200", get + "/versions 200"},
		"get-certificate": {get + " 200", get + " 404", get + "/{version} 200", get + "/{version} 404", imports + " 200"},
		"protocol": {create + " 4xx for a defect", imports + " 4xx for a defect", merge + " 4xx for a defect", get + " 4xx for a defect",
			"PUT " + pending + " 4xx for a defect", create + " 202", imports + " 200", merge + " 201"},
		"cleanup": {"DELETE /certificates/{name} 200"},
	} {
		for _, want := range all {
			if !reached[drive+": "+want] {
				t.Errorf("never reached: %s: %s", drive, want)
			}
		}
	}
	if t.Failed() {
		t.Log(strings.Join(slices.Sorted(maps.Keys(reached)), "\n"))
	}
}

// expectOurRequestsValid holds that a request which breaks the schema does so on purpose.
func expectOurRequestsValid(t *testing.T, r *Result) {
	t.Helper()
	checker, err := wire.New()
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Trace.Exchanges {
		e := &r.Trace.Exchanges[i]
		for _, d := range checker.Read(r.Trace, e).Defects {
			if d.Kind == wire.RequestShape && e.Defect == "" {
				t.Errorf("%s #%d %s %s: %s: expected %s, sent %s\n%s", e.Drive, e.Number, e.Request.Method, e.Request.URL,
					d.Pointer, d.Expected, d.Actual, e.Request.Body)
			}
		}
	}
}
