package target

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/kvconform/kvconform/spec/exchange"
)

// claim asks the target, without a token, for whom it wants one, and holds the answer against Options.Scope: a token that is fetched
// for Key Vault goes to hosts of Key Vault, and not to whoever says to be a vault. Until it has, no token is fetched. On this machine
// the user answers for the target: an emulator's challenge names a host that it is not.
func (c *Client) claim(ctx context.Context, apiVersion string) error {
	if c.claimed.Load() {
		return nil
	}
	if !c.options.Loopback() {
		a, err := c.ask(ctx, apiVersion, exchange.Nobody)
		if err != nil {
			return err
		}
		if err := claims(a.exchange.Response, c.base, c.options.Scope); err != nil {
			return &UnauthorizedError{Err: err}
		}
	}
	c.claimed.Store(true)
	return nil
}

// errUnclaimed is why there is no token before claim has had its answer.
var errUnclaimed = errors.New("the target has not been asked yet what token it wants")

// claims checks that an answer without a token asks for one of the scope, and that it is for hosts such as base's.
func claims(x *exchange.Response, base, scope string) error {
	if x.Status != http.StatusUnauthorized {
		return fmt.Errorf("no token was fetched: without one the target answers %d and not 401 with a challenge; leave --auth azure out, "+
			"or give a token by --token-command", x.Status)
	}
	wanted := challenged(x.Header.Values("WWW-Authenticate"))
	if wanted == "" {
		return errors.New("no token was fetched: the target's 401 names no resource and no scope in WWW-Authenticate; " +
			"a token for a target that does not say what it is comes by --token-command")
	}
	resource, host := hostOf(wanted), hostOf(base)
	switch {
	case resource == "" || host != resource && !strings.HasSuffix(host, "."+resource):
		return fmt.Errorf("no token was fetched: the target's challenge is for %.80q, which %s does not belong to; is it the vault? "+
			"A token for it comes by --token-command", wanted, host)
	case resource != hostOf(scope):
		return fmt.Errorf("no token was fetched: the target's challenge is for %.80q, --scope for %q; --scope https://%s/.default would fit",
			wanted, scope, resource)
	}
	return nil
}

// hostOf is the host of an https URL, in lower case; empty where there is none, or one that is a whole top-level domain.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if !strings.Contains(host, ".") {
		return ""
	}
	return host
}

// challenged is the resource, or else the scope, that the first challenge of the scheme Bearer has; empty for none. A name that comes
// twice is none: what another reader takes for it nobody knows.
func challenged(values []string) string {
	for _, value := range values {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			continue
		}
		found := map[string]string{}
		for name, one := range parameters(rest) {
			if _, twice := found[name]; twice {
				return ""
			}
			found[name] = one
		}
		if found["resource"] != "" {
			return found["resource"]
		}
		return found["scope"]
	}
	return ""
}

// parameters yields the parameters of a challenge, NAME=VALUE or NAME="VALUE" with a comma (RFC 9110, § 11.2) or only spaces between
// them, each name in lower case.
func parameters(text string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for {
			text = strings.TrimLeft(text, ", \t")
			name, rest, found := strings.Cut(text, "=")
			if !found {
				return
			}
			var value string
			if quoted, ok := strings.CutPrefix(rest, `"`); ok {
				if value, text, ok = strings.Cut(quoted, `"`); !ok {
					return
				}
			} else if end := strings.IndexAny(rest, ", \t"); end >= 0 {
				value, text = rest[:end], rest[end:]
			} else {
				value, text = rest, ""
			}
			if !yield(strings.ToLower(strings.TrimSpace(name)), value) {
				return
			}
		}
	}
}
