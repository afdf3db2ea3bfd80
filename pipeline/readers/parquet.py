"""Parquet with a column `text`."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.readers import streams
from pipeline.readers.carried import FIELDS
from pipeline.readers.jsonl import from_fields
from pipeline.readers.limits import Limits
from pipeline.readers.records import Record

COLUMNS = ("text", "url", "licence", "license", "language", "lang", "author", "repository", "repo", "headers", *FIELDS)
BATCH_ROWS = 256


def read(path: Path, limits: Limits) -> Iterator[Record]:
    """The rows of a Parquet file; a damaged row group costs one bad record, and the next is read.

    Texts stay in their dictionary until their turn comes: a few kilobytes may hold a million rows of 10 MB.
    """
    try:
        with path.open("rb") as stream:  # opened here: Arrow takes no file name that is not UTF-8
            yield from _rows(stream, max(streams.FREE, path.stat().st_size * limits.expansion), limits)
    except (pa.ArrowException, OSError):
        yield Record(problem="not_parquet")


def _rows(stream: BinaryIO, left: int, limits: Limits) -> Iterator[Record]:
    footer = pq.read_metadata(stream)
    names = footer.schema.to_arrow_schema().names
    if names.count("text") != 1:
        yield Record(problem="missing_column")
        return
    leaves = [footer.schema.column(i).path for i in range(len(footer.schema))]
    file = pq.ParquetFile(stream, metadata=footer, read_dictionary=[leaf for leaf in leaves if leaf == "text"])
    named = [name for name in COLUMNS if names.count(name) == 1]
    for group in range(file.num_row_groups):
        if footer.row_group(group).total_byte_size > left:
            yield Record(problem="expansion_limit")
            return
        for record in _group(file, group, named, limits):
            left -= len(record.text or "")
            if left < 0:
                yield Record(problem="expansion_limit")
                return
            yield record


def _group(file: pq.ParquetFile, group: int, names: list[str], limits: Limits) -> Iterator[Record]:
    try:
        for batch in file.iter_batches(BATCH_ROWS, row_groups=[group], columns=names, use_threads=False):
            columns = [_values(batch.column(name)) for name in names]
            for values in zip(*columns, strict=True):
                yield _record(dict(zip(names, values, strict=True)), limits)
    except (pa.ArrowException, OSError):
        yield Record(problem="not_parquet")


def _values(column: pa.Array) -> Iterator[object]:
    """Strings as bytes, which may be no UTF-8; anything else as a number would be: no text."""
    values, places = column, range(len(column))
    if pa.types.is_dictionary(column.type):
        values, places = column.dictionary, column.indices.to_pylist()
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = values.view(pa.binary() if pa.types.is_string(kind) else pa.large_binary())
    elif pa.types.is_nested(kind):
        return iter(_nested(column))
    elif not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        return (None if place is None or not values[place].is_valid else 0 for place in places)
    return (None if place is None else values[place].as_py() for place in places)


def _nested(column: pa.Array) -> list[object]:
    """Objects, such as HTTP headers; none where a string within is no UTF-8."""
    try:
        rows = column.to_pylist()
    except UnicodeDecodeError:
        return [None] * len(column)
    return [None if row is None else dict(row) for row in rows] if pa.types.is_map(column.type) else list(rows)


def _record(row: dict[str, object], limits: Limits) -> Record:
    text = row["text"]
    if isinstance(text, bytes) and len(text) > limits.record_bytes:
        return Record(problem="record_too_large")
    decoded = {name: _decoded(value) for name, value in row.items()}
    if isinstance(text, bytes) and decoded["text"] is None:
        return Record(problem="not_utf8")
    return from_fields(decoded)


def _decoded(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None
