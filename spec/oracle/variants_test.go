package oracle_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/example"
	"github.com/kvconform/kvconform/spec/oracle"
)

// variant changes one answer of a story.
type variant struct {
	story    string
	exchange int
	// set are members of its body, by path; nil drops one. headers are headers, an empty one is dropped; {id} is the body's request_id.
	set     map[string]any
	headers map[string]string
	// want are the rules that find fault with it, under the authority of the live service where live is set.
	want []string
	live bool
}

// In the story "manual", exchange 3 is the create, 4 a poll, 6 the read of a shell, 7 the merge, 8 the poll of the end, 9 the read of the
// certificate.

func readings(attributes map[string]any, want ...string) variant {
	return variant{story: "manual", exchange: 9, set: attributes, want: want}
}

func shells(set map[string]any, want ...string) variant {
	return variant{story: "manual", exchange: 6, set: set, want: want, live: true}
}

func located(location string, want ...string) variant {
	return variant{story: "manual", exchange: 3, headers: map[string]string{"Location": location}, want: want}
}

func completes(target string, want ...string) variant {
	return variant{story: "manual", exchange: 8, set: map[string]any{"target": target}, want: want}
}

func polls(path, value string, want ...string) variant {
	return variant{story: "manual", exchange: 4, set: map[string]any{path: value}, want: want}
}

func merges(location string, want ...string) variant {
	return variant{story: "manual", exchange: 7, headers: map[string]string{"Location": location}, want: want}
}

// TestVariants: an answer that differs from that of a story, at the edge of what a rule allows and beyond it. An example shows one break of
// a rule; that the others are seen, and what is still right is not blamed, is shown here.
func TestVariants(t *testing.T) {
	const base = "https://vault.example"
	recovery := func(level string, days int) map[string]any {
		return map[string]any{"attributes/recoveryLevel": level, "attributes/recoverableDays": days}
	}
	const late = "Mon, 02 Mar 2026 09:00:00 GMT" // 1772442000
	for name, v := range map[string]variant{
		"90 days are not customized":          readings(recovery("Recoverable+Purgeable", 90)),
		"91 days are too many":                readings(recovery("Recoverable+Purgeable", 91), "get-certificate.recovery"),
		"89 days are customized":              readings(recovery("Recoverable+Purgeable", 89), "get-certificate.recovery-retention"),
		"and say so":                          readings(recovery("CustomizedRecoverable+Purgeable", 89)),
		"customized to what is usual":         readings(recovery("CustomizedRecoverable+Purgeable", 90), "get-certificate.recovery-retention"),
		"7 days are the least":                readings(recovery("CustomizedRecoverable+Purgeable", 7)),
		"6 are too few":                       readings(recovery("CustomizedRecoverable", 6), "get-certificate.recovery"),
		"without soft delete there are none":  readings(recovery("Purgeable", 0)),
		"and not one":                         readings(recovery("Purgeable", 1), "get-certificate.recovery"),
		"a level without days":                readings(map[string]any{"attributes/recoverableDays": nil}),
		"days without a level":                readings(map[string]any{"attributes/recoveryLevel": nil, "attributes/recoverableDays": 3}),
		"updated when it was created":         readings(map[string]any{"attributes/updated": 1772442010}),
		"updated before it was created":       readings(map[string]any{"attributes/updated": 1772442009}, "get-certificate.created-updated"),
		"a policy that was updated before":    readings(map[string]any{"policy/attributes/updated": 1772442000}, "get-certificate.created-updated"),
		"a policy without the time of that":   readings(map[string]any{"policy/attributes/updated": nil}),
		"or without that of its creation":     readings(map[string]any{"policy/attributes/created": nil}),
		"updated a little late":               {"manual", 9, map[string]any{"attributes/updated": 1772442600}, map[string]string{"Date": late}, nil, false},
		"updated in the future":               {"manual", 9, map[string]any{"attributes/updated": 1772442601}, map[string]string{"Date": late}, []string{"get-certificate.created-updated"}, false},
		"an id of another collection":         readings(map[string]any{"kid": base + "/secrets/web/0"}, "get-certificate.attributes-stable", "get-certificate.ids"),
		"a policy's id without a host":        readings(map[string]any{"policy/id": "/certificates/web/policy"}, "get-certificate.policy-id"),
		"a policy's id of another name":       readings(map[string]any{"policy/id": base + "/certificates/api/policy"}, "get-certificate.policy-id"),
		"a policy's id that is a version's":   readings(map[string]any{"policy/id": base + "/certificates/web/1"}, "get-certificate.policy-id"),
		"a policy without an id":              readings(map[string]any{"policy/id": nil}, "get-certificate.policy-members"),
		"an empty id":                         readings(map[string]any{"sid": ""}, "get-certificate.ids", "get-certificate.members"),
		"no attributes.enabled":               readings(map[string]any{"attributes/enabled": nil}, "get-certificate.attributes"),
		"a shell with times":                  shells(map[string]any{"attributes": shellTimes(1767225600, 1798761600)}),
		"a shell that ends three days later":  shells(map[string]any{"attributes": shellTimes(1767225600, 1798761600+3*86400)}),
		"a shell that ends a second more":     shells(map[string]any{"attributes": shellTimes(1767225600, 1798761600+3*86400+1)}, "get-certificate.pending-times"),
		"a shell that ends too early":         shells(map[string]any{"attributes": shellTimes(1767225600, 1798761600-3*86400-1)}, "get-certificate.pending-times"),
		"a shell that only begins":            shells(map[string]any{"attributes": shellTimes(1767225600, 0)}, "get-certificate.pending-times"),
		"a shell that only ends":              shells(map[string]any{"attributes": shellTimes(0, 1767225600)}, "get-certificate.pending-times"),
		"a shell of no months":                shells(map[string]any{"attributes": shellTimes(1767225600, 1), "policy/x509_props/validity_months": 0}),
		"a shell of a month":                  shells(map[string]any{"attributes": shellTimes(1767225600, 1), "policy/x509_props/validity_months": 1}, "get-certificate.pending-times"),
		"a shell of 100 years":                shells(map[string]any{"attributes": shellTimes(1767225600, 1), "policy/x509_props/validity_months": 1200}, "get-certificate.pending-times"),
		"a shell of more months than any has": shells(map[string]any{"attributes": shellTimes(1767225600, 1), "policy/x509_props/validity_months": 1201}),
		"a shell that does not say how many":  shells(map[string]any{"attributes": shellTimes(1767225600, 1), "policy/x509_props/validity_months": nil}),
		"a shell that is enabled":             shells(map[string]any{"attributes/enabled": true}, "get-certificate.pending-disabled"),
		"a target that is the operation":      completes(base+"/certificates/web/pending", "poll-completed.target"),
		"a target that is the policy":         completes(base+"/certificates/web/policy", "poll-completed.target"),
		"a target of another name":            completes(base+"/certificates/api", "poll-completed.target"),
		"a target without a host":             completes("/certificates/web", "poll-completed.target"),
		"a target of another collection":      completes(base+"/keys/web", "poll-completed.target"),
		"a target in other letters":           completes(base+"/certificates/WEB", "protocol.name-spelling"),
		"an operation's id with a query":      polls("id", base+"/certificates/web/pending?x=1", "poll-in-progress.id"),
		"an operation's id without a host":    polls("id", "/certificates/web/pending", "poll-in-progress.id"),
		"an operation's id elsewhere":         polls("id", base+"/keys/web/pending", "poll-in-progress.id"),
		"an operation's id of another name":   polls("id", base+"/certificates/api/pending", "poll-in-progress.id"),
		"an operation's id with a slash":      polls("id", base+"/certificates/web/pending/", "poll-in-progress.id"),
		"an operation with an empty target":   polls("status_details", ""),
		"a merge's Location with a version":   merges(base+"/certificates/web/1", "merge-manual.location"),
		"a merge's Location elsewhere":        merges(base+"/keys/web", "merge-manual.location"),
		"a merge's Location of another name":  merges(base+"/certificates/api", "merge-manual.location"),
		"a merge's Location of a version":     merges(base+"/certificates/web?api-version=7.0", "merge-manual.location"),
		"a merge's Location of this version":  merges(base + "/certificates/web?api-version=2025-07-01"),
		"a merge without a Location":          merges("", "merge-manual.location"),
		"a merge into another's operation":    {"manual", 7, map[string]any{"pending/id": base + "/certificates/api/pending"}, nil, []string{"merge-manual.pending-id"}, false},
		"a merge into a certificate":          {"manual", 7, map[string]any{"pending/id": base + "/certificates/web"}, nil, []string{"merge-manual.pending-id"}, false},
		"a merge into none":                   {"manual", 7, map[string]any{"pending": nil}, nil, []string{"merge-manual.pending-id"}, false},
		"a merged certificate is disabled":    {"manual", 7, map[string]any{"attributes/enabled": false}, nil, []string{"get-certificate.attributes-stable", "merge-manual.enabled"}, false},
		"a merged certificate's subject":      {"manual", 7, map[string]any{"policy/x509_props/subject": "CN=other"}, nil, []string{"merge-manual.policy-subject"}, false},
		"a merge without its policy":          {"manual", 7, map[string]any{"policy": nil}, nil, []string{"merge-manual.policy"}, false},
		"a merge without the policy's id":     {"manual", 7, map[string]any{"policy/id": nil}, nil, []string{"get-certificate.policy-members"}, false},
		"a second create's other code":        {"conflict", 3, map[string]any{"error/code": "Conflict"}, nil, []string{"conflict.code"}, false},
		"that is the live service's":          {"conflict", 3, map[string]any{"error/code": "Conflict"}, nil, nil, true},
		"an import's other code":              {"conflict", 4, map[string]any{"error/code": "Conflict"}, nil, []string{"conflict.code"}, false},
		"the operation's Location":            located(base + "/certificates/web/pending?api-version=2025-07-01&request_id={id}"),
		"no api-version in the Location":      located(base+"/certificates/web/pending?request_id={id}", "create-manual.location"),
		"an empty one":                        located(base+"/certificates/web/pending?api-version=&request_id={id}", "create-manual.location"),
		"another one":                         located(base+"/certificates/web/pending?api-version=7.0&request_id={id}", "create-manual.location"),
		"no pending in it":                    located(base+"/certificates/web?api-version=2025-07-01&request_id={id}", "create-manual.location"),
		"another collection in it":            located(base+"/keys/web/pending?api-version=2025-07-01&request_id={id}", "create-manual.location"),
		"another name in it":                  located(base+"/certificates/api/pending?api-version=2025-07-01&request_id={id}", "create-manual.location"),
		"another operation in it":             located(base+"/certificates/web/pending?api-version=2025-07-01&request_id=1", "create-manual.location"),
		"no operation in it":                  located(base+"/certificates/web/pending?api-version=2025-07-01", "create-manual.location"),
		"no Location":                         located("", "create-manual.location"),
	} {
		t.Run(name, func(t *testing.T) {
			trace := example.Story(v.story, "")
			e := &trace.Exchanges[v.exchange-1]
			response := *e.Response
			response.Header = response.Header.Clone()
			e.Response = &response
			for _, path := range slices.Sorted(maps.Keys(v.set)) {
				if v.set[path] == nil {
					response.Body = edit(response.Body, path, func(all []field, i int) []field { return slices.Delete(all, i, i+1) })
				} else {
					response.Body = set(response.Body, path, v.set[path])
				}
			}
			for name, value := range v.headers {
				value = strings.ReplaceAll(value, "{id}", requestID(response.Body))
				if response.Header.Set(name, value); value == "" {
					response.Header.Del(name)
				}
			}
			authority := oracle.Documented
			if v.live {
				authority = oracle.Live
			}
			all := outcomes(trace, oracle.Options{Authority: authority})
			if got := found(all, ""); !slices.Equal(got, v.want) {
				t.Errorf("got %q, want %q", got, v.want)
				for _, id := range got {
					t.Logf("%s:%s", id, told(all[id].Findings))
				}
			}
		})
	}
}

// TestReuseUnasked: a renewal that says nothing of reuse_key has the key that the policies before and after it say.
func TestReuseUnasked(t *testing.T) {
	// In the story "renewed", exchange 3 is the first merge, 6 a read while the renewal is pending, 7 the merge of the renewal, 8 a read.
	for name, one := range map[string]struct {
		reuse map[int]any
		want  []string
	}{
		"as nobody asked for it":           {nil, nil},
		"it is shown, and not done":        {map[int]any{3: true, 6: true, 7: true, 8: true}, []string{"create-manual.reuse-key"}},
		"it is shown from the renewal on":  {map[int]any{7: true, 8: true}, nil},
		"it is shown until the renewal":    {map[int]any{3: true, 6: true}, nil},
		"it is shown before, and not told": {map[int]any{3: true, 6: nil, 7: nil, 8: nil}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			trace := example.Story("renewed", "")
			for number, reuse := range one.reuse {
				e := &trace.Exchanges[number-1]
				response := *e.Response
				if e.Response = &response; reuse == nil {
					response.Body = edit(response.Body, "policy/key_props/reuse_key", func(all []field, i int) []field { return slices.Delete(all, i, i+1) })
				} else {
					response.Body = set(response.Body, "policy/key_props/reuse_key", reuse)
				}
			}
			all := outcomes(trace, oracle.Options{Authority: oracle.Documented})
			if got := found(all, ""); !slices.Equal(got, one.want) {
				t.Errorf("got %q, want %q", got, one.want)
			}
			if told := all["create-manual.reuse-key"]; len(one.reuse) == 0 && told.Exercised == 0 {
				t.Error("the rule did not speak")
			}
		})
	}
}

func requestID(body []byte) string {
	var shown struct {
		ID string `json:"request_id"`
	}
	_ = json.Unmarshal(body, &shown) // a certificate shows none
	return shown.ID
}

// shellTimes are the attributes of a shell with these times, 0 for none.
func shellTimes(nbf, exp int64) json.RawMessage {
	attributes := map[string]any{"enabled": false, "created": 1772442001, "updated": 1772442001}
	if nbf > 0 {
		attributes["nbf"] = nbf
	}
	if exp > 0 {
		attributes["exp"] = exp
	}
	return mustJSON(attributes)
}
