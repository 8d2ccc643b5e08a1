//go:build !race

package runner

// raceDetector reports whether the tests run under it.
const raceDetector = false
