"""Pull from a web server and a bucket, several files at once, only what is new, only by keys that the puller trusts."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import EvidenceBroken, Expired, InputMissing, NotApproved, TooLarge, UsageError, Withdrawn
from pipeline.ledger import keys, log
from pipeline.rules.requests import DAY_US
from pipeline.snapshots import position, pulled, pulling, trust, withdraw, withdrawing
from pipeline.snapshots.pulled import PENDING, WITHDRAWN
from pipeline.snapshots.pulling import Manner, hand_over, pull, status
from pipeline.store import files
from tests.snapshots import web
from tests.snapshots.test_snapshots import World, tree, world
from tests.snapshots.test_withdrawing import ids, order

__all__ = ["world"]
pytestmark = pytest.mark.enable_socket
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(world: World) -> Iterator[web.Server]:
    world.publish(shard_bytes=400)
    with web.serving(world.lake.snapshots) as one:
        yield one


@pytest.fixture
def known(world: World, tmp_path: Path) -> list[trust.Trusted]:
    """The list as a team keeps it: a copy of the ledger's."""
    copy = tmp_path / "trusted-keys.json"
    copy.write_bytes(keys.trusted_path(world.lake.ledger).read_bytes())
    return trust.of_file(copy)


def fetched(server: web.Server) -> set[tuple[str, str | None]]:
    return {(path, part) for path, part in server.asked if "/data/" in path}


def test_a_web_server_gives_what_the_folder_gives(world: World, server: web.Server, known, tmp_path: Path) -> None:
    there = files.place(server.url)

    receipt = pull(there, "corpus", tmp_path / "web", trusted=known, puller="team-a", at_us=5_000)
    world.pull(tmp_path / "folder")

    assert (receipt.snapshot_id, receipt.rows, receipt.ledger_entry) == ("corpus@1", 33, None)
    assert receipt.pulled_from == server.url
    same = [{k: v for k, v in tree(tmp_path / n).items() if k != "pull-receipt.json"} for n in ("web", "folder")]
    assert same[0] == same[1]
    assert status(tmp_path / "web").rows == 33
    assert len(fetched(server)) == receipt.n_shards
    with pytest.raises(UsageError, match="no ledger"):
        pull(there, "corpus", tmp_path / "x", puller="team-a", at_us=5_000)
    for missing in ("corpus@9", "nothing"):
        with pytest.raises((InputMissing, NotApproved)):
            pull(there, missing, tmp_path / "x", trusted=known, puller="team-a", at_us=5_000)


def test_the_feed_of_a_web_server_is_heard(world: World, server: web.Server, known, tmp_path: Path) -> None:
    there = files.place(server.url)
    pull(there, "corpus", tmp_path / "got", trusted=known, puller="a", at_us=5_000)
    withdrawing.withdraw(world.lake, ids(3), order("rights-notice"))
    assert pulled.standing(tmp_path / "got", at_us=9_500, origin=there).state == PENDING
    withdraw(world.lake, "corpus@1", actor="bob", reason="x", at_us=9_600)
    assert pulled.refresh(tmp_path / "got", there, at_us=9_700).state == WITHDRAWN
    with pytest.raises(Withdrawn):
        pull(there, "corpus", tmp_path / "late", trusted=known, puller="a", at_us=9_800)


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_pull_goes_on_with_the_byte_where_it_stopped(
    world: World, server: web.Server, known, tmp_path: Path, knows_ranges: bool
) -> None:
    server.knows_ranges = knows_ranges
    shard = min((world.lake.snapshots / "corpus/1/data").iterdir())
    part = tmp_path / "got/data" / f"{shard.name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(shard.read_bytes()[:500])

    pull(files.place(server.url), "corpus", tmp_path / "got", trusted=known, puller="a", at_us=5_000)

    assert (f"corpus/1/data/{shard.name}", "bytes=500-") in fetched(server)
    assert (tmp_path / "got/data" / shard.name).read_bytes() == shard.read_bytes()
    assert not list((tmp_path / "got").rglob("*.part"))


def test_only_shards_that_are_new_are_fetched(world: World, server: web.Server, known, tmp_path: Path) -> None:
    there = files.place(server.url)
    first = pull(there, "corpus@1", tmp_path / "one", trusted=known, puller="a", at_us=5_000)
    withdrawing.erase(world.lake, ids(3), order(), attributions={"r1": {}})
    world.publish_again("corpus@2")
    server.asked.clear()

    receipt = pull(
        there,
        "corpus@2",
        tmp_path / "two",
        trusted=known,
        puller="a",
        at_us=9_900,
        manner=Manner(held=tmp_path / "one"),
    )

    assert first.n_shards == receipt.n_shards == 2
    assert len(fetched(server)) == 1
    assert status(tmp_path / "two").rows == 32
    damaged = min((tmp_path / "one/data").iterdir())
    damaged.chmod(0o644)
    damaged.unlink()
    damaged.write_bytes(b"x" * 10)
    server.asked.clear()
    pull(
        there,
        "corpus@2",
        tmp_path / "three",
        trusted=known,
        puller="a",
        at_us=9_900,
        manner=Manner(held=tmp_path / "one"),
    )
    assert len(fetched(server)) == 2
    assert status(tmp_path / "three").rows == 32


def test_an_origin_that_sends_more_than_was_approved_is_stopped(
    world: World, server: web.Server, known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = files.place(server.url)
    server.endless = ".parquet"
    with pytest.raises(TooLarge, match="longer than the manifest says"):
        pull(there, "corpus", tmp_path / "got", trusted=known, puller="a", at_us=5_000)
    server.endless = "manifest.json"
    monkeypatch.setattr("pipeline.snapshots.evidence.PROOF_BYTES", 1 << 20)
    with pytest.raises(TooLarge, match=r"manifest\.json has more than"):
        pull(there, "corpus", tmp_path / "got", trusted=known, puller="a", at_us=5_000)


def test_a_mirror_that_shows_an_older_version_as_the_newest_is_found_out(
    world: World, server: web.Server, known, tmp_path: Path
) -> None:
    there = files.place(server.url)
    snapshots = world.lake.snapshots
    old = (snapshots / position.NAME).read_bytes()
    withdrawing.erase(world.lake, ids(3), order(), attributions={"r1": {}})
    world.publish_again("corpus@2")
    pull(there, "corpus", tmp_path / "two", trusted=known, puller="a", at_us=9_900)
    for number in (1,):
        (snapshots / f"feed/{number:06d}.note").unlink()
    (snapshots / position.NAME).write_bytes(old)

    with pytest.raises(EvidenceBroken, match="older state"):
        pulled.refresh(tmp_path / "two", there, at_us=9_950)


def test_a_receipt_from_an_origin_without_a_ledger_is_handed_over_once(
    world: World, server: web.Server, known, tmp_path: Path
) -> None:
    receipt = pull(files.place(server.url), "corpus", tmp_path / "got", trusted=known, puller="team-w", at_us=5_000)
    for _ in range(2):
        hand_over(world.lake.ledger, pulled.receipt(tmp_path / "got"))
    assert [e["actor"] for e in log.entries(world.lake.ledger, kind="pulls")] == ["team-w"]
    assert receipt.puller == "team-w"


def test_keys_that_the_list_of_the_puller_lacks_approve_nothing(
    world: World, server: web.Server, tmp_path: Path
) -> None:
    listed = json.loads(keys.trusted_path(world.lake.ledger).read_bytes())
    listed["keys"] = [one for one in listed["keys"] if one["name"] != "bob"]
    (tmp_path / "mine.json").write_text(json.dumps(listed))
    with pytest.raises(NotApproved, match="not trusted as compliance"):
        pull(
            world.lake.root,
            "corpus",
            tmp_path / "got",
            trusted=trust.of_file(tmp_path / "mine.json"),
            puller="a",
            at_us=5_000,
        )


def test_what_is_refused_is_pulled_with_a_reason_that_the_ledger_keeps(world: World, tmp_path: Path) -> None:
    world.publish()
    late = 3_000 + 365 * DAY_US
    with pytest.raises(Expired):
        world.pull(tmp_path / "got", at_us=late)
    withdraw(world.lake, "corpus@1", actor="bob", reason="x", at_us=7_000)
    with pytest.raises(Withdrawn):
        world.pull(tmp_path / "got")
    assert not (tmp_path / "got").exists()

    receipt = world.pull(tmp_path / "got", manner=Manner(despite="the court asks for it"))

    (entry,) = log.entries(world.lake.ledger, kind="pulls")
    assert entry["details"] == {"despite": "the court asks for it", "snapshot_id": "corpus@1"}
    assert receipt.ledger_entry == entry["seq"]
    assert pulled.standing(tmp_path / "got", at_us=7_500).state == WITHDRAWN
    with pytest.raises(UsageError, match="without the ledger"):
        pull(
            world.lake.snapshots,
            "corpus@1",
            tmp_path / "other",
            trusted=trust.of_ledger(world.lake.ledger),
            puller="a",
            at_us=7_500,
            manner=Manner(despite="because"),
        )


def test_a_failing_file_stops_the_others_and_leaves_no_receipt(world: World, tmp_path: Path) -> None:
    frozen = world.publish(shard_bytes=400)
    shard = max((frozen.folder / "data").iterdir())
    shard.unlink()
    with pytest.raises(InputMissing, match=shard.name):
        world.pull(tmp_path / "got", manner=Manner(workers=2))
    assert not (tmp_path / "got/pull-receipt.json").exists()


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, str]]:
    command = [sys.executable, str(ROOT / "tests/faults/s3_server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        urllib.request.urlopen(urllib.request.Request(f"{url}/lake", method="PUT")).close()  # noqa: S310
        yield {
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "y",
        }
        server.kill()


def test_a_bucket_gives_what_the_folder_gives_and_goes_on(
    world: World, known, s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    frozen = world.publish(shard_bytes=400)
    for path, content in tree(world.lake.snapshots).items():
        files.write(files.place("s3://lake/here") / "snapshots" / path, content)
    shard = min((frozen.folder / "data").iterdir())
    part = tmp_path / "got/data" / f"{shard.name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(shard.read_bytes()[:100])

    receipt = pull(files.place("s3://lake/here"), "corpus", tmp_path / "got", trusted=known, puller="a", at_us=5_000)

    assert receipt.pulled_from == "s3://lake/here/snapshots"
    assert {k: v for k, v in tree(tmp_path / "got").items() if k.startswith("data/")} == {
        k: v for k, v in tree(frozen.folder).items() if k.startswith("data/")
    }
    assert pulled.standing(tmp_path / "got", at_us=6_000, origin=files.place(receipt.pulled_from)).is_usable
    assert pulling.status(tmp_path / "got").rows == 33
