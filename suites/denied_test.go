package suites

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/fixtures/policy"
	"github.com/kvconform/kvconform/spec/exchange"
)

func TestMissingPermissionsAreCollected(t *testing.T) {
	o, _ := options(func(w http.ResponseWriter, r *http.Request) {
		code := "AccessDenied"
		if strings.HasSuffix(r.URL.Path, "/merge") {
			code = "ForbiddenByRbac"
		}
		if r.Method == http.MethodPatch {
			code = ""
		}
		answer(403, `{"error":{"code":"Forbidden","innererror":{"code":"`+code+`"}}}`)(w, r)
	}, drive("a", func(v *Vault) {
		name := v.Unused()
		v.Create(name, policy.Manual())
		v.Create(name, policy.Manual())
		v.MergeRaw(name, []byte(`{}`))
		v.Cancel(name, true)                   // the contract's own 403
		v.Get(name, Defect("without a token")) // meant to be refused
		v.GetVersion(name, unknownVersion)
		v.DeletePending(name, As(exchange.Reader)) // another's permissions
	}))
	got := Run(t.Context(), o).Denied
	want := []Denied{
		{"POST", "/certificates/{name}/create", "AccessDenied", 1},
		{"POST", "/certificates/{name}/pending/merge", "ForbiddenByRbac", 3},
		{"GET", "/certificates/{name}/{version}", "AccessDenied", 6},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
