# Everything a newcomer needs: `make demo` runs the main job, `make test` passes the tests.
# Needs Python 3.11+, make and the package registry; the rest is installed here, in locked versions.
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := $(UV) run --locked --no-sync
export PYTHONUTF8 := 1

.PHONY: install demo test check airflow bench docs clean

install: .venv/installed  ## the locked environment in .venv

.tools/bin/uv:
	python3 -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check uv

.venv/installed: pyproject.toml uv.lock $(filter .tools/bin/uv,$(UV))
	$(UV) sync --locked --quiet --compile-bytecode
	@touch $@
	$(RUN) python examples/warm.py

demo: install  ## candidate corpora through every stage, two approvals, a pulled and verified snapshot
	$(RUN) python examples/demo.py

test: install  ## every test, Airflow and kill-and-resume included
	$(RUN) pytest

check: install  ## format, lint, types, layers, generated pages
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python docs/generate.py --check

airflow: install  ## Airflow's own UI with our DAGs on http://localhost:8080
	$(RUN) bash dags/standalone.sh

bench: install  ## side-by-side measurements against peers (needs PROVENDER_CORPORA)
	$(RUN) python bench/duplicates.py --write bench/duplicates.json
	$(RUN) python bench/duplicates_files.py --write bench/duplicates_files.json
	$(RUN) python bench/documents.py
	$(RUN) python bench/prohibited.py
	$(RUN) python bench/personal_recall.py
	$(RUN) python bench/personal_public.py
	$(RUN) python bench/personal_chinese.py
	$(RUN) python bench/personal_names.py
	$(RUN) python bench/personal_hostile.py
	$(RUN) python bench/redaction.py
	$(RUN) python bench/sources.py
	$(RUN) python bench/licences.py
	$(RUN) python bench/ledger.py
	$(RUN) python bench/personal.py --peers
	$(RUN) python bench/snapshots.py
	$(RUN) python bench/quality.py

docs: install  ## rewrites the generated pages
	$(RUN) python docs/generate.py

clean:  ## removes what the targets above made, not your lake
	rm -rf .demo .airflow .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
