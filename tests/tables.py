"""Draws Arrow tables: what a test shows is what it checks."""

import json

import pyarrow as pa

from pipeline.schemas import conform


def table(drawing: str, schema: pa.Schema) -> pa.Table:
    """The drawn columns, typed by `schema`; an empty cell is null, JSON is read as JSON, the rest as a string."""
    lines = [line for line in drawing.strip().splitlines() if line.strip()]
    names = [name.strip() for name in lines[0].split("|")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines[1:]]
    fields = [schema.field(name) for name in names]
    columns = [pa.array([_cell(row[i], f.type) for row in rows], f.type) for i, f in enumerate(fields)]
    return pa.table(columns, schema=pa.schema(fields))


def whole(drawing: str, schema: pa.Schema) -> pa.Table:
    """As `table`, with the columns that were not drawn as nulls."""
    drawn = table(drawing, schema)
    return conform({name: drawn.column(name) for name in drawn.column_names}, schema)


def _cell(text: str, kind: pa.DataType) -> object:
    if text == "":
        return None
    if pa.types.is_string(kind) and not text.startswith('"'):
        return text
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return bytes.fromhex(text)
    return json.loads(text)


def columns(got: pa.Table, like: pa.Table) -> pa.Table:
    """`got` narrowed to the columns that `like` draws, comparable with `==`."""
    return pa.table([got.column(n) for n in like.column_names], schema=like.schema)
