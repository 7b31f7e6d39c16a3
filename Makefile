# make lab      open the first notebook in JupyterLab, on the offline engine
# make test     everything that must pass: lint, JavaScript, Python, kernel, notebooks, packaging, browser
# make help     all targets
#
# Needs only Python 3.11 or newer. node and npm come from a wheel inside .venv, so none is needed on PATH.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.NOTPARALLEL:

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV_VERSION := 0.13.9

VENV := .venv
PY := $(VENV)/bin/python
# No test may see a key, not even the notebooks', which run in kernels of their own.
PYTEST := env -u OPENAI_API_KEY -u OPENAI_BASE_URL $(PY) -m pytest
STATIC := realtime_widget/static
BUNDLE := $(STATIC)/widget.js $(STATIC)/widget.css $(STATIC)/loader.js
NODE_MODULES := js/node_modules/.package-lock.json
JS_SOURCES := $(shell find js -name node_modules -prune -o -type f -print)

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Extra arguments: make lab LAB_ARGS=--no-browser, make test-python PYTEST_ARGS="-k codec", make bench BENCH_ARGS=...
LAB_ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
FUZZ_ARGS ?=
SCREENSHOT_ARGS ?=
LAB_NOTEBOOK ?= notebooks/01_talk.ipynb
LAB_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# --- the environment -------------------------------------------------------------------------------------------

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found on PATH. Name one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet "uv==$(UV_VERSION)"

# The lock says which versions; pip fetches them, so that the machine's own pip configuration (mirror, certificate,
# proxy) is honoured. The hashes of the lock are checked. pip notes what it finds missing on stderr: --quiet hides
# only what went well.
define install
	$(VENV)/bin/uv export --quiet --no-config --frozen --no-emit-project $(1) --output-file $(VENV)/$(2).txt
	$(PY) -m pip install --quiet --requirement $(VENV)/$(2).txt
	SKIP_JUPYTER_BUILDER=1 $(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
endef

# what a newcomer needs to talk
$(VENV)/.lab: pyproject.toml uv.lock | $(PY)
	$(call install,--no-dev --extra local --extra data --extra store --group lab --group build,lab)

# what a contributor needs, tools and tests included
$(VENV)/.dev: pyproject.toml uv.lock | $(PY)
	$(call install,--all-groups --all-extras,dev)
	touch $(VENV)/.lab

$(NODE_MODULES): js/package.json js/package-lock.json | $(PY)
	test -x $(VENV)/bin/npm || $(MAKE) --no-print-directory $(VENV)/.lab
	cd js && npm ci --no-audit --no-fund
	touch $@

$(STATIC)/widget.js: $(JS_SOURCES) $(NODE_MODULES)
	cd js && npm run build
	touch $@
$(STATIC)/widget.css $(STATIC)/loader.js: $(STATIC)/widget.js ;

# Each client that talks with the offline engine has an environment of its own, since their pins clash; pip fetches it,
# as above. A conformance test fails with what the client said.
CONFORMANCE := $(patsubst tests/conformance/%/requirements.txt,$(VENV)/conformance/%/.done,\
	$(wildcard tests/conformance/*/requirements.txt)) \
	$(patsubst %/package.json,%/node_modules/.package-lock.json,$(wildcard tests/conformance/*/package.json))

$(VENV)/conformance/%/.done: tests/conformance/%/requirements.txt | $(PY)
	rm -rf $(@D)
	$(PY) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --requirement $<
	touch $@

tests/conformance/%/node_modules/.package-lock.json: tests/conformance/%/package.json \
		tests/conformance/%/package-lock.json | $(PY)
	test -x $(VENV)/bin/npm || $(MAKE) --no-print-directory $(VENV)/.lab
	cd tests/conformance/$* && npm ci --no-audit --no-fund
	touch $@

# Kernels of other versions, which the browser tests open notebooks with; only ipykernel itself is another one.
KERNELS := $(patsubst tests/browser/kernels/%.txt,$(VENV)/kernels/%/.done,$(wildcard tests/browser/kernels/*.txt))

$(VENV)/kernels/%/.done: tests/browser/kernels/%.txt | $(VENV)/.dev
	rm -rf $(@D)
	$(PY) -m pip install --quiet --no-deps --target $(@D) --requirement $<
	touch $@

.PHONY: install bundle
install: $(VENV)/.dev ## make .venv with the locked versions of everything
bundle: $(BUNDLE) ## build the JavaScript bundle into realtime_widget/static

# --- verbs ------------------------------------------------------------------------------------------------------

.PHONY: lab test fuzz conformance bench bench-browser screenshots lint format build clean distclean
lab: $(VENV)/.lab $(BUNDLE) ## open the first notebook in JupyterLab, on the offline engine
	$(VENV)/bin/jupyter lab $(LAB_NOTEBOOK) $(LAB_ROOT) $(LAB_ARGS)

test: lint test-js test-python test-browser ## everything that must pass

conformance: $(VENV)/.dev $(CONFORMANCE) ## five clients of other makers talk with the offline engine
	$(PYTEST) tests/conformance $(PYTEST_ARGS)

fuzz: $(VENV)/.dev ## attack the core with damaged events: make fuzz FUZZ_ARGS="--events 1000000 --seed 2"
	$(PY) -m tests.fuzz $(FUZZ_ARGS)

bench: $(VENV)/.dev ## measure import time and CPU per minute of audio
	$(PY) -m tests.benchmarks $(BENCH_ARGS)

screenshots: $(VENV)/.dev $(BUNDLE) chromium ## picture every state of the panel: make screenshots SCREENSHOT_ARGS="--readme"
	$(PY) -m tests.browser.screenshots $(SCREENSHOT_ARGS)

bench-browser: $(VENV)/.dev $(BUNDLE) $(KERNELS) chromium ## measure delays in real notebooks, also while cells run
	$(PY) -m tests.benchmarks.delay
	$(PY) -m tests.benchmarks.busy $(BENCH_ARGS)

lint: $(VENV)/.dev $(NODE_MODULES) ## ruff, mypy, biome, tsc
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	cd js && npm run lint
	js/node_modules/.bin/biome check --config-path=js tests/conformance

format: $(VENV)/.dev $(NODE_MODULES) ## put every source into the house format
	$(VENV)/bin/ruff check --fix-only --quiet .
	$(VENV)/bin/ruff format .
	cd js && npm run format
	js/node_modules/.bin/biome check --write --config-path=js tests/conformance

build: $(VENV)/.dev $(BUNDLE) ## wheel and sdist into dist/
	rm -rf dist
	$(PY) -m build --no-isolation
	@ls -l dist

clean: ## remove what was built and cached, keep .venv and js/node_modules
	rm -rf dist build $(STATIC) .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	find realtime_widget tests notebooks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

distclean: clean ## remove .venv and node_modules too
	rm -rf $(VENV) js/node_modules tests/conformance/*/node_modules

# --- parts of the test run --------------------------------------------------------------------------------------

.PHONY: test-python test-kernel test-packaging test-notebooks test-js test-browser chromium kernels
# What has a job of its own: one needs a browser, the other the environments of its clients.
APART := --ignore=tests/browser --ignore=tests/conformance
# The browser tests run in a process of their own: Playwright's sync API keeps an event loop running in the main
# thread, and asyncio.run() of any other test would refuse it.
test-python: $(VENV)/.dev $(BUNDLE) ## Python: units, sessions, kernel, packaging, notebooks
	$(PYTEST) tests notebooks --nbval-lax $(APART) --numprocesses=2 --dist=loadfile $(PYTEST_ARGS)

test-kernel: $(VENV)/.dev $(BUNDLE) ## only what needs a real ipykernel
	$(PYTEST) tests -m kernel $(APART) $(PYTEST_ARGS)

test-packaging: $(VENV)/.dev $(BUNDLE) ## only wheel and sdist
	$(PYTEST) tests -m packaging $(APART) $(PYTEST_ARGS)

test-notebooks: $(VENV)/.dev $(BUNDLE) ## run every notebook
	$(PYTEST) notebooks --nbval-lax $(PYTEST_ARGS)

test-js: $(NODE_MODULES) ## vitest
	cd js && npm test

test-browser: $(VENV)/.dev $(BUNDLE) $(KERNELS) chromium ## JupyterLab in headless Chromium
	$(PYTEST) tests/browser $(PYTEST_ARGS)

kernels: $(KERNELS)

chromium: $(VENV)/.dev
	@$(PY) tests/browser/chromium.py >/dev/null 2>&1 || \
	if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null; \
	fi
	@$(PY) tests/browser/chromium.py
