package suites

import (
	"context"
	"errors"
	"net/http"

	"github.com/kvconform/kvconform/spec/oracle"
)

// The profiles beside core: what a target is judged on because the user says that it has it.
const (
	ProfileIssuer        = "issuer"
	ProfileFailingIssuer = "failing-issuer"
	ProfileAuth          = "auth"
)

// Unclaimed is a profile that a run did not judge.
type Unclaimed struct {
	Profile string
	// Reason says what the run was not given, or what stood in the way.
	Reason string
}

// provisioning is what the exchanges of setting up are recorded under.
const provisioning = "provision"

// testIssuer and strangersIssuer are the issuers that a run registers. Of the provider Test the live service takes orders
// without credentials, and completes them; a certificate authority that does not know the account rejects them all.
var (
	testIssuer      = []byte(`{"provider":"Test"}`)
	strangersIssuer = []byte(`{"provider":"DigiCert","credentials":{"account_id":"kvconform","pwd":"made-up"},"org_details":{"id":"1"}}`)
)

// provision registers the issuers that the user did not name, where that is wanted. What is refused is not used: the
// profile that needs it is not judged, and the reason is noted.
func (r *run) provision(ctx context.Context, abort context.CancelCauseFunc) {
	if !r.ProvisionIssuers {
		return
	}
	v := newVault(ctx, r, abort, provisioning)
	err := guard(func() {
		if r.Issuer == "" {
			r.Issuer = v.setIssuer(ProfileIssuer, testIssuer)
		}
		if r.FailingIssuer == "" {
			r.FailingIssuer = v.setIssuer(ProfileFailingIssuer, strangersIssuer)
		}
	})
	if err != nil && !errors.Is(err, errStopped) {
		abort(err)
	}
}

// setIssuer registers an issuer and returns its name, or nothing where the vault does not take it.
func (v *Vault) setIssuer(profile string, issuer []byte) string {
	name := v.newName(Issuer, "", false)
	a := v.Send(http.MethodPut, issuerAt(name), issuer)
	if a.OK() {
		return name
	}
	v.run.unclaimed = append(v.run.unclaimed, Unclaimed{profile, refusal("PUT of an issuer for it", a)})
	return ""
}

func issuerAt(name string) string { return "/certificates/issuers/" + name }

// profiles says what the run is judged on, core first, and why not on the rest.
func (r *run) profiles() (judged []string, unclaimed []Unclaimed) {
	refused := map[string]string{}
	for _, u := range r.unclaimed {
		refused[u.Profile] = u.Reason
	}
	judged = []string{oracle.Core}
	for _, p := range []struct {
		profile string
		given   bool
		missing string
	}{
		{ProfileIssuer, r.Issuer != "", "no issuer that completes its operations was named"},
		{ProfileFailingIssuer, r.FailingIssuer != "", "no issuer whose operations fail was named"},
		{ProfileAuth, r.Auth, "no token was given"},
	} {
		switch {
		case p.given:
			judged = append(judged, p.profile)
		case refused[p.profile] != "":
			unclaimed = append(unclaimed, Unclaimed{p.profile, refused[p.profile]})
		default:
			unclaimed = append(unclaimed, Unclaimed{p.profile, p.missing})
		}
	}
	return judged, unclaimed
}

// Issuer is the issuer that completes what it is asked for, and FailingIssuer the one that does not; each is empty where the
// run has none.
func (v *Vault) Issuer() string { return v.run.Issuer }

// FailingIssuer is the issuer whose operations fail; empty where the run has none.
func (v *Vault) FailingIssuer() string { return v.run.FailingIssuer }

// withIssuers makes a part of a drive for each issuer that completes what it is asked for: Self, which every vault has, and
// the user's. Where there are both, they take turns, and what the other one shows of a part is spare.
func (v *Vault) withIssuers(parts ...func(v *Vault, issuer string)) []func(v *Vault) {
	issuers := []string{self}
	if v.Issuer() != "" {
		issuers = append(issuers, v.Issuer())
	}
	return with(issuers, parts)
}

// withFailing makes a part of a drive for the issuer whose operations fail, where there is one.
func (v *Vault) withFailing(parts ...func(v *Vault, issuer string)) []func(v *Vault) {
	if v.FailingIssuer() == "" {
		return nil
	}
	return with([]string{v.FailingIssuer()}, parts)
}

func with(issuers []string, parts []func(v *Vault, issuer string)) []func(v *Vault) {
	var all []func(v *Vault)
	for turn, part := range parts {
		for i, issuer := range issuers {
			one := func(v *Vault) { part(v, issuer) }
			if i != turn%len(issuers) {
				all = append(all, spare(one)...)
				continue
			}
			all = append(all, one)
		}
	}
	return all
}

// self is the reserved name of the vault itself as an issuer.
const self = "Self"
