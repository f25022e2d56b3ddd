# The daily commands.  `make help` lists them.

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
VENV := .cache/venv
ASAN := build-asan
# A program that hangs fails the tests, it does not hold them up; pytest then tells what failed so far.
PYTEST := timeout --signal=INT --kill-after=60 2400 $(VENV)/bin/python -m pytest
PYTEST_LONG := timeout --signal=INT --kill-after=60 7200 $(VENV)/bin/python -m pytest -o faulthandler_timeout=0
C_FILES = $(shell git ls-files '*.c' '*.h')

help:
	@sed -n 's/^## //p' Makefile

## build        build/langserved, build/liblangserved.a and .so, optimised
build:
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) -- --quiet

## build-asan   the same and the unit tests with AddressSanitizer and UBSan, in build-asan/
build-asan:
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan -j $(JOBS) -- --quiet

## test         everything: the same as ./test
test:
	./test

## test-unit    the C unit tests, under the sanitizers
test-unit: build-asan
	ctest --test-dir $(ASAN) -j $(JOBS) --output-on-failure --no-tests=error

## test-python  the tests that drive the program from outside (ARGS="-k stream" goes to pytest)
test-python: $(VENV)/ready tests/e2e/node_modules/ready
	$(call from_outside,$(ASAN)/langserved) $(PYTEST) -n $(JOBS) -q tests $(ARGS)
	$(call from_outside,build/langserved) $(PYTEST) -n $(JOBS) -q tests/wire tests/e2e $(ARGS)

from_outside = LANGSERVED_BIN=$(CURDIR)/$(1) LANGSERVED_TOOLS=$(CURDIR)/$(ASAN)

## test-resume  a thousand streams of each kind, cut and resumed at random
test-resume: build-asan $(VENV)/ready
	RESUME_STREAMS=1000 $(call from_outside,$(ASAN)/langserved) $(PYTEST_LONG) -q tests/resume/test_cuts.py $(ARGS)

## test-limits  rate limits are exact over 100,000 requests, whoever is killed meanwhile
test-limits: build $(VENV)/ready
	LIMIT_REQUESTS=100000 $(call from_outside,build/langserved) $(PYTEST_LONG) -q tests/limits/test_exact_limits.py $(ARGS)

## test-drain   a hundred thousand requests over reloads and rolling restarts: none is lost
test-drain: build $(VENV)/ready
	NO_LOSS_REQUESTS=100000 $(call from_outside,build/langserved) $(PYTEST_LONG) -q tests/faults/test_no_loss.py $(ARGS)

## soak         a million requests of all kinds, and what they leave: a graph in build/soak.svg
soak: build $(VENV)/ready
	$(VENV)/bin/python tests/soak/soak.py $(ARGS)

## otel-collector  the collector that tests/tracing/test_collector.py sends to, from Go's modules
otel-collector: .cache/otelcol/otelcol
.cache/otelcol/otelcol: tests/tracing/otelcol.yml
	CGO_ENABLED=0 go run go.opentelemetry.io/collector/cmd/builder@v0.161.0 --config $<

## lint         clang-format, clang-tidy and the project's own rules
lint:
	scripts/lint

## format       put every C file into the project's format
format:
	clang-format-14 -i $(C_FILES)

## bench        requests per second, memory and latency, beside LangServe and nginx
bench: build $(VENV)/ready
	@cmake --build --preset release --target primitives -- --quiet
	$(VENV)/bin/python bench/bench.py $(ARGS)

## bench-venv   LiteLLM's proxy, which `make bench` measures beside, in .cache/bench-venv
bench-venv: bench/requirements.txt
	python3 -m venv .cache/bench-venv
	.cache/bench-venv/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt

## fuzz         each fuzz target for TIME seconds (default 60)
fuzz:
	scripts/fuzz $(or $(TIME),60) $(TARGETS)

## docs         docs/reference.md, from the tables that the loader follows
docs: build
	build/langserved config-schema --markdown > docs/reference.md

## install      into PREFIX (default /usr/local), below DESTDIR if that is set
install: build
	cmake --install build --prefix $(PREFIX)

## clean        remove all that was built
clean:
	rm -rf build $(ASAN) build-fuzz .cache

$(VENV)/ready: tests/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	touch $@

tests/e2e/node_modules/ready: tests/e2e/package-lock.json
	npm ci --prefix tests/e2e --silent --no-audit --no-fund
	touch $@

.PHONY: help build build-asan test test-unit test-python test-resume test-limits test-drain soak otel-collector lint format bench bench-venv fuzz docs install clean
