# Everything that a person or a CI job does with this repository. Each target does its
# own set-up: a fresh clone and empty caches are enough.

GO        ?= go
TOOL       = $(GO) tool -modfile=internal/tools/go.mod
BIN        = bin
VERSION   ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS    = -s -w -X main.version=$(VERSION)
FUZZTIME  ?= 10s
# -count=1 where a run must really run.
PKGS       = ./...
ONCE      ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the three programs into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

.PHONY: demo
demo: build ## the main job on the embedded org, target and ledger (ONCE=1 ends by itself)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sandbox demo $(if $(ONCE),--once)

.PHONY: test
test: ## all tests; provides what they need, or says what was skipped and why
	@sh internal/tools/provide.sh
	$(TOOL) gotestsum --format pkgname --format-hide-empty-pkg -- -timeout 15m $(PKGS)

.PHONY: check
check: fmt fix lint race fuzz ## what must hold before a commit: format, lint, all tests with race (fresh docs among them), fuzz

.PHONY: fmt
fmt: ## fail when a file is not formatted
	@out=$$(gofmt -l agent cmd features internal scimclient); if [ -n "$$out" ]; then echo "not formatted: $$out; run gofmt -w on them"; exit 1; fi

.PHONY: fix
fix: ## fail when go fix would modernise something
	@out=$$($(GO) fix -diff $(PKGS)) || { echo "$$out"; exit 1; }; if [ -n "$$out" ]; then echo "$$out"; echo "run: go fix ./..."; exit 1; fi

.PHONY: lint
lint: ## golangci-lint, built from its own module
	$(TOOL) golangci-lint run

.PHONY: race
race: ## all tests with the race detector
	@sh internal/tools/provide.sh
	$(TOOL) gotestsum --format pkgname --format-hide-empty-pkg -- -race -timeout 20m $(PKGS)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (10s)
	@GO="$(GO)" FUZZTIME="$(FUZZTIME)" sh internal/tools/fuzz.sh

.PHONY: bench
bench: build ## requests, seconds, peak memory and ratios; keeps bench/old.txt for comparison
	@GO="$(GO)" sh internal/tools/bench.sh

.PHONY: golden
golden: ## rewrite golden files from what the code does now; the diff is the review
	$(GO) test $$(grep -rlE --include='*_test.go' 'internal/golden"|Bool\("update"' agent internal cmd | xargs -n1 dirname | sort -u | sed 's,^,./,') -run 'Golden|Script|Stories' -update

.PHONY: docs
docs: ## regenerate the references under docs/ and the editor schema; tests keep them fresh
	$(GO) test ./cmd/... ./internal/config ./internal/conformance -run 'Reference' -update

.PHONY: pictures
pictures: ## take the pictures of docs/panel.md anew; needs chromium, look at each
	$(GO) test -count=1 ./internal/scimserver/adminpanel -run 'Pictures' -pictures

.PHONY: interop
interop: ## apply against servers that nobody here wrote (elimity in process, scimmy from npm)
	@sh internal/tools/scimmy.sh
	$(GO) test -count=1 -v -run 'Interop' ./internal/interop

.PHONY: contract
contract: ## the simulated org against Okta's specification (OKTA_OPENAPI=FILE) and Okta's SDKs; says what it skipped
	@GO="$(GO)" sh internal/tools/contract.sh

.PHONY: vuln
vuln: ## known vulnerabilities; says "not checked" when the database cannot be reached
	@$(TOOL) govulncheck $(PKGS) || { code=$$?; if [ $$code -eq 3 ]; then exit 3; fi; echo "not checked: the vulnerability database could not be reached or govulncheck did not run"; }

.PHONY: dist
dist: ## static binaries and checksums under dist/
	@GO="$(GO)" LDFLAGS="$(LDFLAGS)" sh internal/tools/dist.sh

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf $(BIN) dist artifacts bench/new.txt
