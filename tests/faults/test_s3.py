"""The same log in a bucket: put-if-absent is `If-None-Match`; writers race and are killed there, too."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import EvidenceBroken
from pipeline.ledger import checkpoint, keys, log, sweep, verify
from pipeline.store import files
from tests.ledger import ledgers

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

WRITER = """
import sys; from pathlib import Path
from pipeline.store import files
from tests.faults import storm
storm.write(files.place(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    command = [sys.executable, str(ROOT / "tests/faults/s3_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        variables = {
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "y",
        }
        urllib.request.urlopen(urllib.request.Request(f"{url}/lake", method="PUT")).close()  # noqa: S310
        yield variables
        server.kill()


@pytest.fixture
def bucket(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> files.Place:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return files.place(f"s3://lake/{request.node.name[:40]}")


def copied(bucket: files.Place, folder: Path) -> Path:
    """The bucket as a folder: what an auditor is given, whose verifier reads no buckets."""
    for name in files.listed(bucket):
        files.write(folder / name, files.read(bucket / name))
    return folder


def test_put_if_absent_is_won_once_and_reads_what_the_winner_put(bucket: files.Place) -> None:
    assert [files.put_if_absent(bucket / "a/b", content) for content in (b"1", b"2")] == [True, False]
    assert files.read(bucket / "a/b") == b"1"
    assert files.put_in_order([(bucket / "a/a", b"x"), (bucket / "a/b", b"y"), (bucket / "a/c", b"z")]) == 1
    assert files.listed(bucket) == ["a/a", "a/b"]
    assert files.exists(bucket / "a")
    assert not files.exists(bucket / "z")


def test_a_ledger_in_a_bucket_is_signed_verified_and_its_damage_named(bucket: files.Place, tmp_path: Path) -> None:
    key = keys.generate(tmp_path / "private", "demo")
    keys.trust(bucket, key.vkey, role="notary", at_us=1, actor="t")
    numbers = log.append_all(bucket, [ledgers.decided(b) for b in (0, 1, 2)])
    checkpoint.sign(bucket, key, at_us=2)

    report = verify.verify(bucket, vkey=key.vkey)

    assert (numbers, report.entries, report.rows_verified, report.unsigned) == ([1, 2, 3], 4, 307, 0)
    place = bucket / next(name for name in files.listed(bucket) if name.endswith(".parquet"))
    ledgers.both_hold(copied(bucket, tmp_path / "whole"), vkey=key.vkey)
    files.write(place, files.read(place)[:-1])
    with pytest.raises(EvidenceBroken):
        verify.verify(bucket)
    ledgers.both_break(copied(bucket, tmp_path / "cut"), "was changed")


def test_writers_that_race_and_are_killed_lose_nothing(
    bucket: files.Place, environment: dict[str, str], tmp_path: Path
) -> None:
    def started(who: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", WRITER, bucket.url, str(tmp_path / f"{who}.acks"), str(who)]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})

    running = [started(who) for who in range(3)]
    for turn in range(4):
        before = log.size(bucket)
        deadline = time.monotonic() + 30
        while log.size(bucket) < before + 12 and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(running[turn % 3].pid, signal.SIGKILL)
        running[turn % 3].wait()
        if turn < 3:
            running[turn % 3] = started(turn % 3)
    for one in running:
        one.kill()
        one.wait()

    acknowledged = {key for path in tmp_path.glob("*.acks") for key in path.read_text().split()}
    found = [str(entry["key"]) for entry in log.entries(bucket)]
    assert len(acknowledged) > 30
    assert acknowledged <= set(found)
    assert len(found) == len(set(found))
    assert verify.verify(bucket).entries == len(found)
    sweep.sweep(bucket, before_s=2**40)
    assert verify.verify(bucket).entries == len(found)
    assert ledgers.both_hold(copied(bucket, tmp_path / "copy")).entries == len(found)
