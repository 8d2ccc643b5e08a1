package example

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// changed returns a copy of a body with members set and dropped. Both are named by JSON pointers; set makes what objects are missing on the way,
// and adds to an array at "-".
func changed(body, set *yaml.Node, drop []string) (*yaml.Node, error) {
	set = resolved(set)
	if set.IsZero() && len(drop) == 0 {
		return body, nil
	}
	body = clone(body)
	for i := 0; i+1 < len(set.Content); i += 2 {
		if err := assign(body, set.Content[i].Value, set.Content[i+1]); err != nil {
			return nil, err
		}
	}
	for _, pointer := range drop {
		parent, last := parentOf(body, pointer, false)
		i := -1
		if parent != nil {
			i = indexOf(parent, last)
		}
		if i < 0 {
			return nil, fmt.Errorf("there is no %s to drop", pointer)
		}
		from := i
		if parent.Kind == yaml.MappingNode {
			from--
		}
		parent.Content = slices.Delete(parent.Content, from, i+1)
	}
	return body, nil
}

// resolved returns the node that an alias stands for, any other as it is.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// clone copies a node. An alias becomes a copy of what it stands for.
func clone(n *yaml.Node) *yaml.Node {
	n = resolved(n)
	c := *n
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		c.Content[i] = clone(child)
	}
	return &c
}

func assign(body *yaml.Node, pointer string, value *yaml.Node) error {
	if pointer == "" {
		*body = *clone(value)
		return nil
	}
	parent, last := parentOf(body, pointer, true)
	if parent == nil {
		return fmt.Errorf("there is no way to %s", pointer)
	}
	if i := indexOf(parent, last); i >= 0 {
		parent.Content[i] = clone(value)
		return nil
	}
	if parent.Kind == yaml.SequenceNode && last == "-" {
		parent.Content = append(parent.Content, clone(value))
		return nil
	}
	if parent.Kind != yaml.MappingNode {
		return fmt.Errorf("there is no %s", pointer)
	}
	parent.Content = append(parent.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: last}, clone(value))
	return nil
}

// parentOf walks to what holds the pointer's last token; nil where it cannot be reached.
func parentOf(n *yaml.Node, pointer string, create bool) (parent *yaml.Node, last string) {
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for _, token := range tokens[:len(tokens)-1] {
		i := indexOf(n, token)
		if i < 0 {
			if !create || n.Kind != yaml.MappingNode {
				return nil, ""
			}
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: token}, &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"})
			i = len(n.Content) - 1
		}
		n = n.Content[i]
	}
	return n, tokens[len(tokens)-1]
}

// indexOf finds a member's value, or an element, in Content; -1 where there is none.
func indexOf(n *yaml.Node, token string) int {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == token {
				return i + 1
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.Content) {
			return i
		}
	}
	return -1
}

// json writes a node as JSON, in the order of the file and with its placeholders filled. Numbers stay as they are written.
func (f *filler) json(n *yaml.Node) []byte {
	return f.append(make([]byte, 0, 2048), n)
}

func (f *filler) append(b []byte, n *yaml.Node) []byte {
	switch n.Kind {
	case yaml.AliasNode:
		return f.append(b, n.Alias)
	case yaml.MappingNode:
		b = append(b, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				b = append(b, ',')
			}
			b = quoted(b, n.Content[i].Value)
			b = append(b, ':')
			b = f.append(b, n.Content[i+1])
		}
		return append(b, '}')
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, child := range n.Content {
			if i > 0 {
				b = append(b, ',')
			}
			b = f.append(b, child)
		}
		return append(b, ']')
	}
	switch n.ShortTag() {
	case "!!null":
		return append(b, "null"...)
	case "!!bool", "!!int", "!!float":
		return append(b, n.Value...)
	}
	return quoted(b, f.fill(n.Value))
}

// quoted appends a JSON string. The texts of the files are UTF-8, and nothing else can fail.
func quoted(b []byte, s string) []byte {
	b, err := jsontext.AppendQuote(b, s)
	if err != nil {
		panic(err)
	}
	return b
}
