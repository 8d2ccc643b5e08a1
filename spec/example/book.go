package example

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

var (
	//go:embed stories.yaml
	stories []byte
	//go:embed examples.yaml
	examples []byte
)

// book is what the two files hold.
type book struct {
	// Answers are answers by name, Bodies request bodies by name.
	Answers map[string]answer    `yaml:"answers"`
	Bodies  map[string]yaml.Node `yaml:"bodies"`
	Stories []story              `yaml:"stories"`

	Examples []entry `yaml:"-"`
}

// answer is an answer that steps name. Its texts may hold placeholders.
type answer struct {
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	Body    yaml.Node         `yaml:"body"`
}

// story is a sequence of exchanges.
type story struct {
	Story string `yaml:"story"`
	Steps []step `yaml:"steps"`
}

// step is one exchange of a story.
type step struct {
	// Step is its name in the story.
	Step string `yaml:"step"`
	// Op tells the operations of one certificate apart; "1" where empty.
	Op string `yaml:"op"`
	// During says that the request was sent while the one before was on its way.
	During bool `yaml:"during"`
	change `yaml:",inline"`
}

// change is what a step is made of, and what an example changes in one.
type change struct {
	// After is how long after the step before the request was sent; a second where nothing is said.
	After time.Duration `yaml:"after"`
	// Send is the method and the path: below the certificates, or with a slash before it, from the root.
	Send string `yaml:"send"`
	// Version is the api-version where it is not the usual one, "none" for none.
	Version string `yaml:"version"`
	// Body is the request's body: the name of one in Bodies, a mapping, or any text. Ask sets members in it, by JSON pointer.
	Body yaml.Node `yaml:"body"`
	Ask  yaml.Node `yaml:"ask"`
	// Accept is the request's Accept header.
	Accept string `yaml:"accept"`
	// Defect, As (the caller) and Attempt are those of the exchange.
	Defect  string `yaml:"defect"`
	As      string `yaml:"as"`
	Attempt int    `yaml:"attempt"`
	// Answer names an answer; "lost" is none at all.
	Answer string `yaml:"answer"`
	// Status and Headers change its own; a header that is empty is left out.
	Status  int               `yaml:"status"`
	Headers map[string]string `yaml:"headers"`
	// Set and Drop change members of its body, by JSON pointer. Replace changes the text of the body, Text is another one altogether.
	Set     yaml.Node         `yaml:"set"`
	Drop    []string          `yaml:"drop"`
	Replace map[string]string `yaml:"replace"`
	Text    *string           `yaml:"text"`
	// Cut says why the body is not whole.
	Cut string `yaml:"cut"`
}

// entry is an example of a rule.
type entry struct {
	Rule string `yaml:"rule"`
	// Authority is "live" where the rule speaks so under that authority alone.
	Authority string `yaml:"authority"`
	// Recorded says that the rule speaks of recorded traffic alone.
	Recorded bool `yaml:"recorded"`
	// Story is told up to the step Until, without the steps Without, and with the steps Then at its end.
	Story   string   `yaml:"story"`
	Until   string   `yaml:"until"`
	Without []string `yaml:"without"`
	Then    []step   `yaml:"then"`
	// Good changes steps for both traces, Broken for the twin alone.
	Good   map[string]change `yaml:"good"`
	Broken map[string]change `yaml:"broken"`
	// Also are the rules that the twin cannot help breaking, with the reason.
	Also map[string]string `yaml:"also"`
}

// read reads the two files. An unknown key is an error, and so is a name that leads nowhere.
func read(stories, examples []byte) (*book, error) {
	b := &book{}
	if err := strictly(stories, b); err != nil {
		return nil, fmt.Errorf("stories.yaml: %w", err)
	}
	var file struct {
		Examples []entry `yaml:"examples"`
	}
	if err := strictly(examples, &file); err != nil {
		return nil, fmt.Errorf("examples.yaml: %w", err)
	}
	b.Examples = file.Examples
	for i := range b.Examples {
		if err := b.check(&b.Examples[i]); err != nil {
			return nil, fmt.Errorf("examples.yaml: %s: %w", b.Examples[i].Rule, err)
		}
	}
	return b, nil
}

func strictly(text []byte, to any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	return decoder.Decode(to)
}

// check tells whether the entry's names lead somewhere.
func (b *book) check(e *entry) error {
	s := b.story(e.Story)
	switch {
	case s == nil:
		return fmt.Errorf("there is no story %q", e.Story)
	case e.Authority != "" && e.Authority != "live":
		return fmt.Errorf("there is no authority %q", e.Authority)
	case len(e.Broken) == 0:
		return fmt.Errorf("nothing breaks it")
	}
	steps := map[string]bool{}
	for _, s := range slices.Concat(s.Steps, e.Then) {
		if steps[s.Step] {
			return fmt.Errorf("two steps %q", s.Step)
		}
		steps[s.Step] = true
	}
	names := slices.Concat(e.Without, slices.Collect(maps.Keys(e.Good)), slices.Collect(maps.Keys(e.Broken)))
	if e.Until != "" {
		names = append(names, e.Until)
	}
	for _, name := range names {
		if !steps[name] {
			return fmt.Errorf("there is no step %q", name)
		}
	}
	return nil
}

// story returns the story of this name, or nil.
func (b *book) story(name string) *story {
	for i := range b.Stories {
		if b.Stories[i].Story == name {
			return &b.Stories[i]
		}
	}
	return nil
}

// of returns the entries of a rule, in the order of the file.
func (b *book) of(ruleID string) []*entry {
	var all []*entry
	for i := range b.Examples {
		if b.Examples[i].Rule == ruleID {
			all = append(all, &b.Examples[i])
		}
	}
	return all
}

// example tells the two traces of an entry.
func (b *book) example(e *entry) Example {
	good := e.steps(b.story(e.Story).Steps)
	edit(good, e.Good)
	broken := slices.Clone(good)
	edit(broken, e.Broken)
	x := Example{
		Rule: e.Rule, Live: e.Authority == "live", Also: e.Also,
		Good: tell(b, e.Rule, good, ""), Broken: tell(b, e.Rule+", broken", broken, ""),
	}
	if e.Recorded {
		x.Good, x.Broken = Recorded(x.Good), Recorded(x.Broken)
	}
	return x
}

// steps returns the steps of the story that the entry tells.
func (e *entry) steps(all []step) []step {
	if i := slices.IndexFunc(all, func(s step) bool { return s.Step == e.Until }); i >= 0 {
		all = all[:i+1]
	}
	all = slices.DeleteFunc(slices.Clone(all), func(s step) bool { return slices.Contains(e.Without, s.Step) })
	return append(all, e.Then...)
}

// edit applies changes to the steps that they name.
func edit(steps []step, changes map[string]change) {
	for i := range steps {
		if c, ok := changes[steps[i].Step]; ok {
			steps[i].change = steps[i].with(&c)
		}
	}
}

// with returns the step's own with what the other one says. An answer of another name comes without the changes to the former one.
func (c change) with(o *change) change {
	if o.Answer != "" {
		c.Answer, c.Status, c.Headers, c.Set, c.Drop, c.Replace, c.Text = o.Answer, 0, nil, yaml.Node{}, nil, nil, nil
	}
	put(&c.Send, o.Send)
	put(&c.Version, o.Version)
	put(&c.Accept, o.Accept)
	put(&c.Defect, o.Defect)
	put(&c.As, o.As)
	put(&c.Cut, o.Cut)
	if o.After != 0 {
		c.After = o.After
	}
	if o.Attempt != 0 {
		c.Attempt = o.Attempt
	}
	if o.Status != 0 {
		c.Status = o.Status
	}
	if !o.Body.IsZero() {
		c.Body = o.Body
	}
	if o.Text != nil {
		c.Text = o.Text
	}
	c.Ask, c.Set = joined(c.Ask, o.Ask), joined(c.Set, o.Set)
	c.Drop = slices.Concat(c.Drop, o.Drop)
	c.Headers, c.Replace = merged(c.Headers, o.Headers), merged(c.Replace, o.Replace)
	return c
}

func put(to *string, value string) {
	if value != "" {
		*to = value
	}
}

func merged(a, b map[string]string) map[string]string {
	both := map[string]string{}
	maps.Copy(both, a)
	maps.Copy(both, b)
	return both
}

// joined returns a mapping with the pairs of both, those of b last.
func joined(a, b yaml.Node) yaml.Node {
	a, b = *resolved(&a), *resolved(&b)
	if a.IsZero() {
		return b
	}
	a.Content = slices.Concat(a.Content, b.Content)
	return a
}
