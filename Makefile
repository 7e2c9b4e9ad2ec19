# make demo   a violation on a camera becomes a case on a page, on this machine
# make test   every check that needs no training environment
# make test-postgres  the API's tests once more, on PostgreSQL
# make page   the operators' page, built from page/ into api/shift; make page-check proves that it is
# make tuning the training environment (PyTorch), apart from the rest
# make bench  cameras a core, ours beside the ways that others take
# Each target does its own set-up, in .venv, and re-uses it the second time.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# What takes minutes shows on a terminal that it is alive (stdout is a pipe within a substitution, so stderr is asked).
PIP_SEEN = $(BIN)/python -m pip --disable-pip-version-check $$([ -t 2 ] || echo -qq)
# DEMO_ARGS="--until-case" stops at the first case.
DEMO_ARGS ?=

.PHONY: bench demo test test-postgres test-tuning lint page page-check tuning lock help

help:
	@sed -n '1,/^$$/s/^# //p' Makefile

demo: .venv/.runtime
	@echo "== demo: a simulated camera, a worker, the API and its page"
	@$(BIN)/five-chief demo $(DEMO_ARGS)

test: .venv/.dev lint
	@echo "== tests"
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: .venv/.dev
	@echo "== ruff, mypy, import arrows"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test-postgres: .venv/.dev
	@echo "== the API's tests on PostgreSQL"
	@FIVE_CHIEF_TEST_ON=postgresql $(BIN)/python -m pytest -n 2 tests/api

test-tuning: .venv-tuning/.ready
	@echo "== tests that hold our decoding against the trainer's own"
	@.venv-tuning/bin/python -m pytest -m tuning tests/detector tests/tuning

# BENCH_ARGS="--only ours", "--again", ...
BENCH_ARGS ?=
bench: .venv/.runtime .venv-bench/.ready
	@echo "== bench: ours and the peers, three runs each, about 35 minutes; broken off, it goes on"
	@$(BIN)/python bench/cameras.py $(BENCH_ARGS)

# Node comes from PyPI, locked with the rest; nobody needs it to run what is built.
NPM = PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix page --no-fund --no-audit

page/node_modules/.ready: page/package-lock.json .venv/.dev
	@echo "== installing what the page is built with (half a minute)"
	@$(NPM) ci --silent
	@touch $@

page/src/api/schema.d.ts: page/node_modules/.ready $(wildcard api/*.py api/*/*.py)
	@$(BIN)/five-chief openapi --out page/build/openapi.json
	@$(NPM) run --silent types > /dev/null

page: page/src/api/schema.d.ts
	@$(NPM) run --silent format
	@$(NPM) run --silent check
	@$(NPM) test --silent
	@$(NPM) run --silent build

page-check: page/src/api/schema.d.ts
	@echo "== the page: linter, types, tests, and that what is committed is what is built"
	@$(NPM) run --silent lint
	@$(NPM) run --silent check
	@$(NPM) test --silent
	@$(NPM) run --silent build -- --outDir build/shift
	@diff -r page/build/shift api/shift || { echo "api/shift is not what page/ builds: run make page"; exit 1; }

tuning: .venv-tuning/.ready

.venv/.made:
	@echo "== first time: making .venv with $(PYTHON)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; found: $$($(PYTHON) --version). Set PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.runtime: .venv/.made requirements/runtime.lock requirements/openvino.lock pyproject.toml
	@echo "== installing what watching cameras needs (a minute or two, by the mirror)"
	@$(PIP_SEEN) install --require-hashes -r requirements/runtime.lock
	@$(PIP_SEEN) install --require-hashes -r requirements/openvino.lock \
	  || echo "== OpenVINO is not to be had for this machine: onnxruntime will do, at half the speed"
	@$(PIP) install --no-deps --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.lock
	@echo "== installing what the tests need"
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

# PyTorch's CPU build cannot be locked by hash together with the rest, so versions are pinned instead;
# see requirements/tuning.txt for what must be installed how.
.venv-tuning/.ready: requirements/tuning.txt requirements/runtime.lock pyproject.toml
	@echo "== installing the training environment, .venv-tuning (a minute, 2 GB)"
	@test -d .venv-tuning || $(PYTHON) -m venv .venv-tuning
	@.venv-tuning/bin/python -m pip --disable-pip-version-check -qq install -r requirements/tuning.txt
	@.venv-tuning/bin/python -m pip --disable-pip-version-check -qq uninstall --yes \
	  opencv-python opencv-python-headless
	@.venv-tuning/bin/python -m pip --disable-pip-version-check -qq install --no-deps \
	  "$$(grep -oE '^opencv-python-headless==[0-9.]+' requirements/runtime.lock)" --editable .
	@touch $@

# What the peers need, and matplotlib for the picture. Roboflow's `inference` pins other versions of the
# same packages, so it gets an environment of its own; where it cannot be installed, the benchmark goes
# on without it, and its error is kept.
.venv-bench/.ready: requirements/tuning.txt requirements/bench.txt requirements/runtime.lock
	@echo "== installing the benchmark's environments (minutes, several GB)"
	@test -d .venv-bench || $(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip --disable-pip-version-check -qq install -r requirements/tuning.txt \
	  "$$(grep '^matplotlib==' requirements/bench.txt)" "$$(grep '^imageio-ffmpeg==' requirements/bench.txt)"
	@.venv-bench/bin/python -m pip --disable-pip-version-check -qq uninstall --yes \
	  opencv-python opencv-python-headless
	@.venv-bench/bin/python -m pip --disable-pip-version-check -qq install --no-deps \
	  "$$(grep -oE '^opencv-python-headless==[0-9.]+' requirements/runtime.lock)"
	@test -d .venv-bench-inference || $(PYTHON) -m venv .venv-bench-inference
	@.venv-bench-inference/bin/python -m pip --disable-pip-version-check -qq install \
	  "$$(grep '^inference==' requirements/bench.txt)" 2> .venv-bench-inference/error.log \
	  || echo "== Roboflow's inference cannot be installed: $$(grep -m1 ERROR .venv-bench-inference/error.log)"
	@touch $@

# Run after changing the dependencies in pyproject.toml.
lock: .venv/.dev
	@$(PIP) install uv
	@$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
	  --no-header -o requirements/runtime.lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra openvino -c requirements/runtime.lock \
	  --universal --python-version 3.11 --generate-hashes --no-header -o requirements/openvino.lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --group dev \
	  -c requirements/openvino.lock --universal --python-version 3.11 --generate-hashes --no-header \
	  -o requirements/dev.lock
