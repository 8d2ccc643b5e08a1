package sources

import "testing"

func TestUnknownKeysAreErrors(t *testing.T) {
	if _, err := readSentences([]byte("documents:\n  - document: '000'\n    tittle: x\n")); err == nil {
		t.Error("readSentences takes an unknown key")
	}
	if _, err := readDifferences([]byte("differences:\n  - row: B1\n    seen: 2019\n")); err == nil {
		t.Error("readDifferences takes an unknown key")
	}
}
