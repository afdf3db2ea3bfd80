"""Writers of one machine append together: whoever has the turn appends what the others ask for, too. Speed only.

Eight writers who race for the next number prepare it eight times and wait for the disk eight times; one who appends
for all waits once. Put-if-absent alone keeps the log right: a turn that cannot be had within a second, another
machine, or a bucket, goes without. What a killed writer asked for is forgotten; its turn ends with it.
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
Body = Mapping[str, object]
Put = Callable[[Sequence[Body]], None]


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where this user's writers of this machine meet: a folder of asks, and the file whose lock is the turn."""

    folder: Path
    turn: IO[bytes]


def together(ledger: Place, bodies: Sequence[Body], put: Put) -> None:
    """Return when `put` has been called with `bodies`, here or by another writer of this machine.

    Args:
        ledger: the ledger.
        bodies: entries as JSON objects.
        put: appends entries whose key is not in the log; all are on disk when it returns.
    """
    desk = _desk(ledger) if isinstance(ledger, Path) else None
    if desk is None:
        put(bodies)
        return
    with desk.turn:
        if not _served(desk, bodies, put):
            _ask(desk, bodies, put)


def _ask(desk: _Desk, bodies: Sequence[Body], put: Put) -> None:
    with _asking(desk.folder, bodies) as ask:
        end, (step, longest) = time.monotonic() + WAIT_S, STEPS_S
        while ask.exists() and not _served(desk, [], put):
            if time.monotonic() > end:
                put(bodies)
                return
            time.sleep(step)
            step = min(2 * step, longest)


def _served(desk: _Desk, bodies: Sequence[Body], put: Put) -> bool:
    """Put `bodies` and what is asked for, if the turn is free; False if it is not."""
    if not _is_locked(desk.turn):
        return False
    try:
        asked = list(_asked(desk.folder))
        put([*bodies, *(body for _, many in asked for body in many)])
        for ask, _ in asked:
            ask.unlink(missing_ok=True)
    finally:
        fcntl.flock(desk.turn, fcntl.LOCK_UN)
    return True


def _desk(ledger: Path) -> _Desk | None:
    """The desk of a ledger; None where it cannot be had, knows no locks, or is somebody else's."""
    name = sha256(str(ledger.absolute()).encode()).hexdigest()[:24]
    folder = Path(gettempdir()) / f"provender-{os.getuid()}-{name}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
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
def _asking(folder: Path, bodies: Sequence[Body]) -> Iterator[Path]:
    """A file that asks for `bodies`; it is locked while this writer lives, and gone when it has been served."""
    ask = folder / f"{secrets.token_hex(8)}{ASK}"
    with ask.with_suffix(".part").open("wb") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        f.write(json.dumps(bodies).encode())
        f.flush()
        ask.with_suffix(".part").rename(ask)
        try:
            yield ask
        finally:
            ask.unlink(missing_ok=True)


def _asked(folder: Path) -> Iterator[tuple[Path, list[Body]]]:
    """What living writers ask for; what dead ones left is removed."""
    for ask in sorted(folder.glob(f"*{ASK}")):
        with suppress(FileNotFoundError), ask.open("rb") as f:
            if _is_locked(f):
                ask.unlink()
            else:
                yield ask, json.load(f)
