// Package sources tells where the rules come from: what the documents say, sentence by sentence, with the rules that stand on each
// (sources.yaml), and where the live service differs from them (differences.yaml). It knows rules by their ids alone.
package sources

import (
	"bytes"
	"fmt"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/kvconform/kvconform/spec"
)

// Kind says what an entry of the table is.
type Kind string

// The kinds. Of the documents' prose: a heading that says something itself, a sentence, a note. Of their tables: a row, a property of a
// definition, a value of an enumeration. Of their samples: what is sent (request), a status, a header, a member, and the sample as a whole.
// Of what no document says: a ruling, a fact of the live service (live), and what is common sense (sense).
const (
	Heading  Kind = "heading"
	Prose    Kind = "sentence"
	Note     Kind = "note"
	Row      Kind = "row"
	Property Kind = "property"
	Value    Kind = "value"
	Request  Kind = "request"
	Status   Kind = "status"
	Header   Kind = "header"
	Member   Kind = "member"
	Sample   Kind = "sample"
	Ruling   Kind = "ruling"
	LiveFact Kind = "live"
	Sense    Kind = "sense"
)

// Sentence is one thing that a document says.
type Sentence struct {
	// Document is its number, 000 to 003, and Title its title as the catalogue cites it. What stands in no document has no number.
	Document, Title string
	// Section is the heading that it stands under, as it is printed.
	Section string
	Kind    Kind
	// Says is what it says, in our own words.
	Says string
	// Rules are the ids of the rules that stand on it; where there are none, None says why.
	Rules []string
	None  string
}

// table is sources.yaml.
type table struct {
	Documents []struct {
		Document string `yaml:"document"`
		Title    string `yaml:"title"`
		Sections []struct {
			Section string `yaml:"section"`
			Entries []struct {
				Kind  Kind     `yaml:"kind"`
				Says  string   `yaml:"says"`
				Rules []string `yaml:"rules,omitempty"`
				None  string   `yaml:"none,omitempty"`
			} `yaml:"entries"`
		} `yaml:"sections"`
	} `yaml:"documents"`
}

// sentences reads sources.yaml, once. It is part of the program: what is wrong in it is a defect of the program.
var sentences = sync.OnceValue(func() []Sentence {
	all, err := readSentences(spec.Sources)
	if err != nil {
		panic(err)
	}
	return all
})

// Sentences returns what the documents say, in their order, and after them what stands in none. The caller does not change it.
func Sentences() []Sentence { return sentences() }

// readSentences reads the table; an unknown key is an error.
func readSentences(text []byte) ([]Sentence, error) {
	var file table
	if err := decode(text, &file); err != nil {
		return nil, fmt.Errorf("sources.yaml: %w", err)
	}
	var all []Sentence
	for _, d := range file.Documents {
		for _, s := range d.Sections {
			for _, e := range s.Entries {
				all = append(all, Sentence{Document: d.Document, Title: d.Title, Section: s.Section,
					Kind: e.Kind, Says: e.Says, Rules: e.Rules, None: e.None})
			}
		}
	}
	return all, nil
}

// decode reads YAML strictly.
func decode(text []byte, to any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	return decoder.Decode(to)
}
