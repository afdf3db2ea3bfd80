"""`provender diff`: what changed from one snapshot to another."""

from pathlib import Path

import click

from pipeline.cli.audit import show


@click.command(name="diff", epilog="Example: provender diff corpus@1 corpus@2 --lake lake")
@click.argument("before")
@click.argument("after")
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row on stdout.")
def command(*, before: str, after: str, lake: Path, as_json: bool) -> None:
    """Count documents added, removed or changed from BEFORE to AFTER, by source, licence, language and reason.

    A document is the same when its text as read is the same, whatever run read it.
    """
    from pipeline.ledger import queries, views
    from pipeline.snapshots import freezing
    from pipeline.store.lake import Lake

    for name in (before, after):
        freezing.find(Lake(lake), name)
    with views.connect(Lake(lake).ledger) as connection:
        answer = queries.run(connection, "Q42", {"previous": before, "snapshot": after})
    show(answer, title=f"{before} to {after}", as_json=as_json)
