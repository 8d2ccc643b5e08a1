package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kvconform/kvconform/suites"
)

// How often the progress is shown: a person sees that it moves, a log is not filled.
const (
	rewriteEvery = 100 * time.Millisecond
	lineEvery    = 10 * time.Second
)

// progress shows how far a run is: one line that is written again and again on a terminal, else a line now and then.
type progress struct {
	w       io.Writer
	quiet   bool
	verbose bool
	rewrite bool

	mu       sync.Mutex
	last     suites.Progress
	requests int
	vaults   string // how many vaults of a matrix are done, instead of a run's steps
	shown    bool   // a line stands on the terminal that has to go before another
	started  time.Time
	ended    chan struct{}
	stopped  sync.WaitGroup
}

func (t *Terminal) progress(s streams) *progress {
	return &progress{w: s.err, quiet: t.Quiet, verbose: t.Verbose, rewrite: isTerminal(s.err), ended: make(chan struct{})}
}

// start begins to show.
func (p *progress) start() {
	p.started = time.Now()
	if p.quiet {
		return
	}
	every := lineEvery
	if p.rewrite {
		every = rewriteEvery
	}
	p.stopped.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.show()
			case <-p.ended:
				return
			}
		}
	})
}

// stop ends it and takes its line from the terminal.
func (p *progress) stop() {
	close(p.ended)
	p.stopped.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

// step is told of every step of the run.
func (p *progress) step(step suites.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = step
}

// variant is told of every vault of a matrix that is done.
func (p *progress) variant(done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.vaults = fmt.Sprintf("%d of %d vaults", done, total)
}

// exchange is told of every exchange.
func (p *progress) exchange(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	if p.verbose {
		p.wipe()
		_, _ = fmt.Fprintln(p.w, line)
	}
}

func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := fmt.Sprintf("%s: %d of %d scenarios, %d requests, %s", p.phase(), p.last.Ended, p.last.Total, p.requests,
		time.Since(p.started).Round(time.Second))
	if p.vaults != "" {
		line = fmt.Sprintf("%s, %s", p.vaults, time.Since(p.started).Round(time.Second))
	}
	if !p.rewrite {
		_, _ = fmt.Fprintln(p.w, line)
		return
	}
	p.wipe()
	_, _ = fmt.Fprint(p.w, line)
	p.shown = true
}

func (p *progress) phase() string {
	if p.last.Phase == "" {
		return "begin"
	}
	return p.last.Phase
}

// wipe takes the line away that stands on the terminal.
func (p *progress) wipe() {
	if p.shown {
		_, _ = fmt.Fprint(p.w, "\r\x1b[2K")
		p.shown = false
	}
}
