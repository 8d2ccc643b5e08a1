// Package suites holds the scenarios: what is sent to a vault, and which rules that is there to exercise. A drive sends and
// never judges: the oracle does, once, after the last drive, over everything that was recorded.
package suites

// Scenario is one scenario of the documents, or one of the chapters that the rest of the contract makes.
type Scenario struct {
	// ID is the scenario's public name; its rules' ids begin with it.
	ID string
	// Title is the scenario in the document's words, Source the document and section.
	Title, Source string
	// Drive sends what it takes to exercise the rules. It never stops at a wrong answer that it can walk past.
	Drive func(v *Vault)
}
