# Every command a person needs; `make` alone lists them. The work is in scripts/, which can be run by hand as well.
.DEFAULT_GOAL := help
.PHONY: help setup lock demo test test-unit test-long lint bench bench-full schema picture clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## make .venv with the roro command
	@./scripts/setup

lock: ## refresh what the checkout installs: requirements/*.lock, npm, Cargo, Go
	@./scripts/lock

demo: ## a real Kubernetes, the example shop up and healthy on it, and a request through the front
	@./scripts/demo

test: ## everything: unit, integration on a real cluster, molecule; coverage of the engine at least 85 %
	@./scripts/test

test-unit: setup ## the tests that need no cluster
	@.venv/bin/python -m pytest -q -n 2 tests/unit

test-long: ## the newest packages, every ansible-core and Python, then tests/long; two hours or more
	@./scripts/test-long

lint: setup ## ruff, mypy, ansible-lint, sanity, documentation, Automation Hub
	@./scripts/lint

bench: setup ## ratios against kubectl, helm, flux, stern and kubernetes.core in one run, written to docs/benchmarks.md
	@./scripts/bench

bench-full: setup ## the same with 2,000 objects as well and more rounds
	@./scripts/bench --full

schema: setup ## write docs/schema from the code
	@.venv/bin/python scripts/publish_schema.py

picture: setup ## draw docs/terminal.svg from a real run of the demo
	@./scripts/picture

clean: ## remove the demo's and the tests' clusters, .venv and everything built
	@./scripts/clean
