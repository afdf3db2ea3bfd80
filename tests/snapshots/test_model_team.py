"""docs/model-team.md, from the first command to the acknowledgement, as it stands there."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline.ledger import keys, queries, views
from pipeline.snapshots import withdrawing
from tests.snapshots.test_sampling import weights
from tests.snapshots.test_snapshots import World, world
from tests.snapshots.test_withdrawing import ids, order

__all__ = ["world"]

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/model-team.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
Run = Callable[[str], subprocess.CompletedProcess[str]]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def run(world: World, tmp_path: Path) -> Run:
    """Commands in the folder of a team that has the lake beside it and a copy of its keys."""
    now = time.time_ns() // 1000
    frozen = world.freeze(shard_bytes=400, at_us=now, weights=weights())
    world.publish_again(frozen.snapshot_id, at_us=now)
    (tmp_path / "trusted-keys.json").write_bytes(keys.trusted_path(world.lake.ledger).read_bytes())
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    environment["HF_HOME"] = str(tmp_path / "hf")

    def call(command: str) -> subprocess.CompletedProcess[str]:
        given = [sys.executable, "-c", command] if "\n" in command else command.split()
        return subprocess.run(given, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return call


def test_the_page_leads_from_nothing_to_a_training_loop_and_on(world: World, run: Run, tmp_path: Path) -> None:
    (pull,), (status, refresh, acknowledge) = (block.splitlines() for block in blocks("sh"))
    read, filtered, chosen, train, _ = blocks("python")

    done = run(pull)
    assert done.returncode == 0, done.stderr
    assert "33 documents" in done.stdout
    assert run(read).stdout.split("\n")[0] == "33"
    model = train + "\nprint(step, sum(model.values()))"
    whole = sum(len(one) - 1 for one in texts(tmp_path))
    assert run(model).stdout.split() == ["10", str(whole)]
    counts, names = run(read + chosen).stdout.splitlines()[-2:]
    assert (counts.split()[1:], "weight_ppm" in names) == (["31", "32"], True)
    assert 33 <= int(counts.split()[0]) <= 34
    assert run(filtered + "\nprint(kept.num_rows)").stdout.split() == ["33"]

    withdrawing.withdraw(world.lake, ids(3, 4), order("rights-notice", at_us=time.time_ns() // 1000))
    told = run(status)
    assert (told.returncode, "exclusions-pending" in told.stdout) == (1, True)
    assert run(refresh).returncode == 0
    assert run(acknowledge).returncode == 0
    with views.connect(world.lake.ledger) as connection:
        assert queries.run(connection, "Q12").num_rows == 0
    assert run(status).stdout.startswith("corpus@1: good")
    gone = sum(len(texts(tmp_path)[n]) - 1 for n in (3, 4))
    assert run(model).stdout.split() == ["10", str(whole - gone)]
    (sql,) = blocks("sql")
    with duckdb.connect() as connection:
        connection.execute("set file_search_path = ?", [str(tmp_path)])
        assert connection.execute(sql).fetchall() == [(31,)]


def test_a_dag_of_the_page_is_scheduled_on_publications(tmp_path: Path) -> None:
    code = blocks("python")[-1] + "\nfound = take()\nprint(sorted(found.task_dict), found.schedule)"
    environment = {**os.environ, "AIRFLOW_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()[-1]

    assert done.startswith("['pull'] ")
    assert "provender://approved" in done


def texts(folder: Path) -> list[str]:
    with duckdb.connect() as connection:
        found = connection.execute(
            "select text from read_parquet(?) order by doc_id", [f"{folder}/corpus/data/*.parquet"]
        ).fetchall()
    return [text for (text,) in found]
