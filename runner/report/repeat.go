package report

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// repeat is the sequence of requests as shell commands, one a line. The names are new ones, because a vault may keep the
// old ones for a while, and an operation's id is taken from the answer that gave it. $KVCONFORM_TARGET and
// $KVCONFORM_TOKEN stand for what no report holds.
func (r *Report) repeat(history []*Exchange) string {
	s := &script{base: r.Target.URL, names: r.ownNames(), fresh: map[string]string{}}
	var lines []string
	for i, e := range history {
		lines = append(lines, s.curl(e, history[i+1:]))
	}
	return strings.Join(lines, "\n")
}

// ownNames matches the names that the run made; nil where it made none.
func (r *Report) ownNames() *regexp.Regexp {
	if r.Run.NamePrefix == "" {
		return nil
	}
	return regexp.MustCompile(regexp.QuoteMeta(r.Run.NamePrefix+"-"+r.Run.ID+"-") + `[0-9A-Za-z-]+`)
}

// script is a sequence of commands while it is written.
type script struct {
	base  string
	names *regexp.Regexp
	fresh map[string]string // the run's names and the operations' ids: what stands for them
	ids   int
}

// requestID finds the id of an operation in an answer.
var requestID = regexp.MustCompile(`"request_id"\s*:\s*"([^"\\]+)"`)

// curl is the command of one request. Where a later one uses the id that its answer gave, the command keeps it.
func (s *script) curl(e *Exchange, later []*Exchange) string {
	command := "curl -sS"
	if e.Request.Method != http.MethodGet {
		command += " -X " + quote(e.Request.Method)
	}
	command += " " + s.url(e.Request.URL)
	if authorization := e.authorization(); authorization != "" {
		command += ` -H "Authorization: Bearer ` + authorization + `"`
	}
	for _, name := range []string{"Accept", "Content-Type"} {
		for _, value := range e.Request.Headers[name] {
			if name != "Accept" || value != "application/json" {
				command += " -H " + quote(name+": "+value)
			}
		}
	}
	switch body := e.Request.Body; {
	case body == "":
	case e.Request.Encoding != "":
		command = "printf %s " + quote(body) + " | base64 -d | " + command + " --data-binary @-"
	case strings.HasPrefix(body, "@"): // which -d takes for a file's name
		command += " --data-raw " + quote(body)
	default:
		command += " -d " + quote(s.rename(body))
	}
	return s.keep(command, e, later)
}

// authorization is what stands for the token that the request was sent with; empty where it had none.
func (e *Exchange) authorization() string {
	if len(e.Request.Headers["Authorization"]) == 0 {
		return ""
	}
	switch e.Caller {
	case "reader":
		return "$KVCONFORM_WEAK_TOKEN"
	case "stranger":
		return "junk"
	default:
		return "$KVCONFORM_TOKEN"
	}
}

// keep puts the operation's id of the answer into a variable, where a later request needs it.
func (s *script) keep(command string, e *Exchange, later []*Exchange) string {
	if e.Response == nil {
		return command
	}
	found := requestID.FindStringSubmatch(e.Response.Body)
	if found == nil || s.fresh[found[1]] != "" {
		return command
	}
	used := slices.ContainsFunc(later, func(l *Exchange) bool { return strings.Contains(l.Request.URL, "request_id="+found[1]) })
	if !used {
		return command
	}
	s.ids++
	variable := fmt.Sprintf("ID%d", s.ids)
	s.fresh[found[1]] = "$" + variable
	return variable + "=$(" + command + ` | sed -n 's/.*"request_id" *: *"\([^"]*\)".*/\1/p')`
}

// url is the request's URL as a word of the shell, its base taken from the environment.
func (s *script) url(raw string) string {
	rest, found := strings.CutPrefix(raw, s.base)
	if !found || s.base == "" {
		rest = shortURL(raw)
	}
	rest = s.rename(rest)
	id := ""
	for old, variable := range s.fresh {
		if before, ok := strings.CutSuffix(rest, "request_id="+old); ok && strings.HasPrefix(variable, "$") {
			rest, id = before+"request_id=", variable
		}
	}
	if plain.MatchString(rest) {
		return `"$KVCONFORM_TARGET` + rest + id + `"`
	}
	return `"$KVCONFORM_TARGET"` + quote(rest) + id
}

// rename gives the run's own names new ones, the same for the same.
func (s *script) rename(text string) string {
	if s.names == nil {
		return text
	}
	return s.names.ReplaceAllStringFunc(text, func(old string) string {
		if s.fresh[old] == "" {
			s.fresh[old] = fmt.Sprintf("try-%d", len(s.fresh)-s.ids+1)
		}
		return s.fresh[old]
	})
}

// plain is text that a shell leaves as it is inside double quotes.
var plain = regexp.MustCompile(`^[0-9A-Za-z/?&=%._~:,+@-]*$`)

// Word is a text as one word of a shell, quoted where it has to be.
func Word(s string) string {
	if s != "" && harmless.MatchString(s) {
		return s
	}
	return quote(s)
}

// harmless is text that a shell takes as it is.
var harmless = regexp.MustCompile(`^[0-9A-Za-z/=%._:,+@-]*$`)

// quote makes one word of a shell of any text.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
