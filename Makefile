# `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -o pipefail -c

# The versions of the linter and of govulncheck come from the modules that pin them.
linter_module := github.com/golangci/golangci-lint/v2
linter := tools/bin/golangci-lint-$(shell awk '$$1 == "$(linter_module)" {print $$2}' tools/golangci-lint/go.mod)

govulncheck_module := golang.org/x/vuln
govulncheck := tools/bin/govulncheck-$(shell awk '$$1 == "$(govulncheck_module)" {print $$2}' tools/govulncheck/go.mod)

actionlint_module := github.com/rhysd/actionlint
actionlint := tools/bin/actionlint-$(shell awk '$$1 == "$(actionlint_module)" {print $$2}' tools/actionlint/go.mod)
cyclonedx_module := github.com/CycloneDX/cyclonedx-gomod
cyclonedx := tools/bin/cyclonedx-gomod-$(shell awk '$$1 == "$(cyclonedx_module)" {print $$2}' tools/cyclonedx-gomod/go.mod)
zizmor := tools/bin/zizmor/requirements.txt

stacks ?= dev prod
# Stack files for other networks, in stacks/examples.
examples := existing-vpc private
fuzztime ?= 30s

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-30s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: rehearse
rehearse: ## Preview, deploy, deploy again, drift and destroy dev and prod under the real engine, on a simulated AWS (flags=--verbose)
	@go run ./cmd/rehearse all $(stacks:%=--stack %) $(flags)

.PHONY: sandbox
sandbox: ## Keep a simulated account to run the real Pulumi commands by hand (flags='--for 30m --speed 100')
	@go run ./cmd/rehearse serve $(flags)

.PHONY: rehearse-all
rehearse-all: ## Rehearse dev, prod, the examples of other networks, a second region and its failover, then two stacks in one account
	@go run ./cmd/rehearse all $(stacks:%=--stack %) $(examples:%=--stack %)
	@go run ./cmd/rehearse all --stack recovery
	@go run ./cmd/rehearse all --stack recovery --config recovery.mode=active
	@go run ./cmd/rehearse dr
	@go run ./cmd/rehearse shared-account --stack prod

.PHONY: rehearse-real-preview
rehearse-real-preview: moto ## Plan dev, prod and the examples with the real AWS provider and compare its verdicts with the simulated ones; builds it the first time (half an hour)
	@go run ./cmd/rehearse preview --provider real $(stacks:%=--stack %) $(examples:%=--stack %) $(flags)
	@go test ./tests/differential -count=1 -v | grep -E '^(differential|ok|FAIL|--- FAIL)'

.PHONY: rehearse-real-preview-if-built
rehearse-real-preview-if-built: ## Plan with the real provider; skip if it is neither installed nor built
	@if [ -n "$$(ls -d "$${XDG_CACHE_HOME:-$$HOME/.cache}"/morpheus-aws/awsprovider-* \
	  "$${PULUMI_HOME:-$$HOME/.pulumi}"/plugins/resource-aws-v6.* 2>/dev/null)" ]; then $(MAKE) --no-print-directory moto; fi
	@go run ./cmd/rehearse preview --provider real --only-if-built $(stacks:%=--stack %) $(examples:%=--stack %)

.PHONY: rehearse-real
rehearse-real: rehearse-real-preview ## Deploy dev and prod with the real AWS provider against moto server, in parallel, because its waits take half an hour
	@go run ./cmd/rehearse all --provider real $(stacks:%=--stack %) $(flags)

.PHONY: test
test: ## Run all tests, then the rehearsal
	@go test -timeout 25m ./... | awk '{print; fflush()} /^ok/ {ok++} /^FAIL\t/ {bad++} \
	  END {printf "packages: %d passed, %d failed\n", ok, bad}'
	@$(MAKE) --no-print-directory rehearse

.PHONY: lint
lint: $(linter) $(actionlint) $(zizmor) ## Check style, likely bugs, formatting, the workflows and that go.mod is tidy
	@go mod tidy -diff
	@cd tools/pulumi && go mod tidy -diff
	@cd tools/golangci-lint && go mod tidy -diff
	@cd tools/govulncheck && go mod tidy -diff
	@cd tools/actionlint && go mod tidy -diff
	@cd tools/cyclonedx-gomod && go mod tidy -diff
	@$(actionlint)
	@$(dir $(zizmor))bin/zizmor --offline --no-progress --quiet .github
	@$(linter) run ./...
	@echo "lint: clean"

$(linter): tools/golangci-lint/go.mod tools/golangci-lint/go.sum
	@echo "building $(@F): 2 to 4 minutes on 2 cores, only this once"
	@cd tools/golangci-lint && GOWORK=off go build -trimpath -ldflags '-s -w' -o '$(CURDIR)/$@' $(linter_module)/cmd/golangci-lint

$(actionlint): tools/actionlint/go.mod tools/actionlint/go.sum
	@cd tools/actionlint && GOWORK=off go build -trimpath -ldflags '-s -w' -o '$(CURDIR)/$@' $(actionlint_module)/cmd/actionlint

$(zizmor): tools/zizmor/requirements.txt
	@rm -rf $(@D)
	@python3 -m venv $(@D)
	@$(@D)/bin/pip install --quiet --require-hashes --requirement $<
	@cp $< $@

.PHONY: policy
policy: ## Check every stack file against the table of security and availability controls (flags=--verbose)
	@go run ./cmd/rehearse policy $(flags)

checkov := tools/bin/checkov/requirements.txt

.PHONY: scan
scan: $(checkov) ## Scan the resources of every stack file with checkov; every finding needs a reason (flags='--stack prod')
	@go run ./cmd/rehearse scan $(flags)

$(checkov): tests/checkov/requirements.txt
	@rm -rf $(@D)
	@python3 -m venv $(@D)
	@$(@D)/bin/pip install --quiet --require-hashes --requirement $<
	@cp $< $@

.PHONY: vulnerabilities
vulnerabilities: $(govulncheck) ## Report known vulnerabilities in the Go packages of the program and its tools
	@go run ./tools/vulnerabilities -govulncheck $(govulncheck)

$(govulncheck): tools/govulncheck/go.mod tools/govulncheck/go.sum
	@cd tools/govulncheck && GOWORK=off go build -trimpath -ldflags '-s -w' -o '$(CURDIR)/$@' $(govulncheck_module)/cmd/govulncheck

.PHONY: licences
licences: $(cyclonedx) ## Fail if a Go module has a licence that tools/sbom/licences.go does not allow
	@go run ./tools/sbom -cyclonedx $(cyclonedx) -out ''

.PHONY: sbom
sbom: $(cyclonedx) ## Write what the programs and a node are made of, as CycloneDX, into sbom/ (flags='-stack prod')
	@go run ./tools/sbom -cyclonedx $(cyclonedx) -out sbom $(flags)

$(cyclonedx): tools/cyclonedx-gomod/go.mod tools/cyclonedx-gomod/go.sum
	@cd tools/cyclonedx-gomod && GOWORK=off go build -trimpath -ldflags '-s -w' -o '$(CURDIR)/$@' $(cyclonedx_module)/cmd/cyclonedx-gomod

.PHONY: golden
golden: ## Rewrite the golden manifests and the generated pages and tables from the program; review the diff
	@go test ./tests ./internal/rehearsal/awstypes ./internal/rehearsal/regions ./internal/ops/preflight ./internal/ops/validate ./internal/ops/drill ./internal/ops/restoretest ./internal/ops/restorefiles ./internal/ops/adopt ./cmd/ops/command -run "Golden|TheSchemaRefuses" -update

.PHONY: ops
ops: ## Build the operations command, one static binary: bin/ops
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/ops ./cmd/ops

.PHONY: test-ops
test-ops: $(moto) ## Test the operations command against moto server
	@go test ./internal/ops/... ./cmd/ops/...

.PHONY: fuzz
fuzz: ## Fuzz each fuzz test for a while (fuzztime=30s)
	@grep -rlE --include='*_test.go' '^func Fuzz' . | while read -r file; do \
	  sed -nE 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/p' "$$file" | while read -r name; do \
	    echo "$$file $$name"; \
	    go test "$$(dirname "$$file")" -run '^$$' -fuzz "^$$name\$$" -fuzztime $(fuzztime) </dev/null || exit 1; \
	  done || exit 1; \
	done

.PHONY: mutants
mutants: ## Put mistakes into the program, one at a time, and report which a behaviour test catches (flags='--count 10 --seed 7')
	@go run ./cmd/mutants $(flags)

.PHONY: bench
bench: ## Compare a warm preview of prod with one of an empty program
	@go run ./cmd/bench preview

.PHONY: bench-compile
bench-compile: ## Compare a cold compile of the program with one of its imported SDK packages
	@go run ./cmd/bench compile

moto := tools/bin/moto/requirements.txt

.PHONY: moto
moto: $(moto) ## Install moto server, the AWS API of the deep rehearsal

$(moto): tests/moto/requirements.txt
	@rm -rf $(@D)
	@python3 -m venv $(@D)
	@$(@D)/bin/pip install --quiet --require-hashes --requirement $<
	@cp $< $@

# The AWS CLI that the nodes of the boot test run.
tools/bin/nodeaws/requirements.txt: tests/boot/requirements.txt
	@rm -rf $(@D)
	@python3 -m venv $(@D)
	@$(@D)/bin/pip install --quiet --require-hashes --requirement $<
	@cp $< $@

seeds ?= 5

.PHONY: test-boot
test-boot: ## Boot nodes for real on this machine, all branches of the boot; needs root and Debian (kills the lock holder at seeds=5 random moments)
	@tests/boot/run $(seeds)

# npm writes this file after the installation.
simulator := tools/bin/simulator/node_modules/.package-lock.json

.PHONY: simulator
simulator: $(simulator) ## Install the IAM simulator for the permission tests; needs Node 20

$(simulator): $(wildcard tests/simulator/*)
	@rm -rf tools/bin/simulator && mkdir -p tools/bin/simulator
	@cp tests/simulator/* tools/bin/simulator
	@cd tools/bin/simulator && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: clean
clean: ## Remove build output: the program's binary, the Pulumi CLI, the linter
	@rm -rf bin tools/bin
