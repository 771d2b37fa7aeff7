# make help lists the targets. Everything runs in .venv; scripts/setup installs the engine if there is none.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HARNESS := $(BIN)/harness
# The name of the stamp has a checksum of the locks: a changed lock installs, a mere checkout does not.
STAMP := $(VENV)/installed-$(shell cat pyproject.toml requirements.lock | cksum | cut -d ' ' -f 1)
# A missing folder is not tested. The tests have a lab of their own. Half of the usual probes: 600 a second take most of
# two cores, and a shared machine may have less. NONE: pytest's exit status if ARGS choose no test.
# A test that hangs fails after twenty minutes, with where it hung: July 22's story may take eight, and images are built
# in the first that needs them.
ON_A_LAB := $(wildcard tests/lab experiments) --lab test --probe-rate 100 --repeats 2 --timeout 1200
NONE := 5
SOURCES := $(wildcard harness tests experiments locustfiles scripts)
TYPED := $(wildcard harness tests experiments locustfiles scripts/*.py)
PIP_COMPILE := $(BIN)/pip-compile --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links

# python3-requests of the agents' image brings these.
OF_DEBIAN := requests urllib3 idna certifi charset-normalizer

# The tests start Python some hundred times: without compiled files each start compiles the whole package again, which is
# a third of its time.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup venv ready demo test nightly unit wheel bench soak mutants drawn-mutants lint format lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' $(MAKEFILE_LIST) | expand -t 12

demo: ready ## reproduce June 13 from nothing: the outage, and what ended it
	$(HARNESS) run june_13 --only outage,flush,announce --trials 1

test: ready unit ## unit tests, the lab's tests, the experiments' short rows (22 minutes; ARGS="-k NAME" for some)
	$(BIN)/python -m pytest $(ON_A_LAB) $(ARGS) || [ $$? -eq $(NONE) ]

nightly: ready ## the same with what takes long and has a quicker test of its kind: July 22 whole, gates (45 minutes)
	$(MAKE) test ARGS='-m "not soak" $(ARGS)'

unit: venv ## only what needs no Docker (six minutes, on two cores)
	$(BIN)/python -m pytest tests/unit -n 2 $(ARGS) || [ $$? -eq $(NONE) ]

wheel: venv ## the package, into dist/: runs from any directory (docs/install.md)
	$(BIN)/python -m hatchling build --target wheel --directory dist

bench: ready ## how exact and how fast: the first table of docs/measurements.md (15 minutes)
	@$(BIN)/python scripts/bench.py $(ARGS)

soak: ready ## tests that must have the same result every time, for hours; ARGS="--only PART" for one part
	@$(BIN)/python scripts/soak.py $(ARGS)

mutants: venv ## every committed mutant must be killed by a test
	$(BIN)/python scripts/mutants.py $(ARGS)

drawn-mutants: venv ## 200 random one-line mutants of what decides a verdict: how many do unit tests kill? (an hour or more)
	$(BIN)/python -m scripts.draw_mutants $(ARGS)

lint: venv ## rules, format, types, shell syntax
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(TYPED)
	sh -n scripts/setup && sh -n .ci/run && sh -n harness/site/collect.sh

format: venv ## format, and repair what rules can repair
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

lock: venv ## renew every lock from the requirements
	$(PIP_COMPILE) --extra dev -o requirements.lock pyproject.toml
	for image in customer api; do \
		$(PIP_COMPILE) -o compose/$$image/requirements.lock compose/$$image/requirements.in || exit 1; \
	done
	$(PIP_COMPILE) --no-allow-unsafe $(OF_DEBIAN:%=--unsafe-package %) \
		-o compose/agent/requirements.lock compose/agent/requirements.in

setup: ## Python, engine, Compose, and mmdebstrap where no image registry answers (YES=1: do not ask)
	@PYTHON=$(PYTHON) scripts/setup

ready: setup venv

venv: $(STAMP) ## the virtual environment, from requirements.lock

$(STAMP):
	@PYTHON=$(PYTHON) scripts/setup python
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/installed-*
	@touch $@

clean: ## remove labs, images, the virtual environment and caches; the runs stay
	@if [ -x $(HARNESS) ] && docker version >/dev/null 2>&1; then $(HARNESS) clean --yes; fi
	rm -rf $(VENV) .harness/*.log .mypy_cache .pytest_cache .ruff_cache .hypothesis dist *.egg-info
	find $(SOURCES) compose -name __pycache__ -type d -prune -exec rm -rf {} +
