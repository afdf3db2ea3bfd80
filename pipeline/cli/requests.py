"""`provender requests`: what persons ask, and all else for which documents have to leave (Art. 11, 14, 15)."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import IO

import click

LAKE = click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
ACTOR = click.option("--as", "actor", default=None, help="who does it; your user name by default")


@click.group(name="requests")
def command() -> None:
    """Register requests, find a person, withdraw and erase."""


def _say(said: Mapping[str, object]) -> None:
    shown = {name: _when(value) if name.endswith("_us") else value for name, value in said.items()}
    click.echo(json.dumps(shown, ensure_ascii=False))


def _identifier() -> str:
    """What stands on standard input; invalid bytes are replaced."""
    return sys.stdin.buffer.read().decode("utf-8", "replace").strip()


def _when(value: object) -> object:
    return datetime.fromtimestamp(value / 1e6, UTC).isoformat() if isinstance(value, int) else value


@command.command(name="open", epilog="Example: provender requests open delete --received 2026-11-20 --lake lake")
@click.argument("kind")
@click.option("--received", type=click.DateTime(["%Y-%m-%d"]), help="day it came in; now by default")
@LAKE
@ACTOR
def open_request(*, kind: str, received: datetime | None, lake: str, actor: str | None) -> None:
    """Register a request of KIND (see rules/requests.toml) and print its id and due date. Never name the person."""
    from pipeline.steps import requests
    from pipeline.store.lake import opened

    at = None if received is None else int(received.replace(tzinfo=UTC).timestamp() * 1e6)
    _say(requests.open_request(opened(lake), kind, actor=actor or getuser(), received_us=at))


@command.command(name="list", epilog="Example: provender requests list --lake lake")
@LAKE
def list_requests(*, lake: str) -> None:
    """List all requests, the one due first first."""
    from pipeline.steps import requests
    from pipeline.store.lake import opened

    for one in requests.requests(opened(lake)):
        _say(one)


@command.command(epilog="Example: provender requests find req-12ab34cd56 --type CN_MOBILE --lake lake < number.txt")
@click.argument("request_id")
@click.option("--type", "kind", help="type of the identifier on stdin, such as CN_MOBILE or EMAIL_ADDRESS")
@click.option("--url", help="find what was read from this URL instead")
@click.option("--doc", "docs", multiple=True, type=int, help="find what is like this document; may be given many times")
@LAKE
@ACTOR
def find(
    *, request_id: str, kind: str | None, url: str | None, docs: tuple[int, ...], lake: str, actor: str | None
) -> None:
    """Find the documents a request is about: by an identifier on stdin (no shell history keeps it), a URL or an id.

    Prints one JSON object a place: document, positions in the text before redaction, source, snapshots. Copies of
    what was found, in any run, follow as duplicate, near or linked. Every look-up is an entry of the ledger.
    """
    from pipeline.errors import UsageError
    from pipeline.steps import finding
    from pipeline.store.lake import opened

    place, who = opened(lake), actor or getuser()
    if (kind is not None) + (url is not None) + bool(docs) != 1:
        raise UsageError("what is looked for?", fix="give --type and the identifier on stdin, or --url, or --doc")
    if docs:
        found = finding.by_document(place, request_id, docs, actor=who)
    elif url is not None:
        found = finding.by_url(place, request_id, url, actor=who)
    else:
        found = finding.by_identifier(place, request_id, _identifier(), str(kind), actor=who)
    for row in found.to_pylist():
        _say(row)


@command.command(epilog="Example: provender requests withdraw req-12ab34cd56 --doc 4294967298 --lake lake")
@click.argument("request_id")
@click.option("--doc", "docs", multiple=True, type=int, help="a document; may be given many times")
@click.option("--docs", "listed", type=click.File(encoding="utf-8"), help="JSON lines with doc_id, as find prints them")
@LAKE
@ACTOR
def withdraw(*, request_id: str, docs: tuple[int, ...], listed: IO[str] | None, lake: str, actor: str | None) -> None:
    """Exclude documents from every released snapshot, at once."""
    from pipeline.errors import UsageError
    from pipeline.steps import requests
    from pipeline.store.lake import opened

    named = [*docs, *(json.loads(line)["doc_id"] for line in listed or ())]
    if not named:
        raise UsageError("no document is named", fix="give --doc ID, or --docs with what find printed")
    _say(requests.withdraw(opened(lake), request_id, named, actor=actor or getuser()))


@command.command(epilog="Example: provender requests erase req-12ab34cd56 --lake lake")
@click.argument("request_id")
@LAKE
@ACTOR
def erase(*, request_id: str, lake: str, actor: str | None) -> None:
    """Take what a request withdrew out of snapshots, lake and private index; the new snapshots await approval."""
    from pipeline.steps import requests
    from pipeline.store.lake import opened

    _say(requests.erase(opened(lake), request_id, actor=actor or getuser()))


@command.command(epilog="Example: provender requests purge --lake lake")
@click.option("--now", "at_once", is_flag=True, help="without waiting for the grace time")
@LAKE
def purge(*, at_once: bool, lake: str) -> None:
    """Delete replaced shards whose grace time is over."""
    from pipeline.rules.requests import grace_us
    from pipeline.steps import requests, runs
    from pipeline.store.lake import opened

    now = runs.now_us() + (grace_us() if at_once else 0)
    _say({"objects_deleted": requests.purge(opened(lake), now_us=now)})


@command.command(epilog="Example: provender requests prove req-12ab34cd56 --type CN_MOBILE --lake lake < number.txt")
@click.argument("request_id")
@click.option("--type", "kind", required=True, help="type of the identifier on stdin, such as CN_MOBILE")
@LAKE
@ACTOR
def prove(*, request_id: str, kind: str, lake: str, actor: str | None) -> None:
    """Search every file of the lake, unpacked, for the identifier on stdin; exit 1 when it stands anywhere.

    Reads everything once: hours for a large lake. The search is an entry of the ledger.
    """
    from pipeline.steps import proving
    from pipeline.store.lake import opened

    n = proving.require_gone(opened(lake), request_id, _identifier(), kind, actor=actor or getuser())
    _say({"files_searched": n, "files_holding": 0})


@command.command(epilog="Example: provender requests close req-12ab34cd56 'deleted' --receipt . --lake lake")
@click.argument("request_id")
@click.argument("outcome")
@click.option("--receipt", type=click.Path(path_type=Path), help="folder for what the person is told")
@LAKE
@ACTOR
def close(*, request_id: str, outcome: str, receipt: Path | None, lake: str, actor: str | None) -> None:
    """Close a request with its OUTCOME, in a few words without anything personal."""
    from pipeline.steps import requests
    from pipeline.store.lake import opened

    _say(requests.close(opened(lake), request_id, outcome, actor=actor or getuser()))
    if receipt is not None:
        click.echo(str(requests.receipt(opened(lake), request_id, receipt)), err=True)
