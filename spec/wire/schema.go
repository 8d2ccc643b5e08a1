package wire

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// operation is what openapi.yaml says of one operation.
type operation struct {
	// success is its only 2xx.
	success int
	// answer is the body of that, nil where it has none.
	answer *answer
	// body is the request's body, nil where it has none; bodyNeeded says that it may not be left out.
	body       *shape
	bodyNeeded bool
}

// answer is a kind of body that an operation may announce.
type answer struct {
	shape *shape
	// kind is the defect of an answer that is not of this shape.
	kind Kind
	// marks are members by which such a body is known. An object without any of them is another kind of body, or none.
	marks []string
}

// shape is a schema of openapi.yaml, made ready for the walk. kin-openapi reads and validates the document, but the walk
// over values is our own: kin-openapi sees numbers as float64, so that 1.0 and 1e9 pass for integers, names an undeclared
// member only within a sentence, and takes base64url for base64. TestWalkAgreesWithKinOpenAPI holds one against the other.
type shape struct {
	title    string // the schema's name, empty for one without
	typ      string
	nullable bool
	format   format
	enum     []string
	bounds   bounds
	members  map[string]*shape
	extra    *shape // of members beyond these; nil where the object is closed
	items    *shape
	required []string
	needed   []string // members for which null is a MUST finding (R14)
	expected string   // the shape in words
}

// answers says which defect a body is that is not what its schema announces, and by what it is known.
var answers = map[string]answer{
	"CertificateOperation": {kind: OperationShape, marks: []string{"status", "request_id", "csr", "cancellation_requested"}},
	"CertificateBundle":    {kind: BundleShape, marks: bundleMarks},
	"DeletedCertificateBundle": {
		kind: BundleShape, marks: append([]string{"recoveryId"}, bundleMarks...),
	},
	"CertificateListResult":        {kind: ListShape, marks: []string{"value"}},
	"DeletedCertificateListResult": {kind: ListShape, marks: []string{"value"}},
	"CertificateIssuerListResult":  {kind: ListShape, marks: []string{"value"}},
	"CertificatePolicy":            {kind: PolicyShape, marks: []string{"x509_props", "key_props", "secret_props", "lifetime_actions"}},
	"IssuerBundle":                 {kind: IssuerShape, marks: []string{"provider", "credentials", "org_details"}},
}

var bundleMarks = []string{"attributes", "kid", "sid", "x5t", "cer", "policy", "pending"}

// needed are the scalars that an answer cannot do without, by schema. An operation's target joins them once it is completed.
var needed = map[string][]string{
	"CertificateOperation":     {"id", "status", "csr", "request_id"},
	"CertificateBundle":        {"id"},
	"DeletedCertificateBundle": {"id"},
	"CertificateItem":          {"id"},
	"DeletedCertificateItem":   {"id"},
}

// ops are the operations that the document has to declare.
var ops = []Op{
	Create, Import, Get, GetVersion, Versions, List, Update, Delete, GetPolicy, UpdatePolicy,
	GetPending, UpdatePending, DeletePending, Merge, GetDeleted, ListDeleted, Purge, Recover,
	SetIssuer, GetIssuer, UpdateIssuer, DeleteIssuer, Issuers,
}

// load reads openapi.yaml.
func load(data []byte) (map[Op]*operation, *shape, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(data)
	if err != nil {
		return nil, nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	if doc.Components == nil || doc.Components.Schemas["KeyVaultError"] == nil {
		return nil, nil, errors.New("openapi.yaml: no schema KeyVaultError")
	}
	c := compiler{done: map[*openapi3.Schema]*shape{}, names: map[*openapi3.Schema]string{}}
	for name, ref := range doc.Components.Schemas {
		c.names[ref.Value] = name
	}
	operations := map[Op]*operation{}
	for path, item := range doc.Paths.Map() {
		for method, declared := range item.Operations() {
			o, err := c.operation(declared)
			if err != nil {
				return nil, nil, fmt.Errorf("openapi.yaml: %s %s: %w", method, path, err)
			}
			operations[Op(declared.OperationID)] = o
		}
	}
	for _, op := range ops {
		if operations[op] == nil {
			return nil, nil, fmt.Errorf("openapi.yaml: no operation %s", op)
		}
	}
	if len(operations) != len(ops) {
		return nil, nil, fmt.Errorf("openapi.yaml: %d operations for %d that package wire knows", len(operations), len(ops))
	}
	envelope, err := c.shape(doc.Components.Schemas["KeyVaultError"])
	if err != nil {
		return nil, nil, fmt.Errorf("openapi.yaml: KeyVaultError: %w", err)
	}
	return operations, envelope, nil
}

// compiler makes shapes of schemas, each once, since schemas may be recursive.
type compiler struct {
	done  map[*openapi3.Schema]*shape
	names map[*openapi3.Schema]string
}

func (c *compiler) operation(declared *openapi3.Operation) (*operation, error) {
	o := &operation{}
	for code, response := range declared.Responses.Map() {
		status, err := strconv.Atoi(code)
		if err != nil && strings.HasPrefix(code, "4") {
			continue
		}
		if err != nil || status/100 != 2 || o.success != 0 {
			return nil, fmt.Errorf("the response %s: one exact 2xx and 4XX are what an operation has", code)
		}
		o.success = status
		body, err := c.content(response.Value.Content)
		if err != nil {
			return nil, err
		}
		if body == nil {
			continue
		}
		known, ok := answers[body.title]
		if !ok {
			return nil, fmt.Errorf("an answer %q of no known kind", body.title)
		}
		o.answer = &answer{shape: body, kind: known.kind, marks: known.marks}
	}
	if o.success == 0 || (o.success == http.StatusNoContent) != (o.answer == nil) {
		return nil, fmt.Errorf("success %d does not go with its body", o.success)
	}
	if declared.RequestBody == nil {
		return o, nil
	}
	var err error
	o.bodyNeeded = declared.RequestBody.Value.Required
	o.body, err = c.content(declared.RequestBody.Value.Content)
	return o, err
}

// content returns the shape of the JSON among a body's media types, nil where there is none.
func (c *compiler) content(content openapi3.Content) (*shape, error) {
	media := content["application/json"]
	if media == nil {
		return nil, nil
	}
	return c.shape(media.Schema)
}

// shape compiles a schema. What the walk does not know is an error: a word of the document that means nothing would be a
// rule that never speaks.
func (c *compiler) shape(ref *openapi3.SchemaRef) (*shape, error) {
	schema := ref.Value
	if s, ok := c.done[schema]; ok {
		return s, nil
	}
	if len(schema.AllOf)+len(schema.AnyOf)+len(schema.OneOf) > 0 || schema.Not != nil || schema.Type == nil ||
		len(*schema.Type) != 1 || schema.Pattern != "" || schema.MaxLength != nil || schema.MinLength > 0 ||
		schema.MinItems > 0 || schema.MaxItems != nil || schema.UniqueItems || schema.MultipleOf != nil {
		return nil, fmt.Errorf("the schema %q has a keyword that package wire does not read", c.names[schema])
	}
	s := &shape{
		title: c.names[schema], typ: (*schema.Type)[0], nullable: schema.Nullable,
		format: format(schema.Format), required: schema.Required,
	}
	c.done[schema] = s
	s.needed = needed[s.title]
	s.bounds = boundsOf(s.format, schema.Min, schema.Max)
	for _, v := range schema.Enum {
		value, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("the enumeration %s has a value that is no string", s.title)
		}
		s.enum = append(s.enum, value)
	}
	if err := c.parts(s, schema); err != nil {
		return nil, err
	}
	return s, s.describe()
}

// parts compiles what an array or an object is made of.
func (c *compiler) parts(s *shape, schema *openapi3.Schema) error {
	var err error
	if schema.Items != nil {
		if s.items, err = c.shape(schema.Items); err != nil {
			return err
		}
	}
	if schema.AdditionalProperties.Schema != nil {
		if s.extra, err = c.shape(schema.AdditionalProperties.Schema); err != nil {
			return err
		}
	}
	s.members = make(map[string]*shape, len(schema.Properties))
	for name, member := range schema.Properties {
		if s.members[name], err = c.shape(member); err != nil {
			return err
		}
	}
	return nil
}

// describe puts the shape in words, once, for every report that names it.
func (s *shape) describe() error {
	switch {
	case s.typ == openapi3.TypeString && s.format == formByte:
		s.expected = "standard base64, padded, without line breaks"
	case s.typ == openapi3.TypeString && s.format == formURL:
		s.expected = "base64url without padding"
	case s.typ == openapi3.TypeString && s.format == anyFormat && s.enum != nil:
		s.expected = "one of " + strings.Join(s.enum, ", ")
	case s.typ == openapi3.TypeString && s.format == anyFormat:
		s.expected = "a string"
	case s.typ == openapi3.TypeInteger && s.format == formUnix:
		s.expected = "seconds since 1970, written as an integer"
	case s.typ == openapi3.TypeInteger && s.format == formInt32:
		s.expected = s.bounds.String()
	case s.typ == openapi3.TypeBoolean:
		s.expected = "true or false"
	case s.typ == openapi3.TypeArray && s.items != nil:
		s.expected = "an array"
	case s.typ == openapi3.TypeObject && s.title != "":
		s.expected = "an object (" + s.title + ")"
	case s.typ == openapi3.TypeObject:
		s.expected = "an object"
	default:
		return fmt.Errorf("the schema %q: package wire does not read %s with the format %q", s.title, s.typ, s.format)
	}
	return nil
}
