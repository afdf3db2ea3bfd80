"""`provender verify`: every byte of the ledger, or the first that does not hold."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.ledger.verify import Report, Scope


@click.command(name="verify")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--ledger", "where", help="A ledger that is not in a lake: a folder, or s3://BUCKET/PREFIX.")
@click.option("--vkey", help="The notary's public key as you know it from elsewhere.")
@click.option("--policy", type=click.Path(path_type=Path, exists=True), help="Whose cosignatures you want (C2SP).")
@click.option("--kept", type=click.Path(path_type=Path, exists=True), help="A copy of tlog/checkpoint taken earlier.")
@click.option("--quick", "mode", flag_value="quick", help="Files, log and signatures; no rows.")
@click.option("--full", "mode", flag_value="full", default=True, help="Every row (the default).")
@click.option("--sample", type=click.IntRange(min=0), help="The rows of so many segments, drawn afresh.")
@click.option("--workers", default=os.cpu_count() or 1, show_default="one a core", help="Processes.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON on stdout.")
def command(  # noqa: PLR0913
    *,
    lake: Path,
    where: str | None,
    vkey: str | None,
    policy: Path | None,
    kept: Path | None,
    mode: str,
    sample: int | None,
    workers: int,
    as_json: bool,
) -> None:
    """Verify the ledger, byte by byte; exit 3 names the first bad entry, checkpoint, segment or row.

    Example: provender verify --lake lake --quick
    """
    from pipeline.errors import InputMissing
    from pipeline.ledger import policy as policies
    from pipeline.ledger.verify import Scope
    from pipeline.store import files
    from pipeline.store.lake import opened

    ledger = files.place(where) if where else opened(lake).ledger
    if not files.exists(ledger):
        raise InputMissing("no ledger there", fix="give the folder or bucket of a ledger: --ledger")
    asked = policies.parse(policy.read_text(encoding="utf-8")) if policy else None
    scope = Scope(mode=mode if sample is None else "sample", sample=sample or 0, workers=workers)
    report = _verified(ledger, vkey, asked, scope, kept.read_bytes() if kept else None)
    if as_json:
        click.echo(json.dumps(asdict(report), sort_keys=True))
    else:
        _say(report)


def _verified(ledger: object, vkey: str | None, asked: object, scope: "Scope", kept: bytes | None) -> "Report":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from pipeline.ledger import verify

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("log", total=None)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        return verify.verify(ledger, vkey=vkey, asked=asked, scope=scope, kept=kept, progress=show)  # type: ignore[arg-type]


def _say(report: "Report") -> None:
    rows = (
        f"{report.rows} rows"
        if report.rows == report.rows_verified
        else f"{report.rows_verified} of {report.rows} rows"
    )
    click.echo(f"verified: {report.entries} entries, {report.segments} segments, {rows}")
    click.echo(f"signed:   {report.checkpoint_size} entries, root {report.checkpoint_root or 'none'}")
    click.echo(f"unsigned: {report.unsigned} entries since the newest checkpoint")
    by = "nobody outside is asked" if report.quorum == "none" else f"quorum {report.quorum}"
    click.echo(f"witnessed: {report.witnessed} entries ({by})")
    if report.disowned:
        click.echo(f"disowned: {report.disowned} checkpoints that only a revoked key has signed")
