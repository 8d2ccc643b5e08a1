package suites

import (
	"context"
	"net/http"
	"regexp"
)

// Made is an object that an earlier run made, or may have made.
type Made struct {
	Kind Kind
	Name string
}

// nameForm is the form of a name (Get Certificate Operation, § URI Parameters).
var nameForm = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)

// Sweep removes what earlier runs made, as a run removes its own: the objects are given last made first. It returns those that it
// could not remove, each with the reason, and how many certificates the vault does not let it purge. Of Options it heeds the
// target, the ledger, and what says how requests are sent.
func Sweep(ctx context.Context, o Options, objects []Made) (left []Leftover, softDeleted int) {
	o = o.withDefaults()
	r := newRun(o)
	for i := len(objects) - 1; i >= 0; i-- {
		one := &object{kind: objects[i].Kind, name: objects[i].Name, bad: !nameForm.MatchString(objects[i].Name)}
		one.made = !one.bad
		one.pending = one.made && one.kind == Certificate
		r.objects = append(r.objects, one)
		r.byName[one.name] = one
	}
	looking, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	v := newVault(looking, r, abort, "sweep")
	r.each(r.objects, func(_ int, o *object) string {
		if o.kind != Certificate {
			return ""
		}
		// A run may have been killed between deleting and purging.
		if v.Send(http.MethodGet, "/deletedcertificates/"+o.name, nil).OK() {
			r.mu.Lock()
			defer r.mu.Unlock()
			o.soft, o.kept = true, true
		}
		// What is no name, a good vault has not made.
		if o.bad && v.Get(o.name).OK() {
			r.mu.Lock()
			defer r.mu.Unlock()
			o.made = true
		}
		return ""
	})
	if len(r.left) == 0 { // else the target stopped answering, or ctx ended
		r.cleanUp(ctx)
	}
	return r.left, r.soft
}
