# Two commands: `make report` and `make test`. Both set up .venv when it is not there or the lock has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# What a command says, whole when it ends, for commands that run beside others.
whole = @said=$$($(1) 2>&1); code=$$?; printf '\n%s\n' "$$said"; exit $$code
# As many processes as cores, to a limit: each reads the method by itself. Their arrays are small, and threads of a
# linear algebra library that wait for each other would take their time.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q
WORKERS := -n logical --maxprocesses=4 --dist worksteal

.PHONY: help report methodology test test-slow lint bench lock notebooks clean style types tests tests-of-notebooks

help:
	@echo "make report      set up, then write reports/ for every fieldlab in data/"
	@echo "make methodology set up, then write site/: the method as a site and a PDF, for reviewers"
	@echo "make test        set up, then run style, types and every test"
	@echo "make test-slow   every test, the slower suites too, with other random cases each time"
	@echo "make bench       the benchmarks, with their ratios"
	@echo "make lock        resolve requirements.lock again from pyproject.toml"
	@echo "make notebooks   run the notebooks that the tests compare with again"
	@echo "make clean       remove what the commands above made"

report: $(READY)
	$(BIN)/circularity report

methodology: $(READY)
	$(BIN)/circularity method site --out site

test: $(READY)
	@$(MAKE) --no-print-directory --keep-going --jobs=4 tests types tests-of-notebooks style

test-slow: $(READY)
	CIRCULARITY_RANDOM=1 $(PYTEST) $(WORKERS) --benchmark-disable tests

lint: style types

style: $(READY)
	$(call whole,$(BIN)/ruff check . && $(BIN)/ruff format --check .)

types: $(READY)
	$(call whole,$(BIN)/mypy)

tests: $(READY)
	$(PYTEST) $(WORKERS) -m "not slow" --benchmark-disable tests

tests-of-notebooks: $(READY)
	$(call whole,$(PYTEST) -p nbval --nbval-lax -p no:xdist -p no:benchmark tests/notebooks)

bench: $(READY)
	$(BIN)/python -m pytest -q benchmarks --benchmark-only --benchmark-columns=min,median,max,rounds --benchmark-sort=name

notebooks: $(READY)
	$(BIN)/python tests/notebooks/remake.py

lock: $(READY)
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile --universal --python-version 3.11.0 --generate-hashes --no-emit-index-url --no-header \
		--no-annotate --all-extras --quiet pyproject.toml -o requirements.lock

# pip checks every hash. The project itself is installed after it: a hashed file admits no editable install.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

clean:
	rm -rf $(VENV) reports site .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
