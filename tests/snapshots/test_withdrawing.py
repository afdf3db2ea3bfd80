"""Withdrawal counts at once and is told; erasure writes only the shards concerned and leaves no text behind."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import EvidenceBroken, NotApproved, Replayed, UsageError
from pipeline.ledger import keys, log, notes, verify
from pipeline.rules import requests as rules
from pipeline.snapshots import amending, feed, freezing, layout, position, pulled, states, trust, withdrawing
from pipeline.snapshots.withdrawing import Order
from tests.snapshots.test_snapshots import CREDITS, World, tree, world

__all__ = ["world"]

FIRST = 2 << 32  # the wiki's first document
ATTRIBUTIONS = {"r1": CREDITS}


def order(kind: str = "delete", at_us: int = 9_000, request: str = "req-1") -> Order:
    return Order(request_id=request, reason=rules.reason(kind), actor="desk", at_us=at_us)


def ids(*numbers: int) -> pa.Array:
    return pa.array([FIRST + n for n in numbers], pa.int64())


def notices(world: World) -> list[feed.Notice]:
    return feed.read(world.lake.snapshots, trust.notary(trust.of_ledger(world.lake.ledger)).vkey)


def test_a_withdrawal_is_told_once_and_names_the_snapshots_that_hold_the_documents(world: World) -> None:
    world.publish()

    for _ in range(2):
        assert withdrawing.withdraw(world.lake, ids(3, 4, 999), order("rights-notice")) == {"corpus@1": 2}

    (notice,) = notices(world)
    assert (notice.number, notice.severity, notice.reason) == (1, "stop-use", "REQ.R007")
    assert feed.excluded([notice], "corpus@1").to_pylist() == [FIRST + 3, FIRST + 4]
    assert feed.excluded([notice], "corpus@2").to_pylist() == []
    assert [e["rows"] for e in log.entries(world.lake.ledger, kind="withdrawals")] == [3]


def test_erasing_writes_the_shards_concerned_and_keeps_the_others_byte_for_byte(world: World) -> None:
    old = world.publish(shard_bytes=400)
    before = {p.name: p.read_bytes() for p in sorted((old.folder / "data").iterdir())}
    concerned = set(amending.holding(old, ids(3)).column("shard").to_pylist())
    assert len(before) > 1
    assert len(concerned) == 1

    replaced = withdrawing.erase(world.lake, ids(3), order(), attributions=ATTRIBUTIONS)

    assert replaced == {"corpus@1": "corpus@2"}
    new = freezing.find(world.lake, "corpus@2")
    after = {p.name: p.read_bytes() for p in sorted((new.folder / "data").iterdir())}
    kept = sorted(set(before.values()) & set(after.values()))
    assert len(kept) == len(before) - 1
    held = pa.concat_tables([pq.read_table(p) for p in (new.folder / "data").iterdir()]).column("doc_id").to_pylist()
    assert len(held) == 32
    assert FIRST + 3 not in held
    assert json.loads((new.folder / "manifest.json").read_bytes())["amends"]["snapshot_id"] == "corpus@1"
    assert (new.folder / "ATTRIBUTION.md").read_text().count("| wiki | CC-BY-4.0 | 29 |") == 1


def test_what_was_erased_cannot_be_pulled_and_its_replacement_needs_two_people(world: World, tmp_path: Path) -> None:
    world.publish()

    withdrawing.erase(world.lake, ids(3), order(), attributions=ATTRIBUTIONS)

    for wanted in ("corpus@1", "corpus@2", "corpus"):
        with pytest.raises(NotApproved):
            world.pull(tmp_path / wanted, wanted)
    assert notices(world)[-1].replaced_by == {"corpus@1": "corpus@2"}
    assert states.state(world.lake.ledger, "corpus@2") == states.FROZEN
    assert verify.verify(world.lake.ledger).entries > 0


def test_an_amended_version_counts_what_it_holds_without_reading_the_texts_of_shards_that_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = world.publish(shard_bytes=400)
    counted: list[int] = []
    characters = amending.card.characters
    monkeypatch.setattr(amending.card, "characters", lambda table: counted.append(table.num_rows) or characters(table))
    withdrawing.erase(world.lake, ids(3, 4), order(), attributions=ATTRIBUTIONS)

    assert sum(counted) == 2
    new = json.loads((freezing.find(world.lake, "corpus@2").folder / "manifest.json").read_bytes())
    texts = pa.concat_tables([pq.read_table(p) for p in sorted((world.lake.snapshots / "corpus/2/data").iterdir())])
    assert new["characters"] == characters(texts)
    assert (new["rows"], sum(new["languages"].values())) == (31, 31)
    manifest = json.loads((old.folder / "manifest.json").read_bytes())
    of_before = {name: value for name, value in manifest.items() if name != "characters"}
    assert amending._characters(world.lake, of_before) == manifest["characters"] > new["characters"]


def test_erasing_again_after_a_stop_anywhere_ends_the_same(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.publish()
    for stopped in ("_record", "_tell"):
        with monkeypatch.context() as patch:
            patch.setattr(withdrawing, stopped, killed)
            with pytest.raises(InterruptedError):
                withdrawing.erase(world.lake, ids(3), order(), attributions=ATTRIBUTIONS)

    assert withdrawing.erase(world.lake, ids(3), order(), attributions=ATTRIBUTIONS) == {"corpus@1": "corpus@2"}
    assert withdrawing.erase(world.lake, ids(3), order(), attributions=ATTRIBUTIONS) == {}
    assert layout.versions(world.lake.snapshots, "corpus") == ["1", "2"]
    assert len(list(log.entries(world.lake.ledger, kind="erasures"))) == 1
    assert len(notices(world)) == 1


def killed(*_: object) -> None:
    raise InterruptedError


def test_old_objects_stay_for_the_grace_time_and_then_no_text_of_them_is_left(world: World) -> None:
    old = world.publish(shard_bytes=400)
    concerned = set(amending.holding(old, ids(3)).column("shard").to_pylist())
    text = f"An English text, number {3}. ".encode()
    withdrawing.erase(world.lake, ids(3), order(at_us=9_000), attributions=ATTRIBUTIONS)

    assert withdrawing.purge(world.lake, before_us=8_999) == 0
    assert withdrawing.purge(world.lake, before_us=9_000) == len(concerned)
    assert withdrawing.purge(world.lake, before_us=9_000) == 0

    new = freezing.find(world.lake, "corpus@2")
    texts = pa.concat_tables([pq.read_table(p) for p in (new.folder / "data").iterdir()]).column("text").to_pylist()
    assert not any(text.decode() in one for one in texts)
    assert not list((old.folder / "data").iterdir())
    assert (old.folder / "manifest.json").is_file()
    objects = list((world.lake.snapshots / layout.CAS).rglob("*.parquet"))
    assert not any(text.decode() in one for p in objects for one in pq.read_table(p).column("text").to_pylist())


def test_a_snapshot_of_which_nothing_would_be_left_is_revoked_and_replaced_by_none(world: World) -> None:
    everything = pa.array([*[FIRST + n for n in range(30)], *[(5 << 32) + n for n in range(3)]], pa.int64())
    world.publish()

    assert withdrawing.erase(world.lake, everything, order(), attributions=ATTRIBUTIONS) == {"corpus@1": ""}
    assert states.state(world.lake.ledger, "corpus@1") == states.REVOKED
    assert layout.versions(world.lake.snapshots, "corpus") == ["1"]


@pytest.mark.parametrize("damage", ["changed", "missing", "swapped", "forged"])
def test_a_feed_that_was_tampered_with_is_refused(world: World, damage: str) -> None:
    world.publish()
    for n in range(3):
        withdrawing.withdraw(world.lake, ids(n), order("rights-notice", request=f"req-{n}"))
    one, two = feed.path(world.lake.snapshots, 1), feed.path(world.lake.snapshots, 2)
    if damage == "changed":
        one.write_bytes(one.read_bytes().replace(b"stop-use", b"info----"))
    elif damage == "missing":
        two.unlink()
    elif damage == "swapped":
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)
    else:
        mallory = keys.generate(world.lake.root / "elsewhere", "notary")
        two.write_bytes(notes.note(mallory, two.read_text().rpartition("\n\n")[0] + "\n"))

    with pytest.raises(EvidenceBroken):
        notices(world)


def test_a_pulled_feed_grows_with_its_origin_and_never_shrinks(world: World, tmp_path: Path) -> None:
    world.publish()
    withdrawing.withdraw(world.lake, ids(1), order("rights-notice", request="req-a"))
    world.pull(tmp_path / "got")
    withdrawing.withdraw(world.lake, ids(2), order("rights-notice", request="req-b"))
    assert pulled.refresh(tmp_path / "got", world.lake.snapshots, at_us=9_000).n_excluded == 2
    assert {k: v for k, v in tree(tmp_path / "got").items() if k.startswith("feed/")} == {
        k: v for k, v in tree(world.lake.snapshots).items() if k.startswith("feed/")
    }

    feed.path(world.lake.snapshots, 2).unlink()

    with pytest.raises(Replayed, match="not the one that its position names"):
        pulled.refresh(tmp_path / "got", world.lake.snapshots, at_us=9_000)
    (world.lake.snapshots / position.NAME).unlink()
    with pytest.raises(Replayed, match="an older state"):
        pulled.refresh(tmp_path / "got", world.lake.snapshots, at_us=9_000)
    with pytest.raises(Replayed, match="ends at 1, ours at 2"):
        feed.keep(tmp_path / "got", feed.contents(world.lake.snapshots))


def test_every_reason_has_a_deadline_and_an_unknown_one_is_named() -> None:
    assert all(one.due_days >= 1 for one in rules.reasons().values())
    assert {one.effect for one in rules.reasons().values()} == {"none", "withdraw", "erase"}
    with pytest.raises(UsageError, match="no reason whim"):
        rules.reason("whim")
