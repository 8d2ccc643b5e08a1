package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/wire"
)

// requestRulings are the rules about the certificate signing request: that it is one, and that it is the one that the policy asked for
// (RULINGS R31, R32).
var requestRulings = map[string]ruling{
	"create-manual.csr":            onCSR(readable),
	"create-manual.csr-signature":  onRequest(signed),
	"create-manual.csr-extensions": onRequest(readableExtensions),
	"create-manual.csr-subject":    onPolicy(subject),
	"create-manual.csr-key":        onPolicy(key),
	"create-manual.csr-sans":       onPolicy(sans),
	"create-manual.csr-key-usage":  onPolicy(keyUsage),
	"create-manual.csr-ekus":       onPolicy(ekus),
	"create-manual.csr-own-key":    ownKey,
}

// onCSR runs the rule on every operation whose csr was not seen before.
func onCSR(rule func(c *court, l *look, b64 string)) ruling {
	return func(c *court) {
		seen := map[string]bool{}
		for _, l := range c.looks {
			if l.Operation == nil || !l.OK() || !l.Operation.CSR.Valid || seen[l.Operation.CSR.Value] {
				continue
			}
			seen[l.Operation.CSR.Value] = true
			rule(c, l, l.Operation.CSR.Value)
		}
	}
}

// onRequest runs the rule on every request that can be read.
func onRequest(rule func(c *court, l *look, r *request)) ruling {
	return onCSR(func(c *court, l *look, b64 string) {
		if r := c.crypto.csr(b64); r != nil {
			rule(c, l, r)
		}
	})
}

// onPolicy runs the rule on what a create answered, with the policy that it sent.
func onPolicy(rule func(c *court, l *look, r *request, policy any)) ruling {
	return func(c *court) {
		for _, l := range c.looks {
			if !l.begins() {
				continue
			}
			policy := member(l.Sent, "policy")
			if r := c.crypto.csr(l.Operation.CSR.Value); r != nil && policy != nil {
				rule(c, l, r, policy)
			}
		}
	}
}

func readable(c *court, l *look, b64 string) {
	if slices.ContainsFunc(l.Defects, func(d wire.Defect) bool { return d.Kind == wire.Base64 && d.Pointer == "/csr" }) {
		return // its encoding is a finding already
	}
	actual := ""
	err := c.crypto.why(b64)
	if err != nil {
		actual = err.Error()
	}
	c.at(l, "/csr", err == nil, "a DER PKCS#10 certification request", actual)
}

func signed(c *court, l *look, r *request) {
	if r.unsure {
		return
	}
	c.at(l, "/csr", r.unsigned == nil, "a request that is signed by the key in it", fmt.Sprint("its signature does not verify: ", r.unsigned))
}

func readableExtensions(c *court, l *look, r *request) {
	c.at(l, "/csr", r.unread == nil, "requested extensions that can be read (RFC 5280)", fmt.Sprint(r.unread))
}

func subject(c *court, l *look, r *request, policy any) {
	asked, _ := text(policy, "x509_props", "subject")
	want, comparable := relatives(asked)
	if !comparable {
		return
	}
	have := relativesOf(r.subject)
	c.at(l, "/csr", slices.Equal(want, have), "subject "+spell(want), "subject "+spell(have))
}

func key(c *court, l *look, r *request, policy any) {
	kty, typed := text(policy, "key_props", "kty")
	size, sized := whole(policy, "key_props", "key_size")
	curve, curved := text(policy, "key_props", "crv")
	if !typed && !sized && !curved || r.public == nil {
		return // nothing to compare, or a key of a kind that cannot be read (RULINGS R42)
	}
	haveType, haveSize, haveCurve := describeKey(r.public)
	kept := (!typed || strings.EqualFold(strings.TrimSuffix(kty, "-HSM"), haveType)) &&
		(!sized || int(size) == haveSize) && (!curved || curve == haveCurve)
	c.at(l, "/csr", kept, strings.TrimSpace(fmt.Sprintf("key %s %s %s", kty, number(size, sized), curve)),
		strings.TrimSpace(fmt.Sprintf("key %s %d %s", haveType, haveSize, haveCurve)))
}

func number(n int64, known bool) string {
	if !known {
		return ""
	}
	return fmt.Sprint(n)
}

func sans(c *court, l *look, r *request, policy any) {
	want := wantedSince(l, policy)
	if r.unread != nil || len(want.missing(names{})) == 0 {
		return
	}
	missing := want.missing(r.sans)
	c.at(l, "/csr", len(missing) == 0, "every requested subject alternative name", "without "+strings.Join(missing, ", "))
}

func keyUsage(c *court, l *look, r *request, policy any) {
	want := usagesAsked(policy)
	if len(want) == 0 || r.unread != nil {
		return
	}
	c.at(l, "/csr", sameSet(want, r.usages), "key usage "+strings.Join(want, ", "), "key usage "+strings.Join(r.usages, ", "))
}

func ekus(c *court, l *look, r *request, policy any) {
	want := texts(policy, "x509_props", "ekus")
	if len(want) == 0 || r.unread != nil {
		return
	}
	c.at(l, "/csr", sameSet(want, r.ekus), "extended key usage "+strings.Join(want, ", "), "extended key usage "+strings.Join(r.ekus, ", "))
}

// sameSet compares without order and repetition.
func sameSet(a, b []string) bool {
	in := func(all []string) func(string) bool {
		return func(s string) bool { return !slices.Contains(all, s) }
	}
	return !slices.ContainsFunc(a, in(b)) && !slices.ContainsFunc(b, in(a))
}

// ownKey: two names do not share a key.
func ownKey(c *court) {
	owner := map[string]*look{}
	for _, l := range c.looks {
		if !l.begins() || l.name == nil {
			continue
		}
		r := c.crypto.csr(l.Operation.CSR.Value)
		if r == nil {
			continue
		}
		before := owner[r.key]
		if before == nil {
			owner[r.key] = l
			if len(owner) > 1 {
				c.held()
			}
			continue
		}
		if before.name != l.name {
			c.at(l, "/csr", false, "a key of its own", "the key of the operation of "+before.Call.Name)
		}
	}
}
