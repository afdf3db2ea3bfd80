"""The drill with snapshots: what was published before the notary's key was replaced or stolen."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import EvidenceBroken, NotApproved
from pipeline.ledger import checkpoint, keys, log, verify
from pipeline.snapshots import feed, publish, pull, status, trust, withdrawing
from pipeline.store import files
from tests.snapshots.test_snapshots import World, world
from tests.snapshots.test_withdrawing import ids, order

__all__ = ["world"]

Replace = Callable[[World], keys.Key]


def heirs(world: World) -> tuple[keys.Key, keys.Key]:
    """The notary's key of now and a new one in its place."""
    folder = world.lake.private / "keys"
    old, place = keys.load(folder, "notary"), keys.private_path(folder, "notary")
    place.rename(place.with_suffix(f".{old.key_id}"))
    return old, keys.generate(folder, "notary")


def rotated(world: World) -> keys.Key:
    old, new = heirs(world)
    size = keys.rotate(world.lake.ledger, old, new, at_us=6_000, actor="t")
    checkpoint.sign(world.lake.ledger, old, at_us=6_000, others=[new], size=size)
    return new


def revoked(world: World) -> keys.Key:
    old, new = heirs(world)
    size = log.size(world.lake.ledger)
    keys.revoke(world.lake.ledger, old.vkey, new, from_size=size, at_us=6_000, actor="t")
    checkpoint.sign(world.lake.ledger, new, at_us=6_000)
    return new


def test_a_snapshot_from_before_two_rotations_is_pulled_and_verified(world: World, tmp_path: Path) -> None:
    world.publish()
    for _ in range(2):
        rotated(world)

    receipt = world.pull(tmp_path / "got")

    known = trust.of_ledger(world.lake.ledger)
    assert [(k.from_size, k.to_size) for k in trust.notaries(known)] == [(0, 12), (12, 13), (13, None)]
    assert receipt.checkpoint_size < 12
    assert status(tmp_path / "got", origin=world.lake.root) == receipt
    pull(world.lake.snapshots, "corpus", tmp_path / "bare", trusted=known, puller="b", at_us=8)
    assert trust.trusted(receipt.trusted) == known
    verify.verify(world.lake.ledger)


def test_snapshots_from_before_and_after_a_rotation_stand_side_by_side(world: World, tmp_path: Path) -> None:
    world.publish()
    new = rotated(world)
    world.publish(name="later")

    assert world.pull(tmp_path / "a", "corpus").snapshot_id == "corpus@1"
    got = world.pull(tmp_path / "b", "later")
    assert json.loads(json.dumps(got.trusted))[-1]["vkey"] == new.vkey
    assert publish(world.lake, "corpus@1", at_us=9_000).snapshot_id == "corpus@1"


def test_the_old_key_signs_nothing_after_it_was_replaced(world: World, tmp_path: Path) -> None:
    frozen = world.publish()
    known = trust.of_ledger(world.lake.ledger)
    size = json.loads(files.read(frozen.folder / "approvals.json"))["checkpoint"][1]
    ended = [replace(k, to_size=int(size) - 1) if k.role == "notary" else k for k in known]
    begins = [
        replace(known[0], vkey=keys.generate(tmp_path, "notary").vkey),
        replace(known[0], from_size=int(size) + 1),
    ]

    for wrong in (ended, [*begins, *known[1:]]):
        with pytest.raises(NotApproved, match=f"does not count at size {size}"):
            world.pull(tmp_path / "got", trusted=wrong)


def test_a_puller_with_another_notary_in_the_list_gets_nothing(world: World, tmp_path: Path) -> None:
    world.publish()
    known = trust.of_ledger(world.lake.ledger)
    stranger = keys.generate(tmp_path, "notary")
    with pytest.raises(EvidenceBroken, match="notary you trust"):
        world.pull(tmp_path / "got", trusted=[replace(known[0], vkey=stranger.vkey), *known[1:]])


def test_what_a_stolen_key_published_is_refused_until_it_is_published_again(world: World, tmp_path: Path) -> None:
    frozen = world.publish()
    new = revoked(world)
    with pytest.raises(NotApproved, match="revoked"):
        world.pull(tmp_path / "got")

    assert publish(world.lake, "corpus@1", at_us=9_000) == frozen

    assert world.pull(tmp_path / "got").trusted[-1]["vkey"] == new.vkey
    with pytest.raises(EvidenceBroken):
        world.pull(tmp_path / "other", trusted=[k for k in trust.of_ledger(world.lake.ledger) if k.vkey != new.vkey])


@pytest.mark.parametrize("change", [rotated, revoked])
def test_notices_go_on_under_the_next_key_and_never_back(world: World, change: Replace) -> None:
    world.publish()
    old = keys.load(world.lake.private / "keys", "notary")
    withdrawing.withdraw(world.lake, ids(3), order())
    new = change(world)
    withdrawing.withdraw(world.lake, ids(4), order(request="req-2"))

    assert [n.number for n in feed.read(world.lake.snapshots, old.vkey, new.vkey)] == [1, 2]
    with pytest.raises(EvidenceBroken):
        feed.read(world.lake.snapshots, new.vkey)
    with pytest.raises(EvidenceBroken):
        feed.read(world.lake.snapshots, new.vkey, old.vkey)
