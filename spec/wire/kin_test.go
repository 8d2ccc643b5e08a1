package wire

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/kvconform/kvconform/spec"
)

// TestWalkAgreesWithKinOpenAPI holds our walk over values against kin-openapi's, on the same document: each answer of a
// growing crowd of spoilt ones is sound to both or to neither. The formats are ours in both, and numbers are written plainly:
// that 1.0 is no integer literal is what kin-openapi cannot see.
func TestWalkAgreesWithKinOpenAPI(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(spec.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range doc.Components.Schemas {
		if ref.Value.Type.Is(openapi3.TypeObject) && ref.Value.AdditionalProperties.Schema == nil {
			closed := false
			ref.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &closed}
		}
	}
	format := func(why func(string) string) openapi3.StringFormatValidator {
		return openapi3.NewCallbackValidator(func(s string) error {
			if reason := why(s); reason != "" {
				return errors.New(reason)
			}
			return nil
		})
	}
	options := []openapi3.SchemaValidationOption{
		openapi3.EnableFormatValidation(), openapi3.VisitAsResponse(),
		openapi3.WithStringFormatValidator("byte", format(notByte)),
		openapi3.WithStringFormatValidator("base64url", format(notBase64URL)),
	}
	operations, _, err := load(spec.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[bool]int{}
	random := rand.New(rand.NewPCG(1, 2))
	for _, o := range operations {
		if o.answer == nil {
			continue
		}
		schema := doc.Components.Schemas[o.answer.shape.title].Value
		for range 2000 {
			body, err := json.Marshal(invent(random, o.answer.shape, 0))
			if err != nil {
				t.Fatal(err)
			}
			var plain any
			if err := json.Unmarshal(body, &plain); err != nil {
				t.Fatal(err)
			}
			theirs := schema.VisitJSON(plain, options...)
			w := walk{root: o.answer.kind, looked: map[Kind]bool{}}
			w.value(o.answer.shape, readJSON(body).value)
			ours := w.found()
			seen[len(ours) == 0]++
			if (theirs == nil) != (len(ours) == 0) {
				t.Fatalf("%s\nkin-openapi: %v\nours: %+v", body, theirs, ours)
			}
		}
	}
	if seen[true] < 1000 || seen[false] < 1000 {
		t.Errorf("too few of one sort: %v", seen)
	}
}

// invent makes a value of a shape that is right in most places.
func invent(random *rand.Rand, s *shape, depth int) any {
	if random.IntN(150) == 0 {
		wrong := []any{nil, 5, -1, "x", "-_-_", "A===", true, []any{}, []any{1}, map[string]any{}, map[string]any{"x": 1}}
		return wrong[random.IntN(len(wrong))]
	}
	switch s.typ {
	case openapi3.TypeObject:
		object := map[string]any{}
		for name, member := range s.members {
			if depth < 5 && random.IntN(2) == 0 {
				object[name] = invent(random, member, depth+1)
			}
		}
		if s.extra != nil {
			object["any"] = invent(random, s.extra, depth+1)
		}
		return object
	case openapi3.TypeArray:
		return []any{invent(random, s.items, depth+1)}
	case openapi3.TypeInteger:
		return 50
	case openapi3.TypeBoolean:
		return true
	}
	switch {
	case s.enum != nil:
		return s.enum[random.IntN(len(s.enum))]
	case s.format != anyFormat:
		return "TUlJ"
	}
	return "text"
}

// TestDocumentIsRefused holds that what the walk does not read cannot hide in the document.
func TestDocumentIsRefused(t *testing.T) {
	for name, data := range map[string]string{
		"no YAML":       "\t",
		"no document":   "openapi: 3.0.3",
		"no operations": "openapi: 3.0.3\ninfo: {title: t, version: v}\npaths: {}\n",
	} {
		if _, _, err := load([]byte(data)); err == nil {
			t.Errorf("%s was taken for the document", name)
		}
	}
	c := compiler{done: map[*openapi3.Schema]*shape{}, names: map[*openapi3.Schema]string{}}
	for name, schema := range map[string]*openapi3.Schema{
		"allOf":            {AllOf: openapi3.SchemaRefs{openapi3.NewStringSchema().NewRef()}},
		"no type":          {},
		"a pattern":        openapi3.NewStringSchema().WithPattern("x"),
		"an unknown form":  openapi3.NewStringSchema().WithFormat("uri"),
		"a number":         openapi3.NewFloat64Schema(),
		"an enum of ints":  openapi3.NewStringSchema().WithEnum(1),
		"nested unknown":   openapi3.NewArraySchema().WithItems(openapi3.NewFloat64Schema()),
		"a member unknown": openapi3.NewObjectSchema().WithProperty("x", openapi3.NewFloat64Schema()),
		"a tag unknown":    openapi3.NewObjectSchema().WithAdditionalProperties(openapi3.NewFloat64Schema()),
	} {
		if _, err := c.shape(schema.NewRef()); err == nil {
			t.Errorf("%s was taken for something that the walk reads", name)
		}
	}
}
