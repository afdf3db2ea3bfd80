"""Writers of one machine take turns, so that a number is not prepared by eight and won by one. Speed only.

Put-if-absent alone keeps the log right: a turn that cannot be had within a second, or a bucket, goes without. A killed
writer's turn ends with it.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

from pipeline.store.files import Place

WAIT_S, STEP_S = 1.0, 0.002
WORTHWHILE = 8  # entries: fewer are put faster by all at once, whose waits for the disk overlap


@contextmanager
def turn(ledger: Place) -> Iterator[None]:
    """Whatever is done inside is done by one writer of this machine at a time, most of the time."""
    handle = _opened(ledger) if isinstance(ledger, Path) else None
    if handle is None:
        yield
        return
    try:
        _wait(handle)
        yield
    finally:
        os.close(handle)


def _opened(ledger: Path) -> int | None:
    name = sha256(str(ledger.resolve()).encode()).hexdigest()[:24]
    with suppress(OSError):
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(Path(gettempdir()) / f"provender-{os.getuid()}-{name}.turn", flags, 0o600)
    return None


def _wait(handle: int) -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(STEP_S)
        except OSError:
            return  # a file system without locks
        else:
            return
