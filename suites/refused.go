package suites

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// wrong is a body that has one thing wrong with it, and what that is.
type wrong struct {
	defect string
	body   []byte
}

// few is how many wrong requests are tried under one name.
const few = 7

// inTurn makes parts of a drive, each of which tries a few of the wrong requests under one name, one after the other. After one that is not
// refused, the rest have to go on under another name, because nobody knows what it has left behind.
func inTurn(all []wrong, try func(v *Vault, some []wrong)) []func(v *Vault) {
	var parts []func(v *Vault)
	for some := range slices.Chunk(all, few) {
		parts = append(parts, func(v *Vault) { try(v, some) })
	}
	return parts
}

// refused reports a 4xx: the request was understood, and nothing came of it.
func (a Answer) refused() bool { return a.Code/100 == 4 }

// wrongCreates leave no operation and no certificate behind.
func wrongCreates(v *Vault, some []wrong) {
	name := v.NewName()
	for _, w := range some {
		a := v.Send(http.MethodPost, at(name, "/create"), w.body, Defect(w.defect))
		v.GetPending(name) // 404
		if !a.refused() {
			v.Get(name)
			name = v.NewName()
		}
	}
	v.Get(name) // 404
	// And they do not touch one that is there, in progress …
	op := v.Create(name, policy.Manual(policy.Subject("CN=not-refused")))
	v.GetPolicy(name)
	v.Send(http.MethodPost, at(name, "/create"), tagged(some[0].body), Defect(some[0].defect))
	v.look(name, op)
	v.GetPolicy(name)
	// … or ended, nor what has come of it.
	v.Merge(name, sign(op))
	v.lookAll(name, op)
	v.GetPolicy(name)
	for _, w := range []wrong{some[0], some[len(some)-1]} {
		v.Send(http.MethodPost, at(name, "/create"), tagged(w.body), Defect(w.defect))
	}
	v.lookAll(name, op)
	v.GetPolicy(name)
	v.Send(http.MethodPost, at(name, "/import"), tagged([]byte(`{"value":"dGhpcyBpcyBubyBQRlg="}`)), Defect("value is no PFX"))
	v.lookAll(name, op)
	v.GetPolicy(name)
}

// tagged gives a wrong request tags of its own, where its body has room for them: what is refused does not leave them behind.
func tagged(raw []byte) []byte {
	var members map[string]any
	if json.Unmarshal(raw, &members) != nil || members == nil || members["tags"] != nil {
		return raw
	}
	members["tags"] = refusedTags
	with, err := json.Marshal(members)
	if err != nil {
		return raw
	}
	return with
}

// refusedTags are what requests bring that are to be refused, so that it shows when they leave something behind.
var refusedTags = map[string]string{"refused": "yes"}

// givenUp are what a request brings whose operation comes to nothing: what follows under the name has none of it.
func (v *Vault) givenUp() Members {
	more := Members{"tags": map[string]string{"given": "up"}, "attributes": map[string]any{"enabled": false}}
	if v.Since76() {
		more["preserveCertOrder"] = true
	}
	return more
}

// keptTags are what a certificate was made with, and has as long as it is there.
var keptTags = Members{"tags": map[string]string{"kept": "yes"}}

// wrongImports leave no certificate behind, and do not touch one that is there.
func wrongImports(v *Vault, some []wrong) {
	name := v.NewName()
	for _, w := range some {
		a := v.Send(http.MethodPost, at(name, "/import"), w.body, Defect(w.defect))
		v.Get(name) // 404
		if !a.refused() {
			name = v.NewName()
		}
	}
	v.GetPending(name) // 404
	first := v.Import(name, pki.PFX("without a defect", 0))
	second := v.ImportWith(name, pki.PFX("without a defect", 1), Members{"tags": map[string]string{"import": "second"}})
	v.Get(name)
	v.GetPolicy(name)
	v.Versions(name)
	v.Send(http.MethodPost, at(name, "/import"), tagged(some[0].body), Defect(some[0].defect))
	v.Get(name)
	v.GetPolicy(name)
	v.Versions(name)
	v.GetVersion(name, first.Version())
	v.GetVersion(name, second.Version())
}

// wrongMerges are refused, and the operation is as it was.
func wrongMerges(v *Vault, some []wrong) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	for _, w := range some {
		a := v.MergeRaw(name, tagged(w.body), Defect(w.defect))
		v.GetPending(name)
		if !a.refused() {
			v.lookAll(name, op)
			name = v.NewName()
			op = v.Create(name, policy.Manual())
		}
	}
	v.lookAll(name, op)
	v.Merge(name, sign(op)) // the same without the defect
	v.lookAll(name, op)
}
