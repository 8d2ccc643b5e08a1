# What a developer does with kvconform. `make ci` is what has to pass before a change is taken.
.PHONY: build run test race lint bench check mutants mutants-oracle clients soak fuzz ci clean

SHARED ?= ../shared
AUTHORITY ?= documented
FUZZ_TIME ?= 5s

build:
	go build -o bin/kvconform ./runner/cmd/kvconform

# Judges the reference vault, or the one that KVCONFORM_TARGET names.
run: build
	bin/kvconform run --authority $(AUTHORITY)

test:
	go test ./...

race:
	go test -race ./...

lint:
	golangci-lint run ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

# Judges what the live service was recorded to do.
check: build
	@if [ -d $(SHARED)/recordings ]; then \
		bin/kvconform check --authority live --lenient $(SHARED)/recordings; \
	else \
		echo 'skipped: $(SHARED)/recordings is not there'; \
	fi

# Runs the suite against every faulty and peculiar variant of the reference vault.
mutants: build
	bin/kvconform mutants

# Tries the tests of the oracle: spoils one token of spec/ at a time, and looks whether a test notices.
mutants-oracle:
	go run ./spec/internal/mutants

# Tells the reference vault one story with each of the Azure SDKs; CLIENTS='go js' picks some.
clients:
	fixtures/clients/run

# A hundred runs in a row over a line that breaks on every fortieth answer: no alarm, and nothing left in the vault. Some 20 minutes.
soak:
	REHEARSALS=100 go test ./runner -run '^TestConnectionResets$$' -v -timeout 3h

# Some seconds of each fuzz test; FUZZ_TIME=1m for more.
fuzz:
	.ci/fuzz $(FUZZ_TIME)

ci:
	.ci/run

clean:
	rm -rf bin kvconform-report
