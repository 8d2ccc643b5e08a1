//go:build race

package oracle_test

// slowness is how much slower the race detector makes the longest test.
const slowness = 10
