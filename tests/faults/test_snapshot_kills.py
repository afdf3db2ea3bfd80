"""A killed freeze, publication, pull or erasure is repeated and ends right; two at once come one after the other."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.snapshots import approving, freezing, mark_checked, states, withdrawing
from tests.snapshots.test_snapshots import World, world
from tests.snapshots.test_withdrawing import ids, notices, order

__all__ = ["world"]

ROOT = Path(__file__).parents[2]


@pytest.mark.e2e
@pytest.mark.parametrize("operation", ["freeze", "publish", "pull", "erase"])
def test_killed_at_every_step_and_repeated_it_ends_right(operation: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.snapshot_kills", str(tmp_path), operation]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    killed, steps = map(int, done.stdout.split())
    assert killed >= 8
    assert steps >= killed


def test_two_approvals_at_once_are_both_kept_in_one_order(world: World) -> None:
    frozen = world.freeze()
    mark_checked(world.lake, frozen.snapshot_id, at_us=2, is_success=True)
    people = [("alice", "data-owner"), ("bob", "compliance")] * 3

    with ThreadPoolExecutor(6) as pool:
        seqs = list(pool.map(lambda who: world.approve(frozen.snapshot_id, *who), people))

    assert len(set(seqs)) == 2
    assert len(approving.standing(world.lake, frozen)) == 2


def test_two_erasures_at_once_leave_one_snapshot_without_either(world: World) -> None:
    world.publish(shard_bytes=400)

    def erase(n: int) -> dict[str, str]:
        return withdrawing.erase(world.lake, ids(n), order(request=f"req-{n}"), attributions={"r1": {}})

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(erase, (3, 4)), key=str)

    assert said == [{"corpus@1": "corpus@2"}, {"corpus@2": "corpus@3"}]
    alive = [
        one
        for one in freezing.everything(world.lake)
        if states.state(world.lake.ledger, one.snapshot_id) != states.REVOKED
    ]
    assert [one.snapshot_id for one in alive] == ["corpus@3"]
    held = withdrawing.amending.holding(alive[0], ids(3, 4))
    assert held.num_rows == 0
    assert len(notices(world)) == 2
