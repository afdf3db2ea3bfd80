"""Rows for the filters of the CLI: JSON lines or Parquet with `id` and `text`, in bounded batches."""

import json
import sys
from collections.abc import Iterator
from io import BufferedIOBase, BytesIO
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputMalformed, InputMissing
from pipeline.schemas import schema

ROWS = schema(
    ("id", pa.string(), False),  # as JSON: a number stays a number; `ids` gives the values back
    ("text", pa.string(), False),
    ("lang", pa.string(), True),
)
LABELLED = ROWS.append(pa.field("label", pa.string()))  # as JSON: a missing one is null there
BATCH_ROWS = 4096
BATCH_BYTES = 16 << 20


def read(name: str, label: str | None = None) -> Iterator[pa.Table]:
    """Tables of `ROWS` from a file (`.jsonl`, `.jsonl.gz`, `.jsonl.zst`, `.parquet`) or `-` for JSON lines on stdin.

    Where a field `label` is named, tables of `LABELLED`.
    `lang` is taken from `language` or `lang` where present. A row without an id gets its line number.

    Raises:
        InputMissing: no such file.
        InputMalformed: a line that is not an object with a string `text`; the line number is named.
    """
    if name == "-":
        yield from _lines(sys.stdin.buffer, "stdin", label)
        return
    path = Path(name)
    if not path.is_file():
        raise InputMissing(f"no file {name}", fix="give a JSONL or Parquet file, or - for stdin")
    if path.suffix == ".parquet":
        yield from _parquet(path, label)
        return
    with pa.input_stream(str(path), compression=_compression(path)) as stream:
        yield from _lines(stream, path.name, label)


def first_texts(name: str, n: int) -> list[str]:
    """At most the first `n` texts of what `read` reads; what comes after them is not read."""
    texts: list[str] = []
    for rows in read(name):
        texts += rows.column("text").to_pylist()[: n - len(texts)]
        if len(texts) >= n:
            break
    return texts


def ids(rows: pa.Table) -> list[object]:
    """The ids of `ROWS` as they were given."""
    return [json.loads(one) for one in rows.column("id").to_pylist()]


def _compression(path: Path) -> str | None:
    return {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}.get(path.suffix)


def _parquet(path: Path, label: str | None) -> Iterator[pa.Table]:
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as e:
        raise InputMalformed(f"{path.name} is not a Parquet file", fix="write it again, or give JSONL") from e
    names = set(file.schema_arrow.names)
    if "text" not in names:
        raise InputMalformed(f"{path.name} has no column text", fix="name the text column `text`")
    language = next((n for n in ("language", "lang") if n in names), None)
    first = 0
    for batch in file.iter_batches(BATCH_ROWS):
        ids = batch.column("id") if "id" in names else pa.array(range(first, first + batch.num_rows))
        lang = batch.column(language) if language else pa.nulls(batch.num_rows)
        first += batch.num_rows
        arrays = [_as_json(ids), batch.column("text").cast(pa.string()).fill_null(""), lang.cast(pa.string())]
        if label is None:
            yield pa.table(arrays, schema=ROWS)
        else:
            labels = batch.column(label) if label in names else pa.nulls(batch.num_rows)
            yield pa.table([*arrays, _as_json(labels)], schema=LABELLED)


def _as_json(values: pa.Array) -> pa.Array:
    return pa.array([json.dumps(one, ensure_ascii=False) for one in values.to_pylist()], pa.string())


def _lines(stream: IO[bytes] | BufferedIOBase | pa.NativeFile, name: str, label: str | None) -> Iterator[pa.Table]:
    pending: list[tuple[str | None, ...]] = []
    size = 0
    for number, line in enumerate(_split(stream), 1):
        if not line.strip():
            continue
        row = _row(line, f"{name} line {number}", number, label)
        pending.append(row)
        size += len(line)
        if len(pending) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield _table(pending, label)
            pending, size = [], 0
    if pending:
        yield _table(pending, label)


def _split(stream: IO[bytes] | BufferedIOBase | pa.NativeFile) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(4 << 20):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        yield from lines
    if rest:
        yield from BytesIO(rest)


def _row(line: bytes, where: str, number: int, label: str | None) -> tuple[str | None, ...]:
    try:
        record = json.loads(line)
        text = record["text"]
        text.encode("utf-8")
        language = record.get("language", record.get("lang"))
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise InputMalformed(
            f"{where} is not a JSON object with a string `text` in valid Unicode",
            fix='write lines such as {"id": "1", "text": "..."}; `provender documents read` accepts damaged input',
        ) from e
    identifier = json.dumps(record.get("id", number), ensure_ascii=False)
    row = identifier, text, language if isinstance(language, str) else None
    return row if label is None else (*row, json.dumps(record.get(label), ensure_ascii=False))


def _table(rows: list[tuple[str | None, ...]], label: str | None) -> pa.Table:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.table(columns, schema=ROWS if label is None else LABELLED)
