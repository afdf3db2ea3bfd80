"""Provender: training-data governance from candidate corpora to approved snapshots.

`pipeline.open(folder)` reads a pulled snapshot: proofs verified, withdrawn documents left out.
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.snapshots.reading import Snapshot


def open(folder: "str | Path", *, is_hashed: bool = False, at_us: int | None = None) -> "Snapshot":  # noqa: A001
    """Open a pulled snapshot for reading.

    Warns when its feed was not signed for 30 days, refuses after 90.

    Args:
        folder: where `provender pull` put it.
        is_hashed: whether every byte is verified again first; otherwise proofs, feed and file sizes are.
        at_us: now, in microseconds UTC; None reads the clock.

    Raises:
        Withdrawn, Expired, FeedTooOld: it may not be used any more.
        EvidenceBroken: something was changed.
    """
    import time  # noqa: PLC0415  nothing is imported for those who only want a submodule

    from pipeline.snapshots import reading  # noqa: PLC0415

    return reading.opened(Path(folder), is_hashed=is_hashed, at_us=time.time_ns() // 1000 if at_us is None else at_us)
