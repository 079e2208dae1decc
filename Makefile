# The verbs of the house. `make demo` and `make test` need only Python 3.11+, make and git; they set up everything else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Programs of others, each in an environment of its own: they pin what they need.
JUDGES := .venv-judges
PROXY := .venv-proxy
NO_PYTHON := sourcekeep needs Python 3.11 or newer; say make PYTHON=python3.11
# Tests wait more than they compute: half as many processes again as there are cores, and one.
TESTERS ?= $(shell $(PYTHON) -c 'import os; cores = os.cpu_count() or 1; print(cores + cores // 2 + 1)')
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint bench soak conformance judges lock clean

demo: $(READY)
	$(BIN)/sourcekeep demo

# Nice as can be: processes that read pages are nicer than whoever starts them, and would starve beside other tests.
test: $(READY)
	nice -n 19 $(BIN)/pytest -q -n $(TESTERS) --dist worksteal

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m benchmarks

soak: $(READY)
	$(BIN)/python -m tests.end_to_end.soak --kills 200 --events 250

# Scrapy's own tests of a download handler. Fetches its sdist.
conformance: $(READY) $(PROXY)/.ready
	MITMDUMP=$(CURDIR)/$(PROXY)/bin/mitmdump $(BIN)/python tests/conformance/run.py

# What other programs say of our WARCs, and a real browser of their replay. Needs npm and Debian's chromium.
judges: $(READY) $(JUDGES)/.ready
	$(BIN)/pytest -q -n 2 tests/judges/judge_*.py

# After a change of dependencies. The locks hold every package with its hashes and name no index.
define LOCK
	echo '# Every package with its hashes, for `pip install --require-hashes`. Made by `make lock`.' >$(1).new
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 $(2) >>$(1).new
	mv $(1).new $(1)
endef
lock: $(READY)
	$(BIN)/pip install --quiet uv
	$(call LOCK,requirements.lock,--extra dev --extra fast --extra handover --extra metrics --extra plots --extra web pyproject.toml)
	$(call LOCK,tests/conformance/requirements.lock,tests/conformance/requirements.in)
	$(call LOCK,tests/judges/requirements.lock,tests/judges/requirements.in)
	npm install --prefix tests/judges --silent --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("$(NO_PYTHON)") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(PROXY)/.ready: tests/conformance/requirements.lock
	$(PYTHON) -m venv $(PROXY)
	$(PROXY)/bin/pip install --quiet --require-hashes -r tests/conformance/requirements.lock
	touch $@

$(JUDGES)/.ready: tests/judges/requirements.lock tests/judges/package-lock.json
	$(PYTHON) -m venv $(JUDGES)
	$(JUDGES)/bin/pip install --quiet --require-hashes -r tests/judges/requirements.lock
	cp tests/judges/package.json tests/judges/package-lock.json $(JUDGES)
	npm ci --prefix $(JUDGES) --silent --ignore-scripts --no-audit --no-fund
	touch $@

clean:
	rm -rf $(VENV) $(JUDGES) $(PROXY) .venv-checkers build dist demo-collection .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
