"""A pulled snapshot: the folder itself says whether it is still good, and the ledger who acted on what."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.errors import (
    ClockSkewed,
    EvidenceBroken,
    Expired,
    FeedTooOld,
    InputMissing,
    NotApproved,
    Replayed,
    UsageError,
    Withdrawn,
)
from pipeline.ledger import keys, notes, queries, views
from pipeline.rules.requests import DAY_US
from pipeline.rules.snapshots import limits
from pipeline.snapshots import (
    acknowledging,
    mark_checked,
    position,
    publish,
    publishing,
    pulled,
    states,
    withdraw,
    withdrawing,
)
from pipeline.snapshots.pulled import EXPIRED, GOOD, OLD, PENDING, TOO_OLD, WITHDRAWN
from tests.snapshots.test_snapshots import World, change, world
from tests.snapshots.test_withdrawing import FIRST, ids, order

__all__ = ["world"]


@pytest.fixture
def got(world: World, tmp_path: Path) -> Path:
    world.publish()
    world.pull(tmp_path / "got")
    return tmp_path / "got"


def renew(world: World, at_us: int) -> None:
    position.sign(world.lake, publishing.notary(world.lake), at_us=at_us)


def unacknowledged(world: World) -> list[tuple[str, int, int]]:
    with views.connect(world.lake.ledger) as connection:
        rows = queries.run(connection, "Q12").to_pylist()
    return [(row["puller"], row["n_withdrawn"], row["n_acknowledged"]) for row in rows]


def test_withdrawn_documents_are_pending_until_the_folder_is_refreshed(world: World, got: Path) -> None:
    assert pulled.standing(got, at_us=6_000, origin=world.lake.snapshots).state == GOOD
    assert pq.read_table(got / "exclusion.parquet").num_rows == 0

    withdrawing.withdraw(world.lake, ids(3, 4), order("rights-notice"))

    there = pulled.standing(got, at_us=9_500, origin=world.lake.snapshots)
    assert (there.state, there.n_excluded, there.n_pending, there.is_usable) == (PENDING, 0, 2, False)
    assert pulled.standing(got, at_us=9_500).state == GOOD  # it has not heard of it
    after = pulled.refresh(got, world.lake.snapshots, at_us=9_500)
    assert (after.state, after.n_excluded, after.n_pending) == (GOOD, 2, 0)
    rows = pq.read_table(got / "exclusion.parquet").to_pylist()
    assert [(r["doc_id"], r["notice"], r["reason"], r["severity"]) for r in rows] == [
        (FIRST + 3, 1, "REQ.R007", "stop-use"),
        (FIRST + 4, 1, "REQ.R007", "stop-use"),
    ]
    shards = {r["shard"]: pq.read_table(got / r["shard"])["doc_id"].to_pylist() for r in rows}
    assert [shards[r["shard"]][r["row"]] for r in rows] == [FIRST + 3, FIRST + 4]


def test_what_was_withdrawn_before_the_pull_is_excluded_by_it(world: World, tmp_path: Path) -> None:
    world.publish()
    withdrawing.withdraw(world.lake, ids(3), order("rights-notice", at_us=4_500))

    assert world.pull(tmp_path / "got").n_excluded == 1
    assert pulled.standing(tmp_path / "got", at_us=5_500, origin=world.lake.snapshots).state == GOOD


def test_a_revoked_snapshot_is_withdrawn_for_those_who_ask_and_those_who_have_heard(world: World, got: Path) -> None:
    withdraw(world.lake, "corpus@1", actor="bob", reason="licence", at_us=7_000)

    assert pulled.standing(got, at_us=8_000).state == GOOD
    assert pulled.refresh(got, world.lake.snapshots, at_us=8_000).state == WITHDRAWN
    with pytest.raises(Withdrawn, match="corpus@1 is withdrawn"):
        pulled.require_usable(pulled.standing(got, at_us=8_000))


def test_an_erased_snapshot_names_the_one_that_takes_its_place(world: World, got: Path) -> None:
    withdrawing.erase(world.lake, ids(3), order(), attributions={"r1": {}})

    found = pulled.standing(got, at_us=9_500, origin=world.lake.snapshots)

    assert (found.state, found.replaced_by) == (WITHDRAWN, "corpus@2")
    assert "pull corpus@2" in pulled.refusal(found).fix


@pytest.mark.parametrize(
    ("days", "heard", "state", "error"),
    [
        (29, 0, GOOD, None),
        (30, 0, OLD, None),
        (89, 0, OLD, None),
        (90, 0, TOO_OLD, FeedTooOld),
        (119, 90, GOOD, None),
        (364, 360, GOOD, None),
        (365, 360, EXPIRED, Expired),
    ],
)
def test_readers_warn_and_then_refuse_when_the_feed_was_not_signed(
    world: World, got: Path, *, days: int, heard: int, state: str, error: type[NotApproved] | None
) -> None:
    if heard:
        renew(world, 3_000 + heard * DAY_US)
        pulled.refresh(got, world.lake.snapshots, at_us=3_000 + heard * DAY_US)

    found = pulled.standing(got, at_us=4_000 + days * DAY_US)

    assert (found.state, found.is_usable) == (state, error is None)
    if error:
        with pytest.raises(error):
            pulled.require_usable(found)


def test_a_time_in_the_future_of_the_own_clock_is_named(world: World, got: Path) -> None:
    renew(world, 10_000 + limits().skew_us)

    pulled.standing(got, at_us=10_000, origin=world.lake.snapshots)
    with pytest.raises(ClockSkewed, match="in the future"):
        pulled.standing(got, at_us=9_999, origin=world.lake.snapshots)


def test_an_older_position_is_a_replay_and_a_forged_one_is_broken(world: World, got: Path) -> None:
    old = (world.lake.snapshots / position.NAME).read_bytes()
    renew(world, 8_000)
    pulled.refresh(got, world.lake.snapshots, at_us=8_000)

    (world.lake.snapshots / position.NAME).write_bytes(old)
    with pytest.raises(Replayed, match="an older state"):
        pulled.refresh(got, world.lake.snapshots, at_us=8_000)
    mallory = keys.generate(world.lake.root / "elsewhere", "notary")
    (world.lake.snapshots / position.NAME).write_bytes(notes.note(mallory, notes.split_note(old)[0]))
    with pytest.raises(EvidenceBroken, match="signature"):
        pulled.refresh(got, world.lake.snapshots, at_us=8_000)


def test_a_team_acknowledges_what_it_has_heard_and_the_auditor_sees_who_has_not(world: World, got: Path) -> None:
    world.pull(got.parent / "other", puller="team-b")
    withdrawing.withdraw(world.lake, ids(3, 4), order("rights-notice"))
    assert unacknowledged(world) == [("team-a", 2, 0), ("team-b", 2, 0)]
    with pytest.raises(UsageError, match="2 documents were withdrawn"):
        acknowledging.acknowledge(world.lake, got, "filtered", actor="dana", at_us=9_500)

    pulled.refresh(got, world.lake.snapshots, at_us=9_500)
    acknowledging.acknowledge(world.lake, got, "filtered", actor="dana", at_us=9_500)
    assert unacknowledged(world) == [("team-b", 2, 0)]

    withdrawing.withdraw(world.lake, ids(5), order("delete", at_us=9_900, request="req-2"))
    assert unacknowledged(world) == [("team-a", 3, 2), ("team-b", 3, 0)]


def test_a_revocation_lists_who_holds_the_snapshot_and_what_they_did(world: World, got: Path) -> None:
    withdraw(world.lake, "corpus@1", actor="bob", reason="licence", at_us=7_000)
    with views.connect(world.lake.ledger) as connection:
        (row,) = queries.run(connection, "Q48").to_pylist()
    assert (row["puller"], row["state"], row["action"]) == ("team-a", "revoked", None)

    pulled.refresh(got, world.lake.snapshots, at_us=8_000)
    acknowledging.acknowledge(world.lake, got, "retrained", actor="dana", at_us=8_000)

    with views.connect(world.lake.ledger) as connection:
        (row,) = queries.run(connection, "Q48").to_pylist()
    assert (row["action"], row["actor"]) == ("retrained", "dana")


def test_other_words_and_risks_without_a_reason_are_refused(world: World, got: Path) -> None:
    for action in ("ignored", "risk-accepted"):
        with pytest.raises(UsageError):
            acknowledging.acknowledge(world.lake, got, action, actor="dana", at_us=6_000)


def test_an_approval_whose_time_is_over_is_an_entry_and_a_new_one_brings_the_snapshot_back(
    world: World, got: Path, tmp_path: Path
) -> None:
    assert publishing.expire(world.lake, at_us=3_000 + 365 * DAY_US - 1) == []
    later = 3_000 + 365 * DAY_US
    assert publishing.expire(world.lake, at_us=later) == ["corpus@1"]
    assert publishing.expire(world.lake, at_us=later) == []
    assert states.state(world.lake.ledger, "corpus@1") == states.EXPIRED
    renew(world, later)
    assert pulled.refresh(got, world.lake.snapshots, at_us=later).state == EXPIRED
    with pytest.raises(NotApproved):
        world.pull(tmp_path / "late", at_us=later)

    mark_checked(world.lake, "corpus@1", at_us=later, is_success=True)
    with pytest.raises(NotApproved, match="0 approval"):
        publish(world.lake, "corpus@1", at_us=later)
    for actor, role in (("alice", "data-owner"), ("bob", "compliance")):
        world.approve("corpus@1", actor, role, at_us=later)
    publish(world.lake, "corpus@1", at_us=later)
    world.pull(got, at_us=later)
    assert pulled.standing(got, at_us=later + 9, origin=world.lake.snapshots).state == GOOD


def test_a_rejection_is_a_state_and_taking_it_back_is_one(world: World) -> None:
    frozen = world.freeze()
    mark_checked(world.lake, frozen.snapshot_id, at_us=2, is_success=True)
    for _ in range(2):
        world.approve(frozen.snapshot_id, "bob", "compliance", decision="reject", reason="too small")
        assert states.state(world.lake.ledger, "corpus@1") == states.REJECTED
    world.approve(frozen.snapshot_id, "alice", "data-owner")
    assert states.state(world.lake.ledger, "corpus@1") == states.REJECTED
    world.approve(frozen.snapshot_id, "bob", "compliance")
    assert states.state(world.lake.ledger, "corpus@1") == states.CHECKED


def test_every_byte_of_a_folder_is_read_when_asked_and_what_was_changed_is_named(world: World, got: Path) -> None:
    assert pulled.verify_files(got) > sum(path.stat().st_size for path in (got / "data").iterdir())
    (shard, *_) = sorted((got / "data").iterdir())
    change(shard, 200)
    (got / "NOTICE").unlink()

    assert pulled.standing(got, at_us=6_000).is_usable  # proofs and feed alone
    with pytest.raises(EvidenceBroken, match=rf"2 files .*: data/{shard.name}, NOTICE"):
        pulled.verify_files(got)


def test_a_pull_that_has_not_ended_says_so_and_another_snapshot_does_not_fit_into_its_folder(
    world: World, got: Path
) -> None:
    (got / "pull-receipt.json").unlink()
    with pytest.raises(InputMissing, match="no pulled snapshot in this folder"):
        pulled.standing(got, at_us=6_000)
    world.publish(name="other")
    with pytest.raises(UsageError, match="holds another snapshot, and other@1 was to be put there"):
        world.pull(got, "other")
