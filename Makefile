# make demo   the main job on a small realistic workspace, in a virtual environment of its own; again, it starts over
# make test   all checks and tests; real PostgreSQL and HTCondor where the machine has or can get them
# make faults plugs pulled on real processes and servers (docs/operations.md, What is promised); about an hour
# make soak   twenty minutes of loops and cron while everything is edited, killed and restarted; make test does half a minute
# make bench  the measurements of docs/performance.md
# make bench-quick   its ratios in five minutes, beside those of the last run; AGAINST=<commit> measures that commit in turns with
#             this checkout, TURNS=3 takes three times as many turns
# make screens   what every verb shows, at five terminals, into docs/screens; look at the differences (needs faketime)
# make pictures  pictures of a terminal and of pages, of the night of prodcli demo --bad-night, into docs/pictures; look at them
# make fuzz   every rule of 5000 mutated files is an error or a rule; make test does a few hundred
# make prodflow-check PRODFLOW=folder   load the rules of a folder and run their queries on a throw-away PostgreSQL

VENV ?= .venv
DEMO ?= demo
BIN := $(VENV)/bin
# the newest Python that is at hand; 3.11 is the oldest that will do
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)

# where it is set, every process that a test starts would compile all modules again
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check faults soak bench bench-quick fuzz prodflow-check completions screens pictures clean

demo: $(VENV)/installed
	$(BIN)/prodcli demo --fresh $(DEMO)

# three files at a time, in the order of testpaths, each with servers and pools of its own: much of it is waiting
test: check
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/test-installed
	$(BIN)/ruff check src tests
	$(BIN)/ruff format --check src tests
	$(BIN)/mypy
	MYPYPATH=src/prodcli/worker $(BIN)/mypy --config-file= --strict --explicit-package-bases src/prodcli/worker/*.py

# make test runs a minute of it; PRODCLI_KILLS=200 and PRODCLI_SEED=n change the kills at random times
faults: $(VENV)/test-installed
	$(BIN)/python -m pytest tests/faults -m "long or not long" -rP -p no:cacheprovider -n 2 --dist loadfile

# PRODCLI_SEED=n is another order of disturbances; the order is printed at the beginning, and what happened at the end
soak: $(VENV)/test-installed
	PRODCLI_SOAK=$(or $(PRODCLI_SOAK),1200) $(BIN)/python -m pytest tests/soak -rP -p no:cacheprovider -n 0

bench: $(VENV)/test-installed
	$(BIN)/python -m pytest tests/bench -s -p no:cacheprovider

bench-quick: $(VENV)/test-installed
	$(BIN)/python -m tests.bench.quick --against "$(AGAINST)" --turns $(or $(TURNS),1)

fuzz: $(VENV)/test-installed
	PRODCLI_FUZZ=5000 $(BIN)/python -m pytest tests/unit/rules/test_mutated_rules.py

prodflow-check: $(VENV)/test-installed
	$(BIN)/python -m tests.prodflow_check "$(PRODFLOW)"

# the scripts that shells source; a test tells when they are out of date
completions: $(VENV)/installed
	for shell in bash zsh fish; do \
	  _PRODCLI_COMPLETE=source_$$shell $(BIN)/prodcli | sed '/./,$$!d' > completions/prodcli.$$shell; done

screens: $(VENV)/test-installed
	rm -rf docs/screens && $(BIN)/python -m tests.screens.make docs/screens

pictures: $(VENV)/test-installed
	$(BIN)/python -m tests.screens.pictures docs/pictures

clean:
	rm -rf $(VENV) $(DEMO) dist build .pytest_cache .mypy_cache .ruff_cache

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "prodcli needs Python 3.11 or newer; none is found" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -q && apt-get install -qy python3-venv && $(PYTHON) -m venv $(VENV); \
	  else echo "Python's venv is missing: apt-get install python3-venv" >&2; exit 1; fi; }

$(VENV)/installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/test-installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install -q -e '.[test]'
	@touch $@ $(VENV)/installed
