# Everything a newcomer needs: `make demo` to try it, `make test` to trust it. Both set themselves up.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8420
ROUNDS ?= 20
DAYS ?= 14
SECONDS ?= 60
SEED ?= 1

.PHONY: help demo run test chaos fuzz soak bench check format screenshots lock clean

help:
	@echo "make demo    try Plantain in the sandbox: no token, no key, no cost"
	@echo "make test    run the tests"
	@echo "make check   lint, types and tests: what a change must pass"
	@echo "make chaos   random members, faults and kills, judged from outside (ROUNDS=20 SEED=1)"
	@echo "make fuzz    any bytes for every parser of what comes from outside (SECONDS=60 for each)"
	@echo "make bench   measure, and write docs/benchmarks.md (builds a large database once)"
	@echo "make soak    two simulated weeks under load, to find what grows (DAYS=14 SEED=1)"
	@echo "make run     run the bot on Discord, with the settings in .env"
	@echo "make format  put the code into shape"
	@echo "make screenshots  take the pictures of the README anew (needs chromium)"
	@echo "make lock    resolve the dependencies anew (needs uv)"
	@echo "make clean   remove what the others made"

$(VENV)/ready: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Plantain needs Python 3.11, 3.12 or 3.13; name one with: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Setting up $(VENV), once ..." >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

demo: $(VENV)/ready
	@exec $(BIN)/python -m sandbox --port $(PORT) $(ARGS)

run: $(VENV)/ready
	@exec $(BIN)/python bot.py

test: $(VENV)/ready
	@$(BIN)/python -m pytest $(ARGS)

chaos: $(VENV)/ready
	@$(BIN)/python -m tests.chaos --rounds $(ROUNDS) --seed $(SEED) $(ARGS)

fuzz: $(VENV)/ready
	@$(BIN)/python -m tests.fuzzing --seconds $(SECONDS) $(ARGS)

bench: $(VENV)/ready
	@$(BIN)/python -m tests.benchmarks

soak: $(VENV)/ready
	@$(BIN)/python -m tests.soak --days $(DAYS) --per-hour 200 --seed $(SEED)

check: $(VENV)/ready
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/pyright --warnings
	@$(MAKE) --no-print-directory test

format: $(VENV)/ready
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

screenshots: $(VENV)/ready
	@$(BIN)/python -m tests.browser.screenshots

lock:
	@uv pip compile --quiet --universal --python-version 3.11 --group dev pyproject.toml --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header -o requirements.lock

clean:
	@rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
