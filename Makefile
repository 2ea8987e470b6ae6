.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[quickstart,ja,tensorboard,plot]" --group dev
	@touch $@

install: $(STAMP) ## set up .venv with everything the tests need

style: install ## format and fix what `quality` checks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

quality: install ## lint, types and layers, as CI runs them
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: quality ## set everything up, check quality, run every test
	$(BIN)/pytest

.PHONY: help install style quality test
