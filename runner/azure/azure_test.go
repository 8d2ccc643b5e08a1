package azure

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// fake is a credential that asks nobody.
type fake struct {
	scopes []string
	err    error
}

// GetToken implements azcore.TokenCredential.
func (f *fake) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	f.scopes = o.Scopes
	return azcore.AccessToken{Token: "a-token"}, f.err
}

func TestTokensAreOfTheScope(t *testing.T) {
	credential := &fake{}
	token, err := New(credential, "https://vault.azure.net/.default").Token(t.Context())
	if err != nil || token != "a-token" || !slices.Equal(credential.scopes, []string{"https://vault.azure.net/.default"}) {
		t.Errorf("%q, %v, scopes %q", token, err, credential.scopes)
	}
	credential.err = errors.New("nobody is logged in")
	if _, err := New(credential, "s").Token(t.Context()); !errors.Is(err, credential.err) {
		t.Errorf("error %v", err)
	}
}

// authority is an OAuth authority on this machine.
type authority struct {
	*httptest.Server
	mu     sync.Mutex
	scopes []string // what it was asked for
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant := a.URL + "/the-tenant"
		switch {
		case strings.HasSuffix(r.URL.Path, "/.well-known/openid-configuration"):
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": tenant + "/v2.0", "authorization_endpoint": tenant + "/authorize",
				"token_endpoint": tenant + "/token"})
		case r.URL.Path == "/the-tenant/token" && r.FormValue("client_secret") == "the-secret":
			a.mu.Lock()
			defer a.mu.Unlock()
			a.scopes = append(a.scopes, r.FormValue("scope"))
			_ = json.NewEncoder(w).Encode(map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": "of-the-authority"})
		default:
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_client", "error_description": "no such application"})
		}
	}))
	t.Cleanup(a.Close)
	return a
}

// TestTheDefaultChain: the SDK's chain gets its token from an authority on this machine. It is narrowed to what stands in the environment:
// no test searches the machine for credentials.
func TestTheDefaultChain(t *testing.T) {
	a := newAuthority(t)
	for name, value := range map[string]string{"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential", "AZURE_TENANT_ID": "the-tenant",
		"AZURE_CLIENT_ID": "the-client", "AZURE_CLIENT_SECRET": "the-secret"} {
		t.Setenv(name, value)
	}
	options := &azidentity.DefaultAzureCredentialOptions{DisableInstanceDiscovery: true}
	options.Transport, options.Cloud = a.Client(), cloud.Configuration{ActiveDirectoryAuthorityHost: a.URL}
	const scope = "https://vault.azure.net/.default"
	source, err := chain(scope, options)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if token, err := source.Token(t.Context()); err != nil || token != "of-the-authority" {
			t.Fatalf("%q, %v", token, err)
		}
	}
	if len(a.scopes) != 1 || !strings.Contains(a.scopes[0], scope) {
		t.Errorf("the authority was asked for %q", a.scopes)
	}

	t.Setenv("AZURE_CLIENT_SECRET", "another-secret")
	if source, err = chain(scope, options); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Token(t.Context()); err == nil || strings.Contains(err.Error(), "another-secret") {
		t.Errorf("a wrong secret: %v", err)
	}
}
