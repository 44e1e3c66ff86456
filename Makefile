# Every target does its own set-up in .venv, from python3 alone.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-long lint bench notebooks docs clean

demo: .venv/demo.stamp
	$(BIN)/python -m autograd demo

test: lint
	$(BIN)/python -m pytest -m "not long"

test-long: .venv/test.stamp
	$(BIN)/python -m pytest -m long

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/test.stamp
	$(BIN)/python -m benchmarks

notebooks: .venv/test.stamp
	$(BIN)/python -m tests.notebooks

# docs/conventions.md is written from what the tests hold; so are the pictures.
docs: .venv/test.stamp
	$(BIN)/python -m tests.conventions
	$(BIN)/python -m tests.pictures

.venv/%.stamp: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
