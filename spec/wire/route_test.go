package wire_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kvconform/kvconform/spec/wire"
)

func TestRoute(t *testing.T) {
	const v = "?api-version=7.6"
	is := func(op wire.Op, name, version string) wire.Call {
		return wire.Call{Op: op, Name: name, Version: version, APIVersion: "7.6", HasAPIVersion: true}
	}
	for _, test := range []struct {
		base, method, url string
		want              wire.Call
	}{
		{"", "POST", "https://h/certificates/n/create" + v, is(wire.Create, "n", "")},
		{"", "post", "https://h/certificates/n/create/" + v, is(wire.Create, "n", "")},
		{"", "POST", "https://h/certificates/n/import" + v, is(wire.Import, "n", "")},
		{"", "GET", "https://h/certificates/n" + v, is(wire.Get, "n", "")},
		{"", "GET", "https://h/certificates/n/" + v, is(wire.Get, "n", "")},
		{"", "GET", "https://h//certificates/n" + v, is(wire.Get, "n", "")},
		{"", "GET", "https://h/certificates/n%2Dm" + v, is(wire.Get, "n-m", "")},
		{"", "GET", "https://h/certificates/n/0a" + v, is(wire.GetVersion, "n", "0a")},
		{"", "GET", "https://h/certificates/n/anything" + v, is(wire.GetVersion, "n", "anything")},
		{"", "GET", "https://h/certificates/n/versions" + v, is(wire.Versions, "n", "")},
		{"", "GET", "https://h/certificates" + v, is(wire.List, "", "")},
		{"", "GET", "https://h/certificates/" + v, is(wire.List, "", "")},
		{"", "PATCH", "https://h/certificates/n/" + v, is(wire.Update, "n", "")},
		{"", "PATCH", "https://h/certificates/n/0a" + v, is(wire.Update, "n", "0a")},
		{"", "DELETE", "https://h/certificates/n" + v, is(wire.Delete, "n", "")},
		{"", "GET", "https://h/certificates/n/policy" + v, is(wire.GetPolicy, "n", "")},
		{"", "PATCH", "https://h/certificates/n/policy" + v, is(wire.UpdatePolicy, "n", "")},
		{"", "GET", "https://h/certificates/n/pending" + v, is(wire.GetPending, "n", "")},
		{"", "PATCH", "https://h/certificates/n/pending" + v, is(wire.UpdatePending, "n", "")},
		{"", "DELETE", "https://h/certificates/n/pending" + v, is(wire.DeletePending, "n", "")},
		{"", "POST", "https://h/certificates/n/pending/merge" + v, is(wire.Merge, "n", "")},
		{"", "GET", "https://h/deletedcertificates" + v, is(wire.ListDeleted, "", "")},
		{"", "GET", "https://h/deletedcertificates/n" + v, is(wire.GetDeleted, "n", "")},
		{"", "DELETE", "https://h/deletedcertificates/n/" + v, is(wire.Purge, "n", "")},
		{"", "POST", "https://h/deletedcertificates/n/recover" + v, is(wire.Recover, "n", "")},
		{"", "GET", "https://h/certificates/issuers" + v, is(wire.Issuers, "", "")},
		{"", "PUT", "https://h/certificates/issuers/i" + v, is(wire.SetIssuer, "i", "")},
		{"", "GET", "https://h/certificates/issuers/i" + v, is(wire.GetIssuer, "i", "")},
		{"", "PATCH", "https://h/certificates/issuers/i" + v, is(wire.UpdateIssuer, "i", "")},
		{"", "DELETE", "https://h/certificates/issuers/i" + v, is(wire.DeleteIssuer, "i", "")},
		// Not the contract's, but the vault's.
		{"", "PUT", "https://h/certificates/issuers/" + v, is(wire.Other, "", "")},
		{"", "GET", "https://h/certificates/contacts" + v, is(wire.Other, "", "")},
		{"", "POST", "https://h/certificates/restore" + v, is(wire.Other, "restore", "")},
		{"", "POST", "https://h/certificates/n/backup" + v, is(wire.Other, "n", "")},
		{"", "POST", "https://h/certificates//create" + v, is(wire.Other, "", "")},
		{"", "PUT", "https://h/certificates/n/create" + v, is(wire.Other, "n", "")},
		{"", "GET", "https://h/certificates/n/create" + v, is(wire.Other, "n", "")},
		{"", "GET", "https://h/certificates/n/pending/0f3c" + v, is(wire.Other, "n", "")},
		{"", "GET", "https://h/secrets/n/0a" + v, is(wire.Other, "", "")},
		{"", "GET", "https://h/deletedcertificates//recover" + v, is(wire.Other, "", "")},
		// The base.
		{"https://h/v", "GET", "https://H:443/v/certificates/n" + v, is(wire.Get, "n", "")},
		{"http://h:80/v/", "GET", "http://h/v/certificates/n" + v, is(wire.Get, "n", "")},
		{"https://h/v", "GET", "https://h/v/health" + v, is(wire.Other, "", "")},
		{"https://h/v", "GET", "https://h/v" + v, is(wire.Other, "", "")},
		{"https://h/v", "GET", "https://h/vv/certificates/n" + v, wire.Call{Foreign: true}},
		{"https://h/v", "GET", "https://other/v/certificates/n" + v, wire.Call{Foreign: true}},
		{"https://h/v", "GET", "https://h/certificates/n", wire.Call{Foreign: true}},
		{"", "POST", "https://login.test/tenant/oauth2/token", wire.Call{Foreign: true}},
		{"", "GET", "https://h/", wire.Call{Foreign: true}},
		{"", "GET", "https://h/%zz", wire.Call{Foreign: true}},
		{":", "GET", "https://h/certificates", wire.Call{Foreign: true}},
		// The query.
		{"", "GET", "https://h/certificates/n/pending?api%2Dversion=7.6", is(wire.GetPending, "n", "")},
		{"", "GET", "https://h/certificates/n?x=%zz&%zz=1&api-version=7.6&api-version=1", is(wire.Get, "n", "")},
		{"", "GET", "https://h/certificates/n", wire.Call{Op: wire.Get, Name: "n"}},
		{"", "GET", "https://h/certificates/n?api-version", wire.Call{Op: wire.Get, Name: "n", HasAPIVersion: true}},
		{"", "GET", "https://h/certificates/n?api-version=%zz", wire.Call{Op: wire.Get, Name: "n"}},
		{
			"", "GET", "https://h/certificates/n/pending?request_id=a%20b&request_id=c",
			wire.Call{Op: wire.GetPending, Name: "n", Filtered: true, RequestID: "a b"},
		},
		{"", "GET", "https://h/certificates/n/pending?request_id=", wire.Call{Op: wire.GetPending, Name: "n", Filtered: true}},
	} {
		if diff := cmp.Diff(test.want, wire.Route(test.base, test.method, test.url)); diff != "" {
			t.Errorf("%s %s under %q: %s", test.method, test.url, test.base, diff)
		}
	}
}
