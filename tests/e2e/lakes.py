"""Runs the main job on `examples/` as a person would, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
REGISTER = ROOT / "examples" / "register"
KEY = b"k" * 32


def new_lake(folder: Path) -> Path:
    """A lake whose content key is the tests' own, so that two lakes have the same HMACs."""
    key = folder / "private" / "keys" / "content.key"
    key.parent.mkdir(parents=True)
    key.write_bytes(KEY)
    return folder


def run_command(lake: Path, run: str = "e2e", workers: int = 1) -> list[str]:
    options = [
        "--lake",
        str(lake),
        "--register",
        str(REGISTER),
        "--run",
        run,
        "--actor",
        "e2e",
        "--workers",
        str(workers),
    ]
    return [str(BIN / "provender"), "run", *options, "--json"]


def kill_when(lake: Path, stage: str) -> None:
    """Start or resume the run and kill it as soon as the ledger holds a decision of `stage` that was not there."""
    log = lake / "ledger" / "log" / "entries"
    seen = len(list(log.glob("*/*/*.json")))
    running = subprocess.Popen(run_command(lake), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None:
        paths = sorted(log.glob("*/*/*.json"))[seen:]
        seen += len(paths)
        if any(json.loads(p.read_bytes())["stage"] == stage for p in paths):
            os.kill(running.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    assert running.wait() == -signal.SIGKILL


def provender(*arguments: str, check: bool = True, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / "provender"), *arguments], cwd=ROOT, capture_output=True, text=True, check=check, input=given
    )


def airflow(home: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "GX_ANALYTICS_ENABLED": "false",
    }
    return subprocess.run(
        [str(BIN / "airflow"), *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=check
    )


def entries(lake: Path) -> Iterator[dict]:
    for path in sorted((lake / "ledger" / "log" / "entries").glob("*/*/*.json")):
        yield json.loads(path.read_bytes())


def decisions(lake: Path) -> dict[tuple[str, int], str]:
    """(stage, batch) -> Merkle root of its decision rows: equal roots are equal bytes."""
    found: dict[tuple[str, int], str] = {}
    for entry in entries(lake):
        if entry["kind"] == "decisions":
            key = (entry["stage"], entry["batch"])
            assert key not in found, f"{key} is in the ledger twice"
            found[key] = entry["rows_root"]
    return found


def readable_bytes(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file of a folder as bytes, Parquet as the values of its columns."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield path, path.read_bytes()
        if path.suffix == ".parquet":
            yield path, json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=repr).encode()


def doc_ids(folder: Path) -> set[int]:
    """The documents of a pulled snapshot."""
    return {i for path in folder.glob("data/*.parquet") for i in pq.read_table(path)["doc_id"].to_pylist()}


def texts(lake: Path, ids: set[int]) -> set[str]:
    """What the lake holds of some documents, between any stages; as JSON has it, without its quotes."""
    found: set[str] = set()
    for path in sorted((lake / "documents").rglob("*.parquet")):
        rows = pq.read_table(path, columns=["doc_id", "text"]).to_pylist()
        found |= {json.dumps(row["text"], ensure_ascii=False)[1:-1] for row in rows if row["doc_id"] in ids}
    return found


def rows(path: Path) -> list[dict]:
    """The rows of a Parquet file."""
    return pq.read_table(path).to_pylist()
