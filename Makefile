# `make` says what there is. Each target sets up all that it needs: Rust, Python 3.11 with venv, make and a C linker
# are enough. What is built and installed goes to CACHE, outside of the checkout, and is found there the next time.

SHELL  := /bin/bash
CACHE  ?= $(HOME)/.cache/threadlab
PYTHON ?= python3
SCALE  ?= 0.2

export CARGO_TARGET_DIR ?= $(CACHE)/target
pins := $(shell cat scripts/requirements.txt scripts/constraints.txt | cksum | cut -d ' ' -f 1)
VENV ?= $(CACHE)/venv-$(pins)
binary := $(CARGO_TARGET_DIR)/release/threadlab
as_root := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help lab report test bench lint clean kernel peers

help: ## what there is
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 16

lab: kernel ## JupyterLab on the notebooks, with the kernel
	$(VENV)/bin/jupyter lab $(as_root) --ServerApp.root_dir=notebooks

report: kernel ## every notebook executed: pages and figures under report/ (SCALE=1: documented durations; default 0.2)
	@THREADLAB_SCALE=$(SCALE) $(VENV)/bin/python scripts/report.py notebooks report

test: kernel ## all tests
	@scripts/chromium.sh
	@scripts/test.sh $(VENV)/bin/python

bench: kernel peers ## drawing, exploring, locks and processes; the kernel beside ipykernel and evcxr_jupyter
	cargo bench --bench figures --bench exploring --bench lock --bench stages --bench between
	@$(VENV)/bin/python benches/beside_ipykernel.py
	@CACHE=$(CACHE) $(VENV)/bin/python benches/beside_evcxr.py

lint: ## formatting, clippy, documentation
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps

clean: ## remove the report and all that was built
	rm -rf report $(CACHE)/venv-*
	cargo clean

# The kernel that Rust cells are measured beside. It takes some ten minutes, once.
peers: $(CACHE)/peers/bin/evcxr_jupyter

$(CACHE)/peers/bin/evcxr_jupyter:
	CARGO_TARGET_DIR=$(CACHE)/peers/target cargo install evcxr_jupyter --version 0.22.0 --locked --root $(CACHE)/peers
	@rm -rf $(CACHE)/peers/target

# The binary, and its kernelspec in the virtual environment. Completion in Rust cells looks into the standard library's
# sources, where rustup can bring them.
kernel: $(VENV)/.complete
	cargo build --release
	@rustup component add rust-src >/dev/null 2>&1 || echo "no rust-src: Rust cells complete without the standard library"
	@$(binary) install --prefix $(VENV)

$(VENV)/.complete:
	@scripts/venv.sh $(PYTHON) $(VENV)
