# Everything a person needs to run, test and change anyam. `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Where built programs go: outside the tree, so that the tree stays as it was.
BIN := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/anyam/bin
NODE := .ci/node
TOOL := go tool -modfile=.ci/tools/go.mod
FUZZTIME ?= 1m

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The program replaces the shell, so that Ctrl-C and a stop signal reach it
# itself (`go run` would not pass the signal on).
.PHONY: run
run: build ## start the workbench on http://127.0.0.1:8080 (more arguments: ARGS=...)
	@exec "$(BIN)/anyam" serve $(ARGS)

.PHONY: demo
demo: build ## the same, with the demo study in it
	@exec "$(BIN)/anyam" serve --demo $(ARGS)

.PHONY: build
build:
	@mkdir -p "$(BIN)"
	@CGO_ENABLED=0 go build -o "$(BIN)/anyam" ./cmd/anyam

.PHONY: test
test: ## run every test, with the race detector (needs PostgreSQL, Chromium and a C compiler)
	go test -vet=off -race -tags faults -timeout 14m ./...

# What is broken on purpose, for long: minutes a rig, each beside a control with a seeded defect that it must find.
.PHONY: faults
faults: ## break things for long and count what was lost, doubled or half done (half an hour)
	@figures=$$(mktemp); trap 'rm -f "$$figures"' EXIT; status=0; \
	ANYAM_FAULTS=long ANYAM_FAULTS_FIGURES="$$figures" go test -vet=off -tags faults -count=1 -timeout 90m -run '^TestF[0-9]' ./internal/fault ./internal/store || status=$$?; \
	sort -V -s -k1,1 "$$figures"; exit $$status

.PHONY: office
office: ## open what anyam writes with LibreOffice and xmllint, and read what they write (needs libreoffice and libxml2-utils)
	go test -vet=off -count=1 -tags office -timeout 5m -run '^Test(Office|Spreadsheet|Xmllint)' ./internal/exchange/...

.PHONY: check
check: format vet lint current types test office ## everything that must hold before a change goes in

.PHONY: format
format:
	@echo "formatting"
	@wrong=$$(find cmd internal web migrations -name node_modules -prune -o -name '*.go' ! -name '*_templ.go' -exec gofmt -l {} +); \
	if [ -n "$$wrong" ]; then printf 'not formatted (gofmt -w):\n%s\n' "$$wrong" >&2; exit 1; fi
	@copy=$$(mktemp -d); trap 'rm -rf "$$copy"' EXIT; \
	cp -R web "$$copy"; \
	go tool templ fmt -fail -log-level error "$$copy" || { echo "a template is not formatted (make generate)" >&2; exit 1; }

.PHONY: vet
vet:
	go vet -tags faults ./...

.PHONY: lint
lint:
	$(TOOL) staticcheck -tags faults ./...

.PHONY: current
current:
	@echo "generated code is current"
	@go tool templ generate -check -log-level error || { echo "generated code is behind its templates (make generate)" >&2; exit 1; }

.PHONY: types
types: $(NODE)/node_modules/.package-lock.json
	cd $(NODE) && npm run --silent types

# Only types and copies need Node; building and running do not.
$(NODE)/node_modules/.package-lock.json: $(NODE)/package-lock.json
	cd $(NODE) && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

.PHONY: generate
generate: ## format the templates and write their Go code again
	go tool templ fmt -log-level error web
	go tool templ generate -log-level error

.PHONY: vendor
vendor: $(NODE)/node_modules/.package-lock.json ## copy the browser's libraries and fonts again (needs Node)
	cd $(NODE) && npm run --silent vendor

.PHONY: bench
bench: build ## measure engine, ledger and program against SQL and this machine's disk (twenty minutes)
	@"$(BIN)/anyam" bench $(ARGS)
	@"$(BIN)/anyam" bench --http $(ARGS)

.PHONY: surface
surface: ## measure the coding surface in Chromium over 100,000 words with 5,000 codings (three minutes)
	@figures=$$(mktemp); trap 'rm -f "$$figures"' EXIT; \
	ANYAM_SURFACE_FIGURES="$$figures" go test -vet=off -count=1 -run '^TestHundredThousandWords$$' ./internal/e2e >&2 || exit 1; \
	cat "$$figures"

.PHONY: readers
readers: ## time the readers of files, and whole projects in and out (three minutes; needs Chromium, LibreOffice, poppler-utils, nettle-dev)
	CGO_ENABLED=0 go test -vet=off -run '^$$' -bench '^Benchmark(Read|Pdf|Bring|TakeQDPX)$$' -benchtime 3s ./internal/exchange ./internal/server

.PHONY: benchmarks
benchmarks: ## time every question of the engine, for benchstat
	go test -vet=off -run '^$$' -bench . -benchmem -count 6 ./internal/span ./internal/engine

.PHONY: fuzz
fuzz: ## run every fuzz test for a minute (FUZZTIME=1m each)
	@grep -rEo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' cmd internal web | sed 's|/[^/]*:func | |' | sort -u | \
	while read -r folder name; do \
		echo "$$name in $$folder"; \
		go test -vet=off -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$folder"; \
	done

# The database of known vulnerabilities is itself a Go module; move the pin now and then.
VULNDB := golang.org/x/vulndb@v0.0.0-20261105234957-e22db6528018
.PHONY: vulns
vulns: ## report known vulnerabilities that the program can reach
	@go mod download $(VULNDB)
	@go run golang.org/x/vuln/cmd/govulncheck@v1.9.0 -db "file://$$(go env GOMODCACHE)/$(VULNDB)/data/osv" ./... || true
