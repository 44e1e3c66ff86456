# Every target does its own set-up in .venv, from python3 alone.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-reference test-long lint bench bench-check bench-compiled explore mutation notebooks docs rules sanitize valgrind clean sanitize-all poison

C_SOURCES := setup.py $(wildcard autograd/native/*/*.[ch])

demo: .venv/demo.stamp
	$(BIN)/python -m autograd demo

test: lint test-reference
	$(BIN)/python -m pytest -m "not long"

# The tests that see which engine runs (`pytest.mark.engine`) over the reference, as
# `AUTOGRAD_PURE_PYTHON=1` asks for it; those of the C code skip there, also in CI.
test-reference: .venv/test.stamp
	NO_SKIPS= AUTOGRAD_PURE_PYTHON=1 $(BIN)/python -m pytest -q -m "engine and not long" tests

test-long: .venv/test.stamp
	$(BIN)/python -m pytest -m long

# Not in CI: every property test on new examples, over both engines in turn, for so many minutes.
MINUTES ?= 10
explore: .venv/test.stamp
	$(BIN)/python -m tools.explore $(MINUTES)

lint: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/test.stamp
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.compiled

# The second half alone: compiled functions and training loops.
bench-compiled: .venv/test.stamp
	$(BIN)/python -m benchmarks.compiled

# Minutes, and environments of their own for torch, JAX and HIPS autograd at the first run.
bench-check: .venv/test.stamp
	$(BIN)/python -m benchmarks.checking

notebooks: .venv/test.stamp
	$(BIN)/python -m tools.run_notebooks

# docs/conventions.md is written from what the tests hold; so are the pictures.
docs: .venv/test.stamp
	$(BIN)/python -m tools.generate_conventions
	$(BIN)/python -m tools.generate_pictures

# The table in C, after a change of primitives.py or forward.h.
rules: .venv/test.stamp
	$(BIN)/python -m tools.generate_c_rules

# The engine's tests, and random worlds of hostile objects, over a build that stops at the first
# invalid access or undefined operation.  PYTHON says of which Python, each in a folder of its own;
# `make sanitize-all` goes through those that there are.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
FUZZ_SECONDS ?= 300
PYTHONS ?= python3.11 python3.12 python3.13
SANITIZED = build/sanitize-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
SANITIZING = LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libubsan.so)" \
	ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 PYTHONMALLOC=malloc .venv/bin/python
sanitize:
	mkdir -p $(SANITIZED)
	test -x $(SANITIZED)/.venv/bin/python || $(PYTHON) -m venv $(SANITIZED)/.venv
	$(SANITIZED)/.venv/bin/python -m pip install --quiet --disable-pip-version-check \
		hypothesis mpmath numpy pytest setuptools sympy
	rm -rf $(addprefix $(SANITIZED)/,autograd nn tests tools)
	cp -r setup.py pyproject.toml README.md autograd nn tests tools $(SANITIZED)
	rm -f $(SANITIZED)/autograd/native/*.so
	cd $(SANITIZED) && CC=gcc GLASSGRAD_CFLAGS="$(SANITIZE) -DGLASSGRAD_TEST_HOOKS" \
		.venv/bin/python setup.py --quiet build_ext --inplace
	cd $(SANITIZED) && $(SANITIZING) -m tests.native.fuzz --seconds $(FUZZ_SECONDS)
	cd $(SANITIZED) && $(SANITIZING) -m pytest -q -p no:cacheprovider -m "engine and not long" \
		-k "not leave_nothing and not given_back and not hooked" tests

sanitize-all:
	for python in $(PYTHONS); do $(MAKE) sanitize PYTHON=$$python || exit 1; done

# The compiler's and the training's tests over a build in which memory that was not written to holds
# signalling NaNs: a number that is read too early becomes nan.
sanitize: poison
poison: .venv/test.stamp
	rm -rf build/poison && mkdir -p build/poison
	cp -r setup.py pyproject.toml README.md LICENSE autograd nn tests tools build/poison
	rm -f build/poison/autograd/native/*.so
	cd build/poison && CC=gcc GLASSGRAD_CFLAGS=-DGLASSGRAD_TEST_HOOKS GLASSGRAD_POISON=1 $(CURDIR)/$(BIN)/python setup.py --quiet build_ext --inplace
	cd build/poison && $(CURDIR)/$(BIN)/python -m pytest -q -m "(engine or compiled) and not long" tests

# Smoke: every row, a few programs and the errors, with each address checked.  (Undefined values
# are left out: CPython 3.11 itself, built with -O3, has some in valgrind's eyes.)
valgrind: .venv/test.stamp
	PYTHONMALLOC=malloc valgrind --quiet --error-exitcode=9 --leak-check=no \
		--undef-value-errors=no --suppressions=tests/native/valgrind.supp \
		$(BIN)/python -m tests.support.differential 0 3 > /dev/null

# Plants one fault after the other in the reference, in a copy, and counts what the tests miss.
mutation: .venv/mutation.stamp
	rm -rf build/mutation && mkdir -p build/mutation
	cp -r pyproject.toml README.md autograd nn tests tools build/mutation
	rm -f build/mutation/autograd/native/*.so
	cd build/mutation && export PATH="$(CURDIR)/$(BIN):$$PATH" AUTOGRAD_PURE_PYTHON=1 && \
		export PYTEST_ADDOPTS="-x -q --assert=plain -p no:cacheprovider --hypothesis-profile=mutation" OPENBLAS_NUM_THREADS=1 && \
		ulimit -v 4000000 && \
		python -m tools.mutation init pyproject.toml session.sqlite && \
		cr-filter-operators session.sqlite pyproject.toml && \
		python -m tools.mutation baseline pyproject.toml && \
		python -m tools.mutation exec pyproject.toml session.sqlite && \
		cr-report --surviving-only --show-diff session.sqlite && \
		cr-rate --fail-over 5 session.sqlite

.venv/%.stamp: pyproject.toml $(C_SOURCES)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
