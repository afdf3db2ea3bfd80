"""`provender approve`: one person's signed word on a frozen snapshot."""

from pathlib import Path

import click


@click.command(
    name="approve",
    epilog="Example: provender approve corpus@1 --lake lake --as alice --role data-owner --key alice.key",
)
@click.argument("snapshot_id")
@click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
@click.option("--as", "actor", required=True, help="your name, as your key has it")
@click.option("--role", required=True, help="data-owner or compliance")
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="your private key")
@click.option("--reject", is_flag=True, help="reject instead")
@click.option("--reason", default="", help="why")
def command(*, snapshot_id: str, lake: str, actor: str, role: str, key_file: Path, reject: bool, reason: str) -> None:
    """Approve (or reject) SNAPSHOT_ID: signs the hash of its manifest with your key."""
    from pipeline.snapshots import approving
    from pipeline.steps import roles, runs
    from pipeline.store.lake import Lake

    place = Lake(Path(lake).resolve())
    roles.require(place, "approve", actor)
    approving.approve(
        place,
        snapshot_id,
        actor=actor,
        role=role,
        key=key_file,
        at_us=runs.now_us(),
        decision="reject" if reject else "approve",
        reason=reason,
    )
    click.echo(f"{actor} ({role}) {'rejected' if reject else 'approved'} {snapshot_id}", err=True)
