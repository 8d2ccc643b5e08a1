package target

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"syscall"
	"unicode"

	"github.com/kvconform/kvconform/spec/exchange"
)

// attempt is one sending of a request and what came of it.
type attempt struct {
	exchange exchange.Exchange
	// token is the one that was sent; empty for none.
	token string
	// failure says why there is no response; nil where there is one.
	failure *failure
}

// failure is why there is no response: in one line, with what a user may do about it where nothing else answers either.
type failure struct {
	err          error
	text, advice string
	// connected says that there was a connection: the request may have arrived. Final says that another try has no
	// better chance.
	connected, final bool
}

// errTimedOut is the cause of a request's context once its time is over.
var errTimedOut = errors.New("the request's time is over")

// tokenError says that there is no token to send.
type tokenError struct{ err error }

func (e *tokenError) Error() string { return "no token: " + e.err.Error() }

func (e *tokenError) Unwrap() error { return e.err }

// attempt sends the request for the n-th time and records that. An error means that ctx ended before it was sent.
func (c *Client) attempt(ctx context.Context, rec *exchange.Recorder, d exchange.Draft, n int) (attempt, error) {
	token, err := c.token(ctx, d.Caller)
	if ctx.Err() != nil {
		return attempt{}, context.Cause(ctx)
	}
	if pacing := c.pace(ctx); pacing != nil {
		return attempt{}, pacing
	}
	recorded := d
	recorded.Request.Header = d.Request.Header.Clone()
	if token != "" {
		if recorded.Request.Header == nil {
			recorded.Request.Header = http.Header{}
		}
		recorded.Request.Header.Set("Authorization", "Bearer REDACTED")
	}
	a := attempt{token: token}
	open := rec.Begin(recorded, n)
	var response *exchange.Response
	switch {
	case err != nil:
		err = &tokenError{err}
		a.failure = &failure{err: err, final: true, text: err.Error()}
	case !c.owns(d.Request.URL):
		a.failure = &failure{final: true, text: "not sent: the URL is not the target's"}
	default:
		response, a.failure = c.send(ctx, d.Request, token)
	}
	text := ""
	if a.failure != nil {
		a.failure.text = oneLine(hide(a.failure.text, token))
		text = a.failure.text
	}
	a.exchange = rec.Finish(open, response, text)
	return a, nil
}

// owns reports whether a URL is one of the target's: no token goes anywhere else.
func (c *Client) owns(address string) bool {
	rest, ok := strings.CutPrefix(address, c.base)
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '?')
}

// send sends the request once and reads the answer, all within RequestTimeout.
func (c *Client) send(parent context.Context, r exchange.Request, token string) (*exchange.Response, *failure) {
	ctx, end := context.WithTimeoutCause(parent, c.options.RequestTimeout, errTimedOut)
	defer end()
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	var body io.Reader = http.NoBody
	if len(r.Body) > 0 {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(traced, r.Method, r.URL, body)
	if err != nil {
		return nil, &failure{err: err, final: true, text: "not sent: " + err.Error()}
	}
	if r.Header != nil {
		req.Header = r.Header.Clone()
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	// Not http.Client: an answer is recorded as it comes, be it a redirect or a cookie.
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, c.explain(ctx, err, connected.Load())
	}
	defer func() { _ = resp.Body.Close() }()
	if why := c.kept.refusal(resp.Header); why != "" {
		return nil, &failure{final: true, connected: true, text: why}
	}
	x := &exchange.Response{Status: resp.StatusCode, Proto: resp.Proto, Header: resp.Header}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return x, nil // what follows is no longer HTTP
	}
	limit := longestAnswer(r)
	x.Body, err = io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	switch {
	case err != nil && lost(ctx, resp, err):
		f := c.explain(ctx, err, true)
		f.text = fmt.Sprintf("the answer (%d) broke off after %d bytes of its body: %s", resp.StatusCode, len(x.Body), f.text)
		return nil, f
	case err != nil:
		x.Cut = oneLine(fmt.Sprintf("the body ends after %d bytes: %v", len(x.Body), err))
	case len(x.Body) > limit:
		x.Cut = fmt.Sprintf(exchange.TooLong+"%d bytes", limit)
	}
	hideIn(x, token) // before it is cut: half a token is a secret, too
	if why := c.kept.keep(x); why != "" {
		return nil, &failure{final: true, connected: true, text: why}
	}
	return x, nil
}

// lost reports whether an answer that broke off was lost on its way. What ended in order, only too early or in a wrong
// coding, was sent so.
func lost(ctx context.Context, resp *http.Response, err error) bool {
	_, network := errors.AsType[net.Error](err)
	return ctx.Err() != nil || network || resp.ProtoMajor == 2 && !errors.Is(err, io.ErrUnexpectedEOF)
}

// explain says why there is no answer, without what differs from run to run, such as a local port.
func (c *Client) explain(ctx context.Context, err error, connected bool) *failure {
	f := &failure{err: err, connected: connected, advice: "look at --target and at the network"}
	operation, isOperation := errors.AsType[*net.OpError](err)
	timed, isTimed := errors.AsType[net.Error](err)
	name, isName := errors.AsType[*net.DNSError](err)
	record, isRecord := errors.AsType[tls.RecordHeaderError](err)
	certificate, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case ctx.Err() != nil && !errors.Is(context.Cause(ctx), errTimedOut):
		f.final, f.text = true, fmt.Sprintf("the run ended before an answer came: %v", context.Cause(ctx))
	case ctx.Err() != nil && connected:
		f.final, f.text = true, fmt.Sprintf("nothing came within %s", c.options.RequestTimeout)
		f.advice = "the target accepts connections and does not answer; a slow one may need a longer --request-timeout"
	case isName:
		f.final, f.text = name.IsNotFound, fmt.Sprintf("the name %s does not resolve (%s)", name.Name, name.Err)
		f.advice = "look at the host of --target; --connect-to HOST:PORT dials another address"
	case ctx.Err() != nil, isTimed && timed.Timeout():
		f.final, f.text = true, fmt.Sprintf("no connection within %s", min(connectTimeout, c.options.RequestTimeout))
		f.advice = "look at the host and port of --target, and for a firewall on the way"
	case isCertificate:
		f.final, f.text = true, "TLS: "+certificate.Err.Error()
		f.advice = "the target's certificate is not trusted; give its CA by --ca-file F, or use --insecure"
		if _, ok := errors.AsType[x509.HostnameError](certificate); ok {
			f.advice = "use a name that the target's certificate has, with --connect-to HOST:PORT where that resolves elsewhere, or --insecure"
		}
	case isRecord && string(record.RecordHeader[:]) == "HTTP/":
		f.final, f.text, f.advice = true, "the target speaks plain HTTP, not TLS", "use http:// in its URL"
	case strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`): // a TLS alert
		f.final, f.text, f.advice = true, "the target speaks TLS, not plain HTTP", "use https:// in its URL"
	case strings.Contains(err.Error(), "malformed HTTP"):
		f.text, f.advice = strings.TrimPrefix(err.Error(), broken), "is this an HTTP server? Look at the port of --target"
	case strings.Contains(err.Error(), "readLoopPeekFail"): // so net/http calls bytes that nobody asked for
		f.text, f.advice = "the target speaks before it is asked", "is this an HTTP server? Look at the port of --target"
	case strings.Contains(err.Error(), "response headers exceeded"):
		f.final, f.text = true, fmt.Sprintf("the answer's headers are longer than %d bytes", maxHeader)
	case errors.Is(err, syscall.ECONNREFUSED) && isOperation && operation.Addr != nil:
		f.text, f.advice = fmt.Sprintf("connection refused by %s", operation.Addr), "is the target running, and is that its port?"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNABORTED):
		f.text, f.advice = "connection reset", endsConnections
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle connection"):
		f.text, f.advice = "connection closed", endsConnections
	case isOperation:
		f.text = operation.Op + ": " + operation.Err.Error()
	default:
		f.text = strings.TrimPrefix(err.Error(), broken)
	}
	return f
}

// broken is what net/http puts before the reason why it gave a connection up.
const broken = "net/http: HTTP/1.x transport connection broken: "

const endsConnections = "it ends connections without an answer; look at the port and the scheme (http or https) of --target"

// shortest is the length from which a token is taken for a secret. An emulator takes any, such as "test", and that stands
// in many a body.
const shortest = 16

// hide takes a token out of a text: a target may send back what it was sent.
func hide(text, token string) string {
	if len(token) < shortest {
		return text
	}
	return strings.ReplaceAll(text, token, "REDACTED")
}

// hideIn takes the token out of an answer.
func hideIn(x *exchange.Response, token string) {
	if len(token) < shortest {
		return
	}
	if bytes.Contains(x.Body, []byte(token)) {
		x.Body = bytes.ReplaceAll(x.Body, []byte(token), []byte("REDACTED"))
	}
	x.Cut = hide(x.Cut, token)
	for _, values := range x.Header {
		for i := range values {
			values[i] = hide(values[i], token)
		}
	}
}

// longest is how much of a foreign text stands in a line.
const longest = 300

// oneLine makes a text that may hold anything fit for a line of a report.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return strings.TrimSpace(text)
}
