# The verbs of the house. `make demo` and `make test` need only Python 3.11+, make and git; they set up everything else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint bench soak conformance lock clean

demo: $(READY)
	$(BIN)/sourcekeep demo

test: $(READY)
	$(BIN)/pytest -q -n auto

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m benchmarks

soak: $(READY)
	$(BIN)/python -m tests.end_to_end.soak --kills 200 --events 250

conformance: $(READY)
	$(BIN)/python tests/conformance/run.py

# After a change of dependencies. The lock holds every package with its hashes and names no index.
lock: $(READY)
	$(BIN)/pip install --quiet uv
	echo '# Every package with its hashes, for `pip install --require-hashes`. Made by `make lock`.' >requirements.lock.new
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		--extra dev --extra fast pyproject.toml >>requirements.lock.new
	mv requirements.lock.new requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("sourcekeep needs Python 3.11 or newer; say make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:
	rm -rf $(VENV) build dist demo-collection .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
