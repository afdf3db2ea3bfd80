"""`provender pull`: an approved snapshot, verified while it is fetched."""

from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import Progress, TaskID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.snapshots.pulled import Receipt
    from pipeline.snapshots.pulling import Manner
    from pipeline.snapshots.trust import Trusted
    from pipeline.store.files import Place


@click.command(name="pull", epilog="Example: provender pull corpus ./corpus --from lake")
@click.argument("name")
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "origin",
    default="lake",
    envvar="PROVENDER_LAKE",
    show_default=True,
    help="lake folder; or s3:// or http:// address of a lake or its snapshots",
)
@click.option(
    "--trust",
    multiple=True,
    type=click.Path(path_type=Path),
    help="keys you trust (a copy of keys/trusted-keys.json), or a policy (C2SP): whose cosignatures are enough",
)
@click.option("--diff", "held", type=click.Path(path_type=Path), help="an earlier pulled folder: fetch what is new")
@click.option("--despite", default="", metavar="REASON", help="pull what is withdrawn or expired; an entry says why")
@click.option("--workers", type=click.IntRange(1, 64), default=4, show_default=True, help="files fetched at once")
@click.option("--as", "puller", default=None, help="who pulls; your user name by default")
def command(
    *,
    name: str,
    destination: Path,
    origin: str,
    trust: tuple[Path, ...],
    held: Path | None,
    despite: str,
    workers: int,
    puller: str | None,
) -> None:
    """Pull NAME or NAME@N into DESTINATION; refuses what is not approved, stops at the first wrong byte.

    Called again it goes on where it stopped. --trust may be given twice. Without keys the lake's own list counts: that
    proves that nothing was damaged, not that the lake is the right one. Without a policy the notary alone stands for
    the ledger: whoever holds its key could have written another one for you.
    """
    from pipeline.ledger import policy as policies
    from pipeline.snapshots import trust as trusting
    from pipeline.snapshots.pulling import Manner
    from pipeline.store import files

    trusted, asked = trusting.of_files(trust)
    place = files.place(origin)
    person = puller or getuser()
    if despite:
        _require_allowed(place, person)
    receipt = _pull(
        place.resolve(),
        name,
        destination,
        trusted=trusted,
        puller=person,
        manner=Manner(workers=workers, held=held, despite=despite, policy=asked or policies.Policy()),
    )
    click.echo(f"{receipt.snapshot_id}: {receipt.rows} documents in {receipt.n_shards} shards, every hash verified")
    if receipt.n_excluded:
        click.echo(f"{receipt.n_excluded} of them are withdrawn: exclusion.parquet names them, readers leave them out")
    click.echo(f"approved by {', '.join(receipt.approved_by)}; signatures, approvals and checkpoint verified")
    if receipt.quorum == policies.NOBODY:
        click.echo("no witness was asked about the ledger: --trust POLICY names those whom you believe", err=True)
    else:
        click.echo(f"cosigned by {', '.join(receipt.witnessed_by)}: quorum {receipt.quorum} of your policy")
    if receipt.ledger_entry is None:
        click.echo("no ledger in reach: hand pull-receipt.json over (provender snapshot record FOLDER)", err=True)


def _require_allowed(place: "Place", person: str) -> None:
    from pipeline.steps import roles
    from pipeline.store.lake import Lake

    if isinstance(place, Path):
        roles.require(Lake(place), "pull_refused", person)


def _pull(
    origin: "Place",
    name: str,
    destination: Path,
    *,
    trusted: "Sequence[Trusted] | None",
    puller: str,
    manner: "Manner",
) -> "Receipt":
    """As `pulling.pull`, with a bar for every file."""
    from pipeline.snapshots import pulling
    from pipeline.steps import runs

    with Progress(console=Console(stderr=True)) as progress:
        tasks: dict[str, TaskID] = {}

        def note(path: str, done: int, total: int) -> None:
            if path not in tasks:
                tasks[path] = progress.add_task(path, total=total)
            progress.update(tasks[path], completed=done)

        return pulling.pull(
            origin,
            name,
            destination,
            trusted=trusted,
            puller=puller,
            at_us=runs.now_us(),
            on_progress=note,
            manner=manner,
        )
