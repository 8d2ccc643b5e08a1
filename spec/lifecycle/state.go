package lifecycle

// Presence says whether an operation is pending under the name.
type Presence int

// The presences. With Anything nothing at all is known of the name.
const (
	Anything Presence = iota
	Nothing
	Something
)

// Absence says why nothing is pending.
type Absence int

// The absences.
const (
	NeverMade Absence = iota
	Deleted
	Overwritten // by an import
)

// State is one state that the name may be in. It is a value: two equal states are the same.
type State struct {
	Presence Presence
	// Absence is why there is Nothing.
	Absence Absence

	// ID, CSR, Key and Issuer identify the operation, as far as they were seen.
	ID, CSR, Key, Issuer string
	Origin               Origin
	Status               Status
	// Asked says whether a cancellation was asked for.
	Asked Tristate
	// Unseen says that no answer showed the end that the operation may have come to.
	Unseen bool

	// Certificate is what GET of the latest version shows: nothing, a shell or a certificate.
	Certificate Certificate
	// Version is the latest complete version, where it was seen.
	Version string
	// Late has a bit for each vanished request that may still take effect.
	Late uint32
}

// Certificate says what is known of the latest version.
type Certificate int

// The certificates: NoCertificate has no complete version (there may be a shell, once there was a create), Complete has one.
const (
	AnyCertificate Certificate = iota
	NoCertificate
	Complete
)

// Unknown is the state of a name whose past nobody knows; Fresh that of one that nobody ever used.
var (
	Unknown = State{}
	Fresh   = State{Presence: Nothing, Absence: NeverMade, Certificate: NoCertificate}
)

// running reports an operation that is in progress.
func (s State) running() bool { return s.Presence == Something && s.Status == InProgress }

// ended reports an operation in a terminal state.
func (s State) ended() bool { return s.Presence == Something && s.Status > InProgress }

// drop returns the state without its operation.
func (s State) drop(why Absence) State {
	return State{Presence: Nothing, Absence: why, Certificate: s.Certificate, Version: s.Version, Late: s.Late}
}

// complete returns the state with its operation completed and the version there; an empty version is one not seen yet.
func (s State) complete(version string) State {
	s.Status, s.Unseen = Completed, false
	s.Certificate, s.Version = Complete, version
	return s
}

// finish returns the state with its operation failed or cancelled.
func (s State) finish(status Status) State {
	s.Status, s.Unseen = status, false
	return s
}

// unseen marks an end that nobody saw yet.
func (s State) unseen() State {
	s.Unseen = true
	return s
}

// forget returns the state of which nothing is known any more.
func (s State) forget() State { return State{Late: s.Late} }

// replace returns the state after a create that made this operation.
func (s State) replace(e *Event, shown *Operation) State {
	n := State{Presence: Something, Origin: e.Origin, Issuer: e.Issuer, Status: InProgress, Asked: No,
		Certificate: s.Certificate, Version: s.Version, Late: s.Late}
	if shown != nil {
		n = n.learn(shown)
		if shown.Status > InProgress {
			n = n.become(shown.Status)
		}
	}
	return n
}

// learn fills in what the answer shows and the state did not know yet.
func (s State) learn(o *Operation) State {
	fill := func(known *string, shown string) {
		if *known == "" {
			*known = shown
		}
	}
	fill(&s.ID, o.ID)
	fill(&s.CSR, o.CSR)
	fill(&s.Key, o.Key)
	fill(&s.Issuer, o.Issuer)
	if s.Origin == AnyOrigin {
		s.Origin = originOf(o.Issuer)
	}
	if o.Status == s.Status {
		s.Unseen = false
	}
	if s.Asked == Maybe && s.Status == InProgress {
		s.Asked = o.Asked
	}
	return s
}

// become returns the state with this status, whatever it takes.
func (s State) become(status Status) State {
	switch {
	case status == Unread || status == s.Status:
		return s
	case status == Completed:
		return s.complete("")
	case status == InProgress:
		s.Status, s.Asked, s.Unseen = InProgress, Maybe, false
		return s
	default:
		return s.finish(status)
	}
}

// originOf says who completes the operation of an issuer of this name (document 002: Unknown or none is manual).
func originOf(issuer string) Origin {
	switch issuer {
	case "":
		return AnyOrigin
	case "unknown":
		return Manual
	default:
		return Issued
	}
}
