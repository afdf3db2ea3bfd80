"""`provender pull`: an approved snapshot, verified while it is fetched."""

from getpass import getuser
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress


@click.command(name="pull", epilog="Example: provender pull corpus ./corpus --from lake")
@click.argument("name")
@click.argument("destination", type=click.Path(path_type=Path))
@click.option("--from", "origin", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
@click.option("--as", "puller", default=None, help="who pulls; your user name by default")
def command(*, name: str, destination: Path, origin: str, puller: str | None) -> None:
    """Pull NAME or NAME@vN into DESTINATION; refuses what is not approved, stops at the first wrong byte."""
    from pipeline.snapshots import pulling
    from pipeline.steps import runs
    from pipeline.store.lake import Lake

    wanted, _, version = name.partition("@")
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task(f"pulling {name}", total=None)
        pulled = pulling.pull(
            Lake(Path(origin).resolve()),
            wanted,
            version or None,
            destination,
            puller=puller or getuser(),
            at_us=runs.now_us(),
            on_bytes=lambda done, total: progress.update(task, completed=done, total=total),
        )
    click.echo(f"{pulled.snapshot_id}: {pulled.rows} documents in {pulled.shards} shards, every hash verified")
    click.echo(f"approved by {', '.join(pulled.approvers)}; signatures and checkpoint verified")
