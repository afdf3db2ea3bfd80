"""docs/auditor.md, done as it says: every command of it, in its order, on a ledger of a few documents."""

import ast
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.ledger import keys, proofs
from tests.ledger import demo

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/auditor.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
SAYS = (
    (),
    ('"rows_verified"', '"witnessed": 62', '"unsigned": 0'),
    ('"kept": 62',),
    ("corpus@1", "quarantine", "duplicates", "4.2", "data_type", "team-b"),
    ("leaf_sha256",),
    ("holds: entry", '"outcome": "drop"'),
    ("is a beginning of the log of 62",),
    ("verified: 62 entries", "Q55 [", "prohibited", "exact copy", "unwitnessed: 0 entries"),
)
"""What each block prints, in parts."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the auditor works, with the two proofs that the keeper has sent."""
    folder = tmp_path_factory.mktemp("audit")
    ledger = demo.verifiable(folder / "lake", witness_key=keys.generate(folder / "w", "w1.example"))
    work = folder / "work"
    work.mkdir()
    proof = proofs.decision(ledger, demo.document("1.2"), stage="duplicates")
    (work / "decision.tlog-proof").write_text(proof, encoding="utf-8")
    (work / "growth.consistency.json").write_bytes(proofs.growth(ledger, 2, 62))
    return work


def environment(place: Path) -> dict[str, str]:
    lake = place.parent / "lake"
    known = keys.load(lake / "keys", "demo").vkey
    given = {"LEDGER": f"{lake}/ledger", "KEY": known, "PROVENDER": str(ROOT), "DOC": str(demo.document("1.2"))}
    return os.environ | given | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def test_every_command_of_the_page_works_in_its_order_and_takes_no_fifteen_minutes(place: Path) -> None:
    begin = time.monotonic()
    assert len(BLOCKS) == len(SAYS)
    for block, said in zip(BLOCKS, SAYS, strict=True):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=place,
            env=environment(place),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        shown = done.stdout.replace(str(demo.document("4.2")), "4.2")
        assert [part for part in said if part not in shown] == []
    assert time.monotonic() - begin < 15 * 60


@pytest.mark.parametrize(
    "more",
    [
        "copy (select 1) to '{elsewhere}/written.csv'",
        "copy (select 1) to '../written.csv'",
        "create table seen as select * from read_text('{elsewhere}/secret')",
        "attach '{elsewhere}/written.db' as written",
        "install httpfs",
        "set allowed_directories = ['/']",
        "set enable_external_access = true",
    ],
)
def test_the_keepers_views_reach_nothing_but_the_ledger(place: Path, tmp_path: Path, more: str) -> None:
    ledger, elsewhere = tmp_path / "it's a ledger", tmp_path / "elsewhere"
    shutil.copytree(place.parent / "lake/ledger", ledger)
    elsewhere.mkdir()
    (elsewhere / "secret").write_text("s")
    asked = [sys.executable, ROOT / "docs/auditor/ask.py", ledger, "select 'an' || 'swered' as a from segments limit 1"]
    assert "answered" in subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    with (ledger / "derived/views.sql").open("a") as f:
        f.write(more.format(elsewhere=elsewhere) + ";\n")
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, "answered" in done.stdout) == (1, False)
    assert [p.name for p in elsewhere.iterdir()] == ["secret"]
    assert not list(tmp_path.rglob("written*"))


def test_the_two_programs_of_the_auditor_import_nothing_of_the_product() -> None:
    for name in ("verify.py", "ask.py"):
        tree = ast.parse((ROOT / "docs/auditor" / name).read_text(encoding="utf-8"))
        imports = [one for one in ast.walk(tree) if isinstance(one, ast.Import | ast.ImportFrom)]
        imported = {getattr(one, "module", None) or one.names[0].name for one in imports}
        assert {one.split(".")[0] for one in imported} <= {*sys.stdlib_module_names, "duckdb"}


def test_every_page_that_the_auditors_pages_link_to_is_there() -> None:
    for page in ("auditor.md", "threat-model.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / "docs" / link).exists(), link
        for test in re.findall(r"`(tests/[\w./]+|test_\w+\.py)`", text):
            found = [test, f"tests/ledger/{test}"]
            assert any((ROOT / one).exists() for one in found), test
