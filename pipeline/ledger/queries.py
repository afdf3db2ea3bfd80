"""The named questions of auditors, regulators and engineers: one SQL file each, over the public views."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.errors import UsageError

FOLDER = Path(__file__).parents[1] / "sql" / "queries"
_FIRST_LINE = re.compile(r"-- (?P<name>Q\d\d) \[(?P<who>[^\]]+)\] (?P<question>.+)")
_PARAMETER = re.compile(r"\$([a-z_]+)")

DEFAULTS = {
    "snapshot": "select snapshot_id from snapshots order by created_at desc, snapshot_id desc limit 1",
    "previous": "select snapshot_id from snapshots order by created_at desc, snapshot_id desc limit 1 offset 1",
    "doc": "select min(doc_id) from decisions where outcome in ('drop', 'quarantine')",
    "run": "select run from run_order order by first_seq desc limit 1",
    "seq": "select min(seq) from rows_decisions",
    "now_us": "select max(at_us) from entries",
}
"""What a parameter is when it is not given; "now" is the log's own last time, so that an answer can be repeated."""

NEEDED = {
    "tag": "give --tag HEX; provender requests find makes it from the identifier and the lake's key",
    "hmac": "give --hmac HEX: the HMAC of the text, which the ledger's keeper computes",
}
"""Parameters that nobody can guess, and where they come from."""

PRIVATE = ("subject_index", "locators")
"""Views that lead to persons or places: empty unless an inspector opens them."""

VIEWS = """
select table_name as view, string_agg(column_name, ', ' order by column_index) as columns
from duckdb_columns()
where not internal and table_name not like 'rows_%' and table_name <> 'checkpoint_files'
group by table_name
order by table_name"""
"""The public contract: every view with its columns."""

INTEGERS = ("doc", "seq", "now_us")


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """One question: who asks it, what it asks, the statement, and its parameters in order of appearance."""

    name: str
    who: str
    question: str
    sql: str
    parameters: tuple[str, ...]


def list_queries() -> list[Query]:
    """All named queries, ascending."""
    return [_parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("Q*.sql"))]


def _parse(text: str) -> Query:
    first, _, body = text.partition("\n")
    found = _FIRST_LINE.fullmatch(first)
    if found is None:
        raise UsageError(f"a query file begins with {first[:40]!r}", fix="begin it with -- Qnn [who, article] question")
    parameters = tuple(dict.fromkeys(_PARAMETER.findall(body)))
    return Query(
        name=found["name"], who=found["who"], question=found["question"], sql=body.strip(), parameters=parameters
    )


def named(name: str) -> Query:
    """The query of that name, in any case.

    Raises:
        UsageError: there is none.
    """
    for query in list_queries():
        if query.name == name.upper():
            return query
    raise UsageError(f"no query {name}", fix="provender audit --list shows all")


def run(connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
    """The answer to a named query.

    Args:
        connection: from `views.connect`.
        name: such as `Q06`.
        parameters: values by name; what is not given is looked up by `DEFAULTS`.

    Raises:
        UsageError: no such query, or a parameter that it does not have.
    """
    query = named(name)
    given = dict(parameters or {})
    unknown = sorted(set(given) - set(query.parameters))
    if unknown:
        known = ", ".join(query.parameters) or "none"
        raise UsageError(f"{query.name} has no parameter {', '.join(unknown)}", fix=f"its parameters: {known}")
    values = {p: _value(connection, p, given) for p in query.parameters}
    if "doc" in values:
        point(connection, values["doc"])
    return table(connection, query.sql, values)


def point(connection: duckdb.DuckDBPyConnection, doc_id: object) -> None:
    """Let the view `history` read the files that hold this document, and no others."""
    known = int(str(doc_id)) if doc_id is not None else -1
    connection.execute(f"set variable doc_files = files_of({known}::bigint)")


def _value(connection: duckdb.DuckDBPyConnection, name: str, given: Mapping[str, object]) -> object:
    if name not in given and name in NEEDED:
        raise UsageError(f"this question needs {name}", fix=NEEDED[name])
    if name not in given:
        found = connection.execute(DEFAULTS[name]).fetchall()
        return found[0][0] if found else None
    value = given[name]
    if name in INTEGERS and isinstance(value, str):
        try:
            return int(value)
        except ValueError as e:
            raise UsageError(f"parameter {name} is not a whole number", fix=f"--set {name}=42") from e
    return value


def select(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    """The answer to one statement of the auditor's own, if it only reads.

    Raises:
        UsageError: not exactly one SELECT, or DuckDB refuses it.
    """
    require_select(connection, sql)
    return table(connection, sql, {})


def require_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Return when `sql` is one statement that only reads.

    Raises:
        UsageError: it is not exactly one SELECT, or DuckDB cannot read it.
    """
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as e:
        raise UsageError(f"DuckDB cannot read the statement: {e}", fix="correct it") from e
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError("not exactly one select statement", fix='give one: --sql "select * from snapshots"')


def table(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> pa.Table:
    """The rows of one statement with bound values."""
    try:
        return connection.sql(sql, params=dict(values) if values else None).to_arrow_table()
    except duckdb.Error as e:
        raise UsageError(
            f"DuckDB refuses the statement: {e}", fix="correct it; `show tables` is in derived/views.sql"
        ) from e


def is_name(text: str) -> bool:
    """Whether that is written like the name of a question."""
    return re.fullmatch(r"[Qq]\d\d", text) is not None
