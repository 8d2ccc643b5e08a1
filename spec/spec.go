// Package spec holds the contract as data: the shapes of requests and answers (openapi.yaml) and the rules of behaviour
// (rules.yaml), with where they come from (sources.yaml, differences.yaml). What they mean is the business of the packages below it.
package spec

import _ "embed"

// OpenAPI is openapi.yaml: the operations and the shapes of their requests and answers, OpenAPI 3.0.3.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Rules is rules.yaml: the catalogue of rules.
//
//go:embed rules.yaml
var Rules []byte

// Sources is sources.yaml: what the documents say, line by line, with the rules that stand on it.
//
//go:embed sources.yaml
var Sources []byte

// Differences is differences.yaml: where the live service differs from the documents.
//
//go:embed differences.yaml
var Differences []byte
