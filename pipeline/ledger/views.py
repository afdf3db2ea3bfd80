"""The public views over a ledger, as one SQL file for anyone with DuckDB and as a locked connection.

The file names its segments one by one, from the log: nothing that the log does not name is ever shown.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.ledger import log, segments
from pipeline.schemas.ledger import KINDS
from pipeline.store import database, files

TEMPLATES = Path(__file__).parents[1] / "sql" / "views"
PRIVATE = TEMPLATES.parent / "private"
DERIVED = {"document_status": "run, doc_id", "content_index": "content_hmac, doc_id"}
"""Views whose answers are kept in `derived/`, and the order in which a look-up finds them fast."""

_HISTORY_FILES = "read_parquet(getvariable('doc_files'), filename = true, hive_partitioning = false) r"

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
_SEQ = r"regexp_extract(replace(filename, '\', '/'), '/([0-9]{{3}})/([0-9]{{3}})/([0-9]{{6}})\.json$', {})"
_HEADER = """\
-- Public views of this ledger. From inside the ledger folder, with nothing but DuckDB:
--   duckdb -init derived/views.sql      or      duckdb.connect().execute(open("derived/views.sql").read())
-- Rebuildable at any time; not evidence. Public contract v1. It shows the first {n} entries of the log."""


def write(ledger: Path) -> Path:
    """Write what is derived: `views.sql` with paths relative to the ledger folder, and what is slow to ask for.

    All of it can be made again and none of it is evidence. Where `views.sql` lies.
    """
    n, folder = log.size(ledger), ledger / "derived"
    folder.mkdir(parents=True, exist_ok=True)
    with _loaded(ledger.resolve(), is_derived_used=False) as connection:
        for view, order in DERIVED.items():
            place = derived_path(ledger, view, n)
            temporary = place.with_name(f"{files.TEMPORARY}{place.name}")
            ordered = f"select * from {view} order by {order}"
            connection.execute(
                f"copy ({ordered}) to {_quoted(temporary.as_posix())} (format parquet, compression zstd)"
            )
            temporary.replace(place)
    for path in folder.glob("*.parquet"):
        if not path.stem.endswith(f"-{n:012d}"):
            path.unlink()
    files.write(folder / "views.sql", render(ledger).encode())
    return folder / "views.sql"


def derived_path(ledger: Path, view: str, n: int) -> Path:
    """Where the answer of a view over the first `n` entries is kept."""
    return ledger / f"derived/{view}-{n:012d}.parquet"


def render(ledger: Path, *, prefix: str = "", is_derived_used: bool = True) -> str:
    """The statements that make all public views; `prefix` stands before every path.

    Raises:
        EvidenceBroken: an entry names a file that is no segment of this ledger.
    """
    named = list(log.entries(ledger))
    for one in named:
        if not segments.is_named_right(one):
            raise segments.broken(f"entry {one['seq']} names a segment that is not where its kind and hash say")
    parts = [_HEADER.format(n=len(named)), _variables(named, prefix), _entries(prefix, len(named))]
    parts += [_checkpoint_files(ledger, prefix)]
    parts += [_rows(kind, schema, named, prefix) for kind, schema in KINDS.items()]
    for template in sorted(TEMPLATES.glob("*.sql")):
        view = template.stem.partition("-")[2]
        place = derived_path(ledger, view, len(named))
        is_kept = is_derived_used and view in DERIVED and place.exists()
        parts.append(
            _kept(view, f"{prefix}derived/{place.name}") if is_kept else template.read_text(encoding="utf-8").strip()
        )
    text = "\n\n".join(parts) + "\n"
    if any(e["kind"] == "decisions" and e["path"] for e in named):
        return text
    return text.replace(_HISTORY_FILES, "(select *, '' as filename from rows_decisions where false) r")


def _variables(named: Sequence[dict[str, object]], prefix: str) -> str:
    """What `history` needs: where files lie, and one file of decisions, so that the view knows its columns."""
    found = next((str(e["path"]) for e in named if e["kind"] == "decisions" and e["path"]), None)
    files_ = f"[{_quoted(prefix + found)}]" if found else "null"
    return f"set variable prefix = {_quoted(prefix)};\nset variable doc_files = {files_};"


def _kept(view: str, path: str) -> str:
    """A view over its kept answer instead of over the rows."""
    return (
        f"-- Kept answer, not evidence: without derived/ the view is computed.\n"
        f"create or replace view {view} as select * from read_parquet({_quoted(path)});"
    )


def connect(ledger: Path, *, is_derived_used: bool = True) -> duckdb.DuckDBPyConnection:
    """A connection with the views loaded that reads nothing but this ledger and cannot be opened up again.

    Args:
        ledger: the ledger folder.
        is_derived_used: whether kept answers stand in for slow views; an auditor who wants evidence alone says no.
    """
    folder = ledger.resolve()
    connection = database.connect(folder)
    _lock(connection, folder)  # first: entries name the files that the views read
    connection.execute(render(folder, prefix=f"{folder.as_posix()}/", is_derived_used=is_derived_used))
    return connection


def connect_private(ledger: Path, *, documents: Sequence[Path], index: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """As `connect`, with `locators` and `subject_index` filled: for a named inspector whose use is an entry.

    Args:
        ledger: the ledger folder.
        documents: files of documents as they were read; their texts are not loaded.
        index: files of the subject index.
    """
    folder = ledger.resolve()
    connection = _loaded(folder, is_derived_used=True)
    for template in sorted(PRIVATE.glob("*.sql")):
        sql = template.read_text(encoding="utf-8")
        name, found = ("$documents", documents) if "$documents" in sql else ("$index", index)
        if found:
            connection.execute(sql.replace(name, _list([path.resolve().as_posix() for path in found])))
    _lock(connection, folder)
    return connection


def _loaded(folder: Path, *, is_derived_used: bool) -> duckdb.DuckDBPyConnection:
    connection = database.connect(folder)
    connection.execute(render(folder, prefix=f"{folder.as_posix()}/", is_derived_used=is_derived_used))
    return connection


def _lock(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection.execute(_LOCKS.format(folder=_quoted(folder.as_posix())))


_LOCKS = """\
set allowed_directories = [{folder}];
set enable_external_access = false;
set lock_configuration = true;
"""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _entries(prefix: str, n: int) -> str:
    columns = ", ".join(f'"{name}"' for name in _ENTRY)
    if not n:
        typed = ", ".join(f'null::{kind} as "{name}"' for name, kind in _ENTRY.items())
        return f"create or replace table entries as select 0::bigint as seq, {typed} where false;"
    seq = f"try_cast({' || '.join(_SEQ.format(i) for i in (1, 2, 3))} as bigint)"  # null: no name of an entry
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
