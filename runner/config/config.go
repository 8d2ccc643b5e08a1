// Package config turns the command line, the environment and a configuration file into options. A flag weighs more than the
// environment, that more than the file, and that more than the default.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// Prefix begins the name of every environment variable: KVCONFORM_POLL_MAX is --poll-max.
const Prefix = "KVCONFORM"

// File is the flag --config.
type File string

// BeforeResolve reads the file, before kong asks where the values come from.
func (f File) BeforeResolve(k *kong.Kong, ctx *kong.Context, trace *kong.Path) error {
	file := string(ctx.FlagValue(trace.Flag).(File))
	values, err := read(file)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	ctx.AddResolver(&resolver{file: file, values: values})
	return nil
}

// read reads a file: one mapping, whose keys are flags.
func read(file string) (map[string]any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&values); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return values, nil
}

// resolver gives the flags the values of a file.
type resolver struct {
	file   string
	values map[string]any
}

// Validate refuses a key that is the flag of no command, and one without a value.
func (r *resolver) Validate(app *kong.Application) error {
	known := map[string]bool{}
	note(app.Node, known)
	var unknown []string
	for key, value := range r.values {
		if !known[key] {
			unknown = append(unknown, key)
		} else if value == nil {
			return fmt.Errorf("--config: %s: %s has no value", r.file, key)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("--config: %s: unknown key %q; the keys are the flags' names", r.file, unknown[0])
	}
	return nil
}

// note collects the flags that a file may set.
func note(node *kong.Node, known map[string]bool) {
	for _, flag := range node.Flags {
		if _, isFile := flag.Target.Interface().(File); !isFile && flag.Name != "help" && flag.Name != "version" {
			known[flag.Name] = true
		}
	}
	for _, child := range node.Children {
		note(child, known)
	}
}

// Resolve gives a flag its value of the file, unless the environment has one: kong would let the file win.
func (r *resolver) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil
		}
	}
	return r.values[flag.Name], nil
}

// Options are what every parser of kvconform's flags is made with.
func Options() []kong.Option {
	// The variables are named in the help once, not behind each flag.
	return []kong.Option{kong.DefaultEnvars(Prefix), kong.ValueFormatter(func(value *kong.Value) string { return value.Help })}
}
