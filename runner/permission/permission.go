// Package permission tries, before a run's first scenario, whether the run's token may do what the scenarios will ask for: whoever
// granted too little hears of all of it at once, and not after minutes.
package permission

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/kvconform/kvconform/runner/target"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/suites"
)

// Options say what is tried, and where.
type Options struct {
	Target suites.Target
	Ledger suites.Ledger
	// Name begins those of certificates that nobody makes; it is one of the run's own.
	Name       string
	APIVersion string
	// Import says that a scenario imports, DeleteIssuers that the run registers issuers, which it has to remove.
	Import, DeleteIssuers bool
}

// Missing is what the token may not do.
type Missing struct {
	// Permissions are named as the documents name them, in their order.
	Permissions []string
	// Code is what the target calls the first refusal; empty where it does not say.
	Code string
	// Left are the objects that a try made after all and that could not be removed.
	Left []suites.Leftover
}

// try is a request that takes a permission, and that makes and changes nothing: there is no such certificate, no operation of it, and
// no such issuer. Whether the caller may ask comes before whether there is anything.
type try struct {
	permission   string
	method, path string
	body, defect string
}

// tries are the requests, in the order of the permissions in the documents. A purge is not among them: where it is forbidden, the vault
// keeps what was deleted for a while, and the run says so.
func (o Options) tries() []try {
	at := "/certificates/" + o.Name
	all := []try{
		{"certificates/get", http.MethodGet, at, "", ""},
		{"certificates/list", http.MethodGet, at + "/versions", "", ""},
		// A create would make something. A merge takes the same permission.
		{"certificates/create", http.MethodPost, at + "/pending/merge", `{"x5c":[]}`, "there is nothing to merge"},
		{"certificates/update", http.MethodPatch, at + "/pending", `{"cancellation_requested":true}`, ""},
		{"certificates/delete", http.MethodDelete, at, "", ""},
	}
	if o.Import {
		all = append(all, o.importing())
	}
	if o.DeleteIssuers {
		all = append(all, try{"certificates/deleteissuers", http.MethodDelete, "/certificates/issuers/" + o.Name, "", ""})
	}
	return all
}

func (o Options) importing() try {
	return try{"certificates/import", http.MethodPost, "/certificates/" + o.imported() + "/import", `{}`, "there is nothing to import"}
}

// imported is the name that the import is tried with: none of the others, of which one is deleted at the same time.
func (o Options) imported() string { return o.Name + "-import" }

// Try tries each permission once, all at the same time. Any other answer than that one is missing tells nothing: what the target makes
// of such requests is for the rules to judge. Refused says that the target has answered 403 before and not said why: then any 403 counts.
// An error means that the ledger cannot be written.
func Try(ctx context.Context, o Options, refused bool) (Missing, error) {
	tries := o.tries()
	if o.Import { // a vault that imports nothing has made something
		if err := o.Ledger.Add(suites.Certificate, o.imported()); err != nil {
			return Missing{}, err
		}
	}
	answers := make([]*exchange.Response, len(tries))
	var all sync.WaitGroup
	for i, t := range tries {
		all.Go(func() { answers[i] = o.send(ctx, t) })
	}
	all.Wait()
	var m Missing
	imported := false
	for i, t := range tries {
		code, denied := target.Denied(answers[i])
		if denied && (code != "" || refused) {
			m.Permissions = append(m.Permissions, t.permission)
			if m.Code == "" {
				m.Code = code
			}
		}
		imported = imported || t == o.importing() && (answers[i] == nil || answers[i].Status/100 != 4)
	}
	if !o.Import {
		return m, nil
	}
	if imported {
		if left, made := o.removed(ctx); made {
			m.Left = left
			return m, nil
		}
	}
	return m, o.Ledger.Remove(suites.Certificate, o.imported())
}

// removed looks whether the try of an import has made something, and removes it. What nobody knows stays in the ledger.
func (o Options) removed(ctx context.Context) (left []suites.Leftover, made bool) {
	answer := o.send(ctx, try{method: http.MethodGet, path: "/certificates/" + o.imported()})
	switch {
	case answer == nil:
		return []suites.Leftover{{Kind: suites.Certificate, Name: o.imported(), Reason: "whether there is one got no answer"}}, true
	case answer.Status/100 != 2:
		return nil, false
	}
	left, _ = suites.Sweep(ctx, suites.Options{Target: o.Target, Ledger: o.Ledger, APIVersion: o.APIVersion},
		[]suites.Made{{Kind: suites.Certificate, Name: o.imported()}})
	return left, true
}

func (o Options) send(ctx context.Context, t try) *exchange.Response {
	header := http.Header{"Accept": {"application/json"}, "User-Agent": {"kvconform"}}
	if t.body != "" {
		header.Set("Content-Type", "application/json")
	}
	rec := exchange.NewRecorder(time.Now)
	return o.Target.Do(ctx, rec, exchange.Draft{Drive: "permission", Defect: t.defect, Request: exchange.Request{Method: t.method,
		URL: o.Target.Base() + t.path + "?api-version=" + url.QueryEscape(o.APIVersion), Header: header, Body: []byte(t.body)}}).Response
}
