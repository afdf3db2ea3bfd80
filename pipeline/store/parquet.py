"""Arrow tables to and from Parquet, always the same bytes for the same table."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputMalformed, InputMissing
from pipeline.store import files

GROUP_ROWS = 1 << 20
SOUGHT_ROWS = 1 << 14
"""Rows of a group where single rows of a sorted file are looked for: the others' groups are not read."""


def encode(
    table: pa.Table, *, group_rows: int = GROUP_ROWS, is_plain: bool = False, has_arrow_schema: bool = True
) -> bytes:
    """`table` as Parquet bytes; equal tables give equal bytes under the locked pyarrow.

    Args:
        table: any.
        group_rows: rows of a group.
        is_plain: without compression, dictionaries and statistics, which make a file of few rows larger.
        has_arrow_schema: whether Arrow's own description of the columns is kept, 1,100 bytes; types that Parquet does
            not have, such as large strings, need it.
    """
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.combine_chunks(),
        sink,
        compression="none" if is_plain else "zstd",
        use_dictionary=not is_plain,
        write_statistics=not is_plain,
        data_page_version="2.0",
        row_group_size=group_rows,
        store_schema=has_arrow_schema,
    )
    return bytes(sink.getvalue().to_pybytes())


def write(path: Path, table: pa.Table, *, group_rows: int = GROUP_ROWS) -> None:
    """Write `table` atomically."""
    files.write(path, encode(table, group_rows=group_rows))


def read(path: Path, schema: pa.Schema | None = None) -> pa.Table:
    """Read one file, as `schema` when given.

    Raises:
        InputMissing: no such file.
        InputMalformed: not Parquet, or other columns than `schema`.
    """
    try:
        table = pq.ParquetFile(path).read()
    except FileNotFoundError as e:
        raise InputMissing(f"no file {path.name}", fix=f"expected in {path.parent}; run the step before it") from e
    except pa.ArrowInvalid as e:
        raise InputMalformed(f"{path.name} is not a whole Parquet file", fix="delete it and run the step again") from e
    if schema is None:
        return table
    try:
        return table.select(schema.names).cast(schema)
    except (KeyError, pa.ArrowInvalid, ValueError) as e:
        raise InputMalformed(f"{path.name} has other columns than expected: {e}", fix="run the step again") from e
