"""The import contracts catch what they are for: one planted violation each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

PLANTED = {
    "Imports go down only": ("pipeline/store/files.py", "import pipeline.ledger.log"),
    "Stages are pure: no IO, clock, randomness, logging, network or models": (
        "pipeline/stages/quality.py",
        "import random",
    ),
    "Stages never import each other": ("pipeline/stages/quality.py", "import pipeline.stages.licences"),
    "The pipeline knows neither Airflow nor the DAGs": ("pipeline/steps/runs.py", "import airflow"),
    "Only checks.py imports Great Expectations": ("pipeline/steps/gates.py", "import great_expectations"),
    "DAG files import the steps alone": ("dags/govern.py", "import pyarrow"),
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name in ("pipeline", "dags"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(house)}
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


def test_the_house_keeps_its_contracts(house: Path) -> None:
    done = lint(house)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_violation_is_caught(house: Path, contract: str) -> None:
    name, line = PLANTED[contract]
    path = house / name
    path.write_text(f"{line}\n{path.read_text()}")

    done = lint(house)

    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout


def test_every_contract_has_its_planted_violation() -> None:
    names = [
        line.split("=", 1)[1].strip()
        for line in (ROOT / ".importlinter").read_text().splitlines()
        if line.startswith("name")
    ]

    assert sorted(names) == sorted(PLANTED)
