# Everything starts here; `make help` lists it. The work is done by tools/, which need nothing but Python.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
# The oldest Python stands in operator/pyproject.toml, with its reason.
OLDEST_PYTHON := $(shell sed -n 's/^requires-python = ">=\(.*\)"/\1/p' operator/pyproject.toml)
BIN := .venv/bin
SETUP := $(PYTHON) -m tools.setup --quiet
# For pytest: make test-unit ARGS="-k gate -x"
ARGS ?=

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) on PATH: install Python $(OLDEST_PYTHON) or newer (on Debian: apt-get install python3)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < tuple(map(int, "$(OLDEST_PYTHON)".split("."))))' || { echo "$(PYTHON) is $$($(PYTHON) -V), and this needs Python $(OLDEST_PYTHON) or newer: install one and say make PYTHON=python3.12 ..."; exit 1; }

.PHONY: demo
demo: python ## A cluster, the operator, a served model and its answers; the cluster stays up
	@$(PYTHON) -m tools.demo up

.PHONY: demo-down
demo-down: python ## End the demo and its cluster; only caches stay
	@$(PYTHON) -m tools.demo down

.PHONY: env
env: python ## Make .venv, with which everything is linted and tested
	@$(SETUP) environment

.PHONY: lint
lint: env ## Format check, lint, types and the architecture's import contracts
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy operator/src runtime/src tools tests docs charts
	$(BIN)/lint-imports

.PHONY: format
format: env ## Format, and fix what can be fixed
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

.PHONY: verify
verify: generate lock ## Generate everything again and fail on any difference from what is committed
	@changed="$$(git status --porcelain)" || exit 1; [ -z "$$changed" ] || { echo "Not what is committed (generate and commit, or add to .gitignore):"; echo "$$changed"; git --no-pager diff --stat; exit 1; }

.PHONY: generate
generate: env ## Write again what is made by code: CRDs, chart copies, install.yaml, pictures and pages of the docs
	@$(SETUP) helm
	@$(BIN)/modelserver crd --out crds
	@$(BIN)/python -m charts.generate
	@$(BIN)/python -m docs.pictures
	@$(BIN)/python -m docs.pages

.PHONY: golden
golden: env ## Write the golden manifests again; look at the difference before you commit it
	@$(BIN)/python -m pytest -q tests/unit/operator tests/unit/cli --update-goldens

.PHONY: lock
lock: env ## Lock the dependencies again; versions stay unless a pyproject.toml asks for others
	@$(PYTHON) -m tools.setup.lock

.PHONY: test
test: python ## Every tier, without the tests that are marked long
	@$(PYTHON) -m tools.tiers $(ARGS)

.PHONY: nightly
nightly: python ## Every tier, with the long tests and the long tiers
	@$(PYTHON) -m tools.tiers --nightly $(ARGS)

.PHONY: test-unit
test-unit: python ## Pure code: goldens, resolve, status, the work queue, the shell around a scripted engine
	@$(PYTHON) -m tools.tiers --only unit $(ARGS)

.PHONY: test-cli
test-cli: python ## `modelserver top` in a terminal, `modelserver loadtest` against an engine whose delays are known
	@$(PYTHON) -m tools.tiers --only cli $(ARGS)

.PHONY: test-controlplane
test-controlplane: python ## The operator against a real API server
	@$(PYTHON) -m tools.tiers --only controlplane $(ARGS)

.PHONY: test-chart
test-chart: python ## The chart with real Helm: schema, lint, install, upgrade, uninstall
	@$(PYTHON) -m tools.tiers --only chart $(ARGS)

.PHONY: test-autoscaling
test-autoscaling: python ## The autoscaler of Kubernetes itself, deciding by the load that the operator tells; then an install's APIServices
	@$(PYTHON) -m tools.tiers --only autoscaling $(ARGS)
	@$(if $(strip $(ARGS)),,$(PYTHON) -m tools.tiers --only chart tests/chart/test_metrics_api.py)

.PHONY: test-engine
test-engine: python ## The runtime with real vLLM on the CPU
	@$(PYTHON) -m tools.tiers --only engine $(ARGS)

.PHONY: test-steering
test-steering: python ## Steered answers of real vLLM beside a reference, with the long tests
	@$(PYTHON) -m tools.tiers --only steering $(ARGS)

.PHONY: test-e2e
test-e2e: python ## From kubectl apply to an answer, on a real kubelet
	@$(PYTHON) -m tools.tiers --only e2e $(ARGS)

.PHONY: test-monitoring
test-monitoring: python ## Alert rules, metrics and dashboards with Prometheus, then those of `make test-live`
	@$(PYTHON) -m tools.tiers --only monitoring --only live $(ARGS)

.PHONY: test-live
test-live: python ## From trouble in a cluster through the Prometheus operator to a webhook, which is built first; not part of `make test`
	@$(PYTHON) -m tools.tiers --only live $(ARGS)

.PHONY: test-keda
test-keda: python ## The ScaledObject under KEDA itself, which is built first; not part of `make test`
	@$(PYTHON) -m tools.tiers --only keda $(ARGS)

.PHONY: gpu-check
gpu-check: python ## Steering on a GPU, with torch and, where it is, vLLM; skipped without; its last line is one JSON object
	@$(PYTHON) -m tests.gpu $(ARGS)

.PHONY: bench-operator
bench-operator: env ## Speed, memory and silence of the operator with 1,000 ModelServers; its last line is one JSON object
	@$(SETUP) root kubernetes helm
	@$(BIN)/python -m tests.bench.operator $(ARGS)

.PHONY: bench-autoscaling
bench-autoscaling: env ## How soon load becomes pods, and what it costs to follow the load of many; its last line is one JSON object
	@$(SETUP) root kubernetes helm
	@$(BIN)/python -m tests.bench.autoscaling $(ARGS)

.PHONY: bench-rollout
bench-rollout: env ## A rolling change under streams, on a kubelet with vLLM: none may be lost; its last line is one JSON object
	@$(SETUP) engine kubernetes helm model images
	@$(BIN)/python -m tests.bench.rollout $(ARGS)

.PHONY: bench-runtime
bench-runtime: env ## What the shell costs beside bare vLLM, and what stays after very many broken requests; its last line is one JSON object
	@$(SETUP) engine
	@MODELSERVER_ENGINE_PYTHON="$$($(PYTHON) -m tools.setup --print engine-python)" $(BIN)/python -m tests.bench.runtime $(ARGS)

.PHONY: bench-profiles
bench-profiles: env ## What the values of the profiles do to streams and to the waiting line; its last line is one JSON object
	@$(SETUP) engine
	@MODELSERVER_ENGINE_PYTHON="$$($(PYTHON) -m tools.setup --print engine-python)" $(BIN)/python -m tests.bench.profiles $(ARGS)

.PHONY: bench-loadtest
bench-loadtest: env ## What `modelserver loadtest` can ask for beside a load generator in C, and how exact it is; its last line is one JSON object
	@$(SETUP) wrk
	@$(BIN)/python -m tests.bench.loadtest $(ARGS)

.PHONY: bench-steering
bench-steering: env ## What steering costs in tokens a second and in bytes; its last line is one JSON object
	@$(SETUP) engine model
	@MODELSERVER_ENGINE_PYTHON="$$($(PYTHON) -m tools.setup --print engine-python)" MODELSERVER_DEMO_MODEL="$$($(PYTHON) -m tools.setup --print demo-model)" $(BIN)/python -m tests.bench.steering $(ARGS)
