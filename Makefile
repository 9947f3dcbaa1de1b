# Two commands do it all: make demo (see it work) and make test (know it works).

PYTHON ?= python3
BIN := .venv/bin
DATA := sample_data/air_passengers.csv

.PHONY: demo test format clean

demo: .venv/installed
	$(BIN)/lstmcast train $(DATA) --horizon 12 -o air_passengers.lstm --force
	$(BIN)/lstmcast predict air_passengers.lstm $(DATA) -o forecast.csv
	$(BIN)/lstmcast plot forecast.csv $(DATA) -o forecast.png
	$(BIN)/lstmcast evaluate $(DATA) --horizon 12
	@echo "forecast.csv and forecast.png are written."

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --dist worksteal --cov --cov-report=term

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv

.venv/bin/pip:
	$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml constraints.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/installed-dev: pyproject.toml constraints.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch .venv/installed $@
