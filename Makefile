# Two commands are enough: `make demo` and `make test`. Both begin with `make setup`.
# ARGS="..." is handed on, for example: make demo ARGS="--orders 20" or make test ARGS="-k outbox"

.DEFAULT_GOAL := help
.PHONY: help setup demo test thorough faults lint format lock wheel-check clean

BIN := .venv/bin
STAMP := .venv/.set-up
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: $(STAMP) ## Install everything into .venv (a second time does nothing)

# Everything comes from the lock, by hash; the project itself is only linked. Where nothing has
# to change, pip asks no network. pip compiles what it copies; what it links is compiled here,
# since every start of the program would do it again where Python is told to write no bytecode.
$(STAMP): requirements-dev.lock setup.cfg pyproject.toml
	@python=$$(sh tools/find_python.sh) || exit 2; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		echo "Setting up .venv with $$python"; \
		"$$python" -m venv --clear .venv || exit 2; \
	fi
	@echo "Installing the pinned packages (about a minute the first time)"
	@$(PIP) install -qq --require-hashes --no-deps --requirement requirements-dev.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@$(PIP) check
	@$(BIN)/python -m compileall -q fulfillment_bridge
	@touch $@

demo: setup ## Run the main job against simulated orgs and a simulated warehouse
	@$(BIN)/fulfillment-bridge demo $(ARGS)

test: setup ## Run all tests
	@$(BIN)/python -m pytest $(ARGS)

faults: setup ## Run seeds of the fault laboratory (SEEDS=17 or SEEDS=0-1999)
	@$(BIN)/python -m tests.faults $(or $(SEEDS),0-1999) $(ARGS)

thorough: setup ## Run the tests that take long: planted bugs, crash points
	@$(BIN)/python -m pytest -m thorough $(ARGS)

lint: setup ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup ## Lay the code out anew
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Resolve the dependencies anew (ARGS=--upgrade takes the newest)
	@sh tools/lock.sh $(ARGS)

wheel-check: setup ## Build the wheel and try it outside the checkout on every Python >= 3.11
	@$(BIN)/python tools/wheel_check.py $(ARGS)

clean: ## Remove what was installed and built
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
