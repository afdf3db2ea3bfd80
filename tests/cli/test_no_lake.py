"""A folder that is no lake is named, by every verb that only looks; nothing is made of it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.main import provender

VERBS = [
    "snapshot list", "requests list", "keys list", "sweep", "verify", "status", "audit Q01", "explain 4",
]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_a_folder_without_a_ledger_is_refused(verb: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(provender, [*verb.split(), "--lake", str(tmp_path)])

    assert done.exit_code != 0
    assert "no ledger in this lake" in str(done.exception) + done.output
    assert list(tmp_path.iterdir()) == []
