package suites

import (
	"net/http"
	"strings"
)

// register writes a name to the ledger, and remembers it once it stands there.
func (r *run) register(kind Kind, name string, bad bool) error {
	if err := r.Ledger.Add(kind, name); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	o := &object{kind: kind, name: name, bad: bad}
	r.objects = append(r.objects, o)
	r.byName[name] = o
	return nil
}

// split takes the name and what follows it out of a path such as /certificates/NAME/pending/merge, or of an issuer's.
func split(path string) (name, rest string) {
	after, found := strings.CutPrefix(path, "/certificates/")
	if !found {
		return "", ""
	}
	after = strings.TrimPrefix(after, "issuers/")
	name, rest, _ = strings.Cut(after, "/")
	return name, rest
}

// leaving notes, before a request leaves, that it could make something. That is so of one that is refused, too: a vault
// may refuse and make it all the same. For a bad name only an answer tells, since good vaults refuse to remove it as well.
func (r *run) leaving(method, path string) {
	if method == http.MethodGet || method == http.MethodDelete {
		return
	}
	name, _ := split(path)
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.byName[name]; o != nil && !o.bad {
		o.made = true
	}
}

// answered notes what an answer tells of the object's state. A lost answer to a create counts as a success: an operation
// may be in progress.
func (r *run) answered(method, path string, a Answer) {
	name, rest := split(path)
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.byName[name]
	switch {
	case o == nil:
	case o.bad:
		o.made = o.made || method != http.MethodGet && (a.OK() || a.lost())
	case method == http.MethodPost && rest == "create":
		o.pending = o.pending || a.OK() || a.lost()
	case method == http.MethodPost && rest == "pending/merge", method == http.MethodDelete && rest == "pending":
		o.pending = o.pending && !a.OK()
	case method == http.MethodGet && rest == "pending":
		o.pending = o.pending && a.Status != "completed"
	case method == http.MethodDelete && rest == "":
		o.kept = o.kept || a.OK() && a.RecoveryID != ""
		o.soft = o.soft || o.kept || a.lost()
	}
}

// keptSoftly reports whether the vault keeps the deleted certificate for a while.
func (r *run) keptSoftly(o *object) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return o.soft
}

// surelyKept reports whether the vault has said so, and not only given no answer to the deletion.
func (r *run) surelyKept(o *object) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return o.kept
}

// purgedEarly notes that what was deleted could not be purged yet, and purgesEarly reports whether the vault was ever seen to be so slow.
func (r *run) purgedEarly() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slow = true
}

func (r *run) purgesEarly() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.slow
}

// noPurge counts an object that the vault does not let the run purge.
func (r *run) noPurge() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.soft++
}
