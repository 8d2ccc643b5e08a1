package suites

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/fixtures/policy"
)

func TestCleaningUp(t *testing.T) {
	const deleted = `{"recoveryId":"http://vault.test/deletedcertificates/n"}`
	const early = `{"error":{"code":"CertificateNotFound"}}`
	const name = "kvc-r1-a-1"
	cases := map[string]struct {
		remove, purge []string // the answers, one after the other, the last one for good: status and body
		want          []string
		left          string // part of the reason
		soft          int
	}{
		"no soft delete":       {remove: []string{"200 {}"}, want: []string{"DELETE certificate"}},
		"nothing there":        {remove: []string{"404 {}"}, want: []string{"DELETE certificate"}},
		"being changed":        {remove: []string{"409 {}", "200 {}"}, want: []string{"DELETE certificate", "DELETE certificate"}},
		"not allowed":          {remove: []string{"403 {}"}, want: []string{"DELETE certificate"}, left: "403"},
		"purged":               {remove: []string{"200 " + deleted}, purge: []string{"204 "}, want: []string{"DELETE certificate", "purge"}},
		"purged in the end":    {remove: []string{"200 " + deleted}, purge: []string{"404 " + early, "409 {}", "204 "}, want: []string{"DELETE certificate", "purge", "purge", "purge"}},
		"purge not allowed":    {remove: []string{"200 " + deleted}, purge: []string{"403 {}"}, want: []string{"DELETE certificate", "purge"}, soft: 1},
		"purge not there":      {remove: []string{"200 " + deleted}, purge: []string{"404 {}"}, want: []string{"DELETE certificate", "purge"}, soft: 1},
		"purge never possible": {remove: []string{"200 " + deleted}, purge: []string{"409 {}"}, left: "purge was answered with 409"},
		"purge lost":           {remove: []string{"200 " + deleted}, purge: []string{"500 {}", "404 " + early}, want: []string{"DELETE certificate", "purge", "purge"}},
		"purge lost too early": {remove: []string{"200 " + deleted}, purge: []string{"409 {}", "500 {}", "404 " + early, "204 "},
			want: []string{"DELETE certificate", "purge", "purge", "purge", "purge"}},
		"delete lost, kept":  {remove: []string{"500 {}", "404 {}"}, purge: []string{"204 "}, want: []string{"DELETE certificate", "DELETE certificate", "purge"}},
		"delete lost, gone":  {remove: []string{"500 {}", "404 {}"}, purge: []string{"404 " + early}, want: []string{"DELETE certificate", "DELETE certificate", "purge"}},
		"never to be purged": {remove: []string{"200 " + deleted}, purge: []string{"404 " + early}, left: "purge was answered with 404"},
		"broken":             {remove: []string{"500 {}"}, left: "DELETE of the certificate was answered with 500"},
	}
	for what, c := range cases {
		t.Run(what, func(t *testing.T) {
			next := func(w http.ResponseWriter, script *[]string) {
				status, body, _ := strings.Cut((*script)[0], " ")
				if len(*script) > 1 {
					*script = (*script)[1:]
				}
				answer(int(status[0]-'0')*100+int(status[1]-'0')*10+int(status[2]-'0'), body)(w, nil)
			}
			o, ledger := options(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodPost:
					answer(400, `{}`)(w, r)
				case strings.HasPrefix(r.URL.Path, "/deletedcertificates/"):
					next(w, &c.purge)
				default:
					next(w, &c.remove)
				}
			}, drive("a", func(v *Vault) { v.Create(v.NewName(), policy.Manual()) }))
			r := Run(t.Context(), o)
			var did []string
			for _, request := range sent(r, "cleanup") {
				did = append(did, map[string]string{"DELETE /certificates/" + name: "DELETE certificate",
					"DELETE /deletedcertificates/" + name: "purge"}[request])
			}
			if c.want != nil {
				expectAll(t, "clean-up", did, c.want)
			}
			if c.left == "" && (len(r.Left) != 0 || len(ledger.names) != 0) {
				t.Errorf("left %v, ledger %q", r.Left, ledger.names)
			}
			if c.left != "" && (len(r.Left) != 1 || !strings.Contains(r.Left[0].Reason, c.left) || len(ledger.names) != 1) {
				t.Errorf("left %v, ledger %q", r.Left, ledger.names)
			}
			if r.SoftDeleted != c.soft {
				t.Errorf("soft-deleted: %d", r.SoftDeleted)
			}
		})
	}
}

func TestTheLastMadeIsRemovedFirst(t *testing.T) {
	o, _ := options(answer(200, `{}`), drive("a", func(v *Vault) {
		for range 3 {
			v.Create(v.NewName(), policy.Manual())
		}
		v.NewName() // never used, so nothing is there
		bad := v.BadName("_")
		v.GetPending(bad)
		v.Create(v.BadName("!"), policy.Manual()) // taken, so it is there
	}))
	o.Parallel = 1
	r := Run(t.Context(), o)
	removed := slices.DeleteFunc(sent(r, "cleanup"), func(request string) bool { return strings.HasSuffix(request, "/pending") })
	expectAll(t, "clean-up", removed, []string{"DELETE /certificates/kvc-r1-a-6!", "DELETE /certificates/kvc-r1-a-3",
		"DELETE /certificates/kvc-r1-a-2", "DELETE /certificates/kvc-r1-a-1"})
}

// Where the answer to a request for what is no name was lost, a vault that refuses to delete it, too, and does not show it, has not made it.
func TestABadNameIsLookedFor(t *testing.T) {
	for found, want := range map[int]int{404: 0, 400: 0, 200: 1} {
		o, ledger := options(func(w http.ResponseWriter, r *http.Request) {
			switch r.Method {
			case http.MethodPost:
				answer(500, `{}`)(w, r)
			case http.MethodGet:
				answer(found, `{}`)(w, r)
			default:
				answer(400, `{}`)(w, r)
			}
		}, drive("a", func(v *Vault) { v.Create(v.BadName("!"), policy.Manual()) }))
		if r := Run(t.Context(), o); len(r.Left) != want || len(ledger.names) != want {
			t.Errorf("GET is %d: left %v, in the ledger %q", found, r.Left, ledger.names)
		}
	}
}

func TestKeepLeavesEverything(t *testing.T) {
	o, ledger := options(answer(200, `{}`), drive("a", func(v *Vault) { v.Create(v.NewName(), policy.Manual()) }))
	o.Keep = true
	if r := Run(t.Context(), o); len(sent(r, "cleanup")) != 0 || len(ledger.names) != 1 {
		t.Errorf("sent %q, ledger %q", sent(r), ledger.names)
	}
}
