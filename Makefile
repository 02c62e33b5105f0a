# Two commands: `make report` and `make test`. Both set up .venv when it is not there or the lock has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help report methodology test test-slow lint bench lock notebooks clean

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

test: $(READY) lint
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow" --benchmark-disable tests
	$(BIN)/python -m pytest -q --nbval-lax -p no:xdist -p no:benchmark tests/notebooks

test-slow: $(READY)
	CIRCULARITY_RANDOM=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile --benchmark-disable tests

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

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
