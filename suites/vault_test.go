package suites

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

func TestPollUntilWaits(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		retryAfter string
		asked      bool // to wait, by a Retry-After that can be read
		ends       int  // the poll that is the last one, 0 for never
		timeout    time.Duration
		want       []time.Duration
	}{
		"doubling, up to PollMax":        {"", false, 8, time.Minute, []time.Duration{50 * ms, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 1000 * ms, 1000 * ms}},
		"as Retry-After says":            {"1", true, 3, time.Minute, []time.Duration{1000 * ms, 1000 * ms}},
		"never longer than PollMax":      {"3600", true, 3, time.Minute, []time.Duration{1000 * ms, 1000 * ms}},
		"a Retry-After of 0 is no loop":  {"0", true, 3, time.Minute, []time.Duration{50 * ms, 50 * ms}},
		"a junk Retry-After is none":     {"soon", false, 3, time.Minute, []time.Duration{50 * ms, 100 * ms}},
		"until the operation's time out": {"1", true, 0, 2500 * ms, []time.Duration{1000 * ms, 1000 * ms}},
		"not at all when it is done":     {"1", true, 1, time.Minute, nil},
	} {
		t.Run(name, func(t *testing.T) {
			polls := 0
			o, _ := options(func(w http.ResponseWriter, _ *http.Request) {
				polls++
				if c.retryAfter != "" {
					w.Header().Set("Retry-After", c.retryAfter)
				}
				status := "inProgress"
				if polls == c.ends {
					status = "completed"
				}
				answer(http.StatusOK, fmt.Sprintf(`{"status":%q}`, status))(w, nil)
			}, drive("a", func(v *Vault) {
				v.PollUntil(v.Unused(), func(a Answer) bool { return a.Status == "completed" })
			}))
			o.OperationTimeout, o.PollMax = c.timeout, time.Second
			Run(t.Context(), o)
			waits := o.Clock.(*stepped).waits
			if !slices.EqualFunc(waits, c.want, func(got, want time.Duration) bool {
				if c.asked { // as it was asked for
					return got == want
				}
				return got >= want*3/4 && got <= min(want*5/4, o.PollMax)
			}) {
				t.Errorf("waits %v, want %v", waits, c.want)
			}
		})
	}
}

func TestRequestsAreWellFormed(t *testing.T) {
	o, _ := options(notFound, drive("a", func(v *Vault) {
		v.GetPending("n", Filter("0af"))
		v.GetPending("n", Filter(""))
		v.GetPending("n", NoAPIVersion(), Filter("0af"))
		v.GetPending("n", APIVersion(""), Defect("api-version is empty"))
		v.Cancel("n", true)
		v.GetPending("n", EncodedAPIVersion("7.6"))
		v.GetPending("n", Filter("0af"), APIVersionLast())
		v.Versions("n", Query("maxresults", "1"))
		v.Get("n", As(exchange.Nobody))
	}))
	r := Run(t.Context(), o)
	var urls []string
	for _, e := range r.Trace.Exchanges {
		urls = append(urls, e.Request.URL)
		if e.Request.Header.Get("Accept") != "application/json" || e.Request.Header.Get("User-Agent") == "" {
			t.Errorf("headers of #%d: %v", e.Number, e.Request.Header)
		}
		if hasBody, typed := e.Request.Body != nil, e.Request.Header.Get("Content-Type") == "application/json"; hasBody != typed {
			t.Errorf("#%d: body %v, Content-Type %v", e.Number, hasBody, typed)
		}
	}
	const at = "http://vault.test/certificates/n/pending"
	expectAll(t, "URLs", urls, []string{
		at + "?api-version=2025-07-01&request_id=0af", at + "?api-version=2025-07-01", at + "?request_id=0af",
		at + "?api-version=", at + "?api-version=2025-07-01", at + "?api%2Dversion=7.6", at + "?request_id=0af&api-version=2025-07-01",
		"http://vault.test/certificates/n/versions?api-version=2025-07-01&maxresults=1", "http://vault.test/certificates/n?api-version=2025-07-01",
	})
	for _, e := range r.Trace.Exchanges {
		if nobody := strings.HasSuffix(e.Request.URL, "/n?api-version=2025-07-01"); (e.Caller == exchange.Nobody) != nobody {
			t.Errorf("caller of #%d: %q", e.Number, e.Caller)
		}
	}
	if e := r.Trace.Exchanges[3]; e.Defect != "api-version is empty" || e.Drive != "a" {
		t.Errorf("drive %q, defect %q", e.Drive, e.Defect)
	}
}

func TestReadingAnAnswer(t *testing.T) {
	whole := read(exchange.Exchange{Number: 7, Response: &exchange.Response{Status: 202,
		Header: http.Header{"Location": {"https://v/certificates/n/pending?api-version=7.5&request_id=0af"}, "Retry-After": {"10"}},
		Body: []byte(`{"id":"https://v/certificates/n/pending","csr":"AQID","status":"InProgress","request_id":"0af",
			"target":"https://v/certificates/n/1?api-version=7.5","error":{"code":"E","innererror":{"code":"I"}}}`)}})
	if whole.Code != 202 || whole.Exchange != 7 || !whole.InProgress() || whole.RequestID != "0af" || whole.LocationRequestID != "0af" ||
		!slices.Equal(whole.CSR, []byte{1, 2, 3}) || whole.RetryAfter != 10*time.Second || whole.ErrorCode != "E" || whole.Version() != "" {
		t.Errorf("%+v", whole)
	}
	for _, body := range []string{``, `null`, `[]`, `"x"`, `{`, `{"error":[]}`, `{"error":{"code":1}}`, `{"id":7,"csr":["x"],"status":null}`,
		`{"csr":"***"}`, "\xff\xfe", `{"id":"https://v/certificates/"}`} {
		a := read(exchange.Exchange{Response: &exchange.Response{Status: 200, Header: http.Header{"Location": {"%zz://"}}, Body: []byte(body)}})
		if a.CSR != nil || a.Status != "" || a.Version() != "" || a.ErrorCode != "" || a.LocationRequestID != "" {
			t.Errorf("%s: %+v", body, a)
		}
	}
	if a := read(exchange.Exchange{Number: 3, Failure: "reset"}); a.Code != 0 || a.OK() || !a.lost() {
		t.Errorf("%+v", a)
	}
}

func TestTheVersionInAnID(t *testing.T) {
	for id, want := range map[string]string{
		"https://v/certificates/n/0af":                    "0af",
		"https://v/prefix/certificates/n/0af?api-version": "0af",
		"https://v//certificates/n/0af/":                  "0af",
		"https://v/certificates/n":                        "",
		"https://v/certificates/n/pending":                "",
		"https://v/certificates/n/0af/more":               "",
		"https://v/certificates/n/a b":                    "",
		"https://v/keys/n/0af":                            "",
	} {
		if got := versionIn(id); got != want {
			t.Errorf("%s: %q, want %q", id, got, want)
		}
	}
}

func TestWhatCameWith76(t *testing.T) {
	for version, want := range map[string]bool{
		"2025-07-01": true, "2026-03-01-preview": true, "7.6": true, "7.6-preview.1": true, "8.0": true,
		"7.5": false, "7.0": false, "7.1-preview": false, "2016-10-01": false, "2015-06-01": false, "": false, "latest": false,
	} {
		if got := since76(version); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

func TestRequestsAtOnceAreUnderWayTogether(t *testing.T) {
	o, _ := options(barrier(8), drive("s", func(v *Vault) {
		var requests []func(v *Vault) Answer
		for i := range 8 {
			requests = append(requests, func(v *Vault) Answer { return v.GetPending(fmt.Sprint("n-", i)) })
		}
		for i, a := range v.AtOnce(requests...) {
			if a.Code != http.StatusNotFound {
				t.Errorf("answer %d: %+v", i, a)
			}
		}
	}))
	if r := Run(t.Context(), o); len(r.Trace.Exchanges) != 8 {
		t.Errorf("%d requests", len(r.Trace.Exchanges))
	}
}

// With Parallel 1 they are sent in their order, and each answer is that of its own request.
func TestRequestsAtOnceOneAfterTheOther(t *testing.T) {
	var told []Answer
	o, _ := options(func(w http.ResponseWriter, r *http.Request) {
		answer(http.StatusOK, fmt.Sprintf(`{"status":%q}`, r.URL.Path))(w, r)
	}, drive("s", func(v *Vault) {
		var requests []func(v *Vault) Answer
		for _, name := range []string{"a", "b", "c"} {
			requests = append(requests, func(v *Vault) Answer { return v.GetPending(name) })
		}
		told = v.AtOnce(requests...)
	}))
	o.Parallel = 1
	r := Run(t.Context(), o)
	expectAll(t, "sent", sent(r), []string{"GET /certificates/a/pending", "GET /certificates/b/pending", "GET /certificates/c/pending"})
	for i, name := range []string{"a", "b", "c"} {
		if told[i].Status != "/certificates/"+name+"/pending" {
			t.Errorf("answer %d: %q", i, told[i].Status)
		}
	}
}

// An issuer that does nothing takes one operation's time of a run, not that of each drive one after the other.
func TestAnIdleIssuerIsWaitedForOnce(t *testing.T) {
	var polls atomic.Int64
	o, _ := options(func(w http.ResponseWriter, r *http.Request) {
		polls.Add(1)
		answer(http.StatusOK, `{"status":"inProgress","issuer":{"name":"Self"}}`)(w, r)
	}, drive("a", func(v *Vault) {
		for range 100 {
			v.await(v.Unused())
		}
	}))
	o.OperationTimeout, o.PollMax = time.Minute, 10*time.Second
	Run(t.Context(), o)
	if waits := o.Clock.(*stepped).waits; len(waits) > 15 || polls.Load() < 100 {
		t.Errorf("%d waits, %d polls", len(waits), polls.Load())
	}
}

func TestALongNameIsOneTooLong(t *testing.T) {
	o, ledger := options(notFound, drive("a", func(v *Vault) { v.GetPending(v.LongName()) }))
	Run(t.Context(), o)
	if len(ledger.ever) != 1 || len(ledger.ever[0]) != 128 || len(ledger.names) != 0 {
		t.Errorf("ever %q, left %q", ledger.ever, ledger.names)
	}
}

// A list goes on where its nextLink says, as long as that is in the same list of the same vault.
func TestNextLinksAreFollowedWithinTheList(t *testing.T) {
	const next = "http://vault.test/certificates/n/versions?api-version=7.6&$skiptoken=x"
	for link, want := range map[string][]string{
		"":   nil,
		next: {next},
		"http://elsewhere.test/certificates/n/versions?a=b": nil,
		"http://vault.test/certificates/other/versions":     nil,
		"http://vault.test/certificates?a=b":                nil,
		"http://vault.test/certificates/n/versions/..":      nil,
	} {
		o, _ := options(notFound, drive("a", func(v *Vault) { v.nextVersions("n", Answer{NextLink: link}) }))
		var urls []string
		for _, e := range Run(t.Context(), o).Trace.Exchanges {
			urls = append(urls, e.Request.URL)
		}
		expectAll(t, link, urls, want)
	}
}
