"""Rows and entries as bytes that everyone computes alike: a JSON array per row, sorted compact JSON per entry.

DuckDB's `json_array` writes what RFC 8785 wants as long as there are no floats and no control characters, so an
auditor recomputes every leaf in SQL. Whatever would break that is refused here.
"""

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from threading import local

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import UsageError
from pipeline.ledger import hashing, merkle
from pipeline.store import database

TILE_ROWS = 256
SAFE_INTEGER = 2**53 - 1
_CONTROL = r"[\x00-\x1f]"
_UNFIT = re.compile("[\x00-\x1f\ud800-\udfff]")
_HIGH = re.compile("[\ud800-\U0010ffff]")
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_LOCAL = local()


def row_sql(schema: pa.Schema) -> str:
    """The SQL expression of a row's text: BIGINT as a decimal string, blobs in lower hex, the rest as JSON has it.

    Raises:
        UsageError: a column type that has no single textual form, such as a float.
    """
    return f"json_array({', '.join(_column_sql(field) for field in schema)})"


def _column_sql(field: pa.Field) -> str:
    name, kind = f'"{field.name}"', field.type
    if pa.types.is_int64(kind):
        return f"{name}::varchar"
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return f"lower(hex({name}))"
    if pa.types.is_int32(kind) or pa.types.is_string(kind) or pa.types.is_boolean(kind):
        return name
    raise UsageError(f"column {field.name} is {kind}", fix="ledger columns are string, int32, int64, bool or binary")


def leaf_sql(schema: pa.Schema) -> str:
    """The SQL expression of a row's leaf hash, as a blob."""
    return f"unhex(sha256(chr(0) || {row_sql(schema)}::varchar))"


def leaves(rows: pa.Table) -> bytes:
    """The leaf hashes of the rows, in order, as one run of bytes.

    Raises:
        UsageError: a string holds a control character, or a column has no canonical text.
    """
    if rows.num_rows <= TILE_ROWS:
        return _leaves_of_few(rows)
    _refuse_control_characters(rows)
    statement = f"select {row_sql(rows.schema)}::varchar as content from canonical_rows"
    connection = _connection()
    connection.register("canonical_rows", rows)
    texts = connection.sql(statement).to_arrow_table().column("content")
    connection.unregister("canonical_rows")
    return b"".join(_hashed(chunk) for chunk in texts.chunks)


def _hashed(contents: pa.Array) -> bytes:
    """The leaf hash of each string, one after another."""
    n, run = len(contents), memoryview(contents.buffers()[2] or b"")
    ends = np.frombuffer(contents.buffers()[1], np.int32)[contents.offset : contents.offset + n + 1]
    return hashing.digests(run, ends.astype(np.int64), hashing.LEAF)


def _leaves_of_few(rows: pa.Table) -> bytes:
    """The same leaves without DuckDB, whose start of 3 ms would be most of a small batch."""
    columns = [_column_values(field, column) for field, column in zip(rows.schema, rows.columns, strict=True)]
    return b"".join([merkle.leaf(compact(row)) for row in zip(*columns, strict=True)])


def _column_values(field: pa.Field, column: pa.ChunkedArray) -> list[object]:
    values, form = column.to_pylist(), _form(field)
    if form == "decimal":
        return [None if value is None else str(value) for value in values]
    if form == "hex":
        return [None if value is None else value.hex() for value in values]
    if form == "text" and any(value is not None and _UNFIT.search(value) for value in values):
        raise _control_character(field)
    return list(values)


@cache
def _form(field: pa.Field) -> str:
    """How the values of a column are written."""
    sql = _column_sql(field)
    if sql != f'"{field.name}"':
        return "hex" if sql.startswith("lower") else "decimal"
    return "text" if pa.types.is_string(field.type) else "plain"


def compact(content: object) -> bytes:
    """`content` as `entry` writes it, which has seen it before."""
    return _JSON.encode(content).encode()


def _connection() -> duckdb.DuckDBPyConnection:
    """One per thread and process: none can be shared."""
    if getattr(_LOCAL, "process", None) != os.getpid():
        _LOCAL.process, _LOCAL.connection = os.getpid(), database.connect(threads=1)
    found: duckdb.DuckDBPyConnection = _LOCAL.connection
    return found


def _refuse_control_characters(rows: pa.Table) -> None:
    for field, column in zip(rows.schema, rows.columns, strict=True):
        if pa.types.is_string(field.type) and pc.any(pc.match_substring_regex(pc.unique(column), _CONTROL)).as_py():
            raise _control_character(field)


def _control_character(field: pa.Field) -> UsageError:
    return UsageError(
        f"a value of column {field.name} holds a control character",
        fix="remove characters below U+0020 before appending; DuckDB and RFC 8785 write them differently",
    )


@cache
def schema_id(schema: pa.Schema) -> str:
    """The hex SHA-256 of the column names and types, in order: what a leaf of these rows means."""
    return digest([[field.name, str(field.type)] for field in schema])


def digest(content: object) -> str:
    """The hex SHA-256 of `content` as `entry` writes it."""
    return sha256(entry(content)).hexdigest()


def row_text(row: pa.Table) -> str:
    """The text of the one row of a table, as its leaf hashes it."""
    columns = [_column_values(field, column) for field, column in zip(row.schema, row.columns, strict=True)]
    return compact([values[0] for values in columns]).decode()


def entry(content: object) -> bytes:
    """`content` as sorted compact JSON in UTF-8, as RFC 8785 writes it.

    Raises:
        UsageError: a float, an integer beyond 2^53, a control character, or a type JSON does not have.
    """
    _refuse(content)
    return compact(content)


def _refuse(content: object) -> None:
    if content is None or isinstance(content, bool):
        return
    if isinstance(content, str):
        _refuse_text(content)
    elif isinstance(content, int):
        if abs(content) > SAFE_INTEGER:
            raise UsageError("an integer beyond 2^53", fix="pass it as a decimal string")
    elif isinstance(content, Mapping):
        for name, value in content.items():
            _refuse_name(name)
            _refuse(value)
    elif isinstance(content, list | tuple):
        for value in content:
            _refuse(value)
    else:
        raise UsageError(f"a {type(content).__name__} in a ledger entry", fix="pass integers (ppm), strings or lists")


def _refuse_text(text: str) -> None:
    if _UNFIT.search(text):
        raise UsageError("a control character or lone surrogate in a ledger entry", fix="remove it before appending")


def _refuse_name(name: object) -> None:
    # Python sorts by code point, RFC 8785 by UTF-16 unit: they agree below the surrogates' range.
    if not isinstance(name, str) or _HIGH.search(name):
        raise UsageError("a name in a ledger entry is not plain text", fix="use strings of the basic plane")
    _refuse_text(name)
