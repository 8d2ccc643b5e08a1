package gate

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzBaseline: a baseline that is read can be written, and is then read as the same.
func FuzzBaseline(f *testing.F) {
	for _, seed := range []string{
		"entries:\n- rule: conflict.create-refused\n  expect: fail\n  reason: bug 17\n  link: https://bugs.example/17\n  expires: 2027-01-31\n",
		`{"entries":[{"rule":"a.b","expect":"may-fail","reason":"\u001b[31m"}]}`, "entries: &a [*a]", "", "entries:\n- rule: \"\\x85\"\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		folder := t.TempDir()
		file := filepath.Join(folder, "a.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		first, err := ReadBaseline(file)
		if err != nil {
			return
		}
		for _, name := range []string{"b.yaml", "b.json"} {
			file = filepath.Join(folder, name)
			if err := first.Write(file); err != nil {
				t.Fatal(err)
			}
			second, err := ReadBaseline(file)
			if err != nil || len(first.Entries) != len(second.Entries) || len(first.Entries) > 0 && !reflect.DeepEqual(first, second) {
				t.Fatalf("%s: read %+v, then %+v, %v", name, first, second, err)
			}
		}
	})
}
