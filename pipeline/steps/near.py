"""The search for candidate pairs over a whole run: some LSH bands at a time, so that its memory and disk are bounded.

Equal keys lie in one band, so the bands may be searched one after the other. What is searched at once has a bounded
number of rows, or is one band: one row a document.
"""

from pathlib import Path

import duckdb
import pyarrow as pa

SQL = Path(__file__).parents[1] / "sql" / "corpus"
ROWS_AT_ONCE = 10_000_000
"""Rows of bands that one statement sorts: about 500 MB in DuckDB; of more documents one band at a time is searched."""


def candidates(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """`CANDIDATES` of a run, each pair once, ascending.

    Args:
        connection: with the tables run_bands (`BANDS`), copies and limits of `near.sql`. Leaves a view `bands` of all
            of them.
    """
    statement = (SQL / "near.sql").read_text(encoding="utf-8")
    found = []
    for first, last in _passes(connection):
        _open(connection, f"where band between {first} and {last}")
        found.append(connection.sql(statement).to_arrow_table())
    _open(connection, "")
    if len(found) == 1:
        return found[0]
    connection.register("found_pairs", pa.concat_tables(found))
    return connection.sql("select distinct a, b from found_pairs order by a, b").to_arrow_table()


def _passes(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """First and last band of every pass."""
    rows, bands = connection.sql("select count(*), coalesce(max(band), 0) + 1 from run_bands").fetchall()[0]
    at_once = max(1, ROWS_AT_ONCE * bands // max(rows, 1))
    return [(first, first + at_once - 1) for first in range(0, bands, at_once)]


def _open(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    connection.execute(f"create or replace temp view bands as select key, doc_id from run_bands {where}")
