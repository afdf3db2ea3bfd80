"""DuckDB connections, offline and without surprises."""

from pathlib import Path

import duckdb


def connect(search_path: Path | None = None, *, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that loads no extension and reaches no network.

    Args:
        search_path: folder against which relative paths in SQL resolve.
        threads: limit; None leaves DuckDB's own.
    """
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    connection.execute("set enable_progress_bar = false")
    if threads is not None:
        connection.execute(f"set threads = {int(threads)}")
    if search_path is not None:
        connection.execute("set file_search_path = ?", [str(search_path)])
    return connection
