package listing

import "strings"

func (p *printer) table(columns []string, rows [][]string) {
	p.printf("| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range rows {
		p.printf("| %s |\n", strings.Join(row, " | "))
	}
}

// plain escapes a text so that Markdown shows it as it is, in a cell of a table too.
func plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>|~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// anchored is a rule's id, to which a link may lead.
func anchored(rule string) string { return `<a id="` + rule + `"></a>` + code(rule) }

// code is an id as code: ids hold no backtick.
func code(s string) string { return "`" + s + "`" }
