"""`provender explain`: one document's whole life on one screen."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click


@click.command(name="explain")
@click.argument("doc", type=int)
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="one JSON object on stdout")
def command(doc: int, lake: Path, *, as_json: bool) -> None:
    """Show where document DOC came from, what every stage decided and why, what it duplicates, where it went.

    Example: provender explain 12884901936 --lake lake
    """
    from pipeline.ledger import explain, views
    from pipeline.store.lake import opened

    with views.connect(opened(lake).ledger) as connection:
        life = explain.life(connection, doc)
    if as_json:
        click.echo(json.dumps(asdict(life), ensure_ascii=False, default=str))
        return
    click.echo(f"document {life.doc_id}")
    for title, rows in asdict(life).items():
        if title == "stages":
            _stages(rows)
        elif title != "doc_id":
            _facts(title, rows)


def _stages(rows: Sequence[Mapping[str, object]]) -> None:
    for row in rows:
        score = "" if row["score_ppm"] is None else f"{row['score_ppm']} ppm"
        against = " against ".join(filter(None, (score, str(row["limit"] or ""))))
        article = f"Art. {str(row['article']).removeprefix('Art. ')}" if row["article"] else ""
        what = "  ".join(filter(None, (str(row["title"] or ""), article, against)))
        rule = f"{row['rule_id']} v{row['rule_version']}"
        click.echo(f"  {row['stage']:<11} {row['outcome']:<11} {rule:<13} {what}  (entry {row['seq']}, {row['run']})")


def _facts(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    for row in rows:
        click.echo(f"  {title:<11} " + "  ".join(f"{name}={value}" for name, value in row.items() if value is not None))
    if not rows:
        click.echo(f"  {title:<11} none")
