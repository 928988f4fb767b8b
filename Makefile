# make demo and make test need Python >= 3.10 and make, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The developers' torch: one version for everybody, and a build without CUDA where pip finds one.
# Users of the package get the wide range of pyproject.toml.
TORCH ?= torch==2.13.0

.DEFAULT_GOAL := help
.PHONY: help demo test slow oldest engines check bench build clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/'

demo: $(VENV)/demo.done ## make four networks and paint with them (out/demo/sheet.png)
	$(BIN)/tinystyle demo --output out/demo

# numpy's products by the kernels of this processor: a flat picture enlarges what differs between
# kernels, and a half-precision package of one style then fails its check (OPENBLAS_CORETYPE=Haswell).
# Several processes of one thread each: torch's threads only wait for each other in small tests.
PYTEST = env -u OPENBLAS_CORETYPE OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses=4 --dist loadfile

test: $(VENV)/dev.done ## run the tests, but for those of minutes of training
	$(PYTEST) -m "not slow"

slow: $(VENV)/dev.done ## run the others
	$(PYTEST) -m slow

# What the package allows at least, all of it at once; numpy 1.26 ends with Python 3.12.
OLDEST = import tomllib; print(*(n.replace(">=", "==") for n in tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]))
oldest: ## run tests of export and runtime with the oldest libraries allowed
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/pip install --quiet $$($(PYTHON) -c '$(OLDEST)') pytest pytest-xdist
	$(VENV)-oldest/bin/pip install --quiet --no-deps --editable .
	OMP_NUM_THREADS=1 $(VENV)-oldest/bin/python -m pytest -n logical --maxprocesses=4 -m "not slow" tests/runtime \
		tests/export/test_exporter.py tests/export/onnx_writer/test_quantize.py tests/export/onnx_writer/test_to_int8.py tests/export/test_ort_format.py

engines: $(VENV)/demo.done ## see what other engines make of the files, each in its own environment
	OMP_NUM_THREADS=1 $(BIN)/tinystyle experiment engines

check: $(VENV)/dev.done ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/demo.done ## measure latency and export speed on this machine
	$(BIN)/python -m tinystyle.benchmarks

build: $(VENV)/dev.done ## wheel and source archive in dist/
	$(BIN)/python -m build

clean: ## remove everything that make made
	rm -rf $(VENV) $(VENV)-oldest build dist out src/*.egg-info

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "tinystyle needs Python 3.10 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.done: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[demo]'
	touch $@

$(VENV)/dev.done: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet '$(TORCH)'
	$(BIN)/pip install --quiet --editable '.[train,dev]'
	touch $@
