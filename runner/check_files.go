package runner

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// recordings are the files that the arguments of check name: files, folders of them, patterns, or standard input. Each comes once,
// in the order of the arguments and by name within a folder, and is listed when its turn comes: a folder may hold any number. An
// error comes with the name of what could not be listed.
func recordings(arguments []string) (iter.Seq2[string, error], error) {
	if len(arguments) == 0 {
		return nil, usage("check needs a file, a folder, or - for standard input")
	}
	var each []iter.Seq2[string, error]
	for _, argument := range arguments {
		one, err := named(argument)
		if err != nil {
			return nil, err
		}
		each = append(each, one)
	}
	if len(each) == 1 {
		return each[0], nil
	}
	return once(each), nil
}

// once chains what the arguments name, without what was there before.
func once(each []iter.Seq2[string, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		seen := map[string]bool{}
		for _, one := range each {
			for name, err := range one {
				if seen[name] {
					continue
				}
				seen[name] = true
				if !yield(name, err) {
					return
				}
			}
		}
	}
}

// named are the files that one argument names, at least one.
func named(argument string) (iter.Seq2[string, error], error) {
	if argument == standardInput {
		return these(argument), nil
	}
	info, err := os.Stat(argument)
	switch {
	case err == nil && info.IsDir():
		for _, err := range folder(argument) {
			if err != nil {
				return nil, &UsageError{err}
			}
			return folder(argument), nil
		}
		return nil, usage("%s holds no file whose name ends in .har, .json, .har.gz or .json.gz", argument)
	case err == nil:
		return these(argument), nil
	}
	matches, badPattern := filepath.Glob(argument)
	if badPattern != nil || len(matches) == 0 {
		return nil, usage("%w", err)
	}
	return these(matches...), nil
}

func these(names ...string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, name := range names {
			if !yield(name, nil) {
				return
			}
		}
	}
}

// folder are the recordings in a folder and below it, by the ends of their names.
func folder(name string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { walk(name, mostListed, yield) }
}

// mostListed is how much of a folder is held at once.
const mostListed = 4096

func walk(folder string, most int, yield func(string, error) bool) bool {
	last := ""
	for {
		entries, err := following(folder, last, most)
		if err != nil {
			return yield(folder, err)
		}
		for _, entry := range entries {
			path := filepath.Join(folder, entry.Name())
			if entry.IsDir() && !walk(path, most, yield) || !entry.IsDir() && !yield(path, nil) {
				return false
			}
		}
		if len(entries) < most {
			return true
		}
		last = entries[len(entries)-1].Name()
	}
}

// following are the first most recordings and folders in a folder whose names come after last, in the order of their names.
func following(folder, last string, most int) ([]fs.DirEntry, error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	var all []fs.DirEntry
	for {
		some, err := f.ReadDir(most)
		for _, entry := range some {
			if entry.Name() > last && (entry.IsDir() || isRecording(entry.Name())) {
				all = append(all, entry)
			}
		}
		slices.SortFunc(all, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
		if len(all) > most {
			clear(all[most:])
			all = all[:most]
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func isRecording(name string) bool {
	plain := strings.TrimSuffix(strings.ToLower(name), ".gz")
	return strings.HasSuffix(plain, ".har") || strings.HasSuffix(plain, ".json")
}
