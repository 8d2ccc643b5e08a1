// Package wire tells whether an answer is well-formed: its status, its media type, its JSON, its shape. It knows one exchange
// at a time and no history, so that everything it says would be said of the same answer anywhere.
package wire

import (
	"sync"

	"github.com/kvconform/kvconform/spec"
	"github.com/kvconform/kvconform/spec/exchange"
)

// Checker reads exchanges by the contract. It is safe for concurrent use.
type Checker struct {
	operations map[Op]*operation
	envelope   *shape
}

// New returns a checker for the operations and shapes of openapi.yaml. Reading that takes milliseconds; Default does it
// once.
func New() (*Checker, error) {
	operations, envelope, err := load(spec.OpenAPI)
	if err != nil {
		return nil, err
	}
	return &Checker{operations: operations, envelope: envelope}, nil
}

var shared = sync.OnceValues(New)

// Default returns the one checker that a process needs, made when it is first asked for. The document that it reads is part
// of the program, so that a fault in it is a fault of the build: Default panics, and a test of this package stops it from
// getting that far.
func Default() *Checker {
	c, err := shared()
	if err != nil {
		panic(err)
	}
	return c
}

// Success is the one status by which an operation succeeds, 0 for Other.
func Success(op Op) int {
	if o := Default().operations[op]; o != nil {
		return o.success
	}
	return 0
}

// Read tells what the contract can tell of one exchange alone. The trace says where the vault is and whether somebody else
// recorded it; nothing else of it is looked at.
func (c *Checker) Read(t *exchange.Trace, e *exchange.Exchange) Reading {
	r := Reading{
		Exchange: e,
		Call:     Route(t.Base, e.Request.Method, e.Request.URL),
		Looked:   make(map[Kind]bool, 16),
	}
	sent := c.readSent(&r)
	// What a recording holds is not ours, and what was spoilt on purpose needs no telling.
	if !t.Recorded && e.Defect == "" && !r.Call.Foreign {
		c.checkRequest(&r, sent)
	}
	if e.Response != nil && !r.Call.Foreign {
		c.readAnswer(t, &r)
	}
	return r
}
