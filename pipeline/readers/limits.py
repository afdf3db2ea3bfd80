"""How much a reader takes at once, and what it refuses."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds of one table of records and of one record."""

    batch_rows: int = 4096
    batch_bytes: int = 32 << 20
    record_bytes: int = 16 << 20  # a longer line, page or file is one quarantined record
    expansion: int = 200  # a compressed file that grows more than this is a bomb, beyond the first 64 MiB
