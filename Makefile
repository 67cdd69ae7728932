# What contributors need besides  go run ./cmd/braid demo  and  go test ./...
TOOLS := go tool -modfile=tools/go.mod

.PHONY: check lint format generate golden fuzz crash ci

check: format lint ## before a commit
	go vet ./...
	go test ./...

lint: ## takes three minutes the first time: the linter is built
	$(TOOLS) golangci-lint run ./...

format:
	$(TOOLS) gofumpt -extra=group_params -w $$(git ls-files '*.go')

generate: ## code made from api/openapi.json
	go generate ./internal/api/dto

golden: ## pages and lists made from the code
	go test ./components ./test/arch -update

SECONDS ?= 60
fuzz: ## all fuzz targets, SECONDS each
	.ci/fuzz $(SECONDS)s

KILLS ?= 500
crash: ## kill -9 under load, KILLS times
	go test -count=1 -timeout 0 -v ./test/crash -run Kill -kills $(KILLS)

ci:
	.ci/run
