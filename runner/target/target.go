// Package target sends the requests of a run to the vault that it is for. The vault is not trusted: what it answers is
// bounded in size and time, what it asks to wait is bounded, and a token goes nowhere but there.
package target

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/kvconform/kvconform/suites"
)

// Options say how the vault is reached.
type Options struct {
	// URL is the vault's base URL, http or https; a path prefix is allowed.
	URL string
	// ConnectTo is a HOST:PORT that is dialled whatever the URL says. The URL's host still goes out as Host and as the TLS
	// server name.
	ConnectTo string
	// CAFile holds certificates in PEM: the target's has to chain to one of them, and no longer to the system's.
	CAFile string
	// Insecure has any certificate trusted.
	Insecure bool
	// Token is the run's own token, WeakToken the second one; nil where there is none.
	Token, WeakToken TokenSource
	// Scope, where set, is what Token asks an authority for: it is asked only once the target's challenge was seen to be for that, and
	// for the target's host (Probe does that).
	Scope string
	// Rate is how many requests a second are sent, all together; 0 means as many as there are.
	Rate float64
	// RequestTimeout bounds one request, from the dialling to the last byte of the answer; 30 s where it is 0.
	RequestTimeout time.Duration
	// Clock tells the time and waits between the attempts; the system's where it is nil.
	Clock suites.Clock
	// Dial, where set, opens the connections instead of the network: to a vault in the same process.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Transport, where set, carries the requests instead of connections: to a vault in the same process. Nothing of how a vault is reached
	// holds for it.
	Transport http.RoundTripper
}

const defaultRequestTimeout = 30 * time.Second

// connectTimeout bounds the dialling, and then the TLS handshake, of a connection. A host that is up answers in a round trip, or in
// 3 s where a packet was lost.
const connectTimeout = 10 * time.Second

// idleTimeout closes an idle connection before the target does: Node and uvicorn do after 5 s, and a POST that goes out just
// then gets no answer.
const idleTimeout = 4 * time.Second

// Client reaches one vault. It implements suites.Target and may be used from any number of goroutines.
type Client struct {
	options   Options
	base      string
	transport http.RoundTripper
	limiter   *rate.Limiter // nil for none
	clock     suites.Clock
	gates     *gates
	kept      ration
	// claimed says that a token of Options.Scope may be fetched for the target.
	claimed atomic.Bool
}

var _ suites.Target = (*Client)(nil)

// New checks the options and returns a client; nothing is sent. A token that would cross a network in plain text is an
// error.
func New(o Options) (*Client, error) {
	u, err := parseBase(o.URL)
	if err != nil {
		return nil, err
	}
	c := &Client{options: o, clock: o.Clock}
	c.base = u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/")
	if c.options.RequestTimeout <= 0 {
		c.options.RequestTimeout = defaultRequestTimeout
	}
	if c.clock == nil {
		c.clock = suites.SystemClock{}
	}
	c.gates = newGates(c.clock)
	if o.Rate > 0 {
		c.limiter = rate.NewLimiter(rate.Limit(o.Rate), 1)
	}
	dialled := u.Hostname()
	if o.ConnectTo != "" {
		if dialled, err = parseConnectTo(o.ConnectTo); err != nil {
			return nil, err
		}
	}
	if u.Scheme == "http" && !loopback(dialled) && (o.Token != nil || o.WeakToken != nil) {
		return nil, fmt.Errorf("a token is not sent to %s over plain http, where everybody on the way can read it: use https://", dialled)
	}
	if c.transport = o.Transport; c.transport != nil {
		return c, nil
	}
	config := &tls.Config{InsecureSkipVerify: o.Insecure, MinVersion: tls.VersionTLS12}
	if o.CAFile != "" {
		if config.RootCAs, err = readCAs(o.CAFile); err != nil {
			return nil, err
		}
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: connectTimeout}).DialContext
	}
	c.transport = &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, c.dialled(address))
		},
		Proxy:                  c.proxy,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    connectTimeout,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: connectTimeout, PingTimeout: connectTimeout},
		MaxIdleConnsPerHost:    128,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}
	return c, nil
}

// Base is the vault's base URL with its path prefix, without a trailing slash.
func (c *Client) Base() string { return c.base }

// Close closes the connections that are idle.
func (c *Client) Close() {
	if t, has := c.transport.(interface{ CloseIdleConnections() }); has {
		t.CloseIdleConnections()
	}
}

// Loopback reports whether the options' target is on this machine.
func (o Options) Loopback() bool {
	if o.ConnectTo != "" {
		host, err := parseConnectTo(o.ConnectTo)
		return err == nil && loopback(host)
	}
	u, err := url.Parse(o.URL)
	return err == nil && loopback(u.Hostname())
}

// loopback reports whether a host is this machine by definition (RFC 6761 for the names).
func loopback(host string) bool {
	if local(host) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func local(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// dialled is the address that is dialled for one of the URL's. Emulators name their vaults NAME.localhost, which not every
// resolver knows.
func (c *Client) dialled(address string) string {
	if c.options.ConnectTo != "" {
		return c.options.ConnectTo
	}
	if host, port, err := net.SplitHostPort(address); err == nil && local(host) {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

// proxy is the environment's, but none for this machine, or where the options say what to dial.
func (c *Client) proxy(r *http.Request) (*url.URL, error) {
	if c.options.ConnectTo != "" || c.options.Dial != nil || loopback(r.URL.Hostname()) {
		return nil, nil
	}
	return http.ProxyFromEnvironment(r)
}

func parseBase(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil && !strings.Contains(address, "://"), err == nil && u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the target's URL has to begin with https:// or http://")
	case err != nil:
		// The error of url.Parse shows the URL, and that may hold a password.
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return nil, fmt.Errorf("the target's URL: %w", err)
	case u.User != nil:
		return nil, errors.New("the target's URL names a user: a token is given by KVCONFORM_TOKEN, --token-file or --token-command")
	case u.Hostname() == "":
		return nil, errors.New("the target's URL has no host")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(address, "#"):
		return nil, errors.New("the target's URL has a query or a fragment: it is a base to which paths are added")
	case u.Port() != "" && !isPort(u.Port()), strings.HasSuffix(u.Host, ":"):
		return nil, fmt.Errorf("the target's URL has the port %q: 1 to 65535 are ports", u.Port())
	}
	return u, nil
}

// parseConnectTo returns the host of a HOST:PORT.
func parseConnectTo(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || !isPort(port) {
		return "", fmt.Errorf("%q is no HOST:PORT to connect to", address)
	}
	return host, nil
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func readCAs(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("the CA file %s holds no certificate in PEM", file)
	}
	return pool, nil
}
