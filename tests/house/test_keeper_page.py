"""docs/keeper.md, done as it says: every command of it, in its order."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.ledger import ledgers

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/keeper.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
SAYS = (
    ("ledger.example/corpus+", "signed 4 entries", "verified: 4 entries"),
    ("w1: asked", "answered 1", "w1: cosigned", "unwitnessed: 0 entries"),
    ("answered 1", "w1: cosigned", "witnessed: 6 entries", ".old"),
    ("answered 1", "w1: cosigned", "witnessed: 7 entries"),
)
"""What each block prints, in parts."""


def test_every_command_of_the_page_works_in_its_order_and_both_verifiers_hold(tmp_path: Path) -> None:
    ledger = tmp_path / "lake" / "ledger"
    for batch in range(3):
        ledgers.append(ledger, batch)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    assert len(BLOCKS) == len(SAYS)
    for block, said in zip(BLOCKS, SAYS, strict=True):
        command = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert [part for part in said if part not in done.stdout] == []
    report = ledgers.both_hold(ledger, vkey=(tmp_path / "third.vkey").read_text(encoding="utf-8").strip())
    assert (report.witnessed, report.unsigned, report.disowned) == (report.entries, 0, 0)


def test_every_page_that_the_keepers_page_links_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
