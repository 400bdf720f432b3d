PYTHON ?= python3
INI ?= development.ini
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
DEPENDENCIES := setup.cfg pyproject.toml constraints.txt
# Where there is no npm, the tests that need it are left out.
NODE := $(if $(shell command -v npm),.stamps/node)
# With the URL of a PostgreSQL server in BENCH_SERVER_URL the benchmarks are of that.
BENCH := .bench/$(if $(BENCH_SERVER_URL),postgresql,sqlite)
QUICK := waitress bare nginx file flask django fastapi

# Each process would compile the tests and the shop anew.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --dist worksteal --durations 10

.PHONY: help serve test test-quick test-all lint format messages diagram fuzz same examples screenshots bench bench-quick bench-compare \
	bench-data bench-scale bench-profile lock static vendor clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: .stamps/app  ## Create the database with the demo, and serve it on http://localhost:6543
	PYTHONPATH=. $(BIN)/courseshop init $(INI) --demo
	PYTHONPATH=. $(BIN)/courseshop relate $(INI)
	PYTHONPATH=. $(BIN)/pserve $(INI) --reload

test: .stamps/test  ## Run all tests (what depends on SQL on PostgreSQL too, and on MariaDB when its URL is set)
	$(PYTEST)

test-quick: .stamps/test  ## Run on SQLite alone, without a browser, fuzzing, and what is slow
	$(PYTEST) --databases sqlite -m 'not browser and not fuzzing and not slow'

test-all: .stamps/test  ## Run all tests on each database, and fuzz as every role (most of an hour)
	$(PYTEST) --databases all

lint: .stamps/lint .stamps/test  ## Check style, types, import directions, templates and spelling
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --configuration djlint.toml --lint --check courseshop/templates
	$(BIN)/codespell

format: .stamps/lint  ## Format code and templates
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/djlint --quiet --configuration djlint.toml --reformat courseshop/templates

messages: .stamps/app  ## Collect the strings to translate into courseshop/locale
	$(BIN)/pybabel --quiet extract --mapping-file=courseshop/locale/babel.cfg --no-location \
		--sort-output --project=courseshop --omit-header \
		--output-file=courseshop/locale/courseshop.pot courseshop

diagram:  ## Draw the picture of the rooms again (needs graphviz)
	dot -Tsvg docs/architecture.dot -o docs/architecture.svg

fuzz: .stamps/test  ## Ask a shop anything with schemathesis: an hour for each role, or MINUTES=
	cd tests && PYTHONPATH=.. ../$(BIN)/python fuzzing.py --minutes $(or $(MINUTES),60)

same: .stamps/test  ## Compare what two commits answer to 800 requests: OLD=v1 NEW=HEAD
	$(BIN)/python tests/outside.py $(or $(OLD),$(error OLD=commit is missing)) $(or $(NEW),HEAD)

examples: .stamps/test  ## Record anew what a demo shop answers, for the API description
	cd tests && PYTHONPATH=.. ../$(BIN)/python recording.py

screenshots: .stamps/test  ## Photograph all pages in Chromium, wide and narrow, light and dark
	$(BIN)/python tests/screenshots.py screenshots

bench: .stamps/bench  ## Put the served shop under load, beside others (needs wrk; most of an hour)
	$(BIN)/python -m benchmarks load --json .bench/load.json

bench-quick: .stamps/bench  ## The same at a small shop on SQLite by waitress, in two minutes
	$(BIN)/python -m benchmarks load --courses 1000 --databases sqlite $(QUICK:%=--servers %) \
		--rounds 2 --seconds 1 --requests 0 --json .bench/quick.json

bench-compare: .stamps/bench  ## Compare the speed of two commits: OLD=v1 NEW=HEAD
	$(BIN)/python -m benchmarks compare $(or $(OLD),$(error OLD=commit is missing)) $(or $(NEW),HEAD) \
		--rounds 10 --seconds 1 --json .bench/compare.json

bench-data: .stamps/bench  ## Fill shops of 1,000 and 100,000 courses in .bench, once
	$(BIN)/python -m benchmarks prepare --folder .bench

bench-scale: bench-data  ## Measure how the cost of pages grows from the small to the large one
	$(BIN)/python -m benchmarks scale $(BENCH)-1000.ini $(BENCH)-100000.ini --json $(BENCH)-scale.json

bench-profile: .stamps/bench  ## Tell where the time of a course page goes (needs wrk, and root for py-spy)
	$(BIN)/python -m benchmarks profile

lock: .venv  ## Refresh the exact versions in constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --all-extras --no-annotate --no-header \
		--python-version 3.11 --output-file constraints.txt setup.cfg

static: .stamps/test  ## Compress the static files, after each change of one
	$(BIN)/python tests/compressing.py

vendor: .stamps/test  ## Fetch the style sheet, the script and the font of others again, as npm publishes them
	$(BIN)/python tests/vendoring.py

clean:  ## Remove all that the other targets made, the demo database too
	rm -rf .venv .stamps .bench build *.egg-info courseshop.sqlite* \
		tests/node/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .schemathesis

.venv:
	$(PYTHON) -m venv .venv

.stamps/app: $(DEPENDENCIES) | .venv
	$(PIP) -e .
	@mkdir -p .stamps && touch $@

.stamps/test: $(DEPENDENCIES) $(NODE) | .venv
	$(PIP) -e '.[test,bench]'
	@mkdir -p .stamps && touch $@ .stamps/app

.stamps/node: tests/node/package.json tests/node/package-lock.json
	npm ci --ignore-scripts --silent --prefix tests/node
	@mkdir -p .stamps && touch $@

.stamps/bench: $(DEPENDENCIES) | .venv
	$(PIP) -e '.[bench]'
	@mkdir -p .stamps && touch $@ .stamps/app

.stamps/lint: $(DEPENDENCIES) | .venv
	$(PIP) -e '.[lint]'
	@mkdir -p .stamps && touch $@ .stamps/app
