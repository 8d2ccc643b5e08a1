// Package emulator is what a repository looks like that holds its own vault against the contract. Its vault is the reference vault, with
// the fault that the environment names.
package emulator

import (
	"net/http/httptest"
	"os"
	"testing"

	"github.com/kvconform/kvconform/fixtures/vault"
	"github.com/kvconform/kvconform/runner"
)

func TestConformance(t *testing.T) {
	server := httptest.NewServer(vault.New(vault.Options{Fault: os.Getenv("EMULATOR_FAULT")}))
	defer server.Close()
	runner.Test(t, runner.Options{Target: server.URL, Only: []string{"conflict", "cancel"}})
}
