"""Parquet with a column `text`."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.readers.jsonl import from_fields
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record

COLUMNS = ("text", "url", "licence", "license", "language", "lang")


def read(path: Path, limits: Limits) -> Iterator[Record]:
    """The rows of a Parquet file; a damaged row group ends it with one bad record."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        yield Record(problem="not_parquet")
        return
    named = [name for name in COLUMNS if name in file.schema_arrow.names]
    if "text" not in named:
        yield Record(problem="missing_column")
        return
    try:
        for batch in file.iter_batches(batch_size=min(limits.batch_rows, 256), columns=named):
            yield from (_record(row, limits) for row in batch.to_pylist())
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError):
        yield Record(problem="not_parquet")


def _record(row: dict[str, object], limits: Limits) -> Record:
    text = row["text"]
    if isinstance(text, str) and len(text.encode()) > limits.record_bytes:
        return Record(problem="record_too_large")
    return from_fields(row)
