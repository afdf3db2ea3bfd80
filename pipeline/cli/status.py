"""`provender status`: is a pulled snapshot still good; how much of the ledger rests on its keeper's word alone."""

import json
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline.ledger.witnessing import Exposure
    from pipeline.snapshots.pulled import Standing
    from pipeline.store.files import Place


@click.command(name="status")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--refresh", is_flag=True, help="bring the feed into FOLDER and write its exclusion list anew")
@click.option(
    "--from", "origin", help="lake, snapshots folder, s3:// or http:// address; by default where it was pulled from"
)
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--bytes", "is_read", is_flag=True, help="read every file of FOLDER too, not its proofs and feed alone")
@click.option("--check", "is_checked", is_flag=True, help="exit 1 when more is exposed than expectations/exposure.json")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout")
def command(
    *,
    folder: Path | None,
    refresh: bool,
    origin: str | None,
    lake: Path,
    is_read: bool,
    is_checked: bool,
    as_json: bool,
) -> None:
    """Show whether the snapshot pulled into FOLDER is still good, or, without FOLDER, how the ledger stands.

    For FOLDER: good and feed-old leave with 0; exclusions-pending, feed-too-old, expired and withdrawn with 1; changed
    proofs, and with --bytes changed shards, with 3. Without FOLDER: how many entries are unsigned and unwitnessed, and
    for how long.

    Example: provender status --lake lake
    """
    if folder is not None:
        _pulled(folder, origin, refresh=refresh, is_read=is_read, as_json=as_json)
    else:
        _ledger(lake, as_json=as_json, is_checked=is_checked)


def _pulled(folder: Path, origin: str | None, *, refresh: bool, is_read: bool, as_json: bool) -> None:
    from pipeline.snapshots import pulled

    now, place = time.time_ns() // 1000, _origin(folder, origin)
    if refresh and place is not None:
        found = pulled.refresh(folder, place, at_us=now)
    else:
        found = pulled.standing(folder, at_us=now, origin=place)
    if as_json:
        click.echo(json.dumps(asdict(found), sort_keys=True))
    else:
        _say(found)
    if is_read:
        click.echo(f"verified:    {pulled.verify_files(folder):,} bytes", err=as_json)
    if not found.is_usable:
        click.echo(f"provender: {pulled.refusal(found)}", err=True)
        sys.exit(1)


def _origin(folder: Path, origin: str | None) -> "Place | None":
    """Where to ask; None, with a word on it, when that cannot be reached."""
    from pipeline.snapshots import origins, pulled
    from pipeline.store import files

    named = origin or pulled.receipt(folder).pulled_from
    place = origins.snapshots_of(files.place(named)) if named else None
    if place is None or (isinstance(place, Path) and not place.is_dir()):
        click.echo("the origin cannot be reached; what follows is what the folder has heard", err=True)
        return None
    return place


def _say(found: "Standing") -> None:
    click.echo(f"{found.snapshot_id}: {found.state}")
    click.echo(f"excluded:    {found.n_excluded} documents, {found.n_pending} more withdrawn since")
    click.echo(f"feed heard:  {_when(found.heard_at_us)}")
    click.echo(f"approved to: {_when(found.expires_at_us)}")


def _when(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="seconds")


def _ledger(lake: Path, *, as_json: bool, is_checked: bool) -> None:
    from pipeline.ledger import witnessing
    from pipeline.store.lake import opened

    ledger = opened(lake).ledger
    now_us = time.time_ns() // 1000
    found = witnessing.exposure(ledger, now_us=now_us)
    if as_json:
        click.echo(json.dumps(asdict(found), sort_keys=True))
    else:
        _say_exposure(found)
    if is_checked:
        from pipeline.steps import gates

        gates.check_exposure(ledger, now_us=now_us)


def _say_exposure(found: "Exposure") -> None:
    click.echo(f"entries:     {found.n_entries}")
    click.echo(f"unsigned:    {found.n_unsigned}")
    by = "the policy asks nobody" if found.quorum == "none" else f"quorum {found.quorum}"
    click.echo(f"unwitnessed: {found.n_unwitnessed} entries, {found.unwitnessed_minutes} minutes ({by})")
