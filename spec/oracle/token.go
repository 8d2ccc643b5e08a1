package oracle

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// tokenRulings are the rules about who may ask (RULINGS R29, and the permission that each document requires). They speak of requests
// whose caller is known, which is so in our own traffic alone.
var tokenRulings = map[string]ruling{
	"protocol.no-token": from(exchange.Nobody, anyOp, func(c *court, l *look) {
		// An Authorization header without a token may count as malformed (RFC 6750, section 3.1).
		malformed := l.Request.Header.Get("Authorization") != "" && l.Status() == http.StatusBadRequest
		c.expect(l, l.Status() == http.StatusUnauthorized || malformed, "401: the request has no token", l.says())
	}),
	"protocol.junk-token": from(exchange.Stranger, anyOp, func(c *court, l *look) {
		c.expect(l, l.Status() == http.StatusUnauthorized, "401: nobody issued this token", l.says())
	}),
	"protocol.challenge": unauthorized(func(c *court, l *look, challenge string) {
		if challenge == "" && c.forgive("the recorder dropped WWW-Authenticate") {
			return
		}
		c.at(l, "WWW-Authenticate", bearer(challenge) != "", "WWW-Authenticate: Bearer …", "WWW-Authenticate: "+quote(challenge))
	}),
	"protocol.challenge-parameters": unauthorized(func(c *court, l *look, challenge string) {
		if challenge = bearer(challenge); challenge != "" {
			c.at(l, "WWW-Authenticate", authorization.MatchString(challenge) && resource.MatchString(challenge),
				`authorization="https://…/tenant", and resource="…" or scope="…"`, challenge)
		}
	}),
	"protocol.unauthorised-code": unauthorized(func(c *court, l *look, _ string) {
		if l.Error != nil { // before 2019 it came without a body (RULINGS R29)
			c.at(l, "/error/code", l.Error.Code.Value == "Unauthorized", "Unauthorized", l.envelopeCode())
		}
	}),
	"protocol.weak-reads": from(exchange.Reader, []wire.Op{wire.GetPending, wire.Get, wire.GetVersion}, func(c *court, l *look) {
		if l.Defect == "" {
			c.expect(l, l.Status() != http.StatusForbidden && l.Status() != http.StatusUnauthorized,
				"an answer: the token has the permission certificates/get", l.says())
		}
	}),
	"protocol.weak-delete": from(exchange.Reader, []wire.Op{wire.DeletePending}, func(c *court, l *look) {
		if l.step != nil && l.step.All(func(s lifecycle.State) bool { return s.Presence == lifecycle.Something }) {
			refusedPermission(c, l)
		}
	}),
	"protocol.weak-changes": from(exchange.Reader, []wire.Op{wire.Create, wire.Import, wire.UpdatePending, wire.Merge},
		refusedPermission),
}

var (
	anyOp         []wire.Op
	authorization = regexp.MustCompile(`(?i)authorization(_uri)?="?https?://[^/",\s]+/[^",\s]+`)
	bearerScheme  = regexp.MustCompile(`(?is)(?:^|,)\s*(bearer(?:\s.*)?)$`)
	resource      = regexp.MustCompile(`(?i)(resource|scope)="?[^",\s]+`)
)

// unauthorized runs the rule on every 401 to a request without a token; whether a recorded one had any, is not known, but that is what
// a 401 is for.
func unauthorized(rule func(c *court, l *look, challenge string)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if l.Status() == http.StatusUnauthorized && l.Call.Op != wire.Other && (l.Caller == exchange.Nobody && c.able(l.Call.Op) || c.trace.Recorded) {
				rule(c, l, strings.Join(l.Response.Header.Values("WWW-Authenticate"), ", "))
			}
		}
	}
}

// bearer is the challenge of the scheme Bearer among those of a header, which may have others before it (RFC 9110, § 11.6.1), with all that
// follows; empty for none.
func bearer(challenges string) string {
	if found := bearerScheme.FindStringSubmatch(challenges); found != nil {
		return found[1]
	}
	return ""
}

// from runs the rule on this caller's requests of these operations (any where there are none), where the target was seen to accept
// the like from the owner (RULINGS R44).
func from(caller exchange.Caller, ops []wire.Op, rule func(*court, *look)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if l.Caller != caller || !l.Answered() || l.Call.Op == wire.Other || !c.able(l.Call.Op) {
				continue
			}
			for _, op := range ops {
				if op == l.Call.Op {
					rule(c, l)
				}
			}
			if len(ops) == 0 {
				rule(c, l)
			}
		}
	}
}

func refusedPermission(c *court, l *look) {
	c.expect(l, l.Refused(), "a refusal (403): the token may read and nothing else", l.says())
}
