"""`provender snapshot`: freeze, check, publish, list."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

LAKE = click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout")


@click.group(name="snapshot")
def command() -> None:
    """Freeze, check, publish and list snapshots."""


def _say(said: Mapping[str, object], *, as_json: bool) -> None:
    click.echo(json.dumps(said) if as_json else "\n".join(f"{name:<16} {value}" for name, value in said.items()))


@command.command(epilog="Example: provender snapshot freeze --lake lake --run run-1 --name corpus --use pretrain")
@LAKE
@click.option("--run", default="", help="run; the one started last by default")
@click.option("--name", default="corpus", show_default=True)
@click.option("--use", default="pretrain", show_default=True, help="pretrain, finetune or eval")
@click.option("--actor", default="cli", show_default=True, help="who freezes; may not approve")
@JSON
def freeze(*, lake: str, run: str, name: str, use: str, actor: str, as_json: bool) -> None:
    """Freeze what a finished run let through."""
    from pipeline.steps import snapshots

    _say(dict(snapshots.freeze(lake, run, name, use, actor)), as_json=as_json)


@command.command(epilog="Example: provender snapshot check corpus@1 --lake lake")
@click.argument("snapshot_id")
@LAKE
@JSON
def check(*, snapshot_id: str, lake: str, as_json: bool) -> None:
    """Check a frozen snapshot against expectations/members.json; approval needs it."""
    from pipeline.steps import snapshots

    _say(dict(snapshots.check(lake, snapshot_id)), as_json=as_json)


@command.command(
    epilog="Example: provender snapshot override corpus@1 --as carol --key carol.key --reason 'false alarm' --lake lake"
)
@click.argument("snapshot_id")
@LAKE
@click.option("--as", "actor", required=True, help="your name, as your key has it")
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="your key, of role override")
@click.option("--reason", required=True, help="why it is right all the same")
def override(*, snapshot_id: str, lake: str, actor: str, key_file: Path, reason: str) -> None:
    """Answer for SNAPSHOT_ID although its check failed, as a third person; two others still have to approve it."""
    from pipeline.snapshots import overriding
    from pipeline.steps import roles, runs
    from pipeline.store.lake import Lake

    place = Lake(Path(lake).resolve())
    roles.require(place, "override", actor)
    overriding.override(place, snapshot_id, actor=actor, key=key_file, reason=reason, at_us=runs.now_us())
    click.echo(f"{actor} answers for {snapshot_id}", err=True)


@command.command(epilog="Example: provender snapshot publish corpus@1 --lake lake")
@click.argument("snapshot_id")
@LAKE
@JSON
def publish(*, snapshot_id: str, lake: str, as_json: bool) -> None:
    """Publish what two people approved; the notary signs."""
    from pipeline.steps import snapshots

    _say(dict(snapshots.publish(lake, snapshot_id)), as_json=as_json)


@command.command(name="list", epilog="Example: provender snapshot list --lake lake")
@LAKE
def list_(*, lake: str) -> None:
    """List snapshots with their state."""
    from pipeline.snapshots import freezing, states
    from pipeline.store.lake import opened

    known = opened(lake)
    for frozen in freezing.everything(known):
        click.echo(f"{frozen.snapshot_id:<32} {states.state(known.ledger, frozen.snapshot_id)}")


@command.command(epilog="Example: provender snapshot rebuild corpus@1 --lake lake")
@click.argument("snapshot_id")
@LAKE
@JSON
def rebuild(*, snapshot_id: str, lake: str, as_json: bool) -> None:
    """Make SNAPSHOT_ID again from its run, aside, and compare every byte; leaves with 3 where one differs."""
    from pipeline.steps import snapshots

    _say(dict(snapshots.rebuild(lake, snapshot_id)), as_json=as_json)


@command.command(epilog="Example: provender snapshot record ./corpus --lake lake")
@click.argument("folder", type=click.Path(path_type=Path))
@LAKE
def record(*, folder: Path, lake: str) -> None:
    """Record the pull into FOLDER (or a folder with its receipt alone) that could not reach the ledger."""
    from pipeline.snapshots import pulled, pulling
    from pipeline.store.lake import Lake

    seq = pulling.hand_over(Lake(Path(lake).resolve()).ledger, pulled.receipt(folder))
    click.echo(f"entry {seq}", err=True)


@command.command(epilog="Example: provender snapshot show corpus@1 --lake lake")
@click.argument("snapshot_id")
@LAKE
def show(*, snapshot_id: str, lake: str) -> None:
    """Show what SNAPSHOT_ID holds, its state, and who has said what about it."""
    from pipeline.snapshots import freezing, layout, states
    from pipeline.store.lake import Lake

    place = Lake(Path(lake))
    frozen = freezing.find(place, snapshot_id)
    click.echo((frozen.folder / layout.CARD).read_text(encoding="utf-8"))
    said = [row.values for row in states.rows(place.ledger, "approvals", snapshot_id)]
    facts = {"state": states.state(place.ledger, snapshot_id), "manifest_sha256": frozen.manifest_sha256}
    _say(facts | {f"{one['role']}": f"{one['decision']} by {one['actor']}" for one in said}, as_json=False)
