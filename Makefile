# The whole project behind five words. `make run` and `make test` set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup setup-postgres run test test-unit test-all lint docs ui lock clean

setup: $(READY)

# uv goes into .venv itself, so the system's Python stays as it is.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; found: $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || { awk '/^uv==/ {on=1} on {print} on && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.lock && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.lock; }
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(READY)

# Dagster's records in Postgres (docs/deployment.md): what runs need and no tools of developers, beside what is there.
setup-postgres: setup
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements-postgres.lock

run: setup
	@$(BIN)/inequality run

# Three tiers, see CONTRIBUTING.md: `test-unit` while you type, `test` before you commit, `test-all` before a merge.
# With compiled test modules kept, a session on several cores starts in half the time.
test test-unit test-all: export PYTHONDONTWRITEBYTECODE :=
PYTEST := $(BIN)/python -m pytest --numprocesses auto

test: setup
	@$(PYTEST) -m "not long"

test-unit: setup
	@$(PYTEST) tests/unit

test-all: setup
	@$(PYTEST) --hypothesis-profile=long

lint: setup
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/sqlfluff lint --disable-progress-bar sql

# After a change of a measure's docstring, of a figure in docs/, or of the words of a sentence.
docs: setup
	@$(BIN)/python docs/build_methods.py
	@$(BIN)/python docs/build_sentences.py

ui: setup
	@$(BIN)/inequality ui

# After a change of dependencies in pyproject.toml. What is locked stays as it is, unless it no longer fits.
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --no-strip-extras --no-header --no-emit-index-url \
	--python-version 3.11 --quiet
lock: setup
	@$(COMPILE) --group dev --output-file requirements.lock pyproject.toml
	@$(COMPILE) --extra postgres --constraint requirements.lock --output-file requirements-postgres.lock pyproject.toml

clean:
	rm -rf $(VENV)
