package suites

import (
	"net/http"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
	"github.com/kvconform/kvconform/spec/exchange"
)

// withTokens are the parts of the protocol's drive that tell who may do what: each document names the permission that its operation
// requires. They need a target that asks for a token, and those with the weaker token need that, too. What is refused changes nothing,
// so after each refusal the run looks with its own token.
func (v *Vault) withTokens() []func(v *Vault) {
	if !v.run.Auth {
		return nil
	}
	var parts []func(v *Vault)
	nobody, stranger := caller{exchange.Nobody, "no token"}, caller{exchange.Stranger, "a token that nobody issued"}
	parts = append(parts, nobody.reads, nobody.changes, nobody.makes, stranger.reads, stranger.changes, stranger.makes, otherSchemes)
	parts = append(parts, spare(nobody.finds, nobody.makesAbove)...)
	parts = append(parts, spare(append(v.withIssuers(nobody.changesIssued), v.withFailing(nobody.changesIssued)...)...)...)
	if v.run.Weak {
		reader := caller{exchange.Reader, "the token is for reading certificates alone"}
		// The changes are asked for twice: each shows a rule of its own at work, and a lost answer is not to hide one.
		parts = append(parts, readerReads, reader.changes, reader.makes)
		parts = append(parts, spare(reader.changes, reader.makesAbove, reader.changesAbove)...)
		parts = append(parts, spare(append(v.withIssuers(reader.changesIssued), v.withFailing(reader.changesIssued)...)...)...)
	}
	return parts
}

// caller is somebody who is refused, and why.
type caller struct {
	who exchange.Caller
	why string
}

// refused are the options of a request that is to be refused for its caller.
func (c caller) refused(more ...RequestOption) []RequestOption {
	return append([]RequestOption{As(c.who), Defect(c.why)}, more...)
}

// otherSchemes are what an Authorization header may hold beside a bearer token: that is none.
func otherSchemes(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	for _, value := range []string{"Bearer", "Basic a3Zjb25mb3JtOmt2Y29uZm9ybQ=="} {
		refused := []RequestOption{As(exchange.Nobody), Header("Authorization", value), Defect("the Authorization header holds no bearer token")}
		v.GetPending(name, refused...)
		v.Get(name, refused...)
		v.Cancel(name, true, refused...)
		v.DeletePending(name, refused...)
		v.look(name, op)
	}
}

// "This operation requires the certificates/get permission": for the operation, and for the certificate.
func (c caller) reads(v *Vault) {
	name, done := v.NewName(), v.NewName()
	op := v.Create(name, policy.Manual())
	completed, merged := v.complete(done, policy.Manual())
	v.GetPending(name, c.refused()...)
	v.GetPending(name, c.refused(Filter(op.RequestID))...)
	v.Get(name, c.refused()...)
	v.look(name, op)
	v.GetPending(done, c.refused()...)
	v.Get(done, c.refused()...)
	v.GetVersion(done, merged.Version(), c.refused()...)
	v.Versions(done, c.refused()...)
	v.GetPolicy(done, c.refused()...)
	v.GetPending(v.Unused(), c.refused()...) // not even that there is nothing
	v.lookAll(done, completed)
	v.GetVersion(done, merged.Version())
}

// "This operation requires the certificates/update permission": for the deletion of the operation; and whoever lacks that cannot cancel
// or merge it either.
func (c caller) changes(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	leaf := sign(op)
	v.Cancel(name, true, c.refused()...)
	v.look(name, op)
	v.Cancel(name, true, c.refused(Filter(op.RequestID))...)
	v.Cancel(name, false, c.refused()...)
	v.look(name, op)
	v.DeletePending(name, c.refused()...)
	v.look(name, op)
	v.DeletePending(name, c.refused(Filter(op.RequestID))...)
	v.look(name, op)
	v.Merge(name, leaf, c.refused()...)
	v.lookAll(name, op)
	v.Merge(name, leaf) // the same with the run's own token
	v.lookAll(name, op)
	v.DeletePending(name, c.refused()...)
	v.lookAll(name, op)
	v.Cancel(name, true, c.refused()...)
	v.look(name, op)
}

// Nothing is made for somebody who may not make it, be the name used or not.
func (c caller) makes(v *Vault) {
	created, imported, held := v.NewName(), v.NewName(), v.NewName()
	v.Create(created, policy.Manual(), c.refused()...)
	v.GetPending(created) // 404
	v.Get(created)
	v.Import(imported, pki.PFX("refused", 0), c.refused()...)
	v.Get(imported) // 404
	v.GetPending(imported)
	op := v.Create(held, policy.Manual())
	v.Create(held, policy.Manual(policy.Subject("CN=refused")), c.refused()...)
	v.look(held, op)
	v.Import(held, pki.PFX("refused", 1), c.refused()...)
	v.lookAll(held, op)
	v.Create(created, policy.Manual()) // the same with the run's own token
	v.GetPending(created)
	v.Import(imported, pki.PFX("accepted", 0))
	v.Get(imported)
}

// What there is to be found, and that there is nothing, is for nobody who has not been let in.
func (c caller) finds(v *Vault) {
	name, nothing := v.NewName(), v.NewName()
	first := v.Import(name, pki.PFX("the older one", 0))
	v.Import(name, pki.PFX("the latest", 1))
	v.Get(name)
	v.Send(http.MethodGet, at(name, "/"), nil, c.refused()...)
	v.GetVersion(name, first.Version(), c.refused()...)
	v.GetVersion(name, first.Version())
	v.Versions(nothing, c.refused()...)
	v.GetPolicy(nothing, c.refused()...)
	v.Cancel(nothing, true, c.refused()...)
	v.DeletePending(nothing, c.refused()...)
	v.MergeRaw(nothing, body(nil, "x5c", []string{"dGVzdA=="}), c.refused()...)
	v.GetPending(nothing)
}

// What has ended, and the certificate that came of it, do not make a difference.
func (c caller) makesAbove(v *Vault) {
	name := v.NewName()
	op, merged := v.complete(name, policy.Manual())
	v.Get(name)
	v.Create(name, policy.Manual(policy.Subject("CN=refused")), c.refused()...)
	v.lookAll(name, op)
	v.Import(name, pki.PFX("refused", 1), c.refused()...)
	v.lookAll(name, op)
	v.GetVersion(name, merged.Version())
}

// changesAbove is changes for a renewal.
func (c caller) changesAbove(v *Vault) {
	name := v.NewName()
	v.Import(name, pki.PFX("before", 0))
	op := v.Create(name, policy.Manual())
	v.Cancel(name, true, c.refused()...)
	v.DeletePending(name, c.refused()...)
	v.look(name, op)
	v.Merge(name, sign(op), c.refused()...)
	v.lookAll(name, op)
}

// changesIssued is changes for what an issuer is asked for, at work and when it has ended.
func (c caller) changesIssued(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.Cancel(name, true, c.refused()...)
	v.DeletePending(name, c.refused()...)
	v.look(name, op)
	v.await(name)
	v.Merge(name, sign(op), c.refused()...)
	v.Cancel(name, true, c.refused()...)
	v.DeletePending(name, c.refused()...)
	v.lookAll(name, op)
}

// With the permission to read certificates, the operation and the certificate can be read, in every form, and found to be missing.
func readerReads(v *Vault) {
	name, done := v.NewName(), v.NewName()
	reader := As(exchange.Reader)
	op := v.Create(name, policy.Manual())
	completed, merged := v.complete(done, policy.Manual())
	v.GetPending(name, reader)
	v.GetPending(name, Filter(op.RequestID), reader)
	v.GetPending(name, Filter(otherID), reader) // 404
	v.Get(name, reader)
	v.GetPending(done, Filter(completed.RequestID), reader)
	v.Get(done, reader)
	v.GetVersion(done, merged.Version(), reader)
	unused := v.Unused()
	v.GetPending(unused, reader) // 404
	v.Get(unused, reader)        // 404
}
