package oracle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/spec/wire"
)

// policyOfImport is a policy that is shown under a name of which everything was imported.
type policyOfImport struct {
	*look
	shown any
	// at is the JSON pointer of the policy in the answer.
	at string
	// imports are those that were accepted so far, with their certificates: whether a later one changes what the first one's policy says, no
	// document tells.
	imports []importing
}

// importing is an accepted import with the certificate that came of it.
type importing struct {
	*look
	leaf *certificate
}

// sent is the policy that the import brought; nil where it brought none.
func (i importing) sent() any { return member(i.Sent, "policy") }

// onImportedPolicy runs the rule on every policy that certainly is that of an import. What becomes of the policy of a create when something
// is imported over its certificate, no document says; nor is it known of a name that is older than the trace.
func onImportedPolicy(rule func(*court, policyOfImport)) ruling {
	return func(c *court) {
		if !c.trace.Fresh {
			return
		}
		for _, n := range c.lives {
			var imports []importing
			for _, l := range n.looks {
				if replaces(l.Call.Op) && !l.Refused() {
					made := importing{look: l}
					if l.Call.Op == wire.Import && anyBundle(l) && !l.unreadable() {
						made.leaf = c.crypto.cer(l.Bundle.CER.Value)
					}
					if made.leaf == nil {
						break // nobody knows from here on whose policy it is
					}
					imports = append(imports, made)
				}
				one := policyOfImport{look: l, imports: imports}
				switch {
				case (l.Call.Op == wire.Get || l.Call.Op == wire.Import) && anyBundle(l) && complete(l) && l.Bundle.Policy != nil:
					one.shown, one.at = l.Bundle.Policy, "/policy"
				case l.Call.Op == wire.GetPolicy && l.Status() == 200:
					one.shown = l.JSON
				}
				if one.shown != nil && len(imports) > 0 && !l.raced() {
					rule(c, one)
				}
			}
		}
	}
}

// importAgrees: what the policy of an import says of its certificate, is the certificate's own, or was sent with the import.
func importAgrees(c *court, one policyOfImport) {
	pointer, want, have := "", "", ""
	for _, i := range one.imports {
		if pointer, want, have = one.contradiction(i); pointer == "" {
			break
		}
	}
	c.at(one.look, one.at+"/x509_props"+pointer, pointer == "", want+", as the imported certificate has, or what was sent with it", have)
}

// contradiction finds the first thing that the policy says and that is neither the certificate's nor what came with it. What the policy
// leaves out, or leaves empty, contradicts nothing; but an empty subject is another one.
func (one policyOfImport) contradiction(i importing) (pointer, want, have string) {
	if subject, there := text(one.shown, "x509_props", "subject"); there {
		own := relativesOf(i.leaf.subject)
		shown, readable := relatives(subject)
		asked, sent := text(i.sent(), "x509_props", "subject")
		theirs, _ := relatives(asked)
		if (readable || subject == "" && len(own) > 0) && !slices.Equal(shown, own) && !(sent && (subject == asked || slices.Equal(shown, theirs))) {
			return "/subject", spell(own), quote(subject)
		}
	}
	if months, there := whole(one.shown, "x509_props", "validity_months"); there {
		asked, sent := whole(i.sent(), "x509_props", "validity_months")
		// Months are counted up or down, and a certificate may be some minutes longer than they are.
		const leeway = 2
		theirs := i.leaf.notAfter.Sub(i.leaf.notBefore).Hours() / hoursOfMonth
		if !(sent && asked == months) && (float64(months) < theirs-leeway || float64(months) > theirs+leeway) {
			return "/validity_months", fmt.Sprintf("about %.0f", theirs), fmt.Sprint(months)
		}
	}
	if i.leaf.unread != nil {
		return "", "", ""
	}
	for _, kind := range []struct {
		name              string
		shown, sent, leaf []string
	}{
		{"ekus", texts(one.shown, "x509_props", "ekus"), texts(i.sent(), "x509_props", "ekus"), i.leaf.ekus},
		{"key_usage", usagesAsked(one.shown), usagesAsked(i.sent()), i.leaf.usages},
	} {
		if len(kind.shown) > 0 && !sameSet(kind.shown, kind.leaf) && !sameSet(kind.shown, kind.sent) {
			return "/" + kind.name, pick(len(kind.leaf) == 0, "none", strings.Join(kind.leaf, ", ")), strings.Join(kind.shown, ", ")
		}
	}
	if extra := wanted(one.shown).missing(i.leaf.sans.and(wanted(i.sent()))); len(extra) > 0 {
		return "/sans", "its alternative names", "also " + strings.Join(extra, ", ")
	}
	return "", "", ""
}

// importKept: what an import sends of the management of its certificate, its policy shows; and those names that the certificate has indeed.
func importKept(c *court, one policyOfImport) {
	pointer, want, have := "", "", ""
	spoke := false
	for _, i := range one.imports {
		var said bool
		pointer, want, have, said = one.unkept(c, i)
		if spoke = spoke || said; pointer == "" {
			break
		}
	}
	if spoke {
		c.at(one.look, one.at+pointer, pointer == "", want+", as was sent with the import", have)
	}
}

// unkept finds the first thing that was sent with an import and is not shown, and says whether there was anything to look for.
func (one policyOfImport) unkept(c *court, i importing) (pointer, want, have string, said bool) {
	if sent := spelledActions(i.sent()); len(sent) > 0 {
		said = true
		if shown := spelledActions(one.shown); !sameSet(sent, shown) {
			return "/lifetime_actions", strings.Join(sent, "; "), pick(len(shown) == 0, "none", strings.Join(shown, "; ")), true
		}
	}
	for _, path := range [][]string{{"issuer", "name"}, {"secret_props", "contentType"}, {"key_props", "exportable"}, {"key_props", "reuse_key"}} {
		sent, shown := member(i.sent(), path...), member(one.shown, path...)
		if sent == nil || path[0] == "secret_props" && !c.isPFX(i, sent) {
			continue
		}
		said = true
		if shown == nil || !equalFold(sent, shown) {
			return "/" + strings.Join(path, "/"), fmt.Sprint(sent), fmt.Sprint(or(shown, "no such member")), true
		}
	}
	if i.leaf.unread == nil {
		sent := wantedSince(i.look, i.sent())
		if !since76(one.Call.APIVersion) {
			sent.uris, sent.ips = nil, nil
		}
		lost := sent.missing(wanted(one.shown))
		foreign := sent.missing(i.leaf.sans)
		lost = slices.DeleteFunc(lost, func(name string) bool { return slices.Contains(foreign, name) })
		said = said || len(sent.missing(names{})) > len(foreign)
		if len(lost) > 0 {
			return "/x509_props/sans", "the alternative names", "without " + strings.Join(lost, ", "), true
		}
	}
	return "", "", "", said
}

// isPFX reports an import of a PFX that is called so: of another value, the content type is what the value is.
func (c *court) isPFX(i importing, contentType any) bool {
	value, _ := text(i.Sent, "value")
	password, _ := text(i.Sent, "pwd")
	return equalFold(contentType, "application/x-pkcs12") && c.crypto.pfx(value, password) != nil
}

// and are the names of both.
func (n names) and(more names) names {
	return names{dns: slices.Concat(n.dns, more.dns), emails: slices.Concat(n.emails, more.emails), upns: slices.Concat(n.upns, more.upns),
		uris: slices.Concat(n.uris, more.uris), ips: slices.Concat(n.ips, more.ips)}
}
