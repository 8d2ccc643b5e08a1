package target

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

func TestStaticToken(t *testing.T) {
	for text, want := range map[string]string{
		"abc":                      "abc",
		" abc\n":                   "abc",
		"Bearer abc":               "abc",
		"bearer  abc\r\n":          "abc",
		"":                         "the token is empty",
		"  \n":                     "the token is empty",
		"two words":                "the token has white space",
		"two\nlines":               "the token has white space",
		"ünicode":                  "the token has white space, or characters",
		`{"accessToken":1}`:        "JSON instead of a bare token",
		strings.Repeat("x", 1<<17): "the token is longer than 65536 bytes",
	} {
		got, err := StaticToken(text).Token(t.Context())
		if err != nil {
			got = err.Error()
		}
		if got != want && (err == nil || !strings.HasPrefix(got, want)) {
			t.Errorf("%.20q: got %q, want %q", text, got, want)
		}
	}
}

// jwt makes a JSON Web Token of a payload.
func jwt(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

func TestExpiry(t *testing.T) {
	for token, want := range map[string]int64{
		jwt(`{"exp":1900000000}`):        1900000000,
		jwt(`{"exp":1900000000.5}`):      1900000000,
		jwt(`{"exp":1900000000}`) + "==": 1900000000,
		jwt(`{}`):                        0,
		jwt(`{"exp":"soon"}`):            0,
		jwt(`{"exp":-1}`):                0,
		jwt(`{"exp":1e300}`):             0,
		jwt(`[`):                         0,
		"opaque":                         0,
		"a.b.c":                          0,
		"e30.eyJleHAiOjE5MDAwMDAwMDB9":   0,
	} {
		got := expiry(token)
		if want == 0 && !got.IsZero() || want != 0 && got.Unix() != want {
			t.Errorf("%s: got %v, want %d", token, got, want)
		}
	}
}

// script is a source that gives one token after the other, and counts how often it was asked.
type script struct {
	*renewed
	now    time.Time
	tokens []string // empty for an error
	asked  int
}

func newScript(tokens ...string) *script {
	s := &script{now: time.Unix(1_800_000_000, 0), tokens: tokens}
	s.renewed = newRenewed(func(context.Context) (string, error) {
		token := s.tokens[min(s.asked, len(s.tokens)-1)]
		s.asked++
		if token == "" {
			return "", errors.New("no luck")
		}
		return token, nil
	})
	s.renewed.now = func() time.Time { return s.now }
	return s
}

// expect asks for a token after some time has passed.
func (s *script) expect(t *testing.T, after time.Duration, want string, asked int) {
	t.Helper()
	s.now = s.now.Add(after)
	got, err := s.Token(t.Context())
	if err != nil {
		got = err.Error()
	}
	if got != want || s.asked != asked {
		t.Errorf("after %v: got %q, asked %d times; want %q, %d times", after, got, s.asked, want, asked)
	}
}

func ends(after time.Duration) string {
	return jwt(fmt.Sprintf(`{"exp":%d}`, 1_800_000_000+int64(after.Seconds())))
}

func TestRenewal(t *testing.T) {
	t.Run("before the end", func(t *testing.T) {
		s := newScript(ends(time.Hour), ends(2*time.Hour))
		s.expect(t, 0, ends(time.Hour), 1)
		s.expect(t, 57*time.Minute, ends(time.Hour), 1)
		s.expect(t, time.Minute, ends(2*time.Hour), 2)
		s.expect(t, time.Minute, ends(2*time.Hour), 2)
	})
	t.Run("an opaque one lasts", func(t *testing.T) {
		s := newScript("opaque", "other")
		s.expect(t, 0, "opaque", 1)
		s.expect(t, 24*time.Hour, "opaque", 1)
	})
	t.Run("the source has no better one", func(t *testing.T) {
		s := newScript(ends(time.Minute))
		s.expect(t, 0, ends(time.Minute), 1)
		s.expect(t, 4*time.Second, ends(time.Minute), 1)
		s.expect(t, time.Second, ends(time.Minute), 2)
		s.expect(t, time.Second, ends(time.Minute), 2)
	})
	t.Run("the source fails", func(t *testing.T) {
		s := newScript(ends(time.Hour), "", "", ends(2*time.Hour))
		s.expect(t, 0, ends(time.Hour), 1)
		s.expect(t, 58*time.Minute, ends(time.Hour), 2)
		s.expect(t, 4*time.Second, ends(time.Hour), 2)
		s.expect(t, 2*time.Minute, "no luck", 3)
		s.expect(t, 0, ends(2*time.Hour), 4)
	})
	t.Run("refused", func(t *testing.T) {
		s := newScript("one", "two", "two", "three")
		s.expect(t, 0, "one", 1)
		for range 2 { // requests that were under way
			if !s.renew(t.Context(), "one") {
				t.Error("no other token")
			}
		}
		s.expect(t, 0, "two", 2)
		if s.renew(t.Context(), "two") || s.asked != 2 {
			t.Errorf("a target that refuses every token had the source asked %d times", s.asked)
		}
		s.now = s.now.Add(time.Minute)
		if s.renew(t.Context(), "two") || s.asked != 3 {
			t.Errorf("the same token counts as another one, asked %d times", s.asked)
		}
		s.now = s.now.Add(time.Minute)
		if !s.renew(t.Context(), "two") {
			t.Error("no other token")
		}
		s.expect(t, 0, "three", 4)
	})
	t.Run("the context ends", func(t *testing.T) {
		s := newScript("one")
		s.turn <- struct{}{} // somebody else is at it
		over := errors.New("over")
		ctx, end := context.WithCancelCause(t.Context())
		end(over)
		if _, err := s.Token(ctx); !errors.Is(err, over) || s.renew(ctx, "") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		s := newScript("one")
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				if token, err := s.Token(t.Context()); token != "one" {
					t.Errorf("got %q, %v", token, err)
				}
			})
		}
		all.Wait()
		if s.asked != 1 {
			t.Errorf("asked %d times", s.asked)
		}
	})
}

func TestFileToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("Bearer one\n")
	source := FileToken(path)
	if token, err := source.Token(t.Context()); token != "one" {
		t.Errorf("got %q, %v", token, err)
	}
	write("two\n")
	if token, err := source.Token(t.Context()); token != "one" {
		t.Errorf("got %q, %v: it is read again when it is refused", token, err)
	}
	if !source.(renewer).renew(t.Context(), "one") {
		t.Error("no other token")
	}
	if token, err := source.Token(t.Context()); token != "two" {
		t.Errorf("got %q, %v", token, err)
	}
	write("")
	if _, err := FileToken(path).Token(t.Context()); err == nil || err.Error() != "the file "+path+": the token is empty" {
		t.Errorf("got %v", err)
	}
}

func TestCommandToken(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for a POSIX shell")
	}
	for command, want := range map[string]string{
		"echo one":                               "one",
		"printf '%s\n' 'Bearer two'":             "two",
		"exit 3":                                 "the token command failed: exit status 3",
		"echo 'not logged in\nmore' >&2; exit 1": "the token command failed: exit status 1: not logged in",
		"echo got aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa >&2; exit 1": "the token command failed: exit status 1: got REDACTED",
		"true": "the token command printed something else: the token is empty",
		"echo '{\"accessToken\":\"one\"}'": "the token command printed something else: " +
			"JSON instead of a bare token (with az: --query accessToken --output tsv)",
		"head -c 1000000 /dev/zero | tr '\\0' x": "the token command printed something else: the token is longer than 65536 bytes",
	} {
		got, err := CommandToken(command).Token(t.Context())
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", command, got, want)
		}
	}
	over := errors.New("over")
	ctx, end := context.WithCancelCause(t.Context())
	marker := filepath.Join(t.TempDir(), "started")
	go func() {
		for {
			if _, err := os.Stat(marker); err == nil || t.Context().Err() != nil {
				end(over)
				return
			}
			runtime.Gosched()
		}
	}()
	if _, err := CommandToken("touch '" + marker + "'; sleep 600").Token(ctx); !errors.Is(err, over) {
		t.Errorf("got %v", err)
	}
}

// TestRenewedAfter401 sends a request once more where there is another token, and not where there is none.
func TestRenewedAfter401(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer two" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	for _, test := range []struct {
		name   string
		source TokenSource
		defect string
		want   []int
	}{
		{"another token", newScript("one", "two"), "", []int{401, 200}},
		{"no other token", newScript("one"), "", []int{401}},
		{"another one that is refused as well", newScript("one", "three"), "", []int{401, 401}},
		{"a defect", newScript("one", "two"), "no token at all", []int{401}},
		{"a fixed token", StaticToken("one"), "", []int{401}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := New(Options{URL: server.URL, Token: test.source})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			rec := exchange.NewRecorder(time.Now)
			c.Do(t.Context(), rec, exchange.Draft{Defect: test.defect, Request: exchange.Request{Method: "POST", URL: server.URL}})
			var got []int
			for _, e := range rec.Exchanges() {
				got = append(got, e.Response.Status)
			}
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if test.name == "another token" {
				if err := c.Probe(t.Context(), "7.6"); err != nil {
					t.Errorf("the probe: %v", err)
				}
			}
		})
	}
}
