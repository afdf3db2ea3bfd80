"""The public views over a ledger, as one SQL file for anyone with DuckDB and as a locked connection.

The file names its segments one by one, from the log: nothing that the log does not name is ever shown.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.ledger import log
from pipeline.schemas.ledger import KINDS
from pipeline.store import database, files

TEMPLATES = Path(__file__).parents[1] / "sql" / "views"
TABLE_ROWS = 2_000_000  # below this a kind is loaded once: opening 2,000 small files for each query costs more
_ENTRY = {
    "kind": "varchar",
    "key": "varchar",
    "at_us": "bigint",
    "actor": "varchar",
    "run": "varchar",
    "stage": "varchar",
    "batch": "bigint",
    "source_id": "varchar",
    "code": "varchar",
    "config": "varchar",
    "models": "json",
    "details": "json",
    "schema": "varchar",
    "rows": "bigint",
    "min_doc": "bigint",
    "max_doc": "bigint",
    "path": "varchar",
    "file_sha256": "varchar",
    "rows_root": "varchar",
    "rollup": "json",
    "prev": "varchar",
}
_SEQ = r"regexp_extract(replace(filename, '\', '/'), '([0-9]+)/([0-9]+)/([0-9]+)\.json$', {})"
_HEADER = """\
-- Public views of this ledger. From inside the ledger folder, with nothing but DuckDB:
--   duckdb -init derived/views.sql      or      duckdb.connect().execute(open("derived/views.sql").read())
-- Rebuildable at any time; not evidence. It shows the first {n} entries of the log."""


def write(ledger: Path) -> Path:
    """Write `derived/views.sql`, with paths relative to the ledger folder; where it lies."""
    path = ledger / "derived/views.sql"
    files.write(path, render(ledger).encode())
    return path


def render(ledger: Path, *, prefix: str = "") -> str:
    """The statements that make all public views; `prefix` stands before every path."""
    named = list(log.entries(ledger))
    parts = [_HEADER.format(n=len(named)), _entries(prefix, len(named)), _checkpoint_files(ledger, prefix)]
    parts += [_rows(kind, schema, named, prefix) for kind, schema in KINDS.items()]
    parts += [template.read_text(encoding="utf-8").strip() for template in sorted(TEMPLATES.glob("*.sql"))]
    return "\n\n".join(parts) + "\n"


def connect(ledger: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the views loaded that reads nothing but this ledger and cannot be opened up again."""
    folder = ledger.resolve()
    connection = database.connect(folder)
    connection.execute(render(ledger, prefix=f"{folder.as_posix()}/"))
    connection.execute(f"set allowed_directories = [{_quoted(folder.as_posix())}]")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _entries(prefix: str, n: int) -> str:
    columns = ", ".join(f'"{name}"' for name in _ENTRY)
    if not n:
        typed = ", ".join(f'null::{kind} as "{name}"' for name, kind in _ENTRY.items())
        return f"create or replace table entries as select 0::bigint as seq, {typed} where false;"
    seq = f"({' || '.join(_SEQ.format(i) for i in (1, 2, 3))})::bigint"
    kinds = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in _ENTRY.items())
    glob = _quoted(f"{prefix}log/entries/*/*/*.json")
    return (
        f"create or replace table entries as\nselect {seq} as seq, {columns}\n"
        f"from read_json({glob}, columns = {{{kinds}}}, filename = true)\nwhere seq < {n}\norder by seq;"
    )


def _checkpoint_files(ledger: Path, prefix: str) -> str:
    kept = sorted(p.name for p in (ledger / "tlog/checkpoints").glob("*") if p.name.isdigit())
    if not kept:
        return "create or replace table checkpoint_files as select ''::varchar as note where false;"
    listed = _list([f"{prefix}tlog/checkpoints/{name}" for name in kept])
    return f"create or replace table checkpoint_files as\nselect content as note\nfrom read_text({listed});"


def _rows(kind: str, schema: pa.Schema, named: Sequence[dict[str, object]], prefix: str) -> str:
    """Table or view `rows_<kind>`: number of the entry, row within the segment, and the kind's columns."""
    found = [e for e in named if e["kind"] == kind and e["path"]]
    renamed = {name: "row_in_shard" if name == "row" else name for name in schema.names}
    if not found:
        typed = ", ".join(f'null::{_sql_type(f.type)} as "{renamed[f.name]}"' for f in schema)
        return f"create or replace view rows_{kind} as\nselect 0::bigint as seq, 0::bigint as row, {typed} where false;"
    listed = _list([f"{prefix}{path}" for path in dict.fromkeys(str(e["path"]) for e in found)])
    columns = ", ".join(f'r."{name}" as "{renamed[name]}"' for name in schema.names)
    is_grown = len({e["schema"] for e in found}) > 1
    is_small = sum(n for e in found if isinstance(n := e["rows"], int)) <= TABLE_ROWS
    later = ", ".join(f'null::{_sql_type(f.type)} as "{f.name}"' for f in schema)  # columns older segments lack
    return (
        f"create or replace {'table' if is_small else 'view'} rows_{kind} as\n"
        f"select e.seq, r.file_row_number as row, {columns}\n"
        f"from (\n    select * from read_parquet({listed}, filename = true, file_row_number = true,\n"
        f"        union_by_name = {str(is_grown).lower()}, hive_partitioning = false)\n"
        f"    union all by name\n    select {later} where false\n) r\n"
        f"join entries e on e.file_sha256 = parse_filename(r.filename, true) and e.kind = '{kind}'"
        f"{chr(10) + 'order by e.seq, r.file_row_number' if is_small else ''};"
    )


def _list(paths: Sequence[str]) -> str:
    inner = ",\n    ".join(_quoted(path) for path in paths)
    return f"[\n    {inner}]"


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_int64(kind):
        return "bigint"
    if pa.types.is_int32(kind):
        return "integer"
    if pa.types.is_boolean(kind):
        return "boolean"
    return "varchar" if pa.types.is_string(kind) else "blob"
