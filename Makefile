# Everything a person does with the repository; `make demo` is the first.
PYTHON ?= python3
BIN := .venv/bin
LOCK := requirements.lock
DEV_LOCK := requirements-dev.lock

.PHONY: demo test check bench serve lock clean

.venv/.installed: $(LOCK) pyproject.toml
	@sh .ci/venv $(PYTHON)
	@$(BIN)/pip install -q --require-hashes -r $(LOCK)
	@$(BIN)/pip install -q --require-hashes -r .ci/build.lock
	@$(BIN)/pip install -q --no-build-isolation --no-deps -e .
	@touch $@

.venv/.installed-dev: .venv/.installed $(DEV_LOCK)
	@$(BIN)/pip install -q --require-hashes -r $(DEV_LOCK)
	@touch $@
