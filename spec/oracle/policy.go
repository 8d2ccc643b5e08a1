package oracle

import (
	"crypto/x509/pkix"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
)

// attributeTypes are the attribute types of a distinguished name that a policy's subject may spell, by OID.
var attributeTypes = map[string]string{
	"CN": "2.5.4.3", "C": "2.5.4.6", "L": "2.5.4.7", "S": "2.5.4.8", "ST": "2.5.4.8", "STREET": "2.5.4.9", "O": "2.5.4.10",
	"OU": "2.5.4.11", "T": "2.5.4.12", "SERIALNUMBER": "2.5.4.5", "SN": "2.5.4.4", "G": "2.5.4.42", "DC": "0.9.2342.19200300.100.1.25",
	"UID": "0.9.2342.19200300.100.1.1", "E": "1.2.840.113549.1.9.1", "EMAIL": "1.2.840.113549.1.9.1", "EMAILADDRESS": "1.2.840.113549.1.9.1",
}

// joined stands between the attributes of one relative name.
const joined = "\x1f"

// relatives reads a subject as text into its relative names, "oid=value" without case, sorted, and those with several attributes joined
// (RULINGS R31). false where it is spelled in a way that this reader does not know: then there is nothing to compare.
func relatives(subject string) ([]string, bool) {
	var all []string
	if hexEscape.MatchString(subject) {
		return nil, false
	}
	for _, part := range splitName(subject) {
		var attributes []string
		for _, attribute := range part {
			kind, value, ok := strings.Cut(attribute, "=")
			oid, known := attributeTypes[strings.ToUpper(strings.TrimSpace(kind))]
			if !ok || !known || strings.HasPrefix(strings.TrimSpace(value), "#") {
				return nil, false
			}
			value = strings.TrimSpace(value)
			if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
				value = value[1 : len(value)-1]
			}
			attributes = append(attributes, oid+"="+strings.ToLower(value))
		}
		slices.Sort(attributes)
		all = append(all, strings.Join(attributes, joined))
	}
	slices.Sort(all)
	return all, len(all) > 0
}

// everydaySubject reports a subject of types that every reader of distinguished names knows (RFC 4514, section 3), one to a relative name. What
// a vault makes of others is its own affair, until it takes them.
func everydaySubject(relatives []string) bool {
	everyday := []string{"CN", "L", "ST", "O", "OU", "C", "STREET", "DC", "UID"}
	return !slices.ContainsFunc(relatives, func(r string) bool {
		oid, _, _ := strings.Cut(r, "=")
		return strings.Contains(r, joined) || !slices.ContainsFunc(everyday, func(name string) bool { return attributeTypes[name] == oid })
	})
}

// hexEscape is an escape of RFC 4514 that stands for a byte.
var hexEscape = regexp.MustCompile(`\\[0-9a-fA-F]{2}`)

// splitName splits a subject at its commas, and each part at its plus signs, apart from those that are quoted or escaped.
func splitName(subject string) [][]string {
	all := [][]string{nil}
	var attribute strings.Builder
	end := func() {
		last := len(all) - 1
		all[last] = append(all[last], attribute.String())
		attribute.Reset()
	}
	quoted, escaped := false, false
	for _, r := range subject {
		switch {
		case escaped:
			attribute.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '+' && !quoted:
			end()
		case (r == ',' || r == ';') && !quoted:
			end()
			all = append(all, nil)
		default:
			if r == '"' {
				quoted = !quoted
			}
			attribute.WriteRune(r)
		}
	}
	end()
	return all
}

// relativesOf is relatives for a name in DER.
func relativesOf(name pkix.RDNSequence) []string {
	var all []string
	for _, set := range name {
		var attributes []string
		for _, a := range set {
			attributes = append(attributes, a.Type.String()+"="+strings.ToLower(fmt.Sprint(a.Value)))
		}
		slices.Sort(attributes)
		all = append(all, strings.Join(attributes, joined))
	}
	slices.Sort(all)
	return all
}

// spell writes relative names for a reader.
func spell(relatives []string) string {
	short := map[string]string{}
	for name, oid := range attributeTypes {
		if have := short[oid]; have == "" || len(name) < len(have) || len(name) == len(have) && name < have {
			short[oid] = name
		}
	}
	var all []string
	for _, r := range relatives {
		var attributes []string
		for attribute := range strings.SplitSeq(r, joined) {
			oid, value, _ := strings.Cut(attribute, "=")
			if short[oid] != "" {
				oid = short[oid]
			}
			attributes = append(attributes, oid+"="+value)
		}
		all = append(all, strings.Join(attributes, "+"))
	}
	if len(all) == 0 {
		return "no subject"
	}
	return strings.Join(all, ", ")
}

// plainPolicy reports a policy that every vault has to take: a subject that is certainly a distinguished name, and no value
// outside what document 001 lists, nor a key that not every vault sells (RULINGS R42).
func plainPolicy(policy map[string]any) bool {
	if policy == nil {
		return false
	}
	subject, _ := text(policy, "x509_props", "subject")
	if names, ok := relatives(subject); !ok || !everydaySubject(names) {
		return false
	}
	if issuer, named := text(policy, "issuer", "name"); named && !strings.EqualFold(issuer, "unknown") && !strings.EqualFold(issuer, "self") {
		// Whether an issuer of this name exists, a trace does not tell.
		return false
	}
	return plainKey(policy) && plainProperties(policy) && plainActions(policy)
}

func plainKey(policy map[string]any) bool {
	kty, typed := text(policy, "key_props", "kty")
	size, sized := whole(policy, "key_props", "key_size")
	curve, curved := text(policy, "key_props", "crv")
	switch {
	case !typed, kty == "RSA":
		return !curved && (!sized || size == 2048 || size == 3072 || size == 4096)
	case kty == "EC":
		bits := map[string]int64{"P-256": 256, "P-384": 384, "P-521": 521}[curve]
		return bits != 0 && (!sized || size == bits)
	}
	return false
}

func plainProperties(policy map[string]any) bool {
	if months, ok := whole(policy, "x509_props", "validity_months"); ok && (months < 1 || months > 120) {
		return false
	}
	for _, usage := range texts(policy, "x509_props", "key_usage") {
		if !slices.Contains(usageNames, usage) {
			return false
		}
	}
	for _, eku := range texts(policy, "x509_props", "ekus") {
		if strings.Trim(eku, "0123456789.") != "" || !strings.Contains(eku, ".") {
			return false
		}
	}
	content, typed := text(policy, "secret_props", "contentType")
	return !typed || content == "application/x-pkcs12" || content == "application/x-pem-file"
}

func plainActions(policy map[string]any) bool {
	actions, _ := member(policy, "lifetime_actions").([]any)
	months, known := whole(policy, "x509_props", "validity_months")
	if !known {
		months = 12
	}
	for _, a := range actions {
		kind, _ := text(a, "action", "action_type")
		if kind != "EmailContacts" && kind != "AutoRenew" {
			return false
		}
		if kind == "AutoRenew" && !strings.EqualFold(issuerOf(policy), "self") {
			return false
		}
		percentage, percent := whole(a, "trigger", "lifetime_percentage")
		days, counted := whole(a, "trigger", "days_before_expiry")
		if percent == counted || percent && (percentage < 1 || percentage > 99) || counted && (days < 1 || days > 27*months) {
			return false
		}
	}
	return len(actions) <= 1
}

// issuerOf is the name of a policy's issuer.
func issuerOf(policy map[string]any) string {
	name, _ := text(policy, "issuer", "name")
	return name
}

// wanted are the alternative names that a policy asks for, in the shape of a request's.
func wanted(policy any) names {
	sans := func(kind string) []string { return texts(policy, "x509_props", "sans", kind) }
	n := names{dns: sans("dns_names"), emails: sans("emails"), upns: sans("upns"), uris: sans("uris")}
	for _, ip := range sans("ipAddresses") {
		if parsed := net.ParseIP(ip); parsed != nil {
			ip = parsed.String()
		}
		n.ips = append(n.ips, ip)
	}
	return n
}

// wantedSince is wanted without what came with a later api-version than the create's (RULINGS R41).
func wantedSince(created *look, policy any) names {
	n := wanted(policy)
	if created == nil || !since76(created.Call.APIVersion) {
		n.uris, n.ips = nil, nil
	}
	return n
}

// since76 reports an api-version that has what came after 7.5: preserveCertOrder and the SANs uris and ipAddresses (RULINGS R41).
// Versions were dates up to 2016-10-01, then numbers from 7.0 to 7.6, and are dates again.
func since76(version string) bool {
	version, _, _ = strings.Cut(version, "-preview")
	if year, _, dated := strings.Cut(version, "-"); dated {
		return year >= "2025"
	}
	major, minor, _ := strings.Cut(version, ".")
	return len(major) == 1 && (major > "7" || major == "7" && minor >= "6")
}

// usagesAsked is the key usage of a policy, in the spelling of document 001: the SDKs send crlSign, and it is taken.
func usagesAsked(policy any) []string {
	want := texts(policy, "x509_props", "key_usage")
	for i, usage := range want {
		if strings.EqualFold(usage, "cRLSign") {
			want[i] = "cRLSign"
		}
	}
	return want
}

// missing lists what is wanted and not there, kind by kind, without case.
func (n names) missing(there names) []string {
	var all []string
	for _, kind := range []struct {
		name        string
		want, there []string
	}{
		{"DNS name", n.dns, there.dns}, {"email", n.emails, there.emails}, {"UPN", n.upns, there.upns},
		{"URI", n.uris, there.uris}, {"IP address", n.ips, there.ips},
	} {
		for _, w := range kind.want {
			if !slices.ContainsFunc(kind.there, func(t string) bool { return strings.EqualFold(t, w) }) {
				all = append(all, kind.name+" "+w)
			}
		}
	}
	return all
}
