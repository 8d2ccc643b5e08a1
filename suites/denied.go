package suites

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/kvconform/kvconform/spec/exchange"
)

// denied collects the requests that were refused for want of a permission, the first one of each kind. A request that is
// wrong on purpose may be refused for that, one with another token than the run's says nothing of the run's permissions, a
// purge is only tried (RULINGS R30, R37), and without an issuer of the run's own a profile is not judged, which is said there.
func denied(t *exchange.Trace) []Denied {
	var all []Denied
	seen := map[Denied]bool{}
	for _, e := range t.Exchanges {
		if e.Response == nil || e.Response.Status != http.StatusForbidden || e.Defect != "" ||
			e.Caller != exchange.Owner || e.Drive == provisioning {
			continue
		}
		code := innerCode(e.Response.Body)
		if code != "AccessDenied" && !strings.HasPrefix(code, "ForbiddenBy") {
			continue
		}
		kind := Denied{Method: e.Request.Method, Path: pathKind(t.Base, e.Request.URL), Code: code}
		if strings.HasPrefix(kind.Path, "/deletedcertificates/") || seen[kind] {
			continue
		}
		seen[kind] = true
		kind.Exchange = e.Number
		all = append(all, kind)
	}
	return all
}

// pathKind is the path of a URL under base with its names taken out, such as /certificates/{name}/create.
func pathKind(base, raw string) string {
	parsed, err := url.Parse(strings.TrimPrefix(raw, base))
	if err != nil {
		return ""
	}
	parts := strings.Split(strings.Trim(parsed.Path, "/"), "/")
	if parts[0] == "certificates" && len(parts) > 2 && parts[1] == "issuers" {
		return "/certificates/issuers/{name}"
	}
	if len(parts) > 1 {
		parts[1] = "{name}"
	}
	if len(parts) == 3 {
		switch parts[2] {
		case "create", "import", "pending", "versions", "policy":
		default:
			parts[2] = "{version}"
		}
	}
	return "/" + strings.Join(parts, "/")
}
