"""`provender sweep`: remove what killed writers left in the lake."""

import time
from pathlib import Path

import click


@click.command(name="sweep")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--hours", default=24, show_default=True, help="leave alone what is younger")
def command(lake: Path, hours: int) -> None:
    """Remove what killed writers left: segments that no entry names, half-made snapshots, temporary files.

    Segments go to the ledger's `swept/` first and are deleted by the sweep after.

    Example: provender sweep --lake lake
    """
    from pipeline.ledger import sweep
    from pipeline.snapshots import leftovers
    from pipeline.store.lake import opened

    known = opened(lake)
    before_s = time.time_ns() // 1_000_000_000 - hours * 3600
    click.echo(f"swept {sweep.sweep(known.ledger, before_s=before_s)} segments")
    click.echo(f"swept {leftovers.sweep(known, before_s=before_s)} half-made snapshots and temporary files")
