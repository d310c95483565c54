# Two commands: `make report` runs every study, `make test` every test. Both install what they need into .venv.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
ONE_THREAD := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 XLA_FLAGS=--xla_cpu_multi_thread_eigen=false

.PHONY: report quick-report slides same test lint format clean

report: $(VENV)/ready
	$(ONE_THREAD) $(RUN)/derivlab report

quick-report: $(VENV)/ready
	$(ONE_THREAD) $(RUN)/derivlab report --quick --output build/reports

slides: $(VENV)/ready
	$(RUN)/derivlab report --redraw --slides

same: $(VENV)/ready
	$(ONE_THREAD) $(RUN)/derivlab report --output build/again --against reports

test: $(VENV)/ready-test
	$(ONE_THREAD) $(RUN)/python -m pytest -n 2 -q

lint: $(VENV)/ready-test
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/pyright

format: $(VENV)/ready-test
	$(RUN)/ruff check --fix .
	$(RUN)/ruff format .

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[studies]"
	touch $@

$(VENV)/ready-test: $(VENV)/ready
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[test]"
	touch $@

clean:
	rm -rf $(VENV) build
