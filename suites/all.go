package suites

// All returns the scenarios in the order in which the documents tell them, and then the rest of the contract. Reports
// keep this order.
func All() []Scenario {
	return []Scenario{
		createWithIssuer,
		pollInProgress,
		pollCompleted,
		pollFailed,
		pollGone,
		conflict,
		mergeWithIssuer,
		cancel,
		deletePending,
		createManual,
		mergeManual,
		getCertificate,
		protocol,
		race,
	}
}
