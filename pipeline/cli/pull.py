"""`provender pull`: an approved snapshot, verified while it is fetched."""

from getpass import getuser
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TaskID


@click.command(name="pull", epilog="Example: provender pull corpus ./corpus --from lake")
@click.argument("name")
@click.argument("destination", type=click.Path(path_type=Path))
@click.option("--from", "origin", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
@click.option("--as", "puller", default=None, help="who pulls; your user name by default")
def command(*, name: str, destination: Path, origin: str, puller: str | None) -> None:
    """Pull NAME or NAME@N into DESTINATION; refuses what is not approved, stops at the first wrong byte."""
    from pipeline.snapshots import pulling
    from pipeline.steps import runs

    console = Console(stderr=True)
    with Progress(console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def note(path: str, done: int, total: int) -> None:
            if path not in tasks:
                tasks[path] = progress.add_task(path, total=total)
            progress.update(tasks[path], completed=done)

        receipt = pulling.pull(
            Path(origin).resolve(), name, destination, puller=puller or getuser(), at_us=runs.now_us(), on_progress=note
        )
    click.echo(f"{receipt.snapshot_id}: {receipt.rows} documents in {receipt.n_shards} shards, every hash verified")
    if receipt.n_excluded:
        click.echo(f"{receipt.n_excluded} of them are withdrawn: exclusion.parquet names them, readers leave them out")
    click.echo(f"approved by {', '.join(receipt.approved_by)}; signatures, approvals and checkpoint verified")
