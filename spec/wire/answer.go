package wire

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/kvconform/kvconform/spec/exchange"
)

const (
	mediaJSON   = "application/json"
	mediaPKCS10 = "application/pkcs10"
)

// readAnswer sorts an answer by its status: each class of status has its own idea of a body.
func (c *Checker) readAnswer(t *exchange.Trace, r *Reading) {
	status := r.Status()
	r.Looked[Redirect] = true
	judged5xx := !t.Recorded && r.Defect == ""
	switch {
	case status/100 == 3 || status/100 == 1:
		r.defect(Redirect, "", "an answer: a vault never sends a client elsewhere", "status "+strconv.Itoa(status))
	case status == http.StatusTooManyRequests:
		r.readLeniently()
	case status/100 == 5:
		r.readLeniently()
		if status == http.StatusServiceUnavailable && r.Response.Header.Get("Retry-After") != "" || !judged5xx {
			return
		}
		r.Looked[ServerError] = true
		r.defect(ServerError, "", "a 2xx or 4xx", "status "+strconv.Itoa(status))
	case status/100 == 4:
		r.Looked[ServerError] = judged5xx
		c.readRefusal(r)
	case status/100 == 2:
		r.Looked[ServerError] = judged5xx
		c.readSuccess(t, r)
	default:
		r.Looked[UnexpectedStatus] = true
		r.defect(UnexpectedStatus, "", "a status of HTTP", "status "+strconv.Itoa(status))
	}
}

// readLeniently reads a body that nothing judges, for those who want to know what it says.
func (r *Reading) readLeniently() {
	if len(r.Response.Body) == 0 {
		return
	}
	r.JSON = readJSON(r.Response.Body).value
	r.Error = refusalOf(r.JSON)
}

// readRefusal reads the body of a 4xx: the error envelope, and nothing else.
func (c *Checker) readRefusal(r *Reading) {
	if len(r.Response.Body) == 0 && r.Response.Cut == "" {
		// The service before 2019 answered a missing token without a body (R29).
		if r.Status() == http.StatusUnauthorized || r.Request.Method == http.MethodHead {
			return
		}
		r.Looked[ErrorShape] = true
		r.defect(ErrorShape, "", expectedEnvelope, "no body")
		return
	}
	if !r.readBody() {
		return
	}
	r.Looked[ErrorShape], r.Looked[OtherNull], r.Looked[Undeclared] = true, true, true
	r.Error = refusalOf(r.JSON)
	r.Defects = append(r.Defects, c.checkEnvelope(r)...)
}

// readSuccess reads a 2xx by what its operation announces.
func (c *Checker) readSuccess(t *exchange.Trace, r *Reading) {
	o := c.operations[r.Call.Op]
	documented := true
	if o != nil {
		r.Looked[UnexpectedStatus] = true
		if documented = r.Status() == o.success; !documented {
			r.defect(UnexpectedStatus, "", "status "+strconv.Itoa(o.success), "status "+strconv.Itoa(r.Status()))
		}
	}
	body := r.Response.Body
	switch {
	case r.Status() == http.StatusNoContent:
		r.Looked[UnexpectedBody] = true
		if len(body) > 0 {
			r.defect(UnexpectedBody, "", "no body: a 204 has none", strconv.Itoa(len(body))+" bytes")
		}
	case o == nil:
		r.readOther()
	case o.answer == nil:
		// Another status than the 204 that was due; its body follows from that.
		r.readLeniently()
	case len(body) == 0 && r.Response.Cut == "":
		if documented {
			r.Looked[o.answer.kind] = true
			r.defect(o.answer.kind, "", o.answer.shape.expected, "no body")
		}
	case isCSR(t, r):
		r.CSR = string(body)
	case r.readBody():
		c.readAnnounced(r, o.answer, documented)
	}
}

// readOther reads a 2xx that the document does not declare: it is looked at where it says that it is JSON.
func (r *Reading) readOther() {
	if isMedia(r.Response.Header, mediaJSON) && (len(r.Response.Body) > 0 || r.Response.Cut != "") {
		r.readBody()
		return
	}
	r.readLeniently()
}

// readAnnounced holds a body against the shape that its operation announces and makes the typed view. A body of another
// kind altogether is one defect, or none where the status said so already, and has no view: what it lacks as an operation
// or a bundle is no news.
func (c *Checker) readAnnounced(r *Reading, a *answer, documented bool) {
	object, isObject := r.JSON.(map[string]any)
	if !isObject || !hasAny(object, a.marks) {
		if documented {
			r.Looked[a.kind] = true
			r.defect(a.kind, "", a.shape.expected+" with "+strings.Join(a.marks, ", "), show(r.JSON))
		}
		return
	}
	r.Looked[a.kind], r.Looked[OtherNull], r.Looked[Undeclared] = true, true, true
	w := walk{root: a.kind, looked: r.Looked}
	w.value(a.shape, r.JSON)
	r.Defects = append(r.Defects, w.found()...)
	r.view(a, object)
}

func hasAny(object map[string]any, names []string) bool {
	for _, name := range names {
		if _, ok := object[name]; ok {
			return true
		}
	}
	return false
}

// readBody reads a body that has to be JSON: media type, syntax, duplicate names. It reports whether there is a value to go
// on with.
func (r *Reading) readBody() bool {
	doc := readJSON(r.Response.Body)
	r.JSON = doc.value
	typed := isMedia(r.Response.Header, mediaJSON)
	r.Looked[JSONSyntax], r.Looked[MediaType] = typed || doc.readable || r.Response.Cut != "", true
	switch {
	case r.Response.Short():
		r.defect(Truncated, "", "a whole body", clip(r.Response.Cut))
	case r.Response.Cut != "":
		r.defect(JSONSyntax, "", "a whole body", clip(r.Response.Cut))
	case !typed:
		r.defect(MediaType, "", mediaJSON, describeMedia(r.Response.Header))
		// Where it is no JSON either, that is what its type says.
		if doc.syntax != "" && doc.readable {
			r.defect(JSONSyntax, "", "JSON (RFC 8259)", doc.syntax)
		}
	case doc.syntax != "":
		r.defect(JSONSyntax, "", "JSON (RFC 8259)", doc.syntax)
	}
	if !doc.readable {
		return false
	}
	r.Looked[DuplicateMember] = true
	for _, pointer := range doc.duplicates {
		r.defect(DuplicateMember, pointer, "each name once in an object", "a second member of this name")
	}
	return true
}

// isCSR reports whether the answer is the bare CSR that the request asked for (R39). A recording that lost the request's
// headers is given the benefit of the doubt.
func isCSR(t *exchange.Trace, r *Reading) bool {
	if r.Call.Op != GetPending {
		return false
	}
	accept := r.Request.Header.Values("Accept")
	if len(accept) == 0 {
		return t.Recorded && isMedia(r.Response.Header, mediaPKCS10)
	}
	asked := strings.Contains(strings.ToLower(strings.Join(accept, ",")), mediaPKCS10)
	return asked && !isMedia(r.Response.Header, mediaJSON)
}

// isMedia compares the media type, in any case and with any parameter.
func isMedia(header http.Header, media string) bool {
	kind, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(kind), media)
}

func describeMedia(header http.Header) string {
	if value := header.Get("Content-Type"); value != "" {
		return clip(value)
	}
	return "no Content-Type"
}

// defect notes one thing wrong with the answer.
func (r *Reading) defect(kind Kind, pointer, expected, actual string) {
	r.Defects = append(r.Defects, Defect{Kind: kind, Pointer: pointer, Expected: expected, Actual: actual})
}
