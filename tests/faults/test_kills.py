"""Processes are killed, the disk is full, two notaries sign: what was acknowledged is there, once, and verifies."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from pipeline.errors import StorageFull
from pipeline.ledger import checkpoint, keys, log, sweep
from tests.ledger import ledgers

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def storm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """200 SIGKILLs over four writers and two notaries; ledger, folder of what was acknowledged."""
    folder = tmp_path_factory.mktemp("storm")
    keys.generate(folder / "private", "demo")
    acks = folder / "acks"
    acks.mkdir()
    command = [sys.executable, "-m", "tests.faults.storm", str(folder / "ledger"), str(acks), "200", "4", "7"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return folder / "ledger", acks


def test_after_200_kills_nothing_acknowledged_is_lost_and_nothing_is_there_twice(storm: tuple[Path, Path]) -> None:
    ledger, acks = storm
    acknowledged = [key for path in acks.iterdir() for key in path.read_text().split()]
    found = Counter(str(entry["key"]) for entry in log.entries(ledger, kind="decisions"))

    assert len(acknowledged) > 200
    assert set(acknowledged) <= set(found)
    assert max(found.values()) == 1


def test_after_200_kills_every_entry_has_its_segment_and_both_verifiers_hold(storm: tuple[Path, Path]) -> None:
    ledger, _ = storm
    checkpoint.sign(ledger, ledgers.notary(ledger), at_us=9)

    report = ledgers.both_hold(ledger)

    assert report.checkpoints > 5
    assert report.unsigned == 0


def test_what_killed_writers_left_is_swept_and_nothing_else(storm: tuple[Path, Path]) -> None:
    ledger, _ = storm
    named = {str(entry["path"]) for entry in log.entries(ledger, kind="decisions")}

    assert sweep.sweep(ledger, before_s=0) == 0
    sweep.sweep(ledger, before_s=2**40)
    sweep.sweep(ledger, before_s=2**40)

    left = {p.relative_to(ledger).as_posix() for p in ledger.glob("seg/decisions/**/*.parquet")}
    assert left == named
    assert not list(ledger.rglob(".tmp-*"))
    ledgers.both_hold(ledger)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small tmpfs is not allowed here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(ledger: Path) -> None:
    for batch in range(10, 10_000):
        log.append(ledger, *ledgers.decided(batch, n=200))


def test_a_full_disk_stops_with_a_name_and_the_log_stays_whole(small: Path) -> None:
    ledger, ballast = small / "ledger", small / "ballast"
    keys.trust(ledger, keys.generate(small / "private", "demo").vkey, role="notary", at_us=1, actor="t")
    checkpoint.sign(ledger, ledgers.notary(ledger), at_us=2)
    ballast.write_bytes(os.urandom(300_000))
    with pytest.raises(StorageFull):
        fill(ledger)
    done = log.size(ledger) - 1

    assert done > 3
    assert ledgers.both_hold(ledger).entries == done + 1
    ballast.unlink()
    log.append(ledger, *ledgers.decided(done + 10, n=200))
    checkpoint.sign(ledger, ledgers.notary(ledger), at_us=3)
    report = ledgers.both_hold(ledger)
    assert (report.entries, report.unsigned) == (done + 2, 0)
    assert not list(ledger.rglob(".tmp-*"))


def test_a_swept_segment_that_an_entry_names_after_all_comes_back(tmp_path: Path) -> None:
    ledger = ledgers.made(tmp_path)
    _, rows = ledgers.decided(30)
    entry = log.Entry(kind="decisions", key="late", at_us=2, actor="t")
    sealed = log._sealed(entry, rows)
    log.files.put_all([(ledger / name, content) for name, content in sealed.files])

    assert sweep.sweep(ledger, before_s=2**40) == 1
    prev = log.sha256(log.entry_path(ledger, 2).read_bytes()).hexdigest()
    log.entry_path(ledger, 3).write_bytes(log.canonical.entry({**sealed.body, "prev": prev}))
    assert sweep.sweep(ledger, before_s=2**40) == 0

    assert ledgers.both_hold(ledger).entries == 4
    assert json.loads(log.entry_path(ledger, 3).read_bytes())["key"] == "late"
