# Two commands: `make demo` and `make test`. Both make their own virtual environment in .venv.
PYTHON ?= python3
BIN := .venv/bin
TWO := -n 2 --dist worksteal # one core each

.PHONY: demo test check clean

demo: .venv/user
	$(BIN)/townworks demo

test: .venv/dev check
	POLARS_MAX_THREADS=1 $(BIN)/python tests/postgresql.py $(BIN)/python -m pytest $(TWO) -q -m django_db tests/unit/register tests/unit/web
	POLARS_MAX_THREADS=1 $(BIN)/python -m pytest $(TWO)

check: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv/user: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/dev: .venv/user
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
