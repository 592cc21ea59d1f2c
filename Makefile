SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PROFILE ?= demo
IOC_PORT ?= 8501
IOC_ADDRESS ?= localhost
export IOC_PORT IOC_ADDRESS

.PHONY: help setup run test check shots bench browser docs

help:  ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

.venv/.ready: requirements.txt requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Cần Python 3.11 trở lên có venv (Debian, Ubuntu: gói python3-venv)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/.ready

setup: .venv/.ready  ## make .venv with everything, test tools included

run: setup  ## database, demo province, app and worker; prints address and accounts
	@$(BIN)/python -m services.cli migrate >/dev/null
	@$(BIN)/python -m services.cli demo --profile $(PROFILE) --if-empty
	@trap 'trap - INT TERM; kill -TERM $$app $$worker 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; \
	$(BIN)/streamlit run app.py --server.port $(IOC_PORT) --server.address $(IOC_ADDRESS) & app=$$!; \
	$(BIN)/python -m services.cli ready && echo "Mở http://$(IOC_ADDRESS):$(IOC_PORT)"; \
	$(BIN)/python -m services.cli worker & worker=$$!; \
	wait -n $$app $$worker; echo "Một phần đã dừng: dừng phần còn lại"; exit 1

browser: setup  ## find a Chromium for the tests
	@$(BIN)/python -m tests.browser

test: setup browser  ## every test: SQLite, PostgreSQL, browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 1

check: setup  ## style, types, layers, declarations
	@$(BIN)/ruff check .
	@$(BIN)/mypy app.py config data_access services components pages tests
	@$(BIN)/lint-imports
	@$(BIN)/python -m services.cli validate

shots: setup browser  ## screenshots of every page at three sizes into shots/
	@$(BIN)/python -m tests.shots

bench: setup browser  ## speed, as ratios side by side in one run, into docs/benchmarks.md
	@$(BIN)/python -m tests.bench

docs: setup  ## write what follows from the registry: JSON schemas for editors
	@$(BIN)/python -m services.cli schemas
