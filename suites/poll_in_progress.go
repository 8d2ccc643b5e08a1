package suites

import "github.com/kvconform/kvconform/fixtures/policy"

// A pending operation is polled, with its request_id and without. A manual one is the stable way to hold inProgress:
// nothing but a merge, a cancel or a delete ends it. One with an issuer is polled as long as the issuer is at work.
var pollInProgress = Scenario{
	ID:     "poll-in-progress",
	Title:  `Get pending request - request status is "inProgress"`,
	Source: `Monitor and manage certificate creation, § Get pending request - request status is "inProgress"`,
	Drive: func(v *Vault) {
		parts := append(v.withIssuers(pollIssued), pollAgainAndAgain, pollTwoNames, pollAfterLookingAround, pollTheRequest)
		parts = append(parts, spare(v.withFailing(pollIssued)...)...)
		v.Together(parts...)
	},
}

// Polls change nothing, in whichever form and however often.
func pollAgainAndAgain(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.GetPending(name)
	v.GetPending(name, Filter(op.RequestID))
	v.GetPending(name, Filter(op.LocationRequestID))
	v.GetPending(name)
	v.GetPending(name)
	v.GetPending(name, Filter(otherID)) // 404, and no harm done
	v.GetPending(name, Filter(op.RequestID))
	v.GetPending(name)
	v.Merge(name, sign(op)) // the operation that was polled is the one that is completed
	v.look(name, op)
}

// It names its issuer, and polls change nothing of it.
func pollIssued(v *Vault, issuer string) {
	name := v.NewName()
	op := v.Create(name, policy.Issued(issuer))
	v.GetPending(name, Filter(op.RequestID))
	v.GetPending(name, Filter(otherID)) // 404, and no harm done
	v.GetPending(name)
	v.await(name)
	v.look(name, op)
}

// Asked for as PKCS#10, a vault may answer with the bare request (RULINGS R39): then it is the one that the operation shows.
func pollTheRequest(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.GetPending(name, Header("Accept", "application/pkcs10"))
	v.GetPending(name, Filter(op.RequestID), Header("Accept", "application/pkcs10"))
	v.look(name, op)
}

// Two names have two operations, and neither can be reached under the other's name.
func pollTwoNames(v *Vault) {
	a, b := v.NewName(), v.NewName()
	var opA, opB Answer
	v.Together(
		func(v *Vault) { opA = v.Create(a, policy.Manual()) },
		func(v *Vault) { opB = v.Create(b, policy.Manual()) },
	)
	v.GetPending(a, Filter(opA.RequestID))
	v.GetPending(b, Filter(opB.RequestID))
	v.GetPending(b, Filter(opA.RequestID)) // 404
	v.GetPending(a, Filter(opB.RequestID)) // 404
	v.GetPending(a)
	v.GetPending(b)
	v.Cancel(a, true)
	v.GetPending(b) // has not heard of it
	v.DeletePending(a)
	v.look(b, opB)
	v.GetPending(b, Filter(opA.RequestID)) // 404
	v.GetPending(a, Filter(opB.RequestID)) // 404
}

// Reading the certificate, its versions and its policy does not touch the operation.
func pollAfterLookingAround(v *Vault) {
	name := v.NewName()
	op := v.Create(name, policy.Manual())
	v.Get(name)
	v.GetPending(name)
	v.Versions(name)
	v.GetPolicy(name)
	v.look(name, op)
	v.Get(name)
}
