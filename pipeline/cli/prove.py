"""`provender prove`: the proof of one decision, for someone who has nothing but the notary's key."""

from pathlib import Path

import click

STAGES = ("sources", "licences", "documents", "prohibited", "quality", "duplicates", "personal", "diversity")


@click.command(name="prove")
@click.argument("doc", type=int)
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--stage", type=click.Choice(STAGES), required=True, help="whose decision")
@click.option("--run", help="of that run; the newest by default")
@click.option("--out", type=click.Path(path_type=Path), help="file; DOC-STAGE.tlog-proof by default, - for stdout")
def command(doc: int, lake: Path, stage: str, run: str | None, out: Path | None) -> None:
    """Write a proof that the signed ledger holds the decision on document DOC.

    It is checked by `python verify.py --proof FILE --vkey KEY` (docs/auditor), without this software.

    Example: provender prove 12884901936 --stage duplicates --lake lake
    """
    from pipeline.ledger import proofs
    from pipeline.store import files
    from pipeline.store.lake import Lake

    ledger = Lake(lake).ledger
    proof = proofs.decision(ledger, doc, stage=stage, run=run)
    proven = proofs.check_decision(proof, proofs.known_key(ledger))
    place = out or Path(f"{doc}-{stage}.tlog-proof")
    if str(place) == "-":
        click.echo(proof, nl=False)
        return
    files.write(place, proof.encode())
    click.echo(f"{place}: entry {proven.seq} of {proven.size}, {proven.row['outcome']} by {proven.row['rule_id']}")
