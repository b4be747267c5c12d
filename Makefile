# make run    builds slimrun and shows it: stress against its limit
# make test   everything; make help lists the rest

# The version is git's, 0.9.0 or 0.9.0+5.g1a2b3c4 five commits later; without a tag it is
# what the source says that it will be.
VERSION := $(or $(shell git describe --tags --match 'v[0-9]*' 2>/dev/null | sed 's/^v//; s/-\([0-9]*\)-g/+\1.g/'),\
	$(shell sed -n 's/^const release = "\(.*\)"/\1/p' launcher/version/version.go))
COMMIT  := $(or $(shell git describe --always --dirty --abbrev=12 --exclude '*' 2>/dev/null),unknown)
PREFIX ?= /usr/local
DESTDIR ?=
SUITES ?= native trixie bookworm arm64 nosystemd slurm slurm22
SUITE   =
RUN     =
REF     = main
FUZZTIME = 30s
ERRNO   = EPERM

# Whatever is built is built by this, from the same source to the same bytes.
NAMED   = github.com/slimrun/slimrun/launcher/version
ENTRY   = github.com/slimrun/slimrun/nsinit/inside.entry
LDFLAGS = -s -w -E $(ENTRY) -X $(NAMED).number=$(VERSION) -X $(NAMED).commit=$(COMMIT)
BUILD   = CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)'
ARCHES  = amd64 arm64
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)

GOFUMPT     = mvdan.cc/gofumpt@v0.12.0
NFPM        = github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.2
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
# The slimrun of another architecture, where its machine is among the suites.
FOREIGN     = $(addprefix slimrun-,$(filter arm64,$(1)))
VM          = go run ./test/vm -slimrun ./slimrun -run '$(RUN)'

.PHONY: help
help: ## what there is to make
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' Makefile | expand -t 16

.PHONY: build
build: ## ./slimrun, static
	$(BUILD) -o slimrun .

.PHONY: slimrun-arm64
slimrun-arm64:
	GOARCH=arm64 $(BUILD) -o $@ .

# The payload must have been killed for memory: 137 from slimrun, or stress's own
# 1 when the kernel took its worker and left stress itself to say so.
.PHONY: run
run: build ## the main job: stress --vm-bytes 200M under --memory 100M
	@sh test/install-missing systemd stress
	@echo '$$ ./slimrun --memory 100M -- stress --vm 1 --vm-bytes 200M --vm-keep'
	@sh test/run-stress

.PHONY: test
test: check build dist $(call FOREIGN,$(SUITES)) ## everything: check, then the scenarios in all SUITES
	test/dist/check quick
	$(VM) -share -suites '$(SUITES)'
	$(MAKE) test-plain
	$(MAKE) fuzz FUZZTIME=2s

# A stated core of them, for a program whose entry is Go's: it executes a copy of itself.
PLAIN = ^(args-|caller-|exit-|fds-|init-|lost-|memory-|overlay|root|signals-|status|terminal|tty-|unshare)

.PHONY: test-plain
test-plain: ## the scenarios with a slimrun as go install builds it, on this machine
	CGO_ENABLED=0 go build -o slimrun-plain .
	E2E_PLAIN=1 go run ./test/vm -slimrun ./slimrun-plain -run '$(or $(RUN),$(PLAIN))' -suites native

.PHONY: test-native
test-native: build ## the scenarios on this machine; RUN=regexp for some
	$(VM) -suites native

.PHONY: test-vm
test-vm: build $(call FOREIGN,$(or $(SUITE),$(SUITES))) ## the scenarios in machines; SUITE=trixie RUN=regexp for some
	$(VM) -suites '$(or $(SUITE),$(filter-out native,$(SUITES)))'

.PHONY: test-arm64
test-arm64: build slimrun-arm64 ## all scenarios in the arm64 machine, which test-vm gives its core only
	go run ./test/vm -suites arm64 -run '$(or $(RUN),.)'

.PHONY: vm
vm: build $(call FOREIGN,$(SUITE)) ## a root shell in a machine; SUITE=bookworm, trixie, nosystemd, slurm, slurm22, slurmv1 or arm64
	$(VM) -suites '$(or $(SUITE),trixie)' -shell

.PHONY: check
check: ## format, vet, staticcheck, a build for each of ARCHES, and the unit tests
	@files=$$(go run $(GOFUMPT) -l .) && if [ -n "$$files" ]; then \
		echo "not formatted: $$files: run make format"; exit 1; fi
	go vet ./...
	go run $(STATICCHECK) ./...
	for arch in $(ARCHES); do GOARCH=$$arch $(BUILD) -o /dev/null . || exit; done
	go test ./...

.PHONY: fuzz
fuzz: ## every fuzz target there is, for FUZZTIME=30s each
	test/fuzz '$(FUZZTIME)'

.PHONY: faults
faults: build ## each system call of a launch fails in turn, 5 min; ERRNO=EPERM
	@sh test/install-missing systemd strace
	go run ./test/faults -slimrun ./slimrun -errno '$(ERRNO)'

.PHONY: format
format: ## what check wants of the format
	go run $(GOFUMPT) -w .

.PHONY: bench
bench: build ## speed and memory against every peer, 3 min; draws docs/launch.svg
	@sh test/install-missing systemd dbus bubblewrap crun runc || echo 'bench: goes on with what is installed' >&2
	go run ./test/bench -slimrun ./slimrun -svg docs/launch.svg

.PHONY: sizing
sizing: build ## the table of docs/sizing.md: the rule held against real programs, 10 min of a quiet machine
	go run ./test/sizing -slimrun ./slimrun

.PHONY: bench-against
bench-against: build ## speed against an earlier slimrun; REF=main
	go run ./test/bench -slimrun ./slimrun -against '$(REF)'

.PHONY: dist
dist: ## dist/: a tarball, .deb, .rpm and SBOM for each of ARCHES, and SHA256SUMS
	rm -rf dist
	for arch in $(ARCHES); do GOARCH=$$arch $(BUILD) -o dist/$$arch/slimrun . || exit; done
	go run ./test/dist -version '$(VERSION)' -nfpm $(NFPM) dist

.PHONY: test-dist
test-dist: ## what make dist makes of the last commit; in machines it is installed by test-vm
	test/dist/check

.PHONY: install
install: build ## into $(DESTDIR)$(PREFIX)
	install -D -m 755 slimrun '$(DESTDIR)$(PREFIX)/bin/slimrun'
	@if [ -e docs/slimrun.1 ]; then \
		install -D -m 644 docs/slimrun.1 '$(DESTDIR)$(PREFIX)/share/man/man1/slimrun.1'; fi
	for file in bash-completion/completions/slimrun zsh/site-functions/_slimrun fish/vendor_completions.d/slimrun.fish; do \
		install -d "$(DESTDIR)$(PREFIX)/share/$${file%/*}" && \
		./slimrun completion "$${file%%[-/]*}" >"$(DESTDIR)$(PREFIX)/share/$$file" || exit; done

.PHONY: clean
clean: ## what was built here; the machines' images stay in the cache
	rm -f slimrun slimrun-arm64
	rm -rf dist
