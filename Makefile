# Everything a person does with the repository; `make demo` is the first.
PYTHON ?= python3
BIN := .venv/bin
# Hundreds of processes start in the tests: none compiles again what one has compiled.
export PYTHONDONTWRITEBYTECODE :=
PIP := sh .ci/step $(BIN)/pip install --quiet --disable-pip-version-check

.PHONY: help demo test lint check bench serve worker lock clean

help:
	@echo "make demo   an invented clinic's workbook in demo/report.xlsx"
	@echo "make test   the tests"
	@echo "make check  ruff, mypy --strict, import layers, tests: what CI runs"
	@echo "make bench  speed, as ratios against what a user would pick instead"
	@echo "make serve  the pages (with an invented clinic while there is none) and the worker, on http://127.0.0.1:8000"

.venv/installed: requirements.lock build.lock pyproject.toml
	@sh .ci/venv $(PYTHON)
	@$(PIP) --require-hashes -r build.lock -r requirements.lock
	@$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock tests/apps_script/package-lock.json
	@$(PIP) --no-compile --require-hashes -r requirements-dev.lock
	@if command -v npm >/dev/null; then sh .ci/step npm ci --loglevel=error --no-audit --no-fund --prefix tests/apps_script; fi
	@touch $@

demo: .venv/installed
	@$(BIN)/romi-sheets demo --dir demo

test: .venv/installed-dev
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: .venv/installed-dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: .venv/installed-dev
	@$(MAKE) --no-print-directory --jobs=2 lint test

bench: .venv/installed-dev
	@$(BIN)/python -m bench

serve: .venv/installed
	@$(BIN)/romi-sheets serve --demo

worker: .venv/installed
	@$(BIN)/romi-sheets worker

# Locks name versions and hashes, never where they come from.
lock: .venv/installed-dev
	@$(PIP) pip-tools
	@$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --strip-extras --extra dev -o requirements-dev.lock pyproject.toml
	@$(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --strip-extras -c requirements-dev.lock -o requirements.lock pyproject.toml
	@echo setuptools | $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links -c requirements-dev.lock -o build.lock -

clean:
	rm -rf .venv build *.egg-info demo .hypothesis .mypy_cache .ruff_cache
