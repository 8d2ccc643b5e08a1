package wire

import (
	"net/http"
	"net/url"
	"strings"
)

// collections are the first path segments of a vault's interface. They tell a vault's traffic from other traffic in a
// recording, whose base nobody knows.
var collections = map[string]bool{
	"certificates": true, "deletedcertificates": true,
	"keys": true, "deletedkeys": true,
	"secrets": true, "deletedsecrets": true,
}

// Route tells what a request asks for. It forgives what clients do and the contract leaves open: a trailing slash,
// percent-encoding (also of the query's names), the case of the host, a slash too many at the beginning. The base may be
// empty, where it is unknown: the path then begins right after the host.
func Route(base, method, rawURL string) Call {
	u, err := url.Parse(rawURL)
	if err != nil {
		return Call{Foreign: true}
	}
	path, below := pathBelow(base, u)
	if !below {
		return Call{Foreign: true}
	}
	var buffer [6]string
	segments, ok := segmentsOf(path, buffer[:0])
	if !ok {
		return Call{Foreign: base == ""}
	}
	var call Call
	if len(segments) == 0 || !collections[segments[0]] {
		call.Foreign = base == ""
	}
	readQuery(&call, u.RawQuery)
	if len(segments) == 0 {
		return call
	}
	switch segments[0] {
	case "certificates":
		routeCertificates(&call, method, segments[1:])
	case "deletedcertificates":
		routeDeleted(&call, method, segments[1:])
	}
	return call
}

// pathBelow returns the escaped path below the base, and whether the URL is below it at all.
func pathBelow(base string, u *url.URL) (string, bool) {
	path := u.EscapedPath()
	if base == "" {
		return path, true
	}
	b, err := url.Parse(base)
	if err != nil || !strings.EqualFold(authority(b), authority(u)) {
		return "", false
	}
	prefix := strings.TrimRight(b.EscapedPath(), "/")
	rest, below := strings.CutPrefix(path, prefix)
	if !below || rest != "" && rest[0] != '/' {
		return "", false
	}
	return rest, true
}

// authority is the URL's host and port, without a port that its scheme implies.
func authority(u *url.URL) string {
	host := u.Host
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return host
}

// segmentsOf appends the decoded segments of an escaped path. Slashes at the beginning and one at the end make no
// segment; an empty one in the middle stays, because it stands for an empty name.
func segmentsOf(path string, segments []string) ([]string, bool) {
	path = strings.TrimLeft(path, "/")
	path = strings.TrimSuffix(path, "/")
	if path == "" {
		return segments, true
	}
	for more := true; more; {
		var segment string
		segment, path, more = strings.Cut(path, "/")
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return nil, false
		}
		segments = append(segments, decoded)
	}
	return segments, true
}

// readQuery reads the two parameters that mean something. The first of several counts.
func readQuery(call *Call, query string) {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			continue
		}
		if name != "api-version" && name != "request_id" {
			continue
		}
		if value, err = url.QueryUnescape(value); err != nil {
			continue
		}
		switch {
		case name == "api-version" && !call.HasAPIVersion:
			call.APIVersion, call.HasAPIVersion = value, true
		case name == "request_id" && !call.Filtered:
			call.RequestID, call.Filtered = value, true
		}
	}
}

func routeCertificates(call *Call, method string, rest []string) {
	if len(rest) == 0 {
		call.Op = byMethod(method, methods{http.MethodGet: List})
		return
	}
	switch rest[0] {
	case "issuers":
		routeIssuers(call, method, rest[1:])
		return
	case "contacts", "":
		return
	}
	call.Name = rest[0]
	switch {
	case len(rest) == 1:
		call.Op = byMethod(method, onCertificate)
	case len(rest) == 2:
		routeMember(call, method, rest[1])
	case len(rest) == 3 && rest[1] == "pending" && rest[2] == "merge":
		call.Op = byMethod(method, methods{http.MethodPost: Merge})
	}
}

// routeMember routes what stands behind a certificate's name: a word of the interface, or a version. A word with a method
// that it does not have is no version.
func routeMember(call *Call, method, word string) {
	if ops, ok := onMember[word]; ok {
		call.Op = byMethod(method, ops)
		return
	}
	if call.Op = byMethod(method, onVersion); call.Op != Other {
		call.Version = word
	}
}

func routeDeleted(call *Call, method string, rest []string) {
	switch {
	case len(rest) == 0:
		call.Op = byMethod(method, methods{http.MethodGet: ListDeleted})
	case rest[0] == "":
	case len(rest) == 1:
		call.Name = rest[0]
		call.Op = byMethod(method, methods{http.MethodGet: GetDeleted, http.MethodDelete: Purge})
	case len(rest) == 2 && rest[1] == "recover":
		call.Name = rest[0]
		call.Op = byMethod(method, methods{http.MethodPost: Recover})
	}
}

func routeIssuers(call *Call, method string, rest []string) {
	switch {
	case len(rest) == 0:
		call.Op = byMethod(method, methods{http.MethodGet: Issuers})
	case len(rest) == 1 && rest[0] != "":
		call.Name = rest[0]
		call.Op = byMethod(method, onIssuer)
	}
}

// methods says which operation each method of a path is.
type methods map[string]Op

var (
	onCertificate = methods{http.MethodGet: Get, http.MethodPatch: Update, http.MethodDelete: Delete}
	onVersion     = methods{http.MethodGet: GetVersion, http.MethodPatch: Update}
	onIssuer      = methods{
		http.MethodGet: GetIssuer, http.MethodPut: SetIssuer,
		http.MethodPatch: UpdateIssuer, http.MethodDelete: DeleteIssuer,
	}
	onMember = map[string]methods{
		"backup":   {},
		"create":   {http.MethodPost: Create},
		"import":   {http.MethodPost: Import},
		"versions": {http.MethodGet: Versions},
		"policy":   {http.MethodGet: GetPolicy, http.MethodPatch: UpdatePolicy},
		"pending":  {http.MethodGet: GetPending, http.MethodPatch: UpdatePending, http.MethodDelete: DeletePending},
	}
)

// byMethod returns the operation of a method in any case, Other where the path does not have it.
func byMethod(method string, ops methods) Op {
	if op, ok := ops[method]; ok {
		return op
	}
	return ops[strings.ToUpper(method)]
}
