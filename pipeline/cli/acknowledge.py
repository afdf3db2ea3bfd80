"""`provender acknowledge`: what a team did about what was withdrawn."""

from getpass import getuser
from pathlib import Path

import click


@click.command(name="acknowledge", epilog="Example: provender acknowledge ./corpus filtered --as dana --lake lake")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("action")
@click.option("--as", "actor", default=None, help="who says so; your user name by default")
@click.option("--reason", default="", help="why; needed to accept a risk")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
def command(*, folder: Path, action: str, actor: str | None, reason: str, lake: Path) -> None:
    """Say what was done about everything that was withdrawn from the snapshot in FOLDER.

    ACTION is retrained, filtered or risk-accepted. The ledger keeps it; `provender audit Q12` lists who has not.
    """
    from pipeline.snapshots import acknowledging
    from pipeline.steps import roles, runs
    from pipeline.store.lake import Lake

    place, person = Lake(lake.resolve()), actor or getuser()
    roles.require(place, "acknowledge", person)
    seq = acknowledging.acknowledge(place, folder, action, actor=person, at_us=runs.now_us(), reason=reason)
    click.echo(f"entry {seq}: {person} says {action}", err=True)
