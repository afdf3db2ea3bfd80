"""`provender keys`: keys of people and of the notary."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.ledger.keys import Key

_LAKE = click.option(
    "--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True
)


@click.group(name="keys")
def command() -> None:
    """Make and list keys; private halves stay in the lake's private folder.

    Example: provender keys make alice --role data-owner --lake lake
    """


@command.command()
@click.argument("name")
@click.option("--role", default="data-owner", show_default=True, help="notary, data-owner, compliance or your own.")
@_LAKE
def make(name: str, role: str, lake: Path) -> None:
    """Make a key for NAME and let the ledger trust it in that role; a call that was cut off is finished.

    Example: provender keys make demo-ledger --role notary --lake lake
    """
    from pipeline.ledger import keys
    from pipeline.store.lake import Lake

    folder = Lake(lake).private / "keys"
    is_made = keys.private_path(folder, name).exists()
    is_cut = is_made and all(one["name"] != name for one in keys.trusted(Lake(lake).ledger))
    key = keys.load(folder, name) if is_cut else keys.generate(folder, name)
    keys.trust(Lake(lake).ledger, key.vkey, role=role, at_us=time.time_ns() // 1000, actor=name)
    click.echo(f"private key: {keys.private_path(folder, name)} (keep it; readable by you only)", err=True)
    click.echo(key.vkey)


@command.command()
@_LAKE
@click.option("--actor", default="cli", show_default=True, help="who decided it")
def rotate(lake: Path, actor: str) -> None:
    """Replace the notary's key; the old one signs the handover, and both sign the checkpoint where they meet.

    The old private half is kept as NAME.ID.old: destroy it once the checkpoint is witnessed.

    Example: provender keys rotate --lake lake
    """
    from pipeline.ledger import checkpoint, keys, witnessing
    from pipeline.store.lake import Lake

    at_us = time.time_ns() // 1000
    old, new = _next_notary(lake)
    size = keys.rotate(Lake(lake).ledger, old, new, at_us=at_us, actor=actor)
    checkpoint.sign(Lake(lake).ledger, old, at_us=at_us, others=[new], size=size)
    witnessing.ask(Lake(lake).ledger)
    click.echo(f"from entry {size} on the notary signs with:", err=True)
    click.echo(new.vkey)


@command.command()
@click.option("--from-size", type=int, required=True, help="size of the log from which the key was in other hands")
@_LAKE
@click.option("--actor", default="cli", show_default=True, help="who decided it")
def revoke(from_size: int, lake: Path, actor: str) -> None:
    """Say that the notary's key was in other hands from a size on, and make the next one.

    What the old key signed after that size proves nothing; before it, only what witnesses have cosigned. Give the
    new public key to auditors by another way.

    Example: provender keys revoke --from-size 1780 --lake lake
    """
    from pipeline.ledger import checkpoint, keys, witnessing
    from pipeline.store.lake import Lake

    at_us = time.time_ns() // 1000
    old, new = _next_notary(lake)
    keys.revoke(Lake(lake).ledger, old.vkey, new, from_size=from_size, at_us=at_us, actor=actor)
    checkpoint.sign(Lake(lake).ledger, new, at_us=at_us)
    witnessing.ask(Lake(lake).ledger)
    click.echo(new.vkey)


def _next_notary(lake: Path) -> "tuple[Key, Key]":
    """The notary's key of now, moved aside, and a new one of the same name; they are there if a call was cut off."""
    from pipeline.ledger import keys, proofs, signers
    from pipeline.store.lake import Lake

    folder = Lake(lake).private / "keys"
    name, old_id, _ = keys.parse(proofs.known_key(Lake(lake).ledger))
    aside = keys.aside_path(folder, name, old_id.hex())
    if not aside.exists():
        signers.notary(Lake(lake).ledger, folder)
        keys.private_path(folder, name).rename(aside)
    is_made = keys.private_path(folder, name).exists()
    new = keys.load(folder, name) if is_made else keys.generate(folder, name)
    return keys.load(folder, name, aside=old_id.hex()), new


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@_LAKE
@click.option("--actor", default="cli", show_default=True, help="who decided it")
def policy(file: Path, lake: Path, actor: str) -> None:
    """Adopt a witness policy (C2SP tlog-policy): who is asked to cosign, and how many are enough.

    Example: provender keys policy witnesses.tlog --lake lake
    """
    from pipeline.ledger import policy as policies
    from pipeline.store.lake import Lake

    text = file.read_text(encoding="utf-8")
    seq = policies.adopt(Lake(lake).ledger, text, at_us=time.time_ns() // 1000, actor=actor)
    click.echo(f"entry {seq}: quorum {policies.parse(text).quorum}")


@command.command(name="list")
@_LAKE
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def list_(lake: Path, *, as_json: bool) -> None:
    """List the public keys that the ledger trusts.

    Example: provender keys list --lake lake
    """
    from pipeline.ledger import keys
    from pipeline.store.lake import opened

    found = keys.trusted(opened(lake).ledger)
    if as_json:
        click.echo(json.dumps(found, sort_keys=True))
        return
    for one in found:
        click.echo(f"{one['role']:<12} {one['vkey']}  from entry {one['from_size']}")
