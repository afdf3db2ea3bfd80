"""`provender notary`: sign the log as it stands and ask the witnesses."""

import time
from pathlib import Path

import click


@click.command(name="notary")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--every", type=click.IntRange(min=1), help="Go on, once in so many minutes.")
@click.option(
    "--signer", envvar="PROVENDER_NOTARY_SIGNER", help="A securesystemslib URI (hsm:, awskms:...) instead of a file."
)
@click.option("--rebuild-tiles", is_flag=True, help="First write tiles that are missing again, from the entries.")
def command(lake: Path, every: int | None, signer: str | None, *, rebuild_tiles: bool) -> None:
    """Sign a checkpoint over the log as it stands, write its tiles, ask the witnesses of the policy to cosign.

    Where there are snapshots the position of their feed is signed, too: teams that pulled learn that it is current.

    Run it from a schedule; workers never hold the key. The log grows meanwhile: unsigned entries are shown by
    `provender status`.

    Example: provender notary --lake lake --every 10
    """
    if rebuild_tiles:
        from pipeline.ledger import checkpoint
        from pipeline.store.lake import Lake

        click.echo(f"tiles of {checkpoint.rebuild_tiles(Lake(lake).ledger)} entries")
    _once(lake, signer)
    while every is not None:
        time.sleep(60 * every)
        _once(lake, signer)


def _once(lake: Path, signer: str | None) -> None:
    from pipeline.ledger import checkpoint, signers, witnessing
    from pipeline.snapshots import position, witnessed
    from pipeline.store.lake import Lake

    ledger = Lake(lake).ledger
    key = signers.notary(ledger, Lake(lake).private / "keys", signer)
    signed = checkpoint.sign(ledger, key, at_us=time.time_ns() // 1000)
    if Lake(lake).snapshots.is_dir():
        position.sign(Lake(lake), key, at_us=time.time_ns() // 1000)
    click.echo(f"signed {signed.size} entries, root {signed.root.hex()}")
    for name, outcome in witnessing.ask(ledger).items():
        click.echo(f"witness {name}: {outcome}")
    for name in witnessed.write(Lake(lake)):
        click.echo(f"{name}: cosigned by a quorum")
