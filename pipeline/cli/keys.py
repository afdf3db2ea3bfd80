"""`provender keys`: keys of people and of the notary."""

import json
import time
from pathlib import Path

import click

_LAKE = click.option(
    "--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True
)


@click.group(name="keys")
def command() -> None:
    """Make and list keys; private halves stay in the lake's private folder.

    Example: provender keys make alice --role owner --lake lake
    """


@command.command()
@click.argument("name")
@click.option("--role", default="owner", show_default=True, help="notary, owner, compliance, or a role of yours.")
@_LAKE
def make(name: str, role: str, lake: Path) -> None:
    """Make a key for NAME and let the ledger trust it in that role.

    Example: provender keys make demo-ledger --role notary --lake lake
    """
    from pipeline.ledger import keys
    from pipeline.store.lake import Lake

    folder = Lake(lake).private / "keys"
    key = keys.generate(folder, name)
    keys.trust(Lake(lake).ledger, key.vkey, role=role, at_us=time.time_ns() // 1000, actor=name)
    click.echo(f"private key: {keys.private_path(folder, name)} (keep it; readable by you only)", err=True)
    click.echo(key.vkey)


@command.command(name="list")
@_LAKE
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def list_(lake: Path, *, as_json: bool) -> None:
    """List the public keys that the ledger trusts.

    Example: provender keys list --lake lake
    """
    from pipeline.ledger import keys
    from pipeline.store.lake import Lake

    found = keys.trusted(Lake(lake).ledger)
    if as_json:
        click.echo(json.dumps(found, sort_keys=True))
        return
    for one in found:
        click.echo(f"{one['role']:<12} {one['vkey']}  from entry {one['from_size']}")
