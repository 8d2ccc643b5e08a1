package main

import (
	"encoding/json"
	"testing"
)

func TestRulesInEveryFormat(t *testing.T) {
	for _, flags := range [][]string{{}, {"--authority", "live"}, {"--authority", "both"}, {"--sources"}} {
		kvconform(t, append([]string{"rules", "--format", "markdown"}, flags...)...).expect(t, 0, "# ", "|---|", "conflict.code")
		if got := kvconform(t, append([]string{"rules", "--format", "json"}, flags...)...); got.code != 0 || !json.Valid([]byte(got.out)) {
			t.Errorf("%q: exit %d, no JSON: %.100s", flags, got.code, got.out)
		}
	}
	kvconform(t, "rules", "--authority", "both").expect(t, 0, "B1\n", "B30\n", "Evidence", "Rules that differ", "cancel.ended-code  live MUST alone")
	kvconform(t, "rules", "--authority", "both", "--coverage", "report.json").expect(t, 2, "--coverage")
	kvconform(t, "rules", "--format", "yaml").expect(t, 2, "--format")
}
