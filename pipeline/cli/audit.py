"""`provender audit`: named questions, free SQL, and a prompt over the public views."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ENDLESS = 100_000  # characters of a line that nobody reads on a screen
HELP = """\
  Q06                          a named question; .list shows all
  Q04 doc=12884901936          with a parameter
  select * from snapshots;     one select statement over the views, ended by a semicolon
  .views                       the views and their columns
  .quit"""


@click.command(name="audit", context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--list", "is_list", is_flag=True, help="List the named questions.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter; --NAME VALUE does as well.")
@click.option("--sql", help="One select statement of your own over the views.")
@click.option("--evidence-only", is_flag=True, help="Use no kept answers of derived/.")
@click.option("--inspector", nargs=2, metavar="NAME REASON", help="Open the private views; your use is an entry.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row on stdout.")
def command(  # noqa: PLR0913
    *,
    name: str | None,
    options: tuple[str, ...],
    lake: Path,
    is_list: bool,
    settings: tuple[str, ...],
    sql: str | None,
    evidence_only: bool,
    inspector: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """Ask the ledger: a question by NAME (such as Q06), SQL, or, with neither, at a prompt.

    Everything is read-only: the connection sees the ledger folder alone and takes select statements alone.

    Example: provender audit Q04 --lake lake --doc 4294967297
    """
    from pipeline.errors import UsageError
    from pipeline.store.lake import opened

    if is_list:
        _list()
        return
    if name is not None and sql is not None:
        raise UsageError("give a question or --sql, not both", fix="provender audit --list shows the questions")
    known = opened(lake)
    given = settings_of(settings) | _options(options)
    asked = name or sql
    is_prompt = asked is None and inspector is None and not as_json and sys.stdin.isatty()
    if is_prompt and has_served_as_prompt(known.ledger, evidence_only=evidence_only):
        return
    with _connection(known, asked, inspector, evidence_only=evidence_only) as connection:
        if asked is None:
            _prompt(connection, as_json=as_json)
        else:
            _answer(connection, asked, given, as_json=as_json)


def _connection(
    lake: object, asked: str | None, inspector: tuple[str, str] | None, *, evidence_only: bool
) -> "duckdb.DuckDBPyConnection":
    from pipeline.errors import UsageError
    from pipeline.ledger import queries, views
    from pipeline.store.lake import Lake

    assert isinstance(lake, Lake)  # noqa: S101  a lazy import's type
    if inspector is not None:
        from pipeline.steps import inspecting

        return inspecting.open_private(lake, *inspector, question=asked or "prompt", at_us=time.time_ns() // 1000)
    sql = queries.named(asked).sql if asked and queries.is_name(asked) else asked or ""
    if any(word in sql for word in queries.PRIVATE):
        raise UsageError(
            "this question leads to persons or places", fix="ask as an inspector: --inspector NAME 'REASON'"
        )
    return views.connect(lake.ledger, is_derived_used=not evidence_only)


def _list() -> None:
    from pipeline.ledger import queries

    for query in queries.list_queries():
        click.echo(f"{query.name} [{query.who}] {query.question}")


def settings_of(given: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` each, as a mapping."""
    from pipeline.errors import UsageError

    pairs = [one.partition("=") for one in given]
    if any(not separator for _, separator, _ in pairs):
        raise UsageError("a setting is NAME=VALUE", fix="--set snapshot=demo@1")
    return {name: value for name, _, value in pairs}


def _options(given: Sequence[str]) -> dict[str, str]:
    """`--doc 12 --run=r` as a mapping."""
    from pipeline.errors import UsageError

    words = [part for one in given for part in (one.split("=", 1) if one.startswith("--") else [one])]
    names, values = words[::2], words[1::2]
    if len(names) != len(values) or any(not one.startswith("--") for one in names):
        raise UsageError("parameters are --NAME VALUE", fix="such as --snapshot demo@1; --help shows the options")
    return {name.removeprefix("--"): value for name, value in zip(names, values, strict=True)}


def _answer(connection: "duckdb.DuckDBPyConnection", asked: str, given: dict[str, str], *, as_json: bool) -> None:
    from pipeline.ledger import queries

    if queries.is_name(asked):
        show(queries.run(connection, asked, given), title=queries.named(asked).question, as_json=as_json)
    else:
        show(queries.select(connection, asked), title="", as_json=as_json)


def has_served_as_prompt(ledger: Path, *, evidence_only: bool) -> bool:
    """Whether harlequin is installed with us and has served as the prompt, by the adapter of `audit_shell`."""
    if find_spec("harlequin") is None:
        return False
    flags = ["--evidence-only"] if evidence_only else []
    told = [sys.executable, "-m", "harlequin", "--adapter", "provender", *flags, str(ledger.resolve())]
    subprocess.run(told, check=False)  # noqa: S603  our own interpreter
    return True


def _prompt(connection: "duckdb.DuckDBPyConnection", *, as_json: bool) -> None:
    """Answer until the end of input; what is refused ends nothing."""
    from pipeline.errors import ProvenderError
    from pipeline.ledger import queries

    click.echo("Views of the ledger, read-only. .help shows what can be asked.", err=True)
    dots: dict[str, Callable[[], None]] = {
        ".help": lambda: click.echo(HELP),
        ".list": _list,
        ".views": lambda: show(queries.select(connection, queries.VIEWS), title="views", as_json=as_json),
    }
    for statement in _statements():
        if statement == ".quit":
            return
        try:
            if statement in dots:
                dots[statement]()
            else:
                asked, *settings = statement.split() if queries.is_name(statement.split()[0]) else [statement]
                _answer(connection, asked, settings_of(settings), as_json=as_json)
        except ProvenderError as e:
            click.echo(f"{e}", err=True)


def _statements() -> Iterator[str]:
    """Lines of the prompt; SQL goes on until its semicolon, or the end of the input."""
    from pipeline.ledger import queries

    if sys.stdin.isatty():
        import readline  # noqa: F401  editing and history at the prompt
    pending = ""
    while True:
        try:
            line = input(("     > " if pending else "audit> ") if sys.stdin.isatty() else "")
        except EOFError:
            if pending:
                yield pending
            return
        pending = f"{pending}\n{line}".strip()
        is_whole = pending.startswith(".") or pending.endswith(";") or queries.is_name(pending.split(" ")[0])
        if is_whole:
            statement, pending = pending.rstrip("; \n"), ""
            if statement:
                yield statement


def show(answer: "pa.Table", *, title: str, as_json: bool) -> None:
    """Rows as a table, or as JSON lines. No value is cut: a terminal folds it, a file or pipe has endless lines."""
    from rich.console import Console
    from rich.table import Column, Table

    if as_json:
        for row in answer.to_pylist():
            click.echo(json.dumps(row, ensure_ascii=False, default=_plain))
        return
    console = Console(width=None if sys.stdout.isatty() else ENDLESS)
    shown = Table(*(Column(name, overflow="fold") for name in answer.column_names), title=title or None)
    for row in answer.to_pylist():
        shown.add_row(*("" if value is None else str(_plain(value)) for value in row.values()))
    console.print(shown)
    click.echo(f"{answer.num_rows} rows", err=True)


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else str(value)
