package wire

// expectedEnvelope is the one body that a refusal has.
const expectedEnvelope = `{"error":{"code":…,"message":…}}`

// checkEnvelope holds the body of a refusal against the error envelope. Where the envelope itself is missing, that is one
// defect, whatever stands in its place.
func (c *Checker) checkEnvelope(r *Reading) []Defect {
	object, ok := r.JSON.(map[string]any)
	if !ok {
		return []Defect{{Kind: ErrorShape, Expected: expectedEnvelope, Actual: show(r.JSON)}}
	}
	inner, ok := object["error"]
	if !ok {
		return []Defect{{Kind: ErrorShape, Expected: expectedEnvelope, Actual: show(object)}}
	}
	body, ok := inner.(map[string]any)
	if !ok {
		return []Defect{{Kind: ErrorShape, Pointer: "/error", Expected: `an object with "code" and "message"`, Actual: show(inner)}}
	}
	w := walk{root: ErrorShape, looked: r.Looked}
	w.value(c.envelope, object)
	for _, name := range []string{"code", "message"} {
		if _, ok := body[name]; !ok {
			w.defects = append(w.defects, Defect{
				Kind: ErrorShape, Pointer: "/error/" + name, Expected: "a string", Actual: "no such member",
			})
		}
	}
	defects := w.found()
	for i, d := range defects {
		// A refusal needs both, so that a null in their place is no lesser thing than their absence.
		if d.Kind == OtherNull && (d.Pointer == "/error/code" || d.Pointer == "/error/message") {
			defects[i].Kind = ErrorShape
		}
	}
	return defects
}
