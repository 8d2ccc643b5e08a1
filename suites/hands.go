package suites

import (
	"slices"
	"time"

	"github.com/kvconform/kvconform/fixtures/pki"
	"github.com/kvconform/kvconform/fixtures/policy"
)

// What several drives do in the same way. None of these looks at an answer but for what the next request needs.

// sign lets the test CA sign an operation's CSR: the certificate alone, or nothing where the CSR cannot be signed.
func sign(operation Answer) [][]byte {
	return alone(pki.SignCSR(operation.CSR, pki.Leaf{}))
}

// alone is a certificate without a chain; none where it could not be made, since the operation's CSR cannot be read.
func alone(leaf []byte, err error) [][]byte {
	if err != nil {
		return nil
	}
	return [][]byte{leaf}
}

// signLastingly is sign for a certificate of twenty years, whose end is beyond what 32 bits can tell.
func signLastingly(operation Answer) [][]byte {
	return alone(pki.SignCSR(operation.CSR, pki.Leaf{NotAfter: time.Now().AddDate(20, 0, 0)}))
}

// signFully is sign with the chain up to the test CA.
func signFully(operation Answer) [][]byte {
	return signAs(operation, pki.Leaf{})
}

// wrongly is a certificate that looks like the one asked for, but for another key.
func wrongly(operation Answer) [][]byte {
	return alone(pki.WrongKey(operation.CSR, pki.Leaf{}))
}

// wronglyOfAnotherKind is wrongly, where the other key is not even of the same kind.
func wronglyOfAnotherKind(operation Answer) [][]byte {
	return alone(pki.WrongKind(operation.CSR, pki.Leaf{}))
}

// renamed is a certificate for the operation's key with another subject than was asked for: a CA may have a mind of its own, and the one of
// the documents' own example has (RULINGS R10).
func renamed(operation Answer) [][]byte {
	return alone(pki.SignCSR(operation.CSR, pki.Leaf{Subject: "named by its CA"}))
}

// nearly is wrongly for the key that is most like the operation's own.
func nearly(operation Answer) [][]byte {
	return alone(pki.NearKey(operation.CSR, pki.Leaf{}))
}

// signAs is signFully by any CA, of a certificate with whatever the CA makes of it.
func signAs(operation Answer, leaf pki.Leaf) [][]byte {
	der, err := pki.SignCSR(operation.CSR, leaf)
	if err != nil {
		return nil
	}
	return leaf.By.Chain(der)
}

// notYetValid is a certificate for the operation's key that is valid a year from now.
func notYetValid(operation Answer, now time.Time) [][]byte {
	return alone(pki.SignCSR(operation.CSR, pki.Leaf{NotBefore: now.AddDate(1, 0, 0)}))
}

// complete makes a certificate by hand, from the create to the merge, and returns both answers.
func (v *Vault) complete(name string, p policy.Policy) (created, merged Answer) {
	created = v.Create(name, p)
	return created, v.Merge(name, sign(created))
}

// await polls an operation until nothing more can come of it by itself, within an operation's time. How an issuer takes its time is
// its own affair, so no drive ever waits for one in another way. An issuer that was once waited for in vain is not waited for again: a
// run against a vault without a working issuer takes one operation's time, and not that of every drive one after the other.
func (v *Vault) await(name string, options ...RequestOption) Answer {
	a := v.PollUntil(name, func(a Answer) bool { return !a.lost() && (!a.InProgress() || v.run.isIdle(a.Issuer)) }, options...)
	if a.InProgress() {
		v.run.foundIdle(a.Issuer)
	}
	return a
}

// issue makes a certificate with an issuer, from the create to the end of the operation, and returns the first and the last answer.
func (v *Vault) issue(name string, p policy.Policy) (created, ended Answer) {
	created = v.Create(name, p)
	return created, v.await(name)
}

// outlast waits until an issuer has surely done what it was asked for before: until two more operations of it, begun now and one
// after the other, have come to their ends. So what is waited for is measured by the issuer, not by a clock.
func (v *Vault) outlast(issuer string) {
	for range 2 {
		v.issue(v.NewName(), policy.Issued(issuer))
	}
}

// look reads everything that a name shows of its operation, in both forms of the poll.
func (v *Vault) look(name string, operation Answer) {
	v.GetPending(name)
	v.GetPending(name, Filter(operation.RequestID))
}

// lookAll reads everything that a name shows: operation, latest certificate and versions.
func (v *Vault) lookAll(name string, operation Answer) {
	v.look(name, operation)
	v.Get(name)
	v.getShells(name, v.Versions(name))
}

// getShells reads what a list names though it shows no certificate of it, and then the list once more: what is in it before and after can be
// read in between.
func (v *Vault) getShells(name string, list Answer) {
	for _, version := range list.Shells {
		v.GetVersion(name, version)
	}
	if len(list.Shells) > 0 {
		v.Versions(name)
	}
}

// otherID is an id that no operation has: of the right form, and never given out.
const otherID = "0123456789abcdef0123456789abcdef"

// mismatches are ids that are not the operation's: one of nobody's, and those that a comparison of a part of it or by
// containment would take for it. Those that need the operation's own id are left out where it could not be read.
func mismatches(operation Answer) []string {
	id := operation.RequestID
	if len(id) < 2 {
		return []string{otherID}
	}
	return []string{otherID, id[:len(id)-1], id[1:], id + "0", swapped(id[:1]) + id[1:], id[:len(id)-1] + swapped(id[len(id)-1:])}
}

// patterns are ids that are not the operation's either, though they would match it if they were looked for inside of it, or as patterns.
func patterns(operation Answer) []string {
	id := operation.RequestID
	if len(id) < 4 {
		return nil
	}
	reversed := []byte(id)
	slices.Reverse(reversed)
	return []string{"%", "*", id[1 : len(id)-1], id[:len(id)-1] + "%", id[:1] + "*", string(reversed)}
}

// swapped is another character that an id may hold.
func swapped(character string) string {
	if character == "0" {
		return "1"
	}
	return "0"
}
