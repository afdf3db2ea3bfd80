"""A failed check is overridden by a third person, in the open, and never by one of the two who approve."""

from pathlib import Path

import pytest

from pipeline.errors import NotApproved, UsageError
from pipeline.ledger import keys, verify
from pipeline.snapshots import mark_checked, publish, states
from pipeline.snapshots.overriding import override
from tests.snapshots.test_snapshots import World, world

__all__ = ["world"]


@pytest.fixture
def refused(world: World) -> str:
    """A snapshot whose check has failed; Dora may override."""
    ledger = world.lake.ledger
    keys.trust(ledger, keys.generate(world.lake.private / "keys", "dora").vkey, role="override", at_us=1, actor="dora")
    frozen = world.freeze()
    mark_checked(world.lake, frozen.snapshot_id, at_us=2_000, is_success=False)
    return frozen.snapshot_id


def answer(world: World, snapshot: str, actor: str, reason: str = "a false alarm") -> int:
    key = keys.private_path(world.lake.private / "keys", actor)
    return override(world.lake, snapshot, actor=actor, key=key, reason=reason, at_us=2_500)


def test_a_refused_snapshot_cannot_be_approved(world: World, refused: str) -> None:
    with pytest.raises(NotApproved, match="refused, not checked"):
        world.approve(refused, "alice", "data-owner")


def test_after_an_override_two_other_people_approve_and_a_team_pulls(
    world: World, refused: str, tmp_path: Path
) -> None:
    answer(world, refused, "dora")
    with pytest.raises(NotApproved):
        publish(world.lake, refused, at_us=4_000)
    world.approve(refused, "alice", "data-owner")
    world.approve(refused, "bob", "compliance")
    publish(world.lake, refused, at_us=4_000)

    assert list(world.pull(tmp_path / "got").approved_by) == ["alice (data-owner)", "bob (compliance)"]
    said = [row.values["decision"] for row in states.rows(world.lake.ledger, "approvals", refused)]
    assert said == ["override", "approve", "approve"]
    assert verify.verify(world.lake.ledger).entries > 0


def test_nobody_overrides_without_the_role_or_a_reason_or_what_was_not_refused(world: World, refused: str) -> None:
    with pytest.raises(NotApproved, match="of alice as data-owner"):
        answer(world, refused, "alice")
    with pytest.raises(UsageError, match="without a reason"):
        answer(world, refused, "dora", reason=" ")
    answer(world, refused, "dora")
    with pytest.raises(NotApproved, match="dora made corpus@1"):
        answer(world, refused, "dora")
