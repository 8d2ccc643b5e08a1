package suites

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// leastCleanUp is what the clean-up gets where an operation's time is shorter: the live service takes 15 s, and 149 s at the
// most, to make a deleted certificate of a certificate, and some 1,200 requests at 20 a second take another 60.
const leastCleanUp = 4 * time.Minute

// cleanUp removes what the run made, last made first: first every certificate, then, because a vault that deletes softly
// takes its time, every deleted one, and in the end the issuers, which were made before all else. It has a bounded time of
// its own, whatever became of the drives, and gives up as soon as the target stops answering.
func (r *run) cleanUp(parent context.Context) {
	ctx, end := context.WithTimeout(parent, max(r.OperationTimeout, leastCleanUp))
	defer end()
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	r.silent = 0
	v := newVault(ctx, r, abort, "cleanup")

	var objects, issuers []*object
	for _, o := range slices.Backward(r.objects) {
		if o.kind == Issuer {
			issuers = append(issuers, o)
		} else {
			objects = append(objects, o)
		}
	}
	soft := make([]bool, len(objects))
	r.each(objects, func(i int, o *object) string {
		var reason string
		soft[i], reason = v.remove(o)
		return reason
	})
	var kept []*object
	for i, o := range objects {
		if soft[i] {
			kept = append(kept, o)
		}
	}
	r.each(kept, func(_ int, o *object) string { return v.purge(o) })
	r.each(issuers, func(_ int, o *object) string { return v.removeIssuer(o) })
}

// each works through objects on the pool. An object for which work returns a reason is left over.
func (r *run) each(objects []*object, work func(i int, o *object) (reason string)) {
	reasons := make([]string, len(objects))
	slots := make(chan struct{}, r.requests())
	var wg sync.WaitGroup
	for i, o := range objects {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := guard(func() { reasons[i] = work(i, o) }); errors.Is(err, errStopped) {
				reasons[i] = "not removed before the clean-up ended"
			} else if err != nil {
				reasons[i] = err.Error()
			}
		})
	}
	wg.Wait()
	for i, o := range objects {
		if reasons[i] != "" {
			r.left = append(r.left, Leftover{Kind: o.kind, Name: o.name, Reason: reasons[i]})
		}
	}
}

// remove deletes a certificate with its operation. Soft says that the vault keeps it as a deleted certificate; the
// reason why it is still there is empty where it is not.
func (v *Vault) remove(o *object) (soft bool, reason string) {
	if !o.made {
		return false, v.forget(o)
	}
	if o.pending {
		v.DeletePending(o.name)
	}
	a := v.insist(func() (Answer, bool) {
		a := v.DeleteCertificate(o.name)
		return a, a.lost() || a.Code == http.StatusConflict
	})
	switch {
	case o.bad && a.Code/100 == 4 && !v.Get(o.name, Defect("what was asked for under it is no name")).OK():
		return false, v.forget(o) // what is no name was made by no request after all
	case !a.OK() && a.Code != http.StatusNotFound:
		return false, refusal("DELETE of the certificate", a)
	case v.run.keptSoftly(o):
		return true, ""
	default:
		return false, v.forget(o)
	}
}

// removeIssuer removes an issuer that the run registered, once nothing is left that it could still be wanted for.
func (v *Vault) removeIssuer(o *object) string {
	if !o.made {
		return v.forget(o)
	}
	a := v.insist(func() (Answer, bool) {
		a := v.Send(http.MethodDelete, issuerAt(o.name), nil)
		return a, a.lost() || a.Code == http.StatusConflict
	})
	if !a.OK() && a.Code != http.StatusNotFound {
		return refusal("DELETE of the issuer", a)
	}
	return v.forget(o)
}

// purge removes a deleted certificate for good. A vault that does not allow that keeps it until its retention is over.
func (v *Vault) purge(o *object) string {
	unsure := !v.run.surelyKept(o) // whether there is anything to purge, or no longer
	absent := func(a Answer) bool { return a.Code == http.StatusNotFound && a.ErrorCode == "CertificateNotFound" }
	a := v.insist(func() (Answer, bool) {
		a := v.Purge(o.name)
		switch {
		case a.lost():
			unsure = true
			return a, true
		case absent(a) && unsure:
			return a, v.run.purgesEarly()
		case absent(a), a.Code == http.StatusConflict:
			// Right after its deletion a certificate is not yet a deleted one.
			v.run.purgedEarly()
			return a, true
		}
		return a, false
	})
	switch {
	case a.OK(), absent(a) && unsure: // an answer that was lost has told of it
	case a.lost(), a.Code == http.StatusConflict, absent(a):
		return refusal("the certificate is deleted, but its purge", a)
	default:
		v.run.noPurge()
	}
	return v.forget(o)
}

// insist repeats a request that came too early, within a third of an operation's time.
func (v *Vault) insist(try func() (a Answer, again bool)) Answer {
	deadline := v.run.Clock.Now().Add(v.run.OperationTimeout / 3)
	pause := firstPause
	for {
		a, again := try()
		if !again || !v.pauseUntil(deadline, a, &pause) {
			return a
		}
	}
}

// forget takes an object that is gone out of the ledger.
func (v *Vault) forget(o *object) string {
	if err := v.run.Ledger.Remove(o.kind, o.name); err != nil {
		return fmt.Sprintf("it is gone, but the ledger still names it: %v", err)
	}
	return ""
}

func refusal(what string, a Answer) string {
	if a.Code == 0 {
		return what + " got no answer"
	}
	return strings.TrimSpace(fmt.Sprintf("%s was answered with %d %s", what, a.Code, a.ErrorCode))
}
