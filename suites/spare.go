package suites

import "errors"

// A vault may bound how many certificates are created in a time: the live service lets some twenty through in ten seconds. A run is then as
// long as it has creates, so it leaves out those that show again, with another policy, body or issuer, what others have shown.

// errSpared is what a spare part panics with instead of creating something.
var errSpared = errors.New("the target bounds its creates")

// spare makes parts of a drive spare: in a brief run, and once the target is known to bound its creates, they are left out, or end before
// their next one. No rule may hang on spare parts alone.
func spare(parts ...func(v *Vault)) []func(v *Vault) {
	var all []func(v *Vault)
	for _, part := range parts {
		all = append(all, func(v *Vault) {
			v.spare = true
			err := errSpared
			if !v.run.Brief {
				err = guard(func() { part(v) })
			}
			switch {
			case errors.Is(err, errSpared):
				v.run.leftOut()
			case err != nil:
				panic(err)
			}
		})
	}
	return all
}

// bounded is closed once a spare part is to end; for any other part it is nil.
func (v *Vault) bounded() <-chan struct{} {
	if !v.spare {
		return nil
	}
	return v.run.Target.Bounded()
}

// worthwhile ends a spare part where creates are bounded.
func (v *Vault) worthwhile() {
	select {
	case <-v.bounded():
		panic(errSpared)
	default:
	}
}
