package target

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/kvconform/kvconform/spec/exchange"
)

// UnreachableError says that the target cannot be asked, and what to do about it.
type UnreachableError struct {
	Problem, Advice string
	Err             error
}

func (e *UnreachableError) Error() string { return e.Problem + ": " + e.Advice }

func (e *UnreachableError) Unwrap() error { return e.Err }

// UnauthorizedError says that the target refuses whoever asks: 401, or that there is no token to ask with (Err).
type UnauthorizedError struct {
	// Token says that a token was sent.
	Token bool
	Err   error
}

func (e *UnauthorizedError) Error() string {
	switch {
	case e.Err != nil:
		return oneLine(e.Err.Error())
	case e.Token:
		return "401, the token is refused: it has expired, or it is for another vault or tenant"
	default:
		return "401, a token is wanted: give one by KVCONFORM_TOKEN, --token-file or --token-command"
	}
}

func (e *UnauthorizedError) Unwrap() error { return e.Err }

// ForbiddenError says that the target knows who asks and does not let them read a certificate's operation: 403.
type ForbiddenError struct {
	// Code is what the target calls it, such as AccessDenied or ForbiddenByFirewall; empty where it does not say.
	Code string
}

func (e *ForbiddenError) Error() string {
	what := strings.TrimSpace("403 " + e.Code)
	switch {
	case e.Network():
		return what + ": the vault's network rules keep this machine out; admit its address"
	default:
		return what + ": the permission certificates/get is missing; a run takes get, list, create, import, update, delete and, " +
			"to clean up, purge"
	}
}

// Network reports whether it is the vault's network rules that keep this machine out, and not what the token may do.
func (e *ForbiddenError) Network() bool {
	return e.Code == "ForbiddenByFirewall" || e.Code == "ForbiddenByConnection"
}

// Denied reports whether an answer is a 403, and what the target calls it where it says that the caller lacks a permission: AccessDenied, or
// ForbiddenBy and what by (RULINGS R30). A 403 that does not say so may be about the request.
func Denied(x *exchange.Response) (code string, refused bool) {
	if x == nil || x.Status != http.StatusForbidden {
		return "", false
	}
	code = codeOf(x.Body)
	if code != "AccessDenied" && !strings.HasPrefix(code, "ForbiddenBy") {
		code = ""
	}
	return code, true
}

// Probe asks for an operation that nobody began, and returns an error where a run would be of no use: an
// *UnreachableError, an *UnauthorizedError or a *ForbiddenError, each in one line that says what to do, or what ctx ended
// with. Any other answer is for the judge. Nothing of it is recorded.
func (c *Client) Probe(ctx context.Context, apiVersion string) error {
	if c.options.Scope != "" {
		if err := c.claim(ctx, apiVersion); err != nil {
			return err
		}
	}
	a, err := c.ask(ctx, apiVersion, exchange.Owner)
	if err != nil {
		return err
	}
	return c.admission(a)
}

// ask asks for an operation that nobody began until there is an answer, or none is to be expected any more.
func (c *Client) ask(ctx context.Context, apiVersion string, caller exchange.Caller) (attempt, error) {
	name := "kvconform-probe-" + strings.ToLower(rand.Text()[:10])
	header := http.Header{"Accept": {"application/json"}, "User-Agent": {"kvconform"}}
	d := exchange.Draft{Caller: caller, Request: exchange.Request{Method: http.MethodGet, Header: header,
		URL: c.base + "/certificates/" + name + "/pending?api-version=" + url.QueryEscape(apiVersion)}}
	rec := exchange.NewRecorder(c.clock.Now)
	var p patience
	for n := 1; ; n++ {
		a, err := c.attempt(ctx, rec, d, n)
		if err != nil {
			return a, fmt.Errorf("the target was not asked: %w", err)
		}
		if a.failure == nil && (caller == exchange.Owner || !a.throttled(c.clock.Now())) {
			if c.renewable(ctx, &p, a) {
				continue
			}
			return a, nil
		}
		if ctx.Err() != nil {
			return a, fmt.Errorf("the target has not answered yet: %w", context.Cause(ctx))
		}
		if wait, again := p.wait(a, c.clock.Now()); !again || c.clock.Wait(ctx, wait) != nil {
			if a.failure == nil {
				return a, nil
			}
			return a, diagnose(a.failure)
		}
	}
}

// admission is the error that an answer to the probe stands for.
func (c *Client) admission(a attempt) error {
	x := a.exchange.Response
	switch {
	case x.Status == http.StatusUnauthorized:
		return &UnauthorizedError{Token: a.token != ""}
	case x.Status == http.StatusForbidden:
		return &ForbiddenError{Code: codeOf(x.Body)}
	case x.Status == http.StatusBadRequest && strings.HasPrefix(c.base, "http://") && wantsTLS(x.Body):
		return &UnreachableError{Problem: "the target speaks TLS, not plain HTTP", Advice: "use https:// in its URL"}
	}
	return nil
}

// wantsTLS recognises what servers answer to plain HTTP on a port for TLS: Go's, nginx, and Tomcat.
func wantsTLS(body []byte) bool {
	body = bytes.ToLower(body)
	for _, said := range []string{"http request to an https server", "plain http request was sent to https port", "requires tls"} {
		if bytes.Contains(body, []byte(said)) {
			return true
		}
	}
	return false
}

// diagnose is the error that no answer to the probe stands for.
func diagnose(f *failure) error {
	if _, ok := errors.AsType[*tokenError](f.err); ok {
		return &UnauthorizedError{Err: f.err}
	}
	return &UnreachableError{Problem: f.text, Advice: f.advice, Err: f.err}
}

// codes are what may be shown of an error's code.
var codes = regexp.MustCompile(`^[A-Za-z0-9_]{1,60}$`)

// codeOf is the inner error's code of a body, or else the error's; empty where it has none that may be shown.
func codeOf(body []byte) string {
	var envelope struct {
		Error struct {
			Code  string `json:"code"`
			Inner struct {
				Code string `json:"code"`
			} `json:"innererror"`
		} `json:"error"`
	}
	// A body that is no envelope has no code.
	_ = json.Unmarshal(body, &envelope)
	for _, c := range []string{envelope.Error.Inner.Code, envelope.Error.Code} {
		if codes.MatchString(c) {
			return c
		}
	}
	return ""
}
