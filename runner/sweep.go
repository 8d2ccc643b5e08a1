package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kvconform/kvconform/runner/ledger"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/suites"
)

// Leftovers are what may be left of earlier runs in one vault.
type Leftovers struct {
	// Target is the vault's base URL.
	Target string
	// Ledger is the file that names them; empty where the vault was asked.
	Ledger  string
	Objects []suites.Made
}

// Swept is what came of removing them.
type Swept struct {
	Left        []suites.Leftover
	SoftDeleted int
}

// Ledgers reads the ledgers that are named, or with none named those in a folder.
func Ledgers(files []string, folder string) ([]Leftovers, error) {
	if len(files) == 0 {
		var err error
		if files, err = filepath.Glob(filepath.Join(folder, "*.ledger")); err != nil {
			return nil, &UsageError{err}
		}
	}
	var all []Leftovers
	for _, file := range files {
		c, err := ledger.Read(file)
		if errors.Is(err, ledger.ErrNothingMade) {
			all = append(all, Leftovers{Ledger: file})
			continue
		}
		if err != nil {
			return nil, &UsageError{err}
		}
		one := Leftovers{Target: c.Header.Target, Ledger: file}
		for _, o := range c.Left {
			one.Objects = append(one.Objects, suites.Made{Kind: o.Kind, Name: o.Name})
		}
		all = append(all, one)
	}
	return all, nil
}

// Find asks the vault for everything whose name begins with the prefix.
func Find(ctx context.Context, o Options, prefix string) (Leftovers, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return Leftovers{}, err
	}
	v, err := connect(o)
	if err != nil {
		return Leftovers{}, err
	}
	defer v.close()
	if err := v.client.Probe(ctx, o.APIVersion); err != nil {
		return Leftovers{}, fmt.Errorf("%s: %w", v.client.Base(), err)
	}
	found := Leftovers{Target: v.client.Base()}
	for _, list := range lists {
		names, err := v.list(ctx, list.path, o.APIVersion, mostPages)
		if err != nil {
			return found, err
		}
		for _, name := range names {
			made := suites.Made{Kind: list.kind, Name: name}
			if strings.HasPrefix(name, prefix) && !slices.Contains(found.Objects, made) {
				found.Objects = append(found.Objects, made)
			}
		}
	}
	slices.Reverse(found.Objects) // issuers last, as they were made first
	return found, nil
}

// lists are those of everything that a run may make.
var lists = []struct {
	path string
	kind suites.Kind
}{{"/certificates/issuers", suites.Issuer}, {"/deletedcertificates", suites.Certificate}, {"/certificates", suites.Certificate}}

// mostPages bounds a list that never ends: 25 a page, which makes more certificates than a vault takes.
const mostPages = 4000

// list reads a list of the vault, page after page, and returns the last part of each id's path. The vault may forbid the list
// of deleted certificates, and have no issuers: then there is nothing in it to be removed. With an error come the names so far.
func (v *opened) list(ctx context.Context, path, apiVersion string, pages int) ([]string, error) {
	rec := exchange.NewRecorder(time.Now)
	next := v.client.Base() + path + "?api-version=" + url.QueryEscape(apiVersion)
	if path == "/certificates" {
		next += "&includePending=true" // what was begun and never completed is left out else
	}
	var names []string
	for range pages {
		e := v.client.Do(ctx, rec, exchange.Draft{Request: exchange.Request{Method: http.MethodGet, URL: next,
			Header: http.Header{"Accept": {"application/json"}, "User-Agent": {"kvconform"}}}})
		switch {
		case e.Response == nil:
			return names, fmt.Errorf("GET %s: %s", path, e.Failure)
		case e.Response.Status == http.StatusForbidden || e.Response.Status == http.StatusNotFound:
			return names, nil
		case e.Response.Status != http.StatusOK:
			return names, fmt.Errorf("GET %s was answered with %d", path, e.Response.Status)
		}
		var page struct {
			Value []struct {
				ID string `json:"id"`
			} `json:"value"`
			NextLink string `json:"nextLink"`
		}
		if err := json.Unmarshal(e.Response.Body, &page); err != nil {
			return names, fmt.Errorf("GET %s: %w", path, err)
		}
		for _, item := range page.Value {
			names = append(names, item.ID[strings.LastIndexByte(item.ID, '/')+1:])
		}
		if page.NextLink == "" {
			return names, nil
		}
		next = page.NextLink
	}
	return names, fmt.Errorf("GET %s: the list does not end", path)
}

// Sweep removes what earlier runs left in a vault. Where everything is gone, the ledger goes, too.
func Sweep(ctx context.Context, o Options, what Leftovers) (Swept, error) {
	var s Swept
	if len(what.Objects) > 0 {
		o.Target = what.Target
		o = o.withDefaults()
		if err := o.check(); err != nil {
			return s, err
		}
		v, err := connect(o)
		if err != nil {
			return s, err
		}
		defer v.close()
		if err := v.client.Probe(ctx, o.APIVersion); err != nil {
			return s, fmt.Errorf("%s: %w", v.client.Base(), err)
		}
		s.Left, s.SoftDeleted = suites.Sweep(ctx, suites.Options{Target: v.client, Ledger: ledger.Forgetful{}, APIVersion: o.APIVersion,
			Parallel: o.Parallel, OperationTimeout: o.OperationTimeout, PollMax: o.PollMax}, what.Objects)
	}
	if what.Ledger != "" && len(s.Left) == 0 && ctx.Err() == nil {
		return s, os.Remove(what.Ledger)
	}
	return s, ctx.Err()
}
