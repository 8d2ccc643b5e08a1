// Package azure gets tokens from Azure's identities, as the Azure SDK finds them.
package azure

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Source gives tokens of a credential. It implements runner/target's TokenSource. The credential keeps its tokens and renews
// them in time.
type Source struct {
	credential azcore.TokenCredential
	scope      string
}

// New returns tokens of one scope from a credential.
func New(credential azcore.TokenCredential, scope string) *Source {
	return &Source{credential: credential, scope: scope}
}

// Default returns tokens of the Azure SDK's default chain: the environment, a workload's or a managed identity, and the
// developers' tools. It searches the machine for credentials, so it is made only where a user asks for it.
func Default(scope string) (*Source, error) { return chain(scope, nil) }

// chain is Default with another authority and another way there.
func chain(scope string, o *azidentity.DefaultAzureCredentialOptions) (*Source, error) {
	credential, err := azidentity.NewDefaultAzureCredential(o)
	if err != nil {
		return nil, fmt.Errorf("azure: %w", err)
	}
	return New(credential, scope), nil
}

// Token returns a token that is valid now.
func (s *Source) Token(ctx context.Context) (string, error) {
	token, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{s.scope}})
	if err != nil {
		return "", fmt.Errorf("azure: %w", err)
	}
	return token.Token, nil
}
