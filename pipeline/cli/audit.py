"""`provender audit`: named questions and free SQL over the public views."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pyarrow as pa


@click.command(name="audit")
@click.argument("name", required=False)
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--list", "is_list", is_flag=True, help="List the named questions.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the question.")
@click.option("--sql", help="One select statement of your own over the views.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row on stdout.")
def command(
    *, name: str | None, lake: Path, is_list: bool, settings: tuple[str, ...], sql: str | None, as_json: bool
) -> None:
    """Ask the ledger: a question by NAME (such as Q06), or SQL.

    Example: provender audit Q04 --lake lake --set doc=4294967297
    """
    from pipeline.errors import InputMissing, UsageError
    from pipeline.ledger import queries, views
    from pipeline.store.lake import Lake

    if is_list:
        for query in queries.list_queries():
            click.echo(f"{query.name} [{query.who}] {query.question}")
        return
    if (name is None) == (sql is None):
        raise UsageError("give a question or --sql, one of both", fix="provender audit --list shows the questions")
    ledger = Lake(lake).ledger
    if not ledger.is_dir():
        raise InputMissing("no ledger in this lake", fix="give the lake folder: --lake DIR, or PROVENDER_LAKE")
    with views.connect(ledger) as connection:
        if sql is not None:
            answer = queries.select(connection, sql)
        else:
            answer = queries.run(connection, str(name), _settings(settings))
    show(answer, title="" if name is None else queries.named(name).question, as_json=as_json)


def _settings(given: tuple[str, ...]) -> dict[str, str]:
    from pipeline.errors import UsageError

    pairs = [one.partition("=") for one in given]
    if any(not separator for _, separator, _ in pairs):
        raise UsageError("a setting is NAME=VALUE", fix="--set snapshot=demo/1")
    return {name: value for name, _, value in pairs}


def show(answer: "pa.Table", *, title: str, as_json: bool) -> None:
    """Print rows as a table, or as one JSON object a row."""
    from rich.console import Console
    from rich.table import Table

    if as_json:
        for row in answer.to_pylist():
            click.echo(json.dumps(row, ensure_ascii=False, default=_plain))
        return
    shown = Table(*answer.column_names, title=title or None)
    for row in answer.to_pylist():
        shown.add_row(*("" if value is None else str(_plain(value)) for value in row.values()))
    Console().print(shown)
    click.echo(f"{answer.num_rows} rows", err=True)


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else str(value)
