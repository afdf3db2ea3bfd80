"""`provender sweep`: remove what killed writers left in the ledger folder."""

import time
from pathlib import Path

import click


@click.command(name="sweep")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--hours", default=24, show_default=True, help="leave alone what is younger")
def command(lake: Path, hours: int) -> None:
    """Remove temporary files and segments that no entry names: a killed writer leaves them, nobody reads them.

    Segments go to `swept/` first and are deleted by the sweep after.

    Example: provender sweep --lake lake
    """
    from pipeline.ledger import sweep
    from pipeline.store.lake import Lake

    before_s = time.time_ns() // 1_000_000_000 - hours * 3600
    click.echo(f"swept {sweep.sweep(Lake(lake).ledger, before_s=before_s)} segments")
