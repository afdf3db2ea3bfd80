"""DAG files stay light: what they import at the top is bounded, and Airflow accepts them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
HEAVY = (
    "pyarrow",
    "duckdb",
    "great_expectations",
    "presidio_analyzer",
    "spacy",
    "numba",
    "pandas",
    "numpy",
    "pipeline",
)


@pytest.mark.parametrize("name", ["govern", "snapshot", "requests", "notices"])
def test_parsing_a_dag_imports_nothing_heavy(name: str, tmp_path: Path) -> None:
    code = f"import runpy, sys, json; runpy.run_path('dags/{name}.py'); print(json.dumps(sorted(sys.modules)))"
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    modules = set(json.loads(done.stdout.splitlines()[-1]))
    before = subprocess.run(
        [
            sys.executable,
            "-c",
            "import airflow.sdk, sys, json; from airflow.sdk import dag, task, Param, Asset; print(json.dumps(sorted(sys.modules)))",
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    airflow_itself = set(json.loads(before.stdout.splitlines()[-1]))
    added = {m.split(".")[0] for m in modules - airflow_itself}
    assert not added & set(HEAVY)


@pytest.mark.parametrize("name", ["govern", "snapshot", "requests", "notices"])
def test_the_dag_has_one_task_per_stage_in_order(name: str, tmp_path: Path) -> None:
    sort = f"[t.task_id for t in runpy.run_path('dags/{name}.py')['{name}']().topological_sort()]"
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    command = [sys.executable, "-c", f"import json, runpy; print(json.dumps({sort}))"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    tasks = json.loads(done.stdout.splitlines()[-1])
    expected = {
        "requests": ["renew", "purge", "overdue"],
        "notices": ["news", "announce"],
        "govern": [
            "sources",
            "licences",
            "documents",
            "check_documents",
            "prohibited",
            "quality",
            "duplicates",
            "personal",
            "diversity",
            "check_decisions",
        ],
        "snapshot": [
            "freeze",
            "check",
            "choose",
            "ask_data_owner",
            "record_data_owner",
            "ask_compliance",
            "record_compliance",
            "approve",
            "publish",
        ],
    }

    assert tasks == expected[name]
