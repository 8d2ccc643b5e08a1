package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kvconform/kvconform/runner/permission"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/runner/target"
	"github.com/kvconform/kvconform/suites"
)

// before is what is looked at between the first answer and the first scenario.
type before struct {
	// problems keep the run from beginning. Left is what a look has made and could not remove.
	problems []string
	left     []report.Leftover
}

const (
	// mostLooking bounds the look. It takes some ten requests, and the pages of the vault's lists: what a slow vault has not shown by
	// then, the run shows.
	mostLooking = time.Minute
	// mostLooked bounds each list: 25 a page, 2,500 certificates.
	mostLooked = 100
)

// probe asks whether there is a vault that lets anybody in. A 403 for want of a permission is left for the look at all of them.
func (v *opened) probe(ctx context.Context, apiVersion string) (refused *target.ForbiddenError, err error) {
	err = v.client.Probe(ctx, apiVersion)
	if forbidden, ok := errors.AsType[*target.ForbiddenError](err); ok && !forbidden.Network() {
		return forbidden, nil
	}
	return nil, err
}

// look sees whether the run's names are free, and whether it may do what it has to. The reference vault of this process is the run's own.
func (p *Plan) look(parent context.Context, v *opened, memory suites.Ledger, id string, refused *target.ForbiddenError) (b before, err error) {
	if v.embedded {
		return b, nil
	}
	ctx, end := context.WithTimeout(parent, mostLooking)
	defer end()
	own := p.options.NamePrefix + "-" + id + "-"
	if b.problems = v.taken(ctx, own, p.options.APIVersion); len(b.problems) > 0 {
		return b, nil
	}
	missing, err := permission.Try(ctx, permission.Options{Target: v.client, Ledger: memory, Name: own + "permission",
		APIVersion: p.options.APIVersion, Import: imports(p.selection.Scenarios), DeleteIssuers: p.options.ProvisionIssuers}, refused != nil)
	if err != nil {
		return b, err
	}
	for _, l := range missing.Left {
		b.left = append(b.left, report.Leftover{Kind: string(l.Kind), Name: l.Name, Reason: l.Reason})
	}
	switch {
	case len(missing.Permissions) > 0:
		b.problems = append(b.problems, fmt.Sprintf("%s: %s: the permissions %s are missing; grant them. A run takes get, list, create, import, "+
			"update, delete and, to clean up, purge", v.client.Base(), strings.TrimSpace("403 "+missing.Code), strings.Join(missing.Permissions, ", ")))
	case refused != nil:
		b.problems = append(b.problems, fmt.Sprintf("%s: %v", v.client.Base(), refused))
	}
	return b, nil
}

// taken names objects of the vault that are called as only this run's are, and that it has not made: whoever did may be at work with them,
// and a run that went on would change and delete them. A list that cannot be read says nothing.
func (v *opened) taken(ctx context.Context, own, apiVersion string) []string {
	for _, list := range lists {
		names, _ := v.list(ctx, list.path, apiVersion, mostLooked)
		for _, name := range names {
			if strings.HasPrefix(strings.ToLower(name), strings.ToLower(own)) {
				return []string{fmt.Sprintf("%s holds the %s %q, which this run has not made, under a name that only this run gives: "+
					"nothing was made or changed; run again, with another --name-prefix where it stays so", v.client.Base(), list.kind, name)}
			}
		}
	}
	return nil
}

// imports reports whether any of the scenarios sends an import.
func imports(scenarios []suites.Scenario) bool {
	return slices.ContainsFunc(scenarios, func(s suites.Scenario) bool { return s.ID != "poll-in-progress" })
}
