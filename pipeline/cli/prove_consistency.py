"""`provender prove-consistency`: nothing before a checkpoint was changed until another."""

from pathlib import Path

import click


@click.command(name="prove-consistency")
@click.argument("old", type=int)
@click.argument("new", type=int)
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="file; OLD-NEW.consistency.json by default")
def command(old: int, new: int, lake: Path, out: Path | None) -> None:
    """Write a proof that the log of OLD entries is a beginning of the log of NEW; both are sizes of checkpoints.

    It is checked by `python verify.py --consistency FILE --vkey KEY` (docs/auditor), without this software.

    Example: provender prove-consistency 1780 1790 --lake lake
    """
    from pipeline.ledger import proofs
    from pipeline.store import files
    from pipeline.store.lake import Lake

    proof = proofs.growth(Lake(lake).ledger, old, new)
    place = out or Path(f"{old}-{new}.consistency.json")
    files.write(place, proof)
    click.echo(f"{place}: the log of {old} entries is a beginning of that of {new}")
