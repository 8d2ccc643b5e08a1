package oracle

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/kvconform/kvconform/spec"
)

// Rule is an entry of the catalogue, rules.yaml: what a rule means. What it does stands in the function of the same id.
type Rule struct {
	// ID is <scenario>.<slug>. It never changes meaning.
	ID string `yaml:"id"`
	// Scenario is the part of ID before the dot.
	Scenario string `yaml:"-"`
	// Says is the requirement, one sentence.
	Says string `yaml:"says"`
	// Source is document and section; Ruling the rulings that decide how it is read.
	Source string   `yaml:"source"`
	Ruling []string `yaml:"ruling,omitempty"`
	// Level is the level under the documents, LiveLevel under the live service where it differs.
	Level     Level `yaml:"level"`
	LiveLevel Level `yaml:"live-level,omitempty"`
	// Live is what the live service was seen to do, with when, where that is known and worth telling.
	Live string `yaml:"live,omitempty"`
	// Profile is what the target has to be claimed to have: core where empty.
	Profile string `yaml:"profile,omitempty"`
	// SecondToken says that it speaks of the weaker token, which has to be given as well.
	SecondToken bool `yaml:"second-token,omitempty"`
	// Since is the api-version that the rule speaks from, where it is not the oldest (RULINGS R41).
	Since string `yaml:"since,omitempty"`
	// Only is the one authority under which the rule speaks; empty where it speaks under both.
	Only Authority `yaml:"only,omitempty"`
	// Recorded says that it speaks of recorded traffic alone.
	Recorded bool `yaml:"recorded,omitempty"`
	// When says what it takes for the rule to speak; a reader of "unreached" sees it.
	When string `yaml:"when"`
	// Needs are the rules without whose success this one is hardly ever reached, nearest first.
	Needs []string `yaml:"needs,omitempty"`
	// Chance says that the contract leaves it to chance whether the rule is reached, or to a vault that need not have what it speaks of.
	Chance bool `yaml:"chance,omitempty"`
	// Breaks says which real client breaks on it, and how, where that was measured.
	Breaks string `yaml:"breaks,omitempty"`
}

// LevelUnder is the rule's level under an authority.
func (r *Rule) LevelUnder(a Authority) Level {
	if a == Live && r.LiveLevel != "" {
		return r.LiveLevel
	}
	return r.Level
}

// catalogue reads rules.yaml, once. It is part of the program: what is wrong in it is a defect of the program.
var catalogue = sync.OnceValue(func() []*Rule {
	rules, err := readCatalogue(spec.Rules)
	if err != nil {
		panic(err)
	}
	return rules
})

var byID = sync.OnceValue(func() map[string]*Rule {
	all := map[string]*Rule{}
	for _, r := range catalogue() {
		all[r.ID] = r
	}
	return all
})

// readCatalogue reads a catalogue; an unknown key is an error.
func readCatalogue(text []byte) ([]*Rule, error) {
	var file struct {
		Rules []*Rule `yaml:"rules"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("rules.yaml: %w", err)
	}
	for _, r := range file.Rules {
		r.Scenario, _, _ = strings.Cut(r.ID, ".")
	}
	return file.Rules, nil
}

// Rules returns the catalogue in its order. The caller does not change it.
func Rules() []*Rule { return catalogue() }

// ByID returns a rule of the catalogue, or nil.
func ByID(id string) *Rule { return byID()[id] }
