"""What the repository promises about itself."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def tracked(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / n for n in listed.stdout.splitlines() if n.endswith(suffixes) and (ROOT / n).is_file()]


def test_no_code_that_users_run_names_the_shared_folder_or_is_left_unfinished() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX)\b|NotImplementedError|\.\./shared")
    found = [
        p
        for p in tracked(".py", ".toml", ".sql")
        if p.parts[len(ROOT.parts)] in ("pipeline", "dags") and pattern.search(p.read_text())
    ]

    assert found == []


def test_broad_except_stands_once() -> None:
    found = [
        p.name
        for p in tracked(".py")
        if "pipeline" in p.parts
        for _ in re.findall(r"except Exception|except BaseException|except:", p.read_text())
    ]

    assert sorted(set(found)) == ["main.py"]


def test_no_file_is_longer_than_400_lines() -> None:
    found = [
        str(p.relative_to(ROOT)) for p in tracked(".py") if "pipeline" in p.parts and p.read_text().count("\n") > 400
    ]

    assert found == []


def test_the_makefile_has_at_most_twelve_targets() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert {"demo", "test", "check", "airflow", "bench", "docs", "clean"} <= set(targets)
    assert len(targets) <= 12


@pytest.mark.parametrize("page", sorted(p.name for p in (ROOT / "docs" / "adr").glob("*.md")))
def test_a_decision_record_is_at_most_one_page(page: str) -> None:
    assert (ROOT / "docs" / "adr" / page).read_text().count("\n") <= 60


def test_no_help_text_shows_the_mark_that_keeps_its_lines_apart() -> None:
    assert "\\b" not in (ROOT / "docs" / "generated" / "commands.md").read_text(encoding="utf-8")
