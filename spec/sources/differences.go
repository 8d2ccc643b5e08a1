package sources

import (
	"fmt"
	"slices"
	"sync"

	"github.com/kvconform/kvconform/spec"
)

// Difference is one place in which the live service differs from the documents.
type Difference struct {
	// Row is its number in the table of evidence, B1 to B30.
	Row string `yaml:"row"`
	// Documents are where the documents say it.
	Documents []Place `yaml:"documents"`
	// Documented is what they say, Live what the service was seen to do.
	Documented string `yaml:"documented"`
	Live       string `yaml:"live"`
	// Evidence is what that was seen in.
	Evidence string `yaml:"evidence"`
	// First and Last are the years between which it was seen; 0 where the recordings are not dated.
	First int `yaml:"first,omitempty"`
	Last  int `yaml:"last,omitempty"`
	// Rules are what the rules that are touched ask for; where there are none, None says why.
	Rules []Expectation `yaml:"rules,omitempty"`
	None  string        `yaml:"none,omitempty"`
}

// Place is a section of a document.
type Place struct {
	Document string `yaml:"document"`
	Section  string `yaml:"section"`
}

// Expectation is what a rule asks for under the authority of the documents and of the live service, or under both of them.
type Expectation struct {
	Rule       string `yaml:"rule"`
	Documented string `yaml:"documented,omitempty"`
	Live       string `yaml:"live,omitempty"`
	Both       string `yaml:"both,omitempty"`
}

// Moves reports that the rule asks for something else under each authority.
func (e Expectation) Moves() bool { return e.Both == "" }

// Seen says when the live service was seen to do so: years, such as "2019" or "2021 to 2023". It is empty where nothing is dated.
func (d Difference) Seen() string {
	switch {
	case d.First == 0:
		return ""
	case d.First == d.Last:
		return fmt.Sprint(d.First)
	}
	return fmt.Sprintf("%d to %d", d.First, d.Last)
}

// differences reads differences.yaml, once, as sentences does with its file.
var differences = sync.OnceValue(func() []Difference {
	all, err := readDifferences(spec.Differences)
	if err != nil {
		panic(err)
	}
	return all
})

// Differences returns the differences in the order of their rows. The caller does not change them.
func Differences() []Difference { return differences() }

// Moved returns the difference that makes the rule ask for something else under each authority. An answer that breaks the rule under
// the documents and keeps it under the live service is "as the live service", with this evidence. It reports false where the rule does
// not move.
func Moved(ruleID string) (Difference, bool) {
	i := slices.IndexFunc(differences(), func(d Difference) bool {
		return slices.ContainsFunc(d.Rules, func(e Expectation) bool { return e.Rule == ruleID && e.Moves() })
	})
	if i < 0 {
		return Difference{}, false
	}
	return differences()[i], true
}

// readDifferences reads the table; an unknown key is an error.
func readDifferences(text []byte) ([]Difference, error) {
	var file struct {
		Differences []Difference `yaml:"differences"`
	}
	if err := decode(text, &file); err != nil {
		return nil, fmt.Errorf("differences.yaml: %w", err)
	}
	return file.Differences, nil
}
