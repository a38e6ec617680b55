# Every target does its own set-up on a machine that has Python 3.11 or newer with venv, make and git.
# `make` alone lists what there is.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PLUGINS = $(sort $(dir $(wildcard plugins/*/pyproject.toml)))
EDITABLE = -e . $(addprefix -e ,$(PLUGINS))
PROJECTS = pyproject.toml $(addsuffix pyproject.toml,$(PLUGINS))
PIP = $(BIN)/python -m pip --quiet --disable-pip-version-check
TESTS ?= tests plugins
WORKERS ?= $(shell echo $$(($$(nproc) * 3 / 2))) # tests wait for processes and servers half of the time
SEED ?= 0
SAMPLE ?= 0
CRASH_WORKERS ?= 2
KILLS ?= 300
FLUSHES ?= 100
BUILDER ?= docker
PARALLEL = -n $(WORKERS) --dist worksteal # whole stretches of the tests to each process, so that few make the same things ready

.DELETE_ON_ERROR:
.PHONY: help demo test matrix check bench crash docs golden lock format clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/run ## play a whole release day on this machine; SERVE=1 keeps serving
	$(BIN)/python -m examples.demo

test: $(VENV)/dev ## run all tests; a missing service skips its tests by name, and fails them where CI=true
	$(BIN)/python -m pytest $(PARALLEL) --storage-matrix=build/storages-under-faults.md $(TESTS)

matrix: $(VENV)/dev ## what every storage does under every fault, as a table
	$(BIN)/python -m pytest $(PARALLEL) -q --storage-matrix=- plugins/storage_*/tests/test_faults.py

check: $(VENV)/dev ## lint, types, layers, and whether the migrations make what the program expects
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy aslo_core examples/demo bench docs
	$(BIN)/mypy $(addprefix -p aslo_,$(notdir $(PLUGINS:/=)))
	$(BIN)/lint-imports
	$(BIN)/python -m aslo_core.log.migrations

bench: $(VENV)/dev ## measure, and print ratios against named baselines
	$(BIN)/python -m bench

crash: $(VENV)/dev ## kill ASLO at every point, and see that nothing is lost; SAMPLE=4, ONLY=name:n, SEED=n; MODE=real KILLS=n FLUSHES=n
	$(CRASH_$(or $(MODE),points))
CRASH_real = $(BIN)/python -W ignore -m tests.crash.real --seed $(SEED) --kills $(KILLS) --flushes $(FLUSHES) --builder $(BUILDER)
CRASH_points = $(BIN)/python -W ignore -m tests.crash --seed $(SEED) --sample $(SAMPLE) $(if $(ONLY),--only $(ONLY)) --workers $(CRASH_WORKERS)

docs: $(VENV)/run ## write the reference pages that are made of the code
	$(BIN)/python -m docs.generate

golden: $(VENV)/dev ## write golden files of new versions of events; those that are there stay as they are
	$(BIN)/python -m aslo_core.testing.golden_events tests/events/golden

format: $(VENV)/dev ## put the code into its one form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: $(VENV)/dev ## pin the newest versions that pyproject.toml and requirements*.in allow
	$(BIN)/uv pip compile $(LOCK) --upgrade pyproject.toml requirements.in -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) -c requirements.txt pyproject.toml requirements.in requirements-dev.in -o requirements-dev.txt

clean: ## remove what the targets made, but no data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis var/demo

LOCK = --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet

# Locked libraries first, the build back-end among them; then our own distributions all at once, since a plugin that is installed
# alone would look for the core elsewhere.
$(VENV)/run: requirements.txt $(PROJECTS) | $(VENV)/python
	$(PIP) install --require-hashes -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

$(VENV)/dev: requirements-dev.txt $(PROJECTS) | $(VENV)/python
	$(PIP) install --require-hashes -r requirements-dev.txt
	$(PIP) install --no-deps --no-build-isolation $(EDITABLE)
	@touch $@ $(VENV)/run

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ASLO needs Python 3.11 or newer; name one with make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	@touch $@
