package count_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/spec/oracle/internal/count"
)

// TestSession: situations that depend on what came before, told one exchange a line.
func TestSession(t *testing.T) {
	const (
		operation = `{\"request_id\":\"1\",\"status\":\"%s\",\"issuer\":{\"name\":\"Self\"},\"target\":\"https://v/certificates/a\"}`
		issuer    = `{\"policy\":{\"issuer\":{\"name\":\"%s\"}}}`
		shell     = `{\"id\":\"https://v/certificates/a/9\",\"attributes\":{}}`
		whole     = `{\"id\":\"https://v/certificates/a/9\",\"attributes\":{},\"cer\":\"MIIB\"}`
		refusal   = `{\"error\":{\"code\":\"Conflict\"}}`
	)
	status := func(s string) string { return fmt.Sprintf(operation, s) }
	entries := []string{
		exchange("GET", "pending", "", 200, status("inProgress")), // of which nobody knows anything
		exchange("POST", "create", fmt.Sprintf(issuer, "Self"), 409, refusal),
		exchange("GET", "", "", 200, shell),
		exchange("GET", "pending", "", 200, "MIIC"),
		exchange("GET", "pending", "", 200, status("completed")),
		exchange("GET", "pending", "", 200, status("completed")),
		exchange("POST", "create", fmt.Sprintf(issuer, "Self"), 409, refusal), // and nothing is in progress
		exchange("GET", "", "", 200, whole),
		exchange("GET", "", "", 200, whole),
		exchange("POST", "create", fmt.Sprintf(issuer, "unknown"), 202, strings.ReplaceAll(status("inProgress"), `\"1\"`, `\"2\"`)),
		exchange("PATCH", "pending", `{\"cancellation_requested\":true}`, 403, refusal), // of which no end was seen
		exchange("DELETE", "pending", "", 401, ""),
		exchange("DELETE", "pending", "", 200, strings.ReplaceAll(status("inProgress"), `\"1\"`, `\"2\"`)),
		exchange("GET", "pending", "", 404, refusal),
		exchange("POST", "create", fmt.Sprintf(issuer, "Self"), 202, strings.ReplaceAll(status("inProgress"), `\"1\"`, `\"3\"`)),
	}
	var c count.Counter
	if err := c.Session("s", strings.NewReader(`{"log":{"entries":[`+strings.Join(entries, ",")+`]}}`)); err != nil {
		t.Fatal(err)
	}
	for situation, want := range map[count.Situation][]int{
		count.OperationShown: {1, 5, 6, 10, 13, 15}, count.CreateManual: {10}, count.CreateIssued: {15}, count.CreateAgain: {10},
		count.Polled: {5, 6}, count.PolledRunning: {1}, count.PolledBare: {4}, count.PolledCompleted: {5, 6}, count.CompletedAgain: {6},
		count.CreateConflict: {2}, count.B1: {2}, count.B2: nil, count.B6: {5, 6}, count.Deleted: {13}, count.PolledDeleted: {14},
		count.ShellRead: {3}, count.B16: {3}, count.LatestShown: {8, 9}, count.LatestAgain: {9},
		count.Unauthorized: {12}, count.UnauthorizedText: nil, count.Refused: {2, 7, 11, 14},
	} {
		var got []int
		for _, place := range c.Places(situation) {
			got = append(got, place.Exchange)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || c.Of(situation) != len(want) {
			t.Errorf("%s: exchanges %v, want %v", situation, got, want)
		}
	}
}

func exchange(method, path, sent string, status int, body string) string {
	return fmt.Sprintf(`{"request":{"method":%q,"url":"https://v/certificates/a/%s?api-version=7.4","postData":{"text":"%s"}},
		"response":{"status":%d,"content":{"text":"%s"}}}`, method, path, sent, status, body)
}

// TestNoHAR: what cannot be read is an error, and not a count of nothing.
func TestNoHAR(t *testing.T) {
	for _, text := range []string{"", "[]", `{"log":{"entries":[{"request":{"url":"://"}}]}}`} {
		if err := new(count.Counter).Session("s", strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
