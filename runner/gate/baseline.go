package gate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
	"unicode/utf16"

	"go.yaml.in/yaml/v3"

	"github.com/kvconform/kvconform/spec/oracle"
)

// Expect is what an entry of a baseline expects of its rule.
type Expect string

// The expectations.
const (
	// ExpectFail: the rule is broken.
	ExpectFail Expect = "fail"
	// ExpectUnreached: the run never gets to where the rule speaks.
	ExpectUnreached Expect = "unreached"
	// ExpectMayFail: chance decides. The rule may be broken or unreached, and the entry is never stale for what happened.
	ExpectMayFail Expect = "may-fail"
)

// Baseline are the deviations of a target that are known.
type Baseline struct {
	Entries []Entry `yaml:"entries" json:"entries"`
}

// Entry is one known deviation.
type Entry struct {
	Rule string `yaml:"rule" json:"rule"`
	// Expect is what is expected; ExpectFail where empty.
	Expect Expect `yaml:"expect,omitempty" json:"expect,omitempty"`
	// Reason is for the reader.
	Reason string `yaml:"reason,omitempty" json:"reason,omitempty"`
	// Link is where the deviation is dealt with, such as an issue; empty for none.
	Link string `yaml:"link,omitempty" json:"link,omitempty"`
	// Expires is the last day on which the entry holds; zero for no end.
	Expires Date `yaml:"expires,omitempty" json:"expires,omitzero"`
}

// Stale is an entry that has to be mended, and why.
type Stale struct{ Rule, Why string }

// Date is a day, YYYY-MM-DD.
type Date struct{ Day time.Time }

// IsZero reports that there is no such day.
func (d Date) IsZero() bool { return d.Day.IsZero() }

// UnmarshalYAML implements yaml.Unmarshaler.
func (d *Date) UnmarshalYAML(node *yaml.Node) error {
	day, err := time.Parse(time.DateOnly, node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is no date of the form 2026-12-31", node.Line, node.Value)
	}
	d.Day = day
	return nil
}

// MarshalText implements encoding.TextMarshaler, which both writers use.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Date) String() string { return d.Day.Format(time.DateOnly) }

// passed reports that the day is over.
func (d Date) passed(now time.Time) bool { return !d.IsZero() && !now.Before(d.Day.AddDate(0, 0, 1)) }

// ReadBaseline reads a baseline, YAML or JSON. A key that it does not know is an error.
func ReadBaseline(file string) (*Baseline, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("baseline: %w", err)
	}
	b := &Baseline{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(b); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("baseline %s: %w", file, err)
	}
	seen := map[string]bool{}
	for i := range b.Entries {
		e := &b.Entries[i]
		switch e.Expect {
		case "":
			e.Expect = ExpectFail
		case ExpectFail, ExpectUnreached, ExpectMayFail:
		default:
			return nil, fmt.Errorf("baseline %s: %s expects %q; fail, unreached and may-fail are known", file, e.Rule, e.Expect)
		}
		if e.Rule == "" {
			return nil, fmt.Errorf("baseline %s: entry %d names no rule", file, i+1)
		}
		if e.Link != "" && !webLink(e.Link) {
			return nil, fmt.Errorf("baseline %s: the link of %s is %q; it begins with https:// or http://", file, e.Rule, e.Link)
		}
		if seen[e.Rule] {
			return nil, fmt.Errorf("baseline %s: two entries for %s", file, e.Rule)
		}
		seen[e.Rule] = true
	}
	return b, nil
}

// webLink reports whether a text is a link that a page may show as one.
func webLink(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// of returns the entry of a rule, or nil.
func (b *Baseline) of(rule string) *Entry {
	if b == nil {
		return nil
	}
	for i := range b.Entries {
		if b.Entries[i].Rule == rule {
			return &b.Entries[i]
		}
	}
	return nil
}

// covers reports whether the baseline expects an outcome that is broken or unreached. An entry that has expired still does:
// that it has expired is a matter of its own.
func (b *Baseline) covers(o oracle.Outcome) bool {
	e := b.of(o.Rule.ID)
	return e != nil && (e.Expect == ExpectMayFail || e.Expect == expectation(o.Verdict))
}

// expectation is what an entry has to expect for a verdict to be no news; empty for a verdict that needs none.
func expectation(v oracle.Verdict) Expect {
	switch v {
	case oracle.Fail, oracle.Warn:
		return ExpectFail
	case oracle.Unreached:
		return ExpectUnreached
	default:
		return ""
	}
}

// stale lists the entries that did not happen, that name no rule, or that have expired. What this run did not judge, because
// it was not selected or its profile was not claimed, it cannot tell of.
func (b *Baseline) stale(outcomes []oracle.Outcome, now time.Time) []Stale {
	if b == nil {
		return nil
	}
	verdicts := map[string]oracle.Verdict{}
	for _, o := range outcomes {
		verdicts[o.Rule.ID] = o.Verdict
	}
	var all []Stale
	for _, e := range b.Entries {
		verdict, judged := verdicts[e.Rule]
		switch {
		case oracle.ByID(e.Rule) == nil:
			all = append(all, Stale{e.Rule, "there is no such rule"})
		case e.Expires.passed(now):
			all = append(all, Stale{e.Rule, "it expired on " + e.Expires.String()})
		case !judged, verdict == oracle.Unclaimed, verdict == oracle.Error, e.Expect == ExpectMayFail, e.Expect == expectation(verdict):
		default:
			all = append(all, Stale{e.Rule, fmt.Sprintf("it expects %s, and the verdict is %s", e.Expect, verdict)})
		}
	}
	return all
}

// Note makes the baseline of a run: an entry for each outcome that keeps the gate from opening. The reasons, links and days of the
// entries before are kept, and those of rules that the run did not judge.
func Note(outcomes []oracle.Outcome, strict bool, before *Baseline) *Baseline {
	b := &Baseline{}
	judged := map[string]bool{}
	for _, o := range outcomes {
		judged[o.Rule.ID] = o.Verdict != oracle.Unclaimed
		unreached := o.Verdict == oracle.Unreached && o.Level == oracle.Must && !o.Rule.Chance
		if !broken(o, strict) && !unreached {
			continue
		}
		e := Entry{Rule: o.Rule.ID, Expect: expectation(o.Verdict), Reason: "noted by kvconform run --write-baseline"}
		if o.Rule.Chance {
			e.Expect = ExpectMayFail
		}
		if old := before.of(o.Rule.ID); old != nil {
			e.Reason, e.Link, e.Expires = old.Reason, old.Link, old.Expires
			if old.Expect == ExpectMayFail {
				e.Expect = ExpectMayFail
			}
		}
		b.Entries = append(b.Entries, e)
	}
	if before == nil {
		return b
	}
	for _, old := range before.Entries {
		kept := slices.ContainsFunc(b.Entries, func(e Entry) bool { return e.Rule == old.Rule })
		if !kept && oracle.ByID(old.Rule) != nil && (!judged[old.Rule] || old.Expect == ExpectMayFail) {
			b.Entries = append(b.Entries, old)
		}
	}
	return b
}

// writePlain writes JSON without the characters that JSON takes as they are, and YAML, by which it is read again, does not.
func writePlain(w *bytes.Buffer, encoded string) {
	for _, r := range encoded {
		switch {
		case r < 0x7f:
			w.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(w, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(w, `\u%04x`, r)
		}
	}
}

// Write writes the baseline: JSON where the file's name ends so, else YAML.
func (b *Baseline) Write(file string) error {
	var text bytes.Buffer
	if filepath.Ext(file) == ".json" {
		encoded, err := json.MarshalIndent(b, "", "  ")
		if err != nil {
			return fmt.Errorf("baseline: %w", err)
		}
		writePlain(&text, string(encoded)+"\n")
	} else {
		text.WriteString("# Known deviations: kvconform run --baseline fails on others only.\n")
		encoder := yaml.NewEncoder(&text)
		encoder.SetIndent(2)
		if err := encoder.Encode(b); err != nil {
			return fmt.Errorf("baseline: %w", err)
		}
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		return fmt.Errorf("baseline: %w", err)
	}
	return nil
}
