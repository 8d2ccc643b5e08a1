package target

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/kvconform/kvconform/spec/exchange"
)

// TokenSource gives the bearer token of a request. Token is called before every one, from any number of goroutines.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

// renewer is a source that can be told that its token was refused. It reports whether it has another one now.
type renewer interface {
	renew(ctx context.Context, refused string) bool
}

// junkToken is what a Stranger brings: nobody ever issued it.
const junkToken = "kvconform.junk.token"

// source is where a caller's token comes from; nil where it has none, or no source.
func (c *Client) source(caller exchange.Caller) TokenSource {
	switch caller {
	case exchange.Owner:
		return c.options.Token
	case exchange.Reader:
		return c.options.WeakToken
	default:
		return nil
	}
}

// token is what a caller's requests carry; empty for none.
func (c *Client) token(ctx context.Context, caller exchange.Caller) (string, error) {
	source := c.source(caller)
	switch {
	case source != nil && caller == exchange.Owner && c.options.Scope != "" && !c.claimed.Load():
		return "", errUnclaimed
	case source != nil:
		return source.Token(ctx)
	case caller == exchange.Stranger:
		return junkToken, nil
	case caller == exchange.Reader:
		return "", errors.New("a second one was not given")
	default:
		return "", nil
	}
}

// StaticToken is a token that never changes.
type StaticToken string

// Token returns the token, or an error where it cannot be one.
func (t StaticToken) Token(context.Context) (string, error) { return bare(string(t)) }

// FileToken reads the token from a file, and again once it expires or was refused.
func FileToken(path string) TokenSource {
	return newRenewed(func(context.Context) (string, error) {
		file, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer func() { _ = file.Close() }()
		text, err := io.ReadAll(io.LimitReader(file, maxToken+1))
		if err != nil {
			return "", err
		}
		token, err := bare(string(text))
		if err != nil {
			return "", fmt.Errorf("the file %s: %w", path, err)
		}
		return token, nil
	})
}

// commandTimeout bounds a token command. Those that ask a cloud take some seconds.
const commandTimeout = time.Minute

// CommandToken has the shell run a command that prints the token, and again once it expires or was refused.
func CommandToken(command string) TokenSource {
	return newRenewed(func(ctx context.Context) (string, error) {
		ctx, end := context.WithTimeout(ctx, commandTimeout)
		defer end()
		shell := []string{"sh", "-c"}
		if runtime.GOOS == "windows" {
			shell = []string{"cmd", "/C"}
		}
		run := exec.CommandContext(ctx, shell[0], shell[1], command)
		// A child that keeps the pipes open does not keep us.
		run.WaitDelay = time.Second
		var out, complaint clipped
		run.Stdout, run.Stderr = &out, &complaint
		if err := run.Run(); err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return "", fmt.Errorf("the token command failed: %w%s", err, complaint.line())
		}
		token, err := bare(out.String())
		if err != nil {
			return "", fmt.Errorf("the token command printed something else: %w%s", err, complaint.line())
		}
		return token, nil
	})
}

// clipped keeps as much of what a command prints as a token may take.
type clipped struct{ bytes.Buffer }

func (c *clipped) Write(p []byte) (int, error) {
	if room := maxToken + 1 - c.Len(); room > 0 {
		c.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// line is the first line, to be put behind an error.
func (c *clipped) line() string {
	line, _, _ := strings.Cut(strings.TrimSpace(c.String()), "\n")
	if line = oneLine(tokenLike.ReplaceAllLiteralString(line, "REDACTED")); line == "" {
		return ""
	}
	return ": " + line
}

// tokenLike is what may be a token in a command's complaint.
var tokenLike = regexp.MustCompile(`[A-Za-z0-9_.-]{40,}`)

// maxToken is the longest token. Azure's take some 2 kB, and few servers take headers of more than 16 kB.
const maxToken = 64 << 10

// bare checks a token and takes white space and its scheme away. Its errors do not show it.
func bare(text string) (string, error) {
	token := strings.TrimSpace(text)
	if len(token) > 7 && strings.EqualFold(token[:7], "Bearer ") {
		token = strings.TrimSpace(token[7:])
	}
	switch {
	case token == "":
		return "", errors.New("the token is empty")
	case len(token) > maxToken:
		return "", fmt.Errorf("the token is longer than %d bytes", maxToken)
	case token[0] == '{':
		return "", errors.New("JSON instead of a bare token (with az: --query accessToken --output tsv)")
	}
	for _, r := range token {
		if r <= ' ' || r >= 0x7f {
			return "", errors.New("the token has white space, or characters that no header may hold")
		}
	}
	return token, nil
}

// When a token is renewed.
const (
	// renewBefore is how long before its end.
	renewBefore = 2 * time.Minute
	// renewPause is the least time between two renewals of a token that is about to end: a source may have no better one.
	renewPause = 5 * time.Second
	// refusedPause is the least time between two renewals because of a 401: a target may refuse every token.
	refusedPause = time.Minute
)

// renewed keeps a token until it expires, where it says when, or is refused.
type renewed struct {
	fetch func(context.Context) (string, error)
	now   func() time.Time
	// turn holds one element while somebody works on what is below: a channel, so that waiting ends with a context.
	turn  chan struct{}
	token string
	// ends is when the token expires, renew when it is time for the next; zero where it does not say.
	ends, next time.Time
	refused    time.Time
}

func newRenewed(fetch func(context.Context) (string, error)) *renewed {
	return &renewed{fetch: fetch, now: time.Now, turn: make(chan struct{}, 1)}
}

// Token returns the token that is valid now.
func (r *renewed) Token(ctx context.Context) (string, error) {
	if err := r.take(ctx); err != nil {
		return "", err
	}
	defer r.leave()
	if r.token != "" && (r.next.IsZero() || r.now().Before(r.next)) {
		return r.token, nil
	}
	if err := r.get(ctx); err != nil {
		if r.token == "" || !r.now().Before(r.ends) {
			return "", err
		}
		r.next = r.now().Add(renewPause)
	}
	return r.token, nil
}

func (r *renewed) renew(ctx context.Context, refused string) bool {
	if r.take(ctx) != nil {
		return false
	}
	defer r.leave()
	if r.token != refused {
		return r.token != ""
	}
	if !r.refused.IsZero() && r.now().Before(r.refused.Add(refusedPause)) {
		return false
	}
	r.refused = r.now()
	return r.get(ctx) == nil && r.token != refused
}

func (r *renewed) take(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (r *renewed) leave() { <-r.turn }

func (r *renewed) get(ctx context.Context) error {
	token, err := r.fetch(ctx)
	if err != nil {
		return err
	}
	r.token, r.ends, r.next = token, expiry(token), time.Time{}
	if !r.ends.IsZero() {
		r.next = r.ends.Add(-renewBefore)
		if soonest := r.now().Add(renewPause); r.next.Before(soonest) {
			r.next = soonest
		}
	}
	return nil
}

// expiry is a JSON Web Token's exp; zero where it is none or has none. Nothing is verified: that is the target's business.
func expiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Exp float64 `json:"exp"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Exp <= 0 || claims.Exp > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Exp), 0)
}
