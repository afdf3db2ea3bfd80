"""Kills freeze, publish, pull and erase with SIGKILL at every step at which they touch the disk, and repeats them.

Run as `python -m tests.faults.snapshot_kills FOLDER OPERATION`. Prints how many kills came out right. Children are forked
from a process that has done nothing yet, so that a kill costs no imports.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from pipeline.ledger import keys, log, verify
from pipeline.snapshots import freezing, pulling, states, withdrawing
from pipeline.store.lake import Lake
from tests.snapshots import test_snapshots, test_withdrawing

EVENTS = ("os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.truncate")
MOST = 40  # kills an operation; beyond that every n-th step
Operation = Callable[[test_snapshots.World], object]


def prepared(folder: Path, operation: str) -> None:
    lake = Lake(folder / "lake")
    for name, role in test_snapshots.ROLES:
        keys.trust(lake.ledger, keys.generate(lake.private / "keys", name).vkey, role=role, at_us=1, actor=name)
    texts = [f"An English text, number {i}. " * 40 for i in range(30)]
    test_snapshots.documents(folder / "b2.parquet", "wiki", 2 << 32, texts)
    test_snapshots.documents(folder / "b0.parquet", "law", 5 << 32, ["第一条。", "第二条。", "Article 3."])
    world = there(folder)
    if operation == "publish":
        freeze(world)
        test_snapshots.mark_checked(lake, "corpus@1", at_us=2_000, is_success=True)
        for actor, role in (("alice", "data-owner"), ("bob", "compliance")):
            world.approve("corpus@1", actor, role)
    elif operation != "freeze":
        world.publish(shard_bytes=400)


def there(folder: Path) -> test_snapshots.World:
    return test_snapshots.World(lake=Lake(folder / "lake"), batches=[folder / "b2.parquet", folder / "b0.parquet"])


def freeze(world: test_snapshots.World) -> None:
    world.freeze(shard_bytes=400)


def publish(world: test_snapshots.World) -> None:
    test_snapshots.publish(world.lake, "corpus@1", at_us=4_000)


def pull(world: test_snapshots.World) -> None:
    world.pull(world.lake.root.parent / "got")


def erase(world: test_snapshots.World) -> None:
    withdrawing.erase(world.lake, test_withdrawing.ids(3), test_withdrawing.order(), attributions={"r1": {}})


OPERATIONS: dict[str, Operation] = {"freeze": freeze, "publish": publish, "pull": pull, "erase": erase}


def forked(work: Callable[[], object]) -> int:
    """The status of a child that does `work`."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as e:  # noqa: BLE001  the parent sees the status
            print(repr(e), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def stepping(kill_at: int, counted: Path | None) -> None:
    """Count every touch of the disk of this process, and die at one."""
    seen = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        is_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if event in EVENTS or is_write:
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            if counted is not None:
                os.write(count, b".")

    count = os.open(counted, os.O_WRONLY | os.O_CREAT) if counted else -1
    sys.addaudithook(hook)


def is_right(folder: Path, operation: str, n_entries: int) -> None:
    """What must hold once the operation was repeated."""
    world = there(folder)
    if operation == "pull":
        assert pulling.status(folder / "got").rows == 33
        assert not list((folder / "got").rglob("*.part"))
        return
    verify.verify(world.lake.ledger)
    assert log.size(world.lake.ledger) == n_entries, (log.size(world.lake.ledger), n_entries)
    assert [one.version for one in freezing.everything(world.lake)] == (["1", "2"] if operation == "erase" else ["1"])
    if operation == "publish":
        assert world.pull(folder / "got").rows == 33
    if operation == "erase":
        assert states.state(world.lake.ledger, "corpus@1") == states.REVOKED
        assert states.state(world.lake.ledger, "corpus@2") == states.FROZEN
        assert len(test_withdrawing.notices(world)) == 1


def main() -> None:
    """Kill one operation again and again."""
    folder, operation = Path(sys.argv[1]), sys.argv[2]
    base, run, counted = folder / "base", OPERATIONS[sys.argv[2]], folder / "steps"
    base.mkdir()
    assert forked(lambda: prepared(base, operation)) == 0

    whole = folder / "whole"
    shutil.copytree(base, whole)

    def once(place: Path, kill_at: int, counting: Path | None) -> None:
        stepping(kill_at, counting)
        run(there(place))

    assert forked(lambda: once(whole, -1, counted)) == 0
    steps, n_entries = counted.stat().st_size, log.size(Lake(whole / "lake").ledger)
    killed = 0
    for at in range(1, steps + 1, max(1, steps // MOST)):
        place = folder / f"at-{at}"
        shutil.copytree(base, place)
        status = forked(lambda at=at, place=place: once(place, at, None))
        killed += os.WIFSIGNALED(status)
        assert forked(lambda place=place: run(there(place))) == 0, f"{operation} after a kill at step {at}"
        assert forked(lambda place=place: is_right(place, operation, n_entries)) == 0, f"step {at} of {operation}"
        shutil.rmtree(place)
    print(killed, steps)


if __name__ == "__main__":
    main()
