"""`provender status`: how much of the ledger rests on its keeper's word alone."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import click


@click.command(name="status")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout")
def command(lake: Path, *, as_json: bool) -> None:
    """Show how many entries are unsigned and unwitnessed, and for how long: what could still be rewritten unseen.

    Example: provender status --lake lake
    """
    from pipeline.errors import InputMissing
    from pipeline.ledger import witnessing
    from pipeline.store.lake import Lake

    ledger = Lake(lake).ledger
    if not ledger.is_dir():
        raise InputMissing("no ledger in this lake", fix="give the lake folder: --lake DIR, or PROVENDER_LAKE")
    found = witnessing.exposure(ledger, now_us=time.time_ns() // 1000)
    if as_json:
        click.echo(json.dumps(asdict(found), sort_keys=True))
        return
    click.echo(f"entries:     {found.n_entries}")
    click.echo(f"unsigned:    {found.n_unsigned}")
    by = "the policy asks nobody" if found.quorum == "none" else f"quorum {found.quorum}"
    click.echo(f"unwitnessed: {found.n_unwitnessed} entries, {found.unwitnessed_minutes} minutes ({by})")
