package runner

import (
	"context"
	"fmt"
	"sync"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/runner/azure"
	"github.com/kvconform/kvconform/runner/report"
	"github.com/kvconform/kvconform/runner/target"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/suites"
)

// opened is the vault of a run: the user's, or the reference vault in this process.
type opened struct {
	client *target.Client
	// embedded says that it is the reference vault, which server runs.
	embedded bool
	server   *vault.Server
	// auth says that the run has a token, weak that it has the second one.
	auth, weak bool
	// issuer and failingIssuer are the names of the issuers that it has.
	issuer, failingIssuer string
}

// The tokens and issuers of the reference vault. It listens on the loopback for as long as the run takes.
const (
	embeddedToken         = "token-of-the-embedded-vault"
	embeddedWeakToken     = "weak-token-of-the-embedded-vault"
	embeddedIssuer        = "kvconform-issuer"
	embeddedFailingIssuer = "kvconform-failing-issuer"
)

// defaultRate is how many requests a second a vault gets that is not on this machine: the live service throttles single
// vaults at some 200 a second, and a test vault's owner may not be alone on it.
const defaultRate = 20

// connect makes the client of the user's vault. Nothing is sent.
func connect(o Options) (*opened, error) {
	options := target.Options{URL: o.Target, ConnectTo: o.ConnectTo, CAFile: o.CAFile, Insecure: o.Insecure, Rate: o.Rate,
		RequestTimeout: o.RequestTimeout}
	if o.Rate == 0 && !options.Loopback() {
		options.Rate = defaultRate
	}
	if o.Auth == authAzure {
		options.Scope = o.Scope
	}
	v := &opened{auth: o.Auth != authNone, issuer: o.Issuer, failingIssuer: o.FailingIssuer}
	var err error
	if options.Token, err = tokenSource(o); err != nil {
		return nil, err
	}
	if o.WeakToken != "" {
		options.WeakToken, v.weak = target.StaticToken(o.WeakToken), true
	}
	if v.client, err = target.New(options); err != nil {
		return nil, &UsageError{err}
	}
	return v, nil
}

// tokenSource is where the run's token comes from; nil where it has none.
func tokenSource(o Options) (target.TokenSource, error) {
	switch {
	case o.Auth == authNone:
		return nil, nil
	case o.Auth == authAzure:
		source, err := azure.Default(o.Scope)
		if err != nil {
			return nil, &UsageError{err}
		}
		return source, nil
	case o.TokenFile != "":
		return target.FileToken(o.TokenFile), nil
	case o.TokenCommand != "":
		return target.CommandToken(o.TokenCommand), nil
	default:
		return target.StaticToken(o.Token), nil
	}
}

// embed starts the reference vault with everything that the profiles need.
func embed(o Options) (*opened, error) {
	options := vault.Options{Authority: vault.Authority(o.Authority), Token: embeddedToken, WeakToken: embeddedWeakToken,
		Issuers: map[string]string{embeddedIssuer: "Test", embeddedFailingIssuer: "DigiCert"}, RetryAfter: new(-1)}
	v := &opened{embedded: true, auth: true, weak: true, issuer: embeddedIssuer, failingIssuer: embeddedFailingIssuer}
	if o.ProvisionIssuers {
		options.Issuers, v.issuer, v.failingIssuer = nil, "", ""
	}
	var err error
	if v.server, err = vault.Start(options); err != nil {
		return nil, err
	}
	v.client, err = target.New(target.Options{URL: v.server.URL, Token: target.StaticToken(embeddedToken),
		WeakToken: target.StaticToken(embeddedWeakToken), Rate: o.Rate, RequestTimeout: o.RequestTimeout})
	if err != nil {
		v.server.Close()
		return nil, fmt.Errorf("the embedded vault: %w", err)
	}
	return v, nil
}

// close ends what the run started.
func (v *opened) close() {
	v.client.Close()
	if v.server != nil {
		v.server.Close()
	}
}

// watched is the target, with tell called after every request.
func (v *opened) watched(tell func(line string)) suites.Target {
	if tell == nil {
		return v.client
	}
	return &watched{Target: v.client, tell: tell}
}

type watched struct {
	suites.Target
	mu   sync.Mutex
	tell func(line string)
}

func (w *watched) Do(ctx context.Context, rec *exchange.Recorder, d exchange.Draft) exchange.Exchange {
	e := w.Target.Do(ctx, rec, d)
	if e.Number == 0 { // it was not sent
		return e
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell(report.Line(e))
	return e
}
