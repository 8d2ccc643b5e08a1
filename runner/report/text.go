package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/exchange"
	"github.com/kvconform/kvconform/spec/oracle"
)

// Text says how the summary is written.
type Text struct {
	// Color says that the terminal shows colours.
	Color bool
	// Verbose names every unreached rule.
	Verbose bool
	// Reports is the folder where the reports are; empty where none were written.
	Reports string
	// Files are the reports' names in it.
	Files []string
	// Rerun is the command that judged, without its --only, --skip and --baseline: "kvconform run --target …".
	Rerun string
}

// The colours of a terminal.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	grey   = "90"
	bold   = "1"
)

// printer writes lines. The writer's first error ends the writing and is kept.
type printer struct {
	w     io.Writer
	err   error
	text  Text
	index index
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) in(color, s string) string {
	if !p.text.Color || color == "" || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// WriteText writes the summary for a terminal: the verdict, a line for each scenario, and then what a reader has to act on. A
// run that judged nothing is the verdict alone: what to do about it stands among the record's problems.
func WriteText(w io.Writer, r *Report, text Text) error {
	p := &printer{w: w, text: text, index: r.index()}
	p.printf("%s\n", p.in(bold+";"+colorOf(r.Verdict), r.VerdictLine()))
	if r.judgedNothing() {
		p.remains(r)
		return p.err
	}
	p.about(r)
	p.scenarios(r)
	for _, rule := range r.Rules {
		if (r.deviates(rule) || rule.Verdict == oracle.Error) && (!rule.Known || text.Verbose) {
			p.failure(r, rule)
		}
	}
	p.known(r)
	p.warnings(r)
	p.unreached(r)
	p.forgiven(r)
	p.remains(r)
	if text.Reports != "" {
		p.printf("\nReports in %s: %s\n", text.Reports, strings.Join(text.Files, ", "))
	}
	return p.err
}

// judgedNothing reports that the run ended before a rule could speak.
func (r *Report) judgedNothing() bool {
	c := r.Counts
	return r.Verdict == gate.Aborted && c.Pass+c.Fail+c.Warn+c.Error == 0
}

func colorOf(v gate.Verdict) string {
	switch v {
	case gate.Conforms:
		return green
	case gate.Incomplete:
		return yellow
	default:
		return red
	}
}

// VerdictLine is the verdict with the profiles that it covers.
func (r *Report) VerdictLine() string {
	s := string(r.Verdict)
	if len(r.Profiles.Judged) > 0 {
		s += " (" + strings.Join(r.Profiles.Judged, ", ") + ")"
	}
	if not := r.notJudged(); len(not) > 0 {
		s += "; not judged: " + strings.Join(not, ", ")
	}
	return s
}

// notJudged are the profiles that the verdict does not cover, in the order of all.
func (r *Report) notJudged() []string {
	var all []string
	for _, p := range gate.Profiles {
		if slices.Contains(r.Profiles.Unclaimed, p) || slices.Contains(r.Profiles.Idle, p) {
			all = append(all, p)
		}
	}
	return all
}

// about says what was judged, by which yardstick, and how far.
func (p *printer) about(r *Report) {
	for _, line := range r.About() {
		p.printf("  %s\n", line)
	}
	for _, problem := range r.Problems {
		p.printf("  ended     %s\n", Printable("early: "+problem))
	}
}

// WriteShortText writes the verdict, and the broken rules by name.
func WriteShortText(w io.Writer, r *Report, text Text) error {
	p := &printer{w: w, text: text}
	p.printf("%s\n", p.in(bold+";"+colorOf(r.Verdict), r.VerdictLine()))
	for _, rule := range r.Rules {
		if r.deviates(rule) || rule.Verdict == oracle.Error {
			p.printf("%s %s\n", p.in(red, "✗"), rule.ID)
		}
	}
	return p.err
}

// About says in some lines what was judged, by which yardstick, and how far.
func (r *Report) About() []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, Printable(fmt.Sprintf(format, args...))) }
	switch {
	case r.Target.Embedded:
		add("target    the embedded reference vault (no --target was given), authority %s, api-version %s", r.Target.Authority, r.Target.APIVersion)
	case r.Target.URL != "":
		add("target    %s, authority %s, api-version %s", r.Target.URL, r.Target.Authority, r.Target.APIVersion)
	default:
		add("traffic   %s, authority %s", r.Traffic.size(), r.Target.Authority)
	}
	if r.Target.URL != "" {
		add("run       %s: %s in %s", r.Run.ID, count(r.Run.Requests, "request"), clock(r.Seconds()))
	} else {
		add("judged    %s in %s", count(r.Run.Requests, "exchange"), clock(r.Seconds()))
	}
	c := r.Counts
	add("rules     %d pass, %d fail, %d warn, %d unreached, %d unclaimed, %d error", c.Pass, c.Fail, c.Warn, c.Unreached, c.Unclaimed, c.Error)
	if s := r.Selection; s != nil {
		add("selected  %d of %d rules", s.Rules, s.Of)
	}
	if r.LeftOut > 0 {
		add("left out  %s that others stand for, because the target lets creates through so slowly", count(r.LeftOut, "part"))
	}
	for _, p := range r.Profiles.Unclaimed {
		if reason := r.Profiles.Reasons[p]; reason != "" {
			add("unclaimed %s: %s", p, reason)
		}
	}
	if len(r.Profiles.Missing) > 0 && r.Verdict != gate.Aborted {
		add("missing   --require asks for %s", strings.Join(r.Profiles.Missing, ", "))
	}
	if b := r.Baseline; b != nil {
		add("baseline  %s: %d known, %d new, %d stale: exit code %d", b.File, len(b.Known), len(b.New), len(b.Stale), r.Exit)
		for _, s := range b.Stale {
			add("          stale: %s: %s", s.Rule, s.Why)
		}
	}
	return lines
}

// count is a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

func (p *printer) scenarios(r *Report) {
	widest := 0
	for _, s := range r.Scenarios {
		widest = max(widest, len(s.ID))
	}
	p.printf("\n")
	for _, s := range r.Scenarios {
		line := fmt.Sprintf("  %-*s ", widest, s.ID)
		for _, c := range s.Counts.list() {
			cell := fmt.Sprintf("%4d %-9s", c.n, c.verdict)
			if c.n == 0 {
				cell = strings.Repeat(" ", len(cell))
			} else {
				cell = p.in(verdictColor(c.verdict), cell)
			}
			line += " " + cell
		}
		p.printf("%s", strings.TrimRight(line, " "))
		if s.Fault != "" {
			p.printf(" %s", p.in(red, Printable(s.Fault)))
		}
		p.printf("\n")
	}
}

// counted is a verdict and how often it came.
type counted struct {
	verdict oracle.Verdict
	n       int
}

func (c Counts) list() []counted {
	return []counted{{oracle.Pass, c.Pass}, {oracle.Fail, c.Fail}, {oracle.Warn, c.Warn}, {oracle.Unreached, c.Unreached},
		{oracle.Unclaimed, c.Unclaimed}, {oracle.Error, c.Error}}
}

func verdictColor(v oracle.Verdict) string {
	switch v {
	case oracle.Pass:
		return green
	case oracle.Fail, oracle.Error:
		return red
	case oracle.Warn:
		return yellow
	default:
		return grey
	}
}

// failure tells of a broken rule in full.
func (p *printer) failure(r *Report, rule Rule) {
	mark := "✗"
	known := ""
	if rule.Known {
		mark, known = "·", "  known to the baseline"
	}
	p.printf("\n%s %s  %s%s\n", p.in(red, mark), p.in(bold, rule.ID), rule.Level, known)
	for _, line := range r.account(p.index, rule, p.text.Rerun) {
		p.printf("  %s\n", line)
	}
}

// known names the broken rules that the baseline expects, which nobody has to act on.
func (p *printer) known(r *Report) {
	first := true
	for _, rule := range r.Rules {
		if !rule.Known || !r.deviates(rule) || p.text.Verbose {
			continue
		}
		if first {
			p.printf("\nKnown to the baseline\n")
			first = false
		}
		p.printf("%s\n", strings.TrimRight(fmt.Sprintf("  · %s  %s  %s", rule.ID, rule.Level, p.in(grey, r.because(rule.ID))), " "))
	}
}

// account tells of a broken rule, a line each: what it says, its source, what came, and how to see it again.
func (r *Report) account(x index, rule Rule, rerun string) []string {
	lines := []string{Printable(rule.Says)}
	add := func(label, s string) {
		for i, line := range strings.Split(s, "\n") {
			if i > 0 {
				label = ""
			}
			lines = append(lines, fmt.Sprintf("%-9s %s", label, unled(Printable(line))))
		}
	}
	source := rule.Source
	if len(rule.Ruling) > 0 {
		source += " (" + strings.Join(rule.Ruling, ", ") + ")"
	}
	add("Source", source)
	if rule.Verdict == oracle.Error {
		add("Error", rule.Reason)
	}
	for i, f := range rule.Findings {
		if i == 0 {
			add("Expected", expected(f, rule))
			add("Actual", actual(f))
			if rule.Breaks != "" {
				add("Breaks", rule.Breaks)
			}
			add("Exchange", x.where(f))
			if repeat := r.repeat(x.history(f)); repeat != "" {
				add("Repeat", repeat)
			}
			continue
		}
		add("Also", also(rule.Findings[1:], rule.More))
		break
	}
	if rerun != "" {
		add("Rerun", fmt.Sprintf("%s --only %s --only %s", rerun, r.scenarioOf(rule), rule.ID))
	}
	return lines
}

func expected(f Finding, rule Rule) string {
	if rule.Live == "" {
		return f.Expected
	}
	return f.Expected + "   (live service: " + rule.Live + ")"
}

func actual(f Finding) string {
	s := f.Actual
	if f.Pointer != "" {
		s += "   (at " + f.Pointer + ")"
	}
	if f.As != "" {
		s += "   (" + f.As + ")"
	}
	return s
}

// where says at which exchange a finding is, and what came before it.
func (x index) where(f Finding) string {
	history := x.history(f)
	if len(history) == 0 || history[len(history)-1].Number != f.Exchange {
		return fmt.Sprintf("%s#%d", of(f.Trace), f.Exchange)
	}
	own := history[len(history)-1]
	s := fmt.Sprintf("%s%s", of(f.Trace), own.line())
	if own.Drive != "" {
		s += ", drive " + own.Drive
	}
	if own.Defect != "" {
		s += ", wrong on purpose: " + own.Defect
	}
	for i, e := range history[:len(history)-1] {
		if i == 0 {
			s += "\nafter " + e.line()
			continue
		}
		s += "\n      " + e.line()
	}
	return s
}

// of names the file that an exchange is in.
func of(trace string) string {
	if trace == "" {
		return ""
	}
	return trace + " "
}

// line is an exchange in one line.
func (e *Exchange) line() string {
	s := fmt.Sprintf("#%d %s %s ", e.Number, e.Request.Method, shortURL(e.Request.URL))
	switch {
	case e.Response != nil:
		s += fmt.Sprint(e.Response.Status)
	default:
		s += "no answer: " + e.Failure
	}
	if e.Caller != "" {
		s += ", asked by " + e.Caller
	}
	return s
}

// Line is an exchange in one line, fit for a terminal.
func Line(e exchange.Exchange) string {
	one := exchangeOf("", e)
	return Printable(one.line())
}

// shortURL is a URL without scheme, host and the api-version that every request has.
func shortURL(raw string) string {
	_, rest, found := strings.Cut(raw, "://")
	if !found {
		return raw
	}
	if slash := strings.IndexByte(rest, '/'); slash >= 0 {
		return rest[slash:]
	}
	return "/"
}

// mostNumbers is how many more exchanges of a rule are named; the record has more.
const mostNumbers = 12

// also names the exchanges of findings, each once, in the order in which they were sent, and counts those that are not in the record.
func also(findings []Finding, unrecorded int) string {
	var places []place
	for _, f := range findings {
		places = append(places, place{f.Trace, f.Exchange})
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.trace, b.trace), cmp.Compare(a.number, b.number)) })
	places = slices.Compact(places)
	var all []string
	trace := ""
	more := max(0, len(places)-mostNumbers)
	for _, at := range places[:len(places)-more] {
		number := fmt.Sprintf("#%d", at.number)
		if at.trace != trace {
			number, trace = at.trace+" "+number, at.trace
		}
		all = append(all, number)
	}
	if more += unrecorded; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}

// warnings tells of broken SHOULDs, some lines each.
func (p *printer) warnings(r *Report) {
	for _, rule := range r.Rules {
		if rule.Verdict != oracle.Warn || r.deviates(rule) {
			continue
		}
		p.printf("\n%s %s  %s\n  %s\n", p.in(yellow, "!"), p.in(bold, rule.ID), rule.Level, Printable(rule.Says))
		first := rule.Findings[0]
		p.printf("  Expected  %s\n  Actual    %s\n", Printable(first.Expected), Printable(actual(first)))
		p.printf("  Exchange  %s\n", Printable(also(rule.Findings, rule.More)))
	}
}

// scenarioOf is the scenario whose drive showed what is broken: that of the first finding, which need not be the rule's own.
func (r *Report) scenarioOf(rule Rule) string {
	for _, f := range rule.Findings {
		for _, x := range r.Exchanges {
			if x.Number == f.Exchange && slices.ContainsFunc(r.Scenarios, func(s Scenario) bool { return s.ID == x.Drive }) {
				return x.Drive
			}
		}
	}
	return rule.Scenario
}

// remains says what the vault still holds.
func (p *printer) remains(r *Report) {
	if r.SoftDeleted > 0 {
		p.printf("\n%s deleted, but the vault does not let them be purged: it removes them once their retention is over\n",
			count(r.SoftDeleted, "certificate"))
	}
	if r.Ledger != "" {
		p.printf("\nThe vault still holds objects of this run; %s names them\n", r.Ledger)
	}
	for _, l := range r.Left {
		p.printf("  %s %s: %s\n", l.Kind, l.Name, Printable(l.Reason))
	}
}
