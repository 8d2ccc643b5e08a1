package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kvconform/kvconform/fixtures/vault"
)

// held counts what a vault holds under a collection.
func held(t *testing.T, server *vault.Server, collection string) int {
	t.Helper()
	resp, err := http.Get(server.URL + "/" + collection + "?api-version=2025-07-01&maxresults=25")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return strings.Count(body.String(), `"id":`)
}

func start(t *testing.T) *vault.Server {
	t.Helper()
	server, err := vault.Start(vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func TestSweepFinishesWhatARunLeft(t *testing.T) {
	server := start(t)
	out := t.TempDir()
	kvconform(t, "run", "--target", server.URL, "--out", out, "--only", "conflict", "--keep", "--provision-issuers").expect(t, 0, ".ledger names them")
	if held(t, server, "certificates") == 0 || held(t, server, "certificates/issuers") != 2 {
		t.Fatal("nothing was kept")
	}
	kvconform(t, "sweep", "--out", out, "--target", "http://127.0.0.1:1").expect(t, 0)
	if held(t, server, "certificates") == 0 {
		t.Error("another vault's ledger was taken")
	}
	kvconform(t, "sweep", "--out", out).expect(t, 0, server.URL, "0 left")
	for _, collection := range []string{"certificates", "deletedcertificates", "certificates/issuers"} {
		if n := held(t, server, collection); n != 0 {
			t.Errorf("%d left under %s", n, collection)
		}
	}
	if ledgers, _ := filepath.Glob(filepath.Join(out, "*.ledger")); len(ledgers) != 0 {
		t.Errorf("left: %q", ledgers)
	}
	kvconform(t, "sweep", "--out", out).expect(t, 0, "nothing to remove")
}

func TestSweepByPrefixAsks(t *testing.T) {
	server := start(t)
	out := t.TempDir()
	for _, prefix := range []string{"mine", "theirs"} {
		kvconform(t, "run", "--target", server.URL, "--out", out, "--only", "cancel", "--keep", "--name-prefix", prefix).expect(t, 0)
	}
	before := held(t, server, "certificates")
	kvconform(t, "sweep", "--target", server.URL, "--prefix", "mine-").expect(t, 0, "certificate mine-", "[y/N]")
	if n := held(t, server, "certificates"); n != before {
		t.Errorf("without an answer, %d of %d are left", n, before)
	}
	r := kvconform(t, "sweep", "--target", server.URL, "--prefix", "mine-", "--yes")
	r.expect(t, 0, "0 left")
	if strings.Contains(r.out, "theirs-") {
		t.Errorf("what others made is touched:\n%s", r.out)
	}
	if n := held(t, server, "certificates"); n == 0 {
		t.Error("what others made is gone")
	}
	kvconform(t, "sweep", "--target", server.URL, "--prefix", "mine-", "--yes").expect(t, 0, "holds nothing")
	kvconform(t, "sweep", "--prefix", "mine-").expect(t, 2, "--target")
	kvconform(t, "sweep", "--yes").expect(t, 2, "--prefix")
	kvconform(t, "sweep", "--ledger", "none.ledger").expect(t, 2, "none.ledger")
	kvconform(t, "sweep", "--target", "http://127.0.0.1:1", "--prefix", "mine-").expect(t, 3, "127.0.0.1:1")
}
