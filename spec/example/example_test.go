package example_test

import (
	"testing"

	"github.com/kvconform/kvconform/spec/example"
)

func TestTmp(t *testing.T) {
	for _, x := range example.All() {
		_ = x
	}
	good, broken, ok := example.Of("conflict.create-refused")
	if !ok {
		t.Fatal()
	}
	for _, n := range example.Differing(good, broken) {
		t.Log(example.Render(&good.Exchanges[n-1]))
		t.Log(example.Render(&broken.Exchanges[n-1]))
	}
}
