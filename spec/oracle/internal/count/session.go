package count

import (
	"slices"
	"strings"
)

// session is what was seen so far in one recording.
type session struct {
	names map[string]*history
	note  func(Situation)
}

// history is what was seen of one certificate's name.
type history struct {
	// known are the request_ids that were shown, asked those whose cancel was accepted, ended those that a poll showed to have ended.
	known, asked, ended map[string]bool
	// last is the request_id that was shown last, issuer and status what came with it. All are empty once the operation was deleted.
	last, issuer, status string
	deleted              bool
	// creates counts those that were accepted.
	creates int
	// version is the id of the latest complete version, as long as nothing was seen to make another.
	version string
}

// count notes which situations an exchange is in.
func (s *session) count(x *answered) {
	s.refusal(x)
	if x.status == 204 && x.text == "" {
		s.note(Purged)
	}
	if x.path[0] == "deletedcertificates" && x.method != "GET" && x.status < 300 && len(x.path) > 1 {
		delete(s.names, x.name())
	}
	if x.path[0] != "certificates" || len(x.path) < 2 || slices.Contains([]string{"contacts", "issuers", "restore"}, x.path[1]) {
		return
	}
	h := s.names[x.name()]
	if h == nil {
		h = &history{known: map[string]bool{}, asked: map[string]bool{}, ended: map[string]bool{}}
		s.names[x.name()] = h
	}
	switch request := x.method + " " + strings.Join(x.path[2:], "/"); {
	case request == "POST create":
		s.create(x, h)
	case request == "POST pending/merge":
		s.merge(x, h)
	case request == "GET pending":
		s.poll(x, h)
	case request == "PATCH pending":
		s.cancel(x, h)
	case request == "DELETE pending":
		s.deletion(x, h)
	case request == "GET ":
		s.read(x, h)
	case request == "DELETE " && x.status == 200:
		delete(s.names, x.name())
	case request == "POST import" && s.certificate(x):
		h.version = x.body.text("id")
	case x.method == "PATCH" && (len(x.path) == 2 || x.versioned()):
		if s.certificate(x) && !x.body.has("cer") {
			s.note(ShellUpdated)
		}
	case x.method == "GET" && x.versioned() && s.certificate(x):
		s.note(VersionRead)
		if !x.body.has("policy") {
			s.note(B18)
		}
	}
}

// name is the name of the certificate that the request is about, within its vault.
func (x *answered) name() string { return strings.ToLower(x.host + "/" + x.path[1]) }

// versioned reports the path of a certificate's version.
func (x *answered) versioned() bool {
	return len(x.path) == 3 && len(x.path[2]) == 32 && strings.Trim(x.path[2], "0123456789abcdef") == ""
}

// refusal notes what any refusal is.
func (s *session) refusal(x *answered) {
	if x.status/100 != 4 {
		return
	}
	if x.text != "" {
		s.note(Refused)
	}
	if last := x.path[len(x.path)-1]; x.status == 401 && last != "backup" && last != "restore" {
		s.note(Unauthorized)
		if x.text != "" {
			s.note(UnauthorizedText)
		}
	}
}

func (s *session) create(x *answered, h *history) {
	if x.status == 409 && h.status == "inProgress" {
		s.note(CreateConflict)
		if x.body.text("error", "code") != "Forbidden" {
			s.note(B1)
		}
	}
	if x.status != 202 || !x.body.has("request_id") {
		return
	}
	if issuer := x.sent.text("policy", "issuer", "name"); issuer == "" || strings.EqualFold(issuer, "Unknown") {
		s.note(CreateManual)
		if x.body.has("cancellation_requested") {
			s.note(B7)
		}
	} else {
		s.note(CreateIssued)
	}
	if h.last != "" {
		s.note(CreateAgain)
	}
	if x.body.text("status") == "inProgress" {
		s.note(B5)
	}
	if strings.HasSuffix(x.body.text("status_details"), ".") {
		s.note(B10)
	}
	h.creates++
	s.operation(x, h)
}

// operation notes what any answer that shows one says of it.
func (s *session) operation(x *answered, h *history) {
	s.note(OperationShown)
	switch x.body.text("status") {
	case "inProgress":
		s.note(InProgressShown)
	case "completed":
		s.note(CompletedShown)
		s.note(B4)
		if !strings.Contains(x.body.text("target"), "?") {
			s.note(B6)
		}
	case "cancelled":
		s.note(CancelledShown)
		s.note(B3)
		if asked, _ := x.body.value("cancellation_requested").(bool); asked {
			s.note(B11)
		}
	case "failed":
		if details, ok := x.body.value("status_details").(string); !ok || details != "" {
			s.note(B9)
		}
	}
	if x.header["retry-after"] != "" {
		s.note(B12)
	}
	if !x.body.has("preserveCertOrder") {
		s.note(B22)
	}
	if !x.body.has("issuer", "cert_transparency") {
		s.note(B23)
	}
	h.last, h.issuer, h.status, h.deleted = x.body.text("request_id"), x.body.text("issuer", "name"), x.body.text("status"), false
	h.known[h.last] = true
}

func (s *session) poll(x *answered, h *history) {
	switch {
	case x.status == 404 && h.deleted:
		s.note(PolledDeleted)
	case x.status == 200 && x.body == nil && h.status == "inProgress":
		s.note(PolledBare)
	case x.status == 200 && x.body == nil && h.status == "completed":
		s.note(PolledBareEnded)
	case x.status == 200 && x.body.has("request_id"):
		s.polled(x, h)
	}
}

// polled is a poll that shows an operation.
func (s *session) polled(x *answered, h *history) {
	id, status := x.body.text("request_id"), x.body.text("status")
	s.note(B24)
	if h.known[id] {
		s.note(Polled)
	}
	if x.query.Get("request_id") == id {
		s.note(B26)
	}
	if h.creates > 1 && h.last == id && !x.query.Has("request_id") {
		s.note(B29)
	}
	manual := strings.EqualFold(h.issuer, "Unknown")
	switch {
	case status == "inProgress":
		s.note(PolledRunning)
		if h.asked[id] {
			s.note(PolledAsked)
		}
		if h.asked[id] && manual {
			s.note(B13)
		}
	case status == "completed":
		s.note(PolledCompleted)
		if h.ended[id] {
			s.note(CompletedAgain)
		}
		if h.asked[id] {
			s.note(B14)
		}
	case status == "cancelled":
		s.note(PolledCancelled)
		if h.ended[id] {
			s.note(CancelledAgain)
		}
	}
	if status != "inProgress" {
		if !h.ended[id] {
			h.version = ""
		}
		h.ended[id] = true
	}
	s.operation(x, h)
}

func (s *session) cancel(x *answered, h *history) {
	asked, _ := x.sent.value("cancellation_requested").(bool)
	switch {
	case x.status == 409:
		s.note(B15)
	case x.status == 200 && asked && x.body.has("request_id"):
		s.note(Cancelled)
		s.operation(x, h)
		h.asked[h.last] = true
	case x.status/100 == 4 && x.status != 400 && x.status != 401 && asked && h.ended[h.last]:
		s.note(B2)
	}
}

func (s *session) deletion(x *answered, h *history) {
	if x.status == 409 {
		s.note(B15)
	}
	if x.status != 200 || !x.body.has("request_id") {
		return
	}
	s.note(Deleted)
	if x.body.has("status_details") {
		s.note(B8)
	}
	s.operation(x, h)
	h.last, h.issuer, h.status, h.deleted = "", "", "", true
}

func (s *session) merge(x *answered, h *history) {
	switch {
	case x.status == 400 && h.last != "":
		s.note(MergeRefused)
	case x.status == 201 && s.certificate(x):
		s.note(Merged)
		if !x.body.has("attributes", "recoverableDays") {
			s.note(B20)
		}
		h.version, h.status = x.body.text("id"), "completed"
	}
}

// certificate notes what any answer that shows one says of it, and reports whether this one does.
func (s *session) certificate(x *answered) bool {
	if x.status/100 != 2 || !x.body.has("attributes") {
		return false
	}
	if x.body.has("cer") {
		s.note(CertificateShown)
	}
	if x.body.has("pending", "id") {
		s.note(PendingShown)
	}
	if x.body.has("policy", "x509_props", "basic_constraints") {
		s.note(B19)
	}
	if !x.body.has("contentType") {
		s.note(B21)
	}
	return true
}

// read is a GET of the latest version.
func (s *session) read(x *answered, h *history) {
	switch {
	case x.status == 404:
		s.note(NotFound)
	case !s.certificate(x):
	case x.body.has("cer"):
		s.note(LatestShown)
		if h.version == x.body.text("id") {
			s.note(LatestAgain)
		}
		h.version = x.body.text("id")
	default:
		s.note(ShellRead)
		if h.status == "inProgress" {
			s.note(B16)
		}
		if h.deleted {
			s.note(B25)
		}
	}
}
