// Package listing shows what the project knows: the catalogue of rules, what the documents say with the rules that stand on it, and
// where the live service differs from them. Each has a form for the terminal, one for pages (Markdown), and one for programs (JSON).
package listing

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/kvconform/kvconform/runner/gate"
	"github.com/kvconform/kvconform/spec/oracle"
	"github.com/kvconform/kvconform/spec/sources"
)

// Format is the form of a listing.
type Format string

// The formats.
const (
	Text     Format = "text"
	Markdown Format = "markdown"
	JSON     Format = "json"
)

// Listing is something to be shown.
type Listing interface {
	text(p *printer)
	markdown(p *printer)
}

// Write writes a listing. The error is the writer's.
func Write(w io.Writer, l Listing, f Format) error {
	p := &printer{w: w}
	switch f {
	case JSON:
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(l)
	case Markdown:
		l.markdown(p)
	default:
		l.text(p)
	}
	return p.err
}

// printer writes lines. The writer's first error ends the writing and is kept.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// Rule is a rule of the catalogue.
type Rule struct {
	ID       string `json:"id"`
	Scenario string `json:"scenario"`
	Says     string `json:"says"`
	Levels   Levels `json:"levels"`
	Profile  string `json:"profile"`
	// Chance says that the contract does not promise that the rule is reached.
	Chance  bool     `json:"chance,omitempty"`
	Source  string   `json:"source"`
	Rulings []string `json:"rulings,omitempty"`
	Live    string   `json:"live,omitempty"`
	Breaks  string   `json:"breaks,omitempty"`
	// Row is the difference that makes the rule ask for something else under each authority.
	Row string `json:"row,omitempty"`
	// Coverage is what a run made of it, where one was given.
	Coverage *Coverage `json:"coverage,omitempty"`
}

// Levels are a rule's levels under the authorities; empty under one where it does not speak.
type Levels struct {
	Documented oracle.Level `json:"documented,omitempty"`
	Live       oracle.Level `json:"live,omitempty"`
}

// Coverage is what a run made of a rule.
type Coverage struct {
	// Verdict is empty where the rule was not selected.
	Verdict   oracle.Verdict `json:"verdict,omitempty"`
	Exercised int            `json:"exercised"`
}

// Under is the level under an authority; empty where the rule does not speak.
func (l Levels) Under(a oracle.Authority) oracle.Level {
	if a == oracle.Live {
		return l.Live
	}
	return l.Documented
}

func ruleOf(r *oracle.Rule) Rule {
	one := Rule{ID: r.ID, Scenario: r.Scenario, Says: r.Says, Profile: gate.ProfileOf(r), Chance: r.Chance, Source: r.Source,
		Rulings: r.Ruling, Live: r.Live, Breaks: r.Breaks}
	if r.Only != oracle.Live {
		one.Levels.Documented = r.LevelUnder(oracle.Documented)
	}
	if r.Only != oracle.Documented {
		one.Levels.Live = r.LevelUnder(oracle.Live)
	}
	if d, moves := sources.Moved(r.ID); moves {
		one.Row = d.Row
	}
	return one
}

// differs reports a rule that has another level under each authority, or asks for something else.
func (r Rule) differs() bool { return r.Row != "" || r.Levels.Documented != r.Levels.Live }

// level says which levels a rule has.
func (r Rule) level(under oracle.Authority) string {
	if own := r.Levels.Under(under); own != "" {
		return string(own)
	}
	return r.levels()
}

func (r Rule) levels() string {
	switch l := r.Levels; {
	case l.Documented == "":
		return "live " + string(l.Live) + " alone"
	case l.Live == "":
		return "documented " + string(l.Documented) + " alone"
	case l.Documented != l.Live:
		return fmt.Sprintf("documented %s, live %s", l.Documented, l.Live)
	case r.Row != "":
		return string(l.Documented) + " of something else under each"
	default:
		return string(l.Documented)
	}
}
