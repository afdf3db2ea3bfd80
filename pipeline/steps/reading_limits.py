"""How much of a file becomes one batch, and how many batch numbers a part needs."""

from collections.abc import Sequence

from pipeline.readers.formats import Limits

LIMITS = Limits()
COMPRESSED = (".gz", ".zst", ".bz2")


def width(group: Sequence[tuple[str, str]], size: int) -> int:
    """Batch numbers to set aside for files of together `size` bytes on disk.

    Rows are bounded by 20 bytes a record; compressed files may grow by the expansion limit, Parquet as well.
    """
    is_packed = any(name.endswith(COMPRESSED) or media == "parquet" for name, media in group)
    grown = size * (LIMITS.expansion if is_packed else 1)
    return 2 + grown // LIMITS.batch_bytes + grown // (20 * LIMITS.batch_rows)
