package suites

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/fixtures/policy"
)

// issued is a drive with each issuer that the run has.
func issued(v *Vault) {
	for _, issuer := range []string{v.Issuer(), v.FailingIssuer()} {
		if issuer != "" {
			v.Create(v.NewName(), policy.Issued(issuer))
		}
	}
}

func TestIssuersAreRegisteredFirstAndRemovedLast(t *testing.T) {
	o, ledger := options(answer(200, `{}`), drive("a", issued))
	o.ProvisionIssuers, o.Parallel = true, 1
	r := Run(t.Context(), o)
	got := sent(r)
	expectAll(t, "first", got[:4], []string{"PUT /certificates/issuers/kvc-r1-provision-1", "PUT /certificates/issuers/kvc-r1-provision-2",
		"POST /certificates/kvc-r1-a-1/create", "POST /certificates/kvc-r1-a-2/create"})
	expectAll(t, "last", got[len(got)-2:], []string{"DELETE /certificates/issuers/kvc-r1-provision-2",
		"DELETE /certificates/issuers/kvc-r1-provision-1"})
	expectAll(t, "ledger", ledger.ever, []string{"issuer kvc-r1-provision-1", "issuer kvc-r1-provision-2", "kvc-r1-a-1", "kvc-r1-a-2"})
	expectAll(t, "profiles", r.Profiles, []string{"core", "issuer", "failing-issuer"})
	if len(ledger.names) != 0 || len(r.Unclaimed) != 1 || r.Unclaimed[0].Profile != ProfileAuth {
		t.Errorf("ledger %q, unclaimed %v", ledger.names, r.Unclaimed)
	}
	if body := string(r.Trace.Exchanges[2].Request.Body); !strings.Contains(body, `"kvc-r1-provision-1"`) {
		t.Errorf("the issuer is not asked: %s", body)
	}
}

// What the user named is the user's: it is neither made nor removed.
func TestTheUsersIssuersAreLeftAlone(t *testing.T) {
	o, _ := options(answer(200, `{}`), drive("a", issued))
	o.ProvisionIssuers, o.Issuer, o.FailingIssuer, o.Auth = true, "mine", "mine-too", true
	r := Run(t.Context(), o)
	for _, request := range sent(r) {
		if strings.Contains(request, "issuers") {
			t.Errorf("sent %s", request)
		}
	}
	expectAll(t, "profiles", r.Profiles, []string{"core", "issuer", "failing-issuer", "auth"})
	if len(r.Unclaimed) != 0 {
		t.Errorf("unclaimed %v", r.Unclaimed)
	}
}

// A vault that takes no issuer is not judged on what it takes one for; that is no missing permission of the run's.
func TestARefusedIssuerIsNoClaim(t *testing.T) {
	o, ledger := options(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			answer(403, `{"error":{"code":"Forbidden","innererror":{"code":"AccessDenied"}}}`)(w, r)
			return
		}
		answer(404, `{}`)(w, r)
	}, drive("a", issued))
	o.ProvisionIssuers = true
	r := Run(t.Context(), o)
	expectAll(t, "profiles", r.Profiles, []string{"core"})
	var unclaimed []string
	for _, u := range r.Unclaimed {
		unclaimed = append(unclaimed, u.Profile)
		if u.Profile != ProfileAuth && !strings.Contains(u.Reason, "403 Forbidden") {
			t.Errorf("%s: %q", u.Profile, u.Reason)
		}
	}
	expectAll(t, "unclaimed", unclaimed, []string{ProfileIssuer, ProfileFailingIssuer, ProfileAuth})
	if len(r.Denied) != 0 || len(r.Left) != 0 || len(ledger.names) != 0 || r.Aborted != nil || r.Drives[0].Requests != 0 {
		t.Errorf("denied %v, left %v, ledger %q, aborted %v, drive %+v", r.Denied, r.Left, ledger.names, r.Aborted, r.Drives[0])
	}
}

func TestAnIssuerThatStaysIsLeftOver(t *testing.T) {
	o, ledger := options(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/issuers/") {
			answer(403, `{"error":{"code":"Forbidden"}}`)(w, r)
			return
		}
		answer(200, `{}`)(w, r)
	})
	o.ProvisionIssuers = true
	r := Run(t.Context(), o)
	if len(r.Left) != 2 || r.Left[0].Kind != Issuer || !strings.Contains(r.Left[0].Reason, "403") || len(ledger.names) != 2 {
		t.Errorf("left %v, ledger %q", r.Left, ledger.names)
	}
}

func TestWithoutALedgerNoIssuerIsRegistered(t *testing.T) {
	o, ledger := options(answer(200, `{}`), drive("a", issued))
	o.ProvisionIssuers, ledger.full = true, 1
	ledger.ever = []string{"full"}
	r := Run(t.Context(), o)
	if r.Aborted == nil || !strings.Contains(r.Aborted.Error(), "no space left") || len(r.Trace.Exchanges) != 0 {
		t.Errorf("aborted %v after %q", r.Aborted, sent(r))
	}
}

func TestScenariosAreInTheDocumentsOrder(t *testing.T) {
	var ids []string
	for _, s := range All() {
		ids = append(ids, s.ID)
	}
	want := strings.Fields(`create-with-issuer poll-in-progress poll-completed poll-failed poll-gone conflict merge-with-issuer cancel
		delete-pending create-manual merge-manual get-certificate protocol race`)
	if !slices.Equal(ids, want) {
		t.Errorf("got %q", ids)
	}
}
