"""Ruff and mypy catch what they are for: one planted violation each."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    ("code", "name", "rule"),
    [
        ("import time\n\n\ndef f() -> float:\n    return time.time()\n", "pipeline/stages/planted.py", "TID251"),
        ("import great_expectations\n", "pipeline/steps/planted.py", "TID253"),
        (
            "def f() -> None:\n    try:\n        pass\n    except Exception:\n        pass\n",
            "pipeline/planted.py",
            "BLE001",
        ),
    ],
)
def test_ruff_catches_a_planted_violation(code: str, name: str, rule: str) -> None:
    command = [str(BIN / "ruff"), "check", "--no-cache", "--stdin-filename", str(ROOT / name), "-"]

    done = subprocess.run(command, input=code, cwd=ROOT, capture_output=True, text=True, check=False)

    assert rule in done.stdout


def test_mypy_catches_a_planted_violation(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("def f(x):\n    return x\n")
    command = [
        str(BIN / "mypy"),
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--cache-dir",
        str(tmp_path),
        str(planted),
    ]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert "no-untyped-def" in done.stdout
