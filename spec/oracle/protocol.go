package oracle

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/lifecycle"
	"github.com/kvconform/kvconform/spec/wire"
)

// protocolRulings are the rules about requests that are wrong in form, and about what holds for every answer beside its form.
var protocolRulings = map[string]ruling{
	"protocol.api-version-missing":     noVersion(func(l *look) bool { return l.Response != nil && !l.busy() }, (*look).Refused, "a refusal (4xx): api-version is required"),
	"protocol.api-version-missing-400": noVersion((*look).Refused, func(l *look) bool { return l.Status() == 400 }, "400: api-version is required"),
	"protocol.api-version-unknown":     unknownAPIVersion,
	"protocol.malformed-json":          malformedJSON,
	"protocol.bad-name":                badName,
	"protocol.bad-name-400":            badNameStatus,
	"protocol.wrong-method":            wrongMethod,
	"protocol.server-error":            serverErrors,
	"protocol.server-error-malformed":  serverErrorsOnDefects,
	"protocol.server-error-always":     alwaysServerErrors,
	"protocol.wrong-type":              wrongType,
	"protocol.encoded-query":           spelledOtherwise(encodedQuery, "as an answer without the percent-encoding: api%2Dversion is api-version (RFC 3986, section 2.3)"),
	"protocol.encoded-path":            spelledOtherwise(encodedPath, "as an answer without the percent-encoding: %61 is a (RFC 3986, section 2.3)"),
	"get-certificate.trailing-slash":   spelledOtherwise(trailingSlash, "200, as without the slash: the version is optional"),
	"protocol.error-code":              codesOfStatuses,
	"protocol.server-error-body":       serverErrorBodies,
	"protocol.host":                    hosts,
	"protocol.doubled-slash":           doubledSlashes,
	"protocol.name-spelling":           spelledNames,
}

// noVersion is a rule about requests without an api-version, or with an empty one (RULINGS R28, R44).
func noVersion(speaks, kept func(*look) bool, expected string) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if l.Call.Op != wire.Other && l.Call.APIVersion == "" && speaks(l) && c.able(l.Call.Op) && !c.trace.Recorded {
				c.expect(l, kept(l), expected, l.says())
			}
		}
	}
}

// unknownAPIVersion: a version that nobody knows is refused.
func unknownAPIVersion(c *court) {
	for _, l := range c.looks {
		if l.Call.APIVersion != "" && strings.Contains(l.Defect, "api-version") && l.Answered() && c.able(l.Call.Op) {
			coded := c.options.Authority != Live || l.Error != nil && l.Error.Code.Value == "BadParameter"
			c.expect(l, l.Status() == 400 && coded, pick(c.options.Authority == Live, "400, error.code BadParameter", "400")+": there is no such api-version", l.says())
		}
	}
}

// malformedJSON: a body that is no JSON is the sender's fault.
func malformedJSON(c *court) {
	for _, l := range c.looks {
		if l.Defect != "" && len(l.Request.Body) > 0 && l.Sent == nil && l.Answered() && c.able(l.Call.Op) {
			c.expect(l, l.Refused(), "a refusal (4xx): the body is not JSON", l.says())
		}
	}
}

// wrongType: a create or import whose members have other types than the documents say is the sender's fault.
func wrongType(c *court) {
	for _, l := range c.looks {
		if l.Defect == "" || l.Sent == nil || !l.Answered() || l.event.Rejected || !c.able(l.Call.Op) {
			continue
		}
		if l.Call.Op == wire.Create && mistyped(l.Sent, "policy") || l.Call.Op == wire.Import && mistyped(l.Sent, "value") {
			c.expect(l, l.Refused(), "a refusal (4xx): "+l.Defect, l.says())
		}
	}
}

// mistyped reports a body that is no object, or in which one of the members that every request of its kind has, or what is in it, is
// of another type than documented.
func mistyped(sent any, needed string) bool {
	body, isObject := sent.(map[string]any)
	if !isObject {
		return true
	}
	if needed == "value" {
		_, isText := body["value"].(string)
		return !isText
	}
	policy, isObject := body["policy"].(map[string]any)
	if body["policy"] != nil && !isObject {
		return true
	}
	for _, group := range []string{"key_props", "secret_props", "x509_props", "issuer", "attributes"} {
		if _, ok := policy[group].(map[string]any); policy[group] != nil && !ok {
			return true
		}
	}
	for _, path := range [][]string{{"x509_props", "subject"}, {"issuer", "name"}, {"key_props", "kty"}, {"secret_props", "contentType"}} {
		if v := member(policy, path...); v != nil {
			if _, isText := v.(string); !isText {
				return true
			}
		}
	}
	return false
}

// encodedQuery reports that the request spells api-version with an escape, as the Azure SDK for JavaScript does.
func encodedQuery(l *look) bool { return strings.Contains(l.Request.URL, "api%2Dversion=") }

// encodedPath reports that the request spells what needs no escape in its path with one.
func encodedPath(l *look) bool {
	path, _, _ := strings.Cut(l.Request.URL, "?")
	return l.ofCertificate() && strings.Contains(path, "%") && goodName.MatchString(l.Call.Name)
}

// trailingSlash reports a GET of the latest version whose path ends in a slash, the empty version, as all four SDKs send it.
func trailingSlash(l *look) bool {
	path, _, _ := strings.Cut(l.Request.URL, "?")
	return l.Call.Op == wire.Get && strings.HasSuffix(path, "/")
}

// spelledOtherwise is a rule about requests whose URL is spelled in another way that means the same: they are not refused where their
// like was accepted just before.
func spelledOtherwise(spelled func(*look) bool, expected string) ruling {
	return func(c *court) {
		for _, n := range c.lives {
			for i, l := range n.looks {
				if l.Defect != "" || !spelled(l) || !l.Answered() || i == 0 || l.Caller != exchange.Owner {
					continue
				}
				if before := n.looks[i-1]; before.Call.Op == l.Call.Op && before.OK() && !spelled(before) && !before.Received.After(l.Exchange.Sent) {
					c.expect(l, l.OK(), expected, l.says())
				}
			}
		}
	}
}

var goodName = regexp.MustCompile(`^[0-9a-zA-Z-]{1,127}$`)

// badName: a name outside the pattern is refused.
func badName(c *court) {
	for _, l := range c.looks {
		if l.ofCertificate() && !goodName.MatchString(l.Call.Name) && l.Answered() && c.able(l.Call.Op) && l.Status() != http.StatusUnauthorized {
			c.expect(l, l.Refused(), "a refusal (4xx): a name has letters, digits and hyphens only, 1 to 127 of them", l.says())
		}
	}
}

// badNameStatus: that refusal is a 400.
func badNameStatus(c *court) {
	for _, l := range c.looks {
		if l.ofCertificate() && l.Call.Op == wire.Create && !goodName.MatchString(l.Call.Name) && len(l.Call.Name) <= 127 && l.Refused() && c.able(l.Call.Op) &&
			l.Status() != http.StatusUnauthorized {
			c.expect(l, l.Status() == http.StatusBadRequest, "400: a name has letters, digits and hyphens only", l.says())
		}
	}
}

// wrongMethod: a method that a path does not have is refused.
func wrongMethod(c *court) {
	for _, l := range c.looks {
		if l.Call.Op != wire.Other || !l.Answered() || l.Defect == "" {
			continue
		}
		has := func(method string) bool {
			op := wire.Route(c.trace.Base, method, l.Request.URL).Op
			return op != wire.Other && c.able(op)
		}
		if has(http.MethodGet) || has(http.MethodPost) { // a path of a create or a merge has no GET
			c.expect(l, l.Refused(), "a refusal (405): this path has no "+l.Request.Method, l.says())
		}
	}
}

// serverErrors: a well-formed request is never answered with a 5xx again and again (RULINGS R20). One that a retry does not repeat is a lost
// answer, and so is every one in recorded traffic. But where no request of a kind was ever answered with a success, while several were with a
// 5xx, it comes again, though the retries find done what they ask for.
func serverErrors(c *court) {
	never := map[wire.Op]map[*life]bool{}
	for _, l := range c.looks {
		if l.Response == nil || l.Defect != "" || l.Status() < 500 || l.busy() || l.name == nil || c.trace.Recorded || c.accepted[l.Call.Op] {
			continue
		}
		if never[l.Call.Op] == nil {
			never[l.Call.Op] = map[*life]bool{}
		}
		if never[l.Call.Op][l.name] = true; len(never[l.Call.Op]) == enough {
			c.expect(l, false, "an answer other than 5xx: the request is well-formed", l.says()+", wherever it was sent, and never a success")
		}
	}
	for i, l := range c.looks {
		if l.Response == nil || l.Defect != "" || c.trace.Recorded || c.notOffered(l) {
			continue
		}
		if l.Status() < 500 {
			c.held()
			continue
		}
		if l.Attempt < 2 || l.busy() {
			continue
		}
		if before := c.sentBefore(i); before != nil && before.Response != nil && before.Status() >= 500 {
			c.expect(l, false, "an answer other than 5xx: the request is well-formed", l.says()+", twice")
		}
	}
}

// sentBefore is the attempt before the i-th look, of the same request.
func (ev *evidence) sentBefore(i int) *look {
	l := ev.looks[i]
	for k := i - 1; k >= 0; k-- {
		if b := ev.looks[k]; b.Drive == l.Drive && b.Attempt == l.Attempt-1 && b.Request.Method == l.Request.Method && b.Request.URL == l.Request.URL {
			return b
		}
	}
	return nil
}

// serverErrorsOnDefects: what is wrong with a request is the sender's fault.
func serverErrorsOnDefects(c *court) {
	for _, l := range c.looks {
		why := l.Defect
		if c.trace.Recorded {
			why = l.malformed()
		}
		if why != "" && l.Response != nil && !l.busy() {
			c.expect(l, l.Status() < 500, "a refusal (4xx): the request is wrong ("+why+")", l.says())
		}
	}
}

// busy reports an answer that asks to come back later: it is none (RULINGS R35).
func (l *look) busy() bool {
	return l.Status() == http.StatusTooManyRequests || l.Status() == http.StatusServiceUnavailable && l.Response.Header.Get("Retry-After") != ""
}

// malformed says what is plainly wrong with a request that somebody else sent; empty where nothing is.
func (l *look) malformed() string {
	switch {
	case !l.ofCertificate():
		return ""
	case !goodName.MatchString(l.Call.Name):
		return "no certificate can have this name"
	case len(l.Request.Body) > 0 && l.Sent == nil:
		return "its body is not JSON"
	case l.Call.Op == wire.UpdatePending && l.Sent != nil && l.event.Action == lifecycle.Patch:
		return "it does not say cancellation_requested true or false"
	}
	return ""
}

// alwaysServerErrors: no kind of request fails every time. In a recording each single 5xx may be a passing one (RULINGS R20); of two
// or more, and never anything else, that is hard to believe.
func alwaysServerErrors(c *court) {
	if !c.trace.Recorded {
		return
	}
	for _, op := range operations {
		var failed []*look
		answered := false
		for _, l := range c.looks {
			if l.Call.Op != op || l.Response == nil || l.malformed() != "" {
				continue
			}
			if l.Status() >= 500 && !l.busy() {
				failed = append(failed, l)
			}
			answered = answered || l.Status() < 500
		}
		switch {
		case answered:
			c.held()
		case len(failed) > 1:
			c.expect(failed[0], false, "an answer other than 5xx, at least once", fmt.Sprintf("%s, and so each of the %d times", failed[0].says(), len(failed)))
		}
	}
}

// codeStatuses are the statuses that go with an error's code. Which refusal comes, is often free (RULINGS R20): what is meant here is
// that status and code do not tell two stories. A 409 may say Forbidden: that is document 002's, and conflict.code's to judge.
var codeStatuses = map[string][]int{
	"BadParameter": {http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity},
	"Unauthorized": {http.StatusUnauthorized}, "Forbidden": {http.StatusForbidden, http.StatusConflict}, "Conflict": {http.StatusConflict},
	certificateNotFound: {http.StatusNotFound}, pendingNotFound: {http.StatusNotFound}, "CertificateIssuerNotFound": {http.StatusNotFound},
	"MethodNotAllowed": {http.StatusBadRequest, http.StatusMethodNotAllowed},
}

// codesOfStatuses: a code that the live service has goes with the status that it has there.
func codesOfStatuses(c *court) {
	for _, l := range c.looks {
		if l.Response == nil || l.OK() || l.Error == nil || l.Call.Foreign ||
			l.spoke(lifecycle.CreateConflict, lifecycle.ImportConflict, lifecycle.CancelEnded, lifecycle.MergeIssued) {
			continue // the code of these is for rules of their own
		}
		if want := codeStatuses[l.Error.Code.Value]; want != nil {
			c.at(l, "/error/code", slices.Contains(want, l.Status()), fmt.Sprintf("status %d with this code, as the live service has it", want[0]), l.says())
		}
	}
}

// serverErrorBodies: what is answered with a 5xx is no operation and no certificate.
func serverErrorBodies(c *court) {
	for _, l := range c.looks {
		if l.Response == nil || l.Status() < 500 || !l.ofCertificate() || !c.able(wire.Create) && !c.trace.Recorded {
			continue
		}
		shows := ""
		for _, name := range []string{"request_id", "csr", "cer", "x5t", "recoveryId"} {
			if _, there := text(l.JSON, name); there && shows == "" {
				shows = name
			}
		}
		_, id := text(l.JSON, "id")
		if _, attributes := member(l.JSON, "attributes").(map[string]any); attributes && id && shows == "" {
			shows = "attributes"
		}
		c.expect(l, shows == "", "no operation and no certificate in an answer that is a failure", fmt.Sprint(l.Status(), " with ", shows))
	}
}

// operations are those that the documents tell of.
var operations = []wire.Op{wire.Create, wire.Import, wire.Get, wire.GetVersion, wire.GetPending, wire.UpdatePending, wire.DeletePending, wire.Merge}

// shownID is an id, or a Location, that an answer shows.
type shownID struct{ pointer, raw string }

// inHeader is what stands for a pointer with a Location, which is in no body.
const inHeader = "Location"

// ids are the ids that an answer shows.
func (l *look) ids() []shownID {
	if l.shown != nil || l.Response == nil || !l.OK() {
		return l.shown
	}
	l.shown = []shownID{}
	put := func(pointer string, t wire.Text) {
		if t.Valid && t.Value != "" {
			l.shown = append(l.shown, shownID{pointer, t.Value})
		}
	}
	switch {
	case l.Operation != nil:
		put("/id", l.Operation.ID)
		put("/target", l.Operation.Target)
	case l.Bundle != nil:
		put("/id", l.Bundle.ID)
		put("/kid", l.Bundle.KID)
		put("/pending/id", l.Bundle.PendingID)
		put("/policy/id", l.Bundle.PolicyID)
		put("/sid", l.Bundle.SID)
	}
	if raw := l.Response.Header.Get(inHeader); raw != "" {
		l.shown = append(l.shown, shownID{inHeader, raw})
	}
	return l.shown
}

// hosts: ids are under the host that was dialled. Said once for each other host (RULINGS R9).
func hosts(c *court) {
	said := map[string]bool{}
	for _, l := range c.looks {
		ids := l.ids()
		if len(ids) == 0 {
			continue
		}
		dialled, kept := hostOf(l.Request.URL), true
		for _, shown := range ids {
			host := c.identify(shown.raw).host
			if host == "" || host == dialled || said[host] {
				continue
			}
			if !c.dialled(shown.pointer == inHeader) && c.forgive("the recorder replaced host names") {
				continue
			}
			said[host], kept = true, false
			c.at(l, shown.pointer, false, "ids under "+dialled, shown.raw)
		}
		if kept {
			c.held()
		}
	}
}

// doubledSlashes: an id has single slashes only (RULINGS R9).
func doubledSlashes(c *court) {
	for _, l := range c.looks {
		for _, shown := range l.ids() {
			c.at(l, shown.pointer, !c.identify(shown.raw).doubled, "single slashes", shown.raw)
		}
	}
}

// spelledNames: an id has the name as everybody spells it. Only the host's case is forgiven (RULINGS R9).
func spelledNames(c *court) {
	for _, n := range c.lives {
		if slices.ContainsFunc(n.looks, func(l *look) bool { return l.Call.Name != n.name }) {
			continue // which of several spellings an id should have, nobody says
		}
		for _, l := range n.looks {
			for _, shown := range l.ids() {
				if name := c.identify(shown.raw).name; strings.EqualFold(name, n.name) {
					c.at(l, shown.pointer, name == n.name, "the name as it is asked for: "+n.name, shown.raw)
				}
			}
		}
	}
}
