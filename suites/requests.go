package suites

import (
	"encoding/json"
	"net/http"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// Members are members of a request's body beside those that a method fills in itself: tags, attributes, and the like.
type Members map[string]any

// Create asks for a certificate.
func (v *Vault) Create(name string, p policy.Policy, options ...RequestOption) Answer {
	return v.CreateWith(name, p, nil, options...)
}

// CreateWith asks for a certificate with more than a policy.
func (v *Vault) CreateWith(name string, p policy.Policy, more Members, options ...RequestOption) Answer {
	if v.run.FullPolicy {
		p = policy.Full(p)
	}
	return v.Send(http.MethodPost, at(name, "/create"), body(more, "policy", p), options...)
}

// Import imports a certificate with its key: a PFX in base64, or PEM.
func (v *Vault) Import(name, value string, options ...RequestOption) Answer {
	return v.ImportWith(name, value, nil, options...)
}

// ImportWith imports a certificate with more than its value.
func (v *Vault) ImportWith(name, value string, more Members, options ...RequestOption) Answer {
	return v.Send(http.MethodPost, at(name, "/import"), body(more, "value", value), options...)
}

// Get reads the latest version of the certificate.
func (v *Vault) Get(name string, options ...RequestOption) Answer {
	return v.Send(http.MethodGet, at(name, ""), nil, options...)
}

// GetVersion reads one version of the certificate. It sends nothing where there is no version to be asked for.
func (v *Vault) GetVersion(name, version string, options ...RequestOption) Answer {
	if version == "" {
		return Answer{}
	}
	return v.Send(http.MethodGet, at(name, "/"+version), nil, options...)
}

// Versions lists the versions of the certificate.
func (v *Vault) Versions(name string, options ...RequestOption) Answer {
	return v.Send(http.MethodGet, at(name, "/versions"), nil, options...)
}

// GetPolicy reads the policy of the certificate.
func (v *Vault) GetPolicy(name string, options ...RequestOption) Answer {
	return v.Send(http.MethodGet, at(name, "/policy"), nil, options...)
}

// GetPending polls the operation.
func (v *Vault) GetPending(name string, options ...RequestOption) Answer {
	return v.Send(http.MethodGet, at(name, "/pending"), nil, options...)
}

// Cancel asks for the operation's cancellation, or with false for none.
func (v *Vault) Cancel(name string, requested bool, options ...RequestOption) Answer {
	return v.PatchPending(name, body(nil, "cancellation_requested", requested), options...)
}

// PatchPending sends any body to change the operation.
func (v *Vault) PatchPending(name string, raw []byte, options ...RequestOption) Answer {
	return v.Send(http.MethodPatch, at(name, "/pending"), raw, options...)
}

// DeletePending deletes the operation.
func (v *Vault) DeletePending(name string, options ...RequestOption) Answer {
	return v.Send(http.MethodDelete, at(name, "/pending"), nil, options...)
}

// Merge completes the operation with a chain, the certificate first. It sends nothing where there is no certificate,
// because the CSR that it was to be made of could not be read.
func (v *Vault) Merge(name string, ders [][]byte, options ...RequestOption) Answer {
	return v.MergeWith(name, ders, nil, options...)
}

// MergeWith completes the operation with more than a chain.
func (v *Vault) MergeWith(name string, ders [][]byte, more Members, options ...RequestOption) Answer {
	if len(ders) == 0 {
		return Answer{}
	}
	return v.MergeRaw(name, body(more, "x5c", pki.X5C(ders...)), options...)
}

// MergeRaw sends any body to complete the operation.
func (v *Vault) MergeRaw(name string, raw []byte, options ...RequestOption) Answer {
	return v.Send(http.MethodPost, at(name, "/pending/merge"), raw, options...)
}

// DeleteCertificate deletes the certificate with all its versions.
func (v *Vault) DeleteCertificate(name string, options ...RequestOption) Answer {
	return v.Send(http.MethodDelete, at(name, ""), nil, options...)
}

// Purge removes a deleted certificate for good.
func (v *Vault) Purge(name string, options ...RequestOption) Answer {
	return v.Send(http.MethodDelete, "/deletedcertificates/"+name, nil, options...)
}

func at(name, rest string) string { return "/certificates/" + name + rest }

// body makes a request's body. What the suites put into one can always be encoded.
func body(more Members, member string, value any) []byte {
	members := map[string]any{member: value}
	for name, value := range more {
		members[name] = value
	}
	raw, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return raw
}
