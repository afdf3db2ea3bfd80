"""`provender verify`: every byte of the ledger, or the first that does not hold."""

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.command(name="verify")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--vkey", help="The notary's public key as you know it from elsewhere.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on stdout.")
def command(lake: Path, vkey: str | None, *, as_json: bool) -> None:
    """Verify the ledger, byte by byte; exit 3 names the first bad entry, checkpoint, segment or row.

    Example: provender verify --lake lake
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from pipeline.errors import InputMissing
    from pipeline.ledger import verify
    from pipeline.store.lake import Lake

    ledger = Lake(lake).ledger
    if not ledger.is_dir():
        raise InputMissing("no ledger in this lake", fix="give the lake folder: --lake DIR, or PROVENDER_LAKE")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("log", total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        report = verify.verify(ledger, vkey=vkey, progress=show)
    if as_json:
        click.echo(json.dumps(asdict(report), sort_keys=True))
        return
    click.echo(f"verified: {report.entries} entries, {report.segments} segments, {report.rows} rows")
    click.echo(f"signed:   {report.checkpoint_size} entries, root {report.checkpoint_root or 'none'}")
    click.echo(f"unsigned: {report.unsigned} entries since the newest checkpoint")
