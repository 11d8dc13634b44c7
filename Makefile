# What people call: demo, test, bench. Everything else serves these.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

export PATH := $(CURDIR)/.tools/node/bin:$(PATH)
# The pinned toolchain where it is installed under that name, else whatever cargo is there.
export RUSTUP_TOOLCHAIN := $(shell rustup toolchain list 2>/dev/null | grep -qE '^1\.95\.0' && echo 1.95.0 || rustup toolchain list 2>/dev/null | head -n 1 | cut -d' ' -f1)
ifeq ($(RUSTUP_TOOLCHAIN),)
unexport RUSTUP_TOOLCHAIN
endif

TARGET := $(or $(CARGO_TARGET_DIR),target)
PROGRAM := $(TARGET)/release/watchfloor
SHARED ?= ../shared
DEMO_DATA ?= demo/data

.PHONY: build web demo test bench fuzz lab demo-capture quality clean setup setup-test check rust-test web-test conformance page-test lab-test

setup:
	@scripts/setup.sh build

setup-test:
	@scripts/setup.sh test

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html web/vite.config.ts -type f 2>/dev/null)
	cd web && npm run --silent build
	@touch $@

## The page, built into web/dist.
web: setup web/dist/index.html

## The program. The whole workspace, as in every other target: another selection has other features and builds the rest anew.
build: web
	cargo build --release --locked --workspace

## The product on its bundled capture of a small plant.
demo: build
	@echo "Starting Watchfloor on the bundled capture of a small waterworks (Ctrl-C ends it; data are in $(DEMO_DATA))."
	@$(PROGRAM) run --capture demo/waterworks.pcapng.gz --plant demo/plant.toml --data $(DEMO_DATA)

## Everything: style, Rust tests, goldens, conformance, page tests in a real browser.
test: setup-test web check rust-test web-test conformance page-test lab-test
	@echo "all tests passed"

check: web
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

rust-test: build
	cargo test --release --locked --workspace
	$(TARGET)/release/xtask tidy

web-test: web
	cd web && npm run --silent test

conformance:
	scripts/conformance.sh $(PROGRAM) $(SHARED)

page-test:
	scripts/page-test.sh $(PROGRAM)

## Product and emulated company together, live, for three scenarios; skipped where namespaces are not allowed.
lab-test:
	scripts/lab-test.sh $(PROGRAM)

## Measures, and writes docs/performance.md.
bench: build
	@scripts/setup.sh bench
	scripts/bench.sh $(PROGRAM) $(SHARED)

## Coverage-guided fuzzing of one decoder, of each in turn with OF=all, or of the whole sensor with OF=capture. Finds are kept in fuzz/artifacts.
OF ?= capture
SECONDS ?= 60
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
fuzz:
	@scripts/fuzz.sh $(OF) $(SECONDS) "$(FUZZ_FLAGS)"

## Installs what the emulated company needs, checks that namespaces can be made, and lists its scenarios.
lab:
	@scripts/setup.sh lab
	@lab/lab ready
	@lab/lab list

## Makes the bundled capture anew from the emulated plant.
demo-capture:
	@scripts/setup.sh lab
	lab/make-lab.sh

## Holds the product against the truth of the emulated company: all scenarios of one seed, into target/quality.json and docs/quality.md.
SEED ?= 1
quality: build
	lab/lab quality $(abspath $(PROGRAM)) $(abspath $(TARGET))/quality --seed $(SEED) --docs $(CURDIR)/docs/quality.md
	@mkdir -p target && cp $(TARGET)/quality/quality.json target/quality.json

clean:
	cargo clean
	rm -rf web/dist web/node_modules .tools demo/data
