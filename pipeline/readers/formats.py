"""Which reader a file gets."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from pipeline.errors import UsageError
from pipeline.readers import html, jsonl, metadata, parquet, text, warc
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record, shown, tables

__all__ = ["READERS", "Limits", "guess", "read"]

READERS: dict[str, Callable[[Path, Limits], Iterator[Record]]] = {
    "jsonl": jsonl.read,
    "parquet": parquet.read,
    "warc": warc.read,
    "html": html.read,
    "text": text.read,
    "metadata": metadata.read,
}
SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".warc": "warc",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}


def guess(path: Path) -> str:
    """The medium of a file by its name: jsonl parquet warc html metadata, and text for everything else."""
    if path.name == "METADATA":
        return "metadata"
    suffixes = [s for s in path.suffixes if s not in (".gz", ".zst", ".bz2")]
    return SUFFIXES.get(suffixes[-1].lower(), "text") if suffixes else "text"


def read(path: Path, media: str, limits: Limits) -> Iterator[pa.Table]:
    """Tables of `RECORDS`: every record of the file, good or bad. Bad content never raises.

    Args:
        path: a file; one that is not there is one bad record.
        media: a key of `READERS`.
        limits: bounds of a table and of a record.

    Raises:
        UsageError: an unknown medium.
    """
    if media not in READERS:
        raise UsageError(f"no reader for {media}", fix=f"one of: {', '.join(READERS)}")
    records = READERS[media](path, limits) if path.is_file() else iter([Record(problem="unreadable_file")])
    return tables(records, shown(path.name), limits)
