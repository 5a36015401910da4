# Every target sets up what it needs; a second run only compares file dates.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Test processes: one more than two cores, since tests also wait.
TESTERS := 3
# Code that few people ever import; Python compiles it when it is.
RARE := /tests/|/transformers/models/|/ray/rllib/|/torch/testing/|/PySide6/scripts/

.DEFAULT_GOAL := help
.PHONY: help run test check bench soak screenshots package clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /make \1	/' | expand -t 18

run: $(READY) ## open the window, or run the demo where there is no display
	@if [ "$$(uname -s)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "There is no display here: running the demo, which draws the window into build/demo.png."; \
		$(BIN)/python -m desktop demo; \
	else \
		$(BIN)/python -m desktop $(ARGS); \
	fi

test: $(READY) ## run all tests; ARGS="-k words" chooses some
	@$(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(READY) ## ruff, its formatter, mypy and the import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY) ## measure speed; each line is a ratio against a named baseline
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(READY) ## live two hours in ten minutes, and say what was measured
	@LIKENESS_SOAK_S=$${LIKENESS_SOAK_S:-300} $(BIN)/python -m pytest tests/ui/window/test_soak.py tests/library/afar -s $(ARGS)

screenshots: $(READY) ## paint the windows in the README; PHOTOS=FOLDER takes your own, WORDS="..." asks
	@PYTHONPATH=. $(BIN)/python packaging/screenshots.py $(if $(PHOTOS),"$(PHOTOS)") $(if $(WORDS),--words "$(WORDS)")

package: $(READY) ## build what people install, into dist/; ARGS=--fast compresses little
	@nice $(BIN)/python packaging/build.py $(ARGS)

clean: ## remove everything that was built, the virtual environment too
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# torch goes first and by itself, so that nothing else can choose another version of it. pip would
# compile 20,000 files to byte code one by one, which takes as long as all else; here all cores do.
$(READY): pyproject.toml constraints.txt packaging/system-libraries.sh
	@echo "Setting up: PyTorch and other packages are downloaded, which takes some minutes."
	@packaging/system-libraries.sh $(PYTHON)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[demo,dev,package]'
	@$(BIN)/python -m compileall -qq -j 0 -x '$(RARE)' $(VENV)/lib || true
	@touch $@
