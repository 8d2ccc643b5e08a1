package wire

// readSent reads the request's body where it is JSON.
func (c *Checker) readSent(r *Reading) document {
	if len(r.Request.Body) == 0 {
		return document{}
	}
	sent := readJSON(r.Request.Body)
	r.Sent = sent.value
	return sent
}

// checkRequest holds our own request against the document. A fault here is never the target's: whatever was answered to it
// says nothing. Headers are the transport's and not looked at.
func (c *Checker) checkRequest(r *Reading, sent document) {
	o := c.operations[r.Call.Op]
	if o == nil {
		return
	}
	r.Looked[RequestShape] = true
	fault := func(pointer, expected, actual string) {
		r.Defects = append(r.Defects, Defect{Kind: RequestShape, Pointer: pointer, Expected: expected, Actual: actual})
	}
	if r.Call.APIVersion == "" {
		fault("", "the query parameter api-version", "none, or an empty one")
	}
	if (r.Call.Op == Create || r.Call.Op == Import) && !isName(r.Call.Name) {
		fault("", "a name of letters, digits and hyphens", showText(r.Call.Name))
	}
	switch {
	case o.body == nil && len(r.Request.Body) > 0:
		fault("", "no body", "a body")
	case o.body == nil:
	case len(r.Request.Body) == 0 && o.bodyNeeded:
		fault("", o.body.expected, "no body")
	case len(r.Request.Body) == 0:
	case sent.syntax != "":
		fault("", "JSON (RFC 8259)", sent.syntax)
	case sent.value == nil:
		fault("", o.body.expected, "null")
	default:
		for _, pointer := range sent.duplicates {
			fault(pointer, "each name once", "twice")
		}
		w := walk{root: RequestShape, request: true}
		w.value(o.body, sent.value)
		r.Defects = append(r.Defects, w.found()...)
	}
}

// isName reports whether create and import take the name (pattern ^[0-9a-zA-Z-]+$ of the published schema).
func isName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isAlphanumeric(c) && c != '-' {
			return false
		}
	}
	return name != ""
}
