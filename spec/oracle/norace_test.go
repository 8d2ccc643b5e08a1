//go:build !race

package oracle_test

// slowness is that of the longest test without the race detector.
const slowness = 1
