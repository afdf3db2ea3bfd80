"""One finished run for all end-to-end tests; a test that changes it works on a copy."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e import lakes


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run by the CLI, with notary and approvers, one published snapshot, pulled."""
    lake = lakes.new_lake(tmp_path_factory.mktemp("cli") / "lake")
    for name, role in (("notary", "notary"), ("alice", "data-owner"), ("bob", "compliance")):
        lakes.provender("keys", "make", name, "--lake", str(lake), "--role", role)
    subprocess.run(lakes.run_command(lake), cwd=lakes.ROOT, capture_output=True, text=True, check=True)
    frozen = lakes.provender(
        "snapshot",
        "freeze",
        "--lake",
        str(lake),
        "--run",
        "e2e",
        "--name",
        "corpus",
        "--use",
        "pretrain",
        "--actor",
        "e2e",
        "--json",
    )
    snapshot = json.loads(frozen.stdout)["snapshot_id"]
    lakes.provender("snapshot", "check", snapshot, "--lake", str(lake))
    for name, role in (("alice", "data-owner"), ("bob", "compliance")):
        key = lake / "private" / "keys" / f"{name}.key"
        lakes.provender("approve", snapshot, "--lake", str(lake), "--as", name, "--role", role, "--key", str(key))
    lakes.provender("snapshot", "publish", snapshot, "--lake", str(lake))
    lakes.provender("pull", "corpus", str(lake.parent / "pulled"), "--from", str(lake))
    return lake
