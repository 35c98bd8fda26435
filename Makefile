# Every command works in a fresh clone: each target first makes sure that .venv holds exactly the locked pins.
# Written for GNU make 3.81 and newer, so that the one macOS ships will do.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.understudy-setup
UV     := $(BIN)/uv
ROOMS  := generators seeds api env_config

# Passed on: make seed-local ARGS="--residents 500" · make test PYTEST_ARGS="-k streams" · make lock LOCK_ARGS=--upgrade
ARGS        ?=
PYTEST_ARGS ?=
LOCK_ARGS   ?=
WORKERS     ?= auto

PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --quiet
LOCK := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" --quiet $(LOCK_ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup seed-local serve test clients check lint format types imports architecture schema bench lock clean

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv from the hash-locked pins (the other targets call this)

# pip refuses anything whose hash is not in the file, and the project itself is installed without resolving again.
# An environment that works is kept: laying another interpreter over it would leave a mixture of both.
$(STAMP): requirements/dev.txt pyproject.toml env_config/pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
		echo "error: '$(PYTHON)' was not found." >&2; echo >&2; \
		echo "hint: install Python 3.11 or newer, or name one: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: Understudy needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." >&2; echo >&2; \
		echo "hint: install a newer one, or name it: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "error: '$(PYTHON)' comes without its venv module." >&2; echo >&2; \
		echo "hint: on Debian and Ubuntu it is a package of its own: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up $(VENV) from requirements/dev.txt (about a minute the first time)" >&2
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || \
		$(PYTHON) -m venv --clear $(VENV)
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable . --editable ./env_config
	@touch $(STAMP)

seed-local: setup ## Start a real PostgreSQL and fill it with a synthetic borough
	@$(BIN)/understudy seed borough $(ARGS)

serve: setup ## Run the service on this machine
	@$(BIN)/understudy serve $(ARGS)

test: setup ## Run every test but the benchmarks
	@$(BIN)/python -m pytest -n $(WORKERS) $(PYTEST_ARGS)

check: lint types imports architecture schema ## Run every check that needs no database

clients: setup ## Add the client libraries that have to be built (a compiler and MySQL's headers)
	@$(PIP_INSTALL) --require-hashes -r requirements/clients.txt

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup ## Rewrite the code as `make check` wants it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup
	@$(BIN)/mypy
	@$(BIN)/mypy --python-version 3.10 -p env_config

imports: setup
	@$(BIN)/lint-imports --no-logo

# Size budget, names, public surface, leaks, documentation under test.
architecture: setup
	@$(BIN)/python -m pytest -q tests/architecture

schema: setup
	@$(BIN)/python -m seeds.dataset.json_schema --check
	@$(BIN)/python -m env_config.authoring.json_schema --check
	@$(BIN)/python docs/build_reference.py --check
	@$(BIN)/python docs/build_env_config_reference.py --check

bench: setup ## Measure speed and memory as ratios; writes build/bench.json
	@mkdir -p build
	@$(BIN)/python -m tests.bench $(GROUPS)

lock: setup ## Resolve requirements/*.txt again (LOCK_ARGS=--upgrade takes newer releases)
	@$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	@$(LOCK) pyproject.toml --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	@$(LOCK) --group build --constraint requirements/dev.txt --output-file requirements/build.txt
	@$(LOCK) --group clients --constraint requirements/dev.txt --output-file requirements/clients.txt

clean: ## Remove what the targets made, the embedded database excepted
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find $(ROOMS) tests -type d -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
