"""`provender review`: what people say about a sample goes into the ledger."""

import time
from pathlib import Path

import click


@click.command(name="review")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--campaign", required=True, help="name of the sample, such as spring-2026")
@click.option("--as", "reviewer", required=True, help="who has looked")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
def command(file: Path, *, campaign: str, reviewer: str, lake: Path) -> None:
    """Record the verdicts of FILE: JSON lines with doc_id and verdict, pass or fail. Q19 shows the shares.

    Example: provender review verdicts.jsonl --campaign spring-2026 --as lin --lake lake
    """
    from pipeline.steps import reviewing
    from pipeline.store.lake import opened

    n = reviewing.record(opened(lake), file, campaign=campaign, reviewer=reviewer, at_us=time.time_ns() // 1000)
    click.echo(f"{n} verdicts of {reviewer} in {campaign}")
