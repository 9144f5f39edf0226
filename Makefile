# What a developer does here. `make` alone lists it; `make setup` comes before everything by itself.
#
#   PYTHON=python3.12 make setup     another interpreter than the newest supported one found
#   make test ARGS="-k ledger -x"    further arguments for pytest (test, integration) or the benchmarks
#   make tools CLUSTER=1             Kubernetes as well, once: its control plane builds for minutes

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo test thorough lint format bench peers race tools integration image sbom chart package push dashboards constraints picture clean

PY := .venv/bin/python

# Bytecode is kept, or each of a thousand starts of Python would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1~\2/p' $(MAKEFILE_LIST) | while IFS='~' read -r name text; do printf '%-20s %s\n' "$$name" "$$text"; done

setup: ## make .venv with ccsync and everything pinned; quick when nothing changed
	@.ci/setup

demo: setup ## the whole thing with no account: a simulated organization, synced and summed up
	@.venv/bin/ccsync demo

test: setup ## unit, contract, end-to-end, docs and architecture tests; loopback only
	@.ci/helm
	$(PY) -m pytest -n auto --maxprocesses 8 --dist loadgroup $(ARGS)

thorough: setup ## what `make test` leaves out for time: long stories, wide matrices, tests of the tests
	@.ci/helm
	$(PY) -m pytest -m thorough -n auto --maxprocesses 8 --dist loadgroup $(ARGS)

lint: ## ruff, ruff format, mypy and pyright, both strict
	@.ci/setup lint
	@.ci/lint

format: ## let ruff format the code and mend what it can
	@.ci/setup lint
	$(PY) -m ruff check --fix --exit-zero
	$(PY) -m ruff format

bench: setup ## speed and memory against the bars in tests/benchmarks
	@$(PY) -m tests.benchmarks.run $(ARGS)

peers: setup ## one pinned environment per program that ccsync is raced against; quick when unchanged
	@.ci/peers

race: setup ## every program of `make peers` through the correctness race (ARGS="--twice --publish")
	$(PY) -m tests.race.run $(ARGS)

tools: setup ## bring what the real-parts tier runs (Pythons, OTLP receivers, BigQuery emulators, a container engine), and say what is absent
	@.ci/tools

integration: setup ## the real-parts tier: the wheel on each Python, real receivers; absent parts are skipped visibly
	$(PY) -m pytest -m integration -rs -n 2 --dist loadfile $(ARGS)

image: ## build the container image with docker, podman or buildah (IMAGE=name:tag BASE=another base)
	@.ci/image

sbom: setup ## list what is in that image as CycloneDX: dist/ccsync-VERSION.cdx.json
	@.ci/image sbom

chart: setup ## make what is generated of the Helm chart: values.schema.json, the values in its README
	@$(PY) .ci/chart

package: setup ## pack the Helm chart: dist/ccsync-VERSION.tgz
	@.ci/helm
	@$(PY) .ci/chart package

push: setup ## push that package, unless its version is there (REPO=oci://host/path ARGS="--ca-file=...")
	@.ci/helm
	@$(PY) .ci/chart push "$(REPO)" $(ARGS)

dashboards: setup ## write config/dashboards anew, and the chart's copies
	@$(PY) .ci/dashboards

constraints: ## pin the dependencies anew from pyproject.toml (UPGRADE=1: to the newest versions)
	@.ci/setup lint
	@.ci/constraints

picture: setup ## draw the pictures of the README: `ccsync demo` on a terminal, and the page it makes
	@$(PY) .ci/picture

clean: ## remove .venv, caches and builds
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage*
	find ccsync sinks tests -name __pycache__ -type d -prune -exec rm -rf {} +
