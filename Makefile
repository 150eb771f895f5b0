# Two commands do all the set-up: `make demo` and `make test`. Both first install what is missing
# (scripts/bootstrap.sh says what and how) into .venv and, as root on Debian, by apt.

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
JOBS ?= 2

.PHONY: help mutants demo gesture test test-models soak backend accuracy fuzz fuzz-atheris train fast lint format unit filecheck golden lock bootstrap clean

help:
	@echo "make demo         compile and run the shipped models on a Cortex-M4 in QEMU, print a table"
	@echo "make test         everything: lint, types, all tests (about a quarter of an hour, two cores)"
	@echo "make gesture      a recognizer of gestures on a stream of samples, on a Cortex-M4 in QEMU"
	@echo "make test-models  all networks of the shared material, all samples, all boards (hours)"
	@echo "make soak         500 random networks on memory that knows its owners (half an hour)"
	@echo "make mutants      deliberate faults in a copy of the sources: the tests have to see each"
	@echo "make fuzz         10,000 damaged models: each becomes C or one clear error (half an hour)"
	@echo "make fuzz-atheris coverage-guided fuzzing of the importers, MINUTES=60 (installs atheris)"
	@echo "make backend      every test case of the onnx package; tables in benchmarks/ (half an hour)"
	@echo "make accuracy     the table of benchmarks/accuracy: models x schemes on whole test splits (an hour)"
	@echo "make train        examples/digits.toml: training in float and quantized, table (some minutes)"
	@echo "make fast         the inner loop: FileCheck, unit and structure tests that are not slow"
	@echo "make lint         ruff, formatting, pyright"
	@echo "make format       let ruff rewrite what it can"
	@echo "make golden       rewrite the golden files and show the difference"
	@echo "make lock         resolve requirements.lock anew (needs uv)"
	@echo "make clean        remove everything that was built, the virtual environment included"

bootstrap:
	@scripts/bootstrap.sh

demo: bootstrap
	$(PY) -m nnopt.tools.demo

test: lint unit filecheck

backend: bootstrap
	$(PY) -m nnopt.tools.backend --jobs $(JOBS) --update
	$(PY) -m nnopt.tools.backend --board mps2-an386 --sample 100 --update

mutants: bootstrap
	$(PY) -m nnopt.tools.mutants

fuzz: bootstrap
	$(PY) -m nnopt.tools.fuzz --count 10000 --jobs $(JOBS)

MINUTES ?= 60
fuzz-atheris: bootstrap
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[fuzz]'
	$(PY) -m nnopt.tools.fuzz_atheris out/fuzz -max_total_time=$$((60 * $(MINUTES)))

lint: bootstrap
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(PY) -m pyright --pythonpath $(PY)

format: bootstrap
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

unit: bootstrap
	$(PY) -m pytest -n $(JOBS) --dist loadgroup

test-models: bootstrap
	NNOPT_EXHAUSTIVE=1 $(PY) -m pytest -n $(JOBS) --dist loadgroup tests/e2e/test_models_shared.py

soak: bootstrap
	NNOPT_EXHAUSTIVE=1 $(PY) -m pytest -n $(JOBS) tests/unit/memory/test_memory_owner_tags.py

accuracy: bootstrap
	$(PY) -m nnopt.tools.accuracy --update

gesture: bootstrap
	$(PY) examples/gesture/demo.py

train:
	@scripts/bootstrap.sh train
	$(BIN)/nnopt train examples/digits.toml

filecheck: bootstrap
	$(BIN)/lit -j $(JOBS) --no-progress-bar tests/filecheck

fast: bootstrap
	$(PY) -m pytest -q -m "not slow" tests/filecheck tests/unit tests/structure

golden: bootstrap
	$(PY) -m nnopt.tools.golden --update
	git --no-pager diff --stat -- tests/golden
	git --no-pager diff -- tests/golden

# UV_FIND_LINKS has to name a place with PyTorch's build for CPUs: the other one needs a dozen packages.
lock:
	uv pip compile pyproject.toml --extra dev --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links -o requirements.lock
	uv pip compile pyproject.toml --extra train --python-version 3.11 -c requirements.lock \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements-train.lock
	sed -i 's/+cpu$$//' requirements-train.lock

clean:
	rm -rf $(VENV) build dist out .pytest_cache .ruff_cache .hypothesis *.egg-info src/*.egg-info
	find . -name __pycache__ -not -path './.git/*' -type d -prune -exec rm -rf {} +
