"""Writers of one machine append together: whoever has the turn appends what the others ask for, too. Speed only.

Eight writers who race for the next number prepare it eight times and wait for the disk eight times; one who appends
for all waits once. Segments are put by their own writers before. Put-if-absent alone keeps the log right: a turn that
cannot be had within a second, another machine, or a bucket, goes without. What a killed writer asked for is forgotten;
its turn ends with it.
"""

import fcntl
import json
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import IO

from pipeline.store.files import Place

WAIT_S = 1.0
STEPS_S = (0.002, 0.016)  # the first look at the turn after being refused, and the longest pause between looks
ASK = ".ask"
Ask = Sequence[Mapping[str, object]]
"""Entries as JSON objects."""

Put = Callable[[Ask], None]


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where this user's writers of this machine meet: a folder of asks, and the file whose lock is the turn."""

    folder: Path
    turn: IO[bytes]


def together(ledger: Place, ask: Ask, put: Put) -> None:
    """Return when `put` has been called with `ask`, here or by another writer of this machine.

    Args:
        ledger: the ledger.
        ask: what this writer wants.
        put: appends entries whose key is not in the log; all are on disk when it returns.
    """
    desk = _desk(ledger) if isinstance(ledger, Path) else None
    if desk is None:
        put(ask)
        return
    with desk.turn:
        if not _served(desk, ask, put):
            _wait(desk, ask, put)


def _wait(desk: _Desk, ask: Ask, put: Put) -> None:
    with _asking(desk.folder, ask) as asked:
        end, (step, longest) = time.monotonic() + WAIT_S, STEPS_S
        while asked.exists() and not _served(desk, [], put):
            if time.monotonic() > end:
                put(ask)
                return
            time.sleep(step)
            step = min(2 * step, longest)


def _served(desk: _Desk, own: Ask, put: Put) -> bool:
    """Put what this writer wants and what is asked for, if the turn is free; False if it is not."""
    if not _is_locked(desk.turn):
        return False
    try:
        asked = list(_asked(desk.folder))
        put([*own, *(body for _, ask in asked for body in ask)])
        for file, _ in asked:
            file.unlink(missing_ok=True)
    finally:
        fcntl.flock(desk.turn, fcntl.LOCK_UN)
    return True


def _desk(ledger: Path) -> _Desk | None:
    """The desk of a ledger; None where it cannot be had, knows no locks, or is somebody else's."""
    desks = Path(gettempdir()) / f"provender-{os.getuid()}"
    with suppress(OSError):
        desks.mkdir(mode=0o700, exist_ok=True)
        found = desks.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
            folder = desks / sha256(str(ledger.absolute()).encode()).hexdigest()[:24]
            folder.mkdir(exist_ok=True)
            turn = (folder / "turn").open("ab")
            fcntl.flock(turn, fcntl.LOCK_UN)
            return _Desk(folder, turn)
    return None


def _is_locked(file: IO[bytes]) -> bool:
    """Whether the lock was free; it is this process's now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _asking(folder: Path, ask: Ask) -> Iterator[Path]:
    """A file that asks; it is locked while this writer lives, and gone when it has been served."""
    file = folder / f"{secrets.token_hex(8)}{ASK}"
    with file.with_suffix(".part").open("wb") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        f.write(json.dumps(ask).encode())
        f.flush()
        file.with_suffix(".part").rename(file)
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)


def _asked(folder: Path) -> Iterator[tuple[Path, Ask]]:
    """What living writers ask for; what dead ones left is removed."""
    for file in sorted(folder.glob(f"*{ASK}")):
        with suppress(FileNotFoundError), file.open("rb") as f:
            if _is_locked(f):
                file.unlink()
                continue
            yield file, json.load(f)
