PYTHON ?= python3
INI ?= development.ini
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
DEPENDENCIES := setup.cfg pyproject.toml constraints.txt
# Without npm, the tests that need it are skipped.
NODE := $(if $(shell command -v npm),.stamps/node)
# If BENCH_SERVER_URL is the URL of a PostgreSQL server, the benchmarks use it instead of SQLite.
BENCH := .bench/$(if $(BENCH_SERVER_URL),postgresql,sqlite)
QUICK := waitress bare nginx file flask django fastapi

# Without bytecode files, each process would compile the tests and the shop again.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --dist worksteal --durations 10

.PHONY: help serve test test-quick test-all lint format messages diagram fuzz same examples screenshots lighthouse bench bench-quick bench-compare \
	bench-data bench-scale bench-profile lock static vendor clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: .stamps/app  ## Create a database with the demo, serve it on http://localhost:6543, and run a worker
	@echo "Preparing the database of $(INI)."
	@PYTHONPATH=. $(BIN)/courseshop init $(INI) --demo
	@echo "Starting the server, which restarts when a file changes, and a worker. Ctrl-C stops both."
	@export PYTHONPATH=.; $(BIN)/courseshop work $(INI) & worker=$$!; \
		trap "kill $$worker 2>/dev/null" EXIT INT TERM; $(BIN)/pserve $(INI) --reload

test: .stamps/test  ## Run all tests (those that depend on SQL also on PostgreSQL, and on MariaDB if its URL is set)
	$(PYTEST)

test-quick: .stamps/test  ## Run the tests on SQLite only, without slow, browser and fuzzing tests
	$(PYTEST) --databases sqlite -m 'not browser and not fuzzing and not slow'

test-all: .stamps/test  ## Run all tests on every database, and fuzz as every role (30 to 60 minutes)
	$(PYTEST) --databases all

lint: .stamps/lint .stamps/test  ## Check style, types, imports, templates and spelling
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

messages: .stamps/app  ## Extract the translatable strings into courseshop/locale
	$(BIN)/pybabel --quiet extract --mapping-file=courseshop/locale/babel.cfg --no-location \
		--sort-output --project=courseshop --omit-header \
		--output-file=courseshop/locale/courseshop.pot courseshop

diagram:  ## Redraw the architecture diagram (needs graphviz)
	dot -Tsvg docs/architecture.dot -o docs/architecture.svg

fuzz: .stamps/test  ## Fuzz a shop with schemathesis, an hour for each role, or MINUTES=
	cd tests && PYTHONPATH=.. ../$(BIN)/python fuzzing.py --minutes $(or $(MINUTES),60)

same: .stamps/test  ## Compare the responses of two commits to 800 requests: OLD=v1 NEW=HEAD
	$(BIN)/python tests/outside.py $(or $(OLD),$(error OLD=commit is missing)) $(or $(NEW),HEAD)

examples: .stamps/test  ## Record the responses of a demo shop, as examples for the API description
	cd tests && PYTHONPATH=.. ../$(BIN)/python recording.py

screenshots: .stamps/test  ## Take screenshots of all pages in Chromium: four widths, dark, right to left, zoomed, forced colors
	$(BIN)/python tests/screenshots.py screenshots

lighthouse: .stamps/test .stamps/lighthouse  ## Run Lighthouse for phones on four pages, three times each (about five minutes)
	PYTHONPATH=. $(BIN)/python tests/lighthouse_scores.py

bench: .stamps/bench  ## Load-test the shop and other frameworks (needs wrk; about 40 minutes)
	$(BIN)/python -m benchmarks load --json .bench/load.json

bench-quick: .stamps/bench  ## Load-test a small shop on SQLite, in two minutes
	$(BIN)/python -m benchmarks load --courses 1000 --databases sqlite $(QUICK:%=--servers %) \
		--rounds 2 --seconds 1 --requests 0 --json .bench/quick.json

bench-compare: .stamps/bench  ## Compare the speed of two commits: OLD=v1 NEW=HEAD
	$(BIN)/python -m benchmarks compare $(or $(OLD),$(error OLD=commit is missing)) $(or $(NEW),HEAD) \
		--rounds 10 --seconds 1 --json .bench/compare.json

bench-data: .stamps/bench  ## Create shops with 1,000 and 100,000 courses in .bench, unless they exist
	$(BIN)/python -m benchmarks prepare --folder .bench

bench-scale: bench-data  ## Measure how the cost of pages grows from the small to the large shop
	$(BIN)/python -m benchmarks scale $(BENCH)-1000.ini $(BENCH)-100000.ini

bench-profile: .stamps/bench  ## Profile a course page (needs wrk, and root for py-spy)
	$(BIN)/python -m benchmarks profile

lock: .venv  ## Upgrade the pinned versions in constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --all-extras --no-annotate --no-header \
		--python-version 3.11 --output-file constraints.txt setup.cfg

static: .stamps/test  ## Compress the static files; run it after each change
	$(BIN)/python tests/compressing.py

vendor: .stamps/test  ## Download the third-party font from npm again
	$(BIN)/python tests/vendoring.py

clean:  ## Remove everything that the other targets created, including the demo database
	rm -rf .venv .stamps .bench build *.egg-info courseshop.sqlite* \
		tests/node/node_modules tests/lighthouse/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .schemathesis

.venv:
	$(PYTHON) -m venv .venv

.stamps/app: $(DEPENDENCIES) | .venv
	$(PIP) -e .
	@mkdir -p .stamps && touch $@

.stamps/test: $(DEPENDENCIES) $(NODE) | .venv
	$(PIP) -e '.[test,bench]'
	@mkdir -p .stamps && touch $@ .stamps/app

.stamps/lighthouse: tests/lighthouse/package.json tests/lighthouse/package-lock.json
	npm ci --ignore-scripts --silent --prefix tests/lighthouse
	@mkdir -p .stamps && touch $@

.stamps/node: tests/node/package.json tests/node/package-lock.json
	npm ci --ignore-scripts --silent --prefix tests/node
	@mkdir -p .stamps && touch $@

.stamps/bench: $(DEPENDENCIES) | .venv
	$(PIP) -e '.[bench]'
	@mkdir -p .stamps && touch $@ .stamps/app

.stamps/lint: $(DEPENDENCIES) | .venv
	$(PIP) -e '.[lint]'
	@mkdir -p .stamps && touch $@ .stamps/app
