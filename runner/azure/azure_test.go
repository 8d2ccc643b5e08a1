package azure

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
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
