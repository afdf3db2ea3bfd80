"""DuckDB connections, offline and without surprises."""

from pathlib import Path

import duckdb


def connect(
    search_path: Path | None = None,
    *,
    threads: int | None = None,
    memory_bytes: int | None = None,
    spill: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that loads no extension and reaches no network.

    Args:
        search_path: folder against which relative paths in SQL resolve.
        threads: limit; None leaves DuckDB's own.
        memory_bytes: from here on it writes to `spill`; the process was seen to pass the limit by 40 %.
        spill: folder for what does not fit into memory.
    """
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    connection.execute("set enable_progress_bar = false")
    if threads is not None:
        connection.execute(f"set threads = {int(threads)}")
    if memory_bytes is not None and spill is not None:
        connection.execute(f"set memory_limit = '{int(memory_bytes)}B'")
        connection.execute("set temp_directory = ?", [str(spill)])
        connection.execute("set preserve_insertion_order = false")  # every statement orders what it answers
    if search_path is not None:
        connection.execute("set file_search_path = ?", [str(search_path)])
    return connection
