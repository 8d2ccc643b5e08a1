package runner

import (
	"reflect"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/oracle"
)

func TestDefaults(t *testing.T) {
	got := Options{Target: "http://127.0.0.1:1/", Token: "t"}.withDefaults()
	want := Defaults()
	want.Target, want.Token, want.Auth = "http://127.0.0.1:1", "t", authToken
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	kept := Options{Authority: oracle.Live, Parallel: 1, Timeout: time.Second, NamePrefix: "x", Auth: authNone}
	if got := kept.withDefaults(); got.Authority != oracle.Live || got.Parallel != 1 || got.Timeout != time.Second || got.NamePrefix != "x" || got.Auth != authNone {
		t.Errorf("what was given is not kept: %+v", got)
	}
}

func TestRunIDsFitIntoNames(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		id := runID()
		if !prefixForm.MatchString(id) || len(id) != 10 || seen[id] {
			t.Fatalf("%q", id)
		}
		seen[id] = true
	}
}
