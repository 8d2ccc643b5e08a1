package wire

import (
	"encoding/json"
	"math"
)

// view makes the typed view of an answer of the kind that was announced. Policies and issuers have none: what is asked of
// them is asked of their JSON.
func (r *Reading) view(a *answer, object map[string]any) {
	switch {
	case a.kind == OperationShape:
		r.Operation = operationOf(object)
	case a.kind == BundleShape:
		b := bundleOf(object)
		r.Bundle = &b
	case a.kind == ListShape && r.Call.Op != Issuers:
		r.Items = itemsOf(object)
	}
}

func operationOf(object map[string]any) *Operation {
	issuer, hasIssuer := object["issuer"].(map[string]any)
	return &Operation{
		ID: text(object, "id"), CSR: text(object, "csr"), Status: text(object, "status"),
		StatusDetails: text(object, "status_details"), RequestID: text(object, "request_id"), Target: text(object, "target"),
		Issuer: hasIssuer, IssuerName: text(issuer, "name"),
		CancellationRequested: flag(object, "cancellation_requested"),
		PreserveCertOrder:     flag(object, "preserveCertOrder"),
		Error:                 errorOf(object["error"]),
	}
}

// errorOf returns nil for null and nothing, and an error without members for what is no object.
func errorOf(v any) *Error {
	if v == nil {
		return nil
	}
	object, _ := v.(map[string]any)
	inner, _ := object["innererror"].(map[string]any)
	return &Error{Code: text(object, "code"), Message: text(object, "message"), InnerCode: text(inner, "code")}
}

// refusalOf returns the error of an envelope, nil where there is none.
func refusalOf(body any) *Error {
	object, _ := body.(map[string]any)
	inner, ok := object["error"].(map[string]any)
	if !ok {
		return nil
	}
	return errorOf(inner)
}

func itemsOf(object map[string]any) []Bundle {
	entries, ok := object["value"].([]any)
	if !ok {
		return nil
	}
	items := make([]Bundle, 0, len(entries))
	for _, entry := range entries {
		if item, ok := entry.(map[string]any); ok {
			items = append(items, bundleOf(item))
		}
	}
	return items
}

func bundleOf(object map[string]any) Bundle {
	b := Bundle{
		ID: text(object, "id"), KID: text(object, "kid"), SID: text(object, "sid"),
		X5T: text(object, "x5t"), CER: text(object, "cer"),
		ContentType: text(object, "contentType"), RecoveryID: text(object, "recoveryId"),
		Tags: tagsOf(object["tags"]),
	}
	pending, _ := object["pending"].(map[string]any)
	b.PendingID = text(pending, "id")
	if attributes, ok := object["attributes"].(map[string]any); ok {
		b.Attributes = true
		b.Enabled = flag(attributes, "enabled")
		b.NotBefore, b.Expires = whole(attributes, "nbf"), whole(attributes, "exp")
		b.Created, b.Updated = whole(attributes, "created"), whole(attributes, "updated")
		b.RecoverableDays = whole(attributes, "recoverableDays")
		b.RecoveryLevel = text(attributes, "recoveryLevel")
	}
	if policy, ok := object["policy"].(map[string]any); ok {
		b.HasPolicy, b.Policy = true, policy
		b.PolicyID = text(policy, "id")
		x509, _ := policy["x509_props"].(map[string]any)
		b.PolicySubject = text(x509, "subject")
		issuer, _ := policy["issuer"].(map[string]any)
		b.PolicyIssuer = text(issuer, "name")
	}
	return b
}

// tagsOf returns the tags that are strings, nil where there is no object of tags.
func tagsOf(v any) map[string]string {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	tags := make(map[string]string, len(object))
	for name, value := range object {
		if s, ok := value.(string); ok {
			tags[name] = s
		}
	}
	return tags
}

func text(object map[string]any, name string) Text {
	v, present := object[name]
	s, valid := v.(string)
	return Text{Present: present, Valid: valid, Value: s}
}

func flag(object map[string]any, name string) Flag {
	v, present := object[name]
	b, valid := v.(bool)
	return Flag{Present: present, Valid: valid, Value: b}
}

// whole reads an integer. One that is written as 1.0 or 1e9 is a defect of form, told elsewhere, and an integer all the same:
// what it means can be judged.
func whole(object map[string]any, name string) Whole {
	v, present := object[name]
	number, ok := v.(json.Number)
	if !ok {
		return Whole{Present: present}
	}
	n, ok := integer(string(number))
	if !ok {
		f, err := number.Float64()
		if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return Whole{Present: present}
		}
		n = int64(f)
	}
	return Whole{Present: present, Valid: true, Value: n}
}
