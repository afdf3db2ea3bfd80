"""`provender prohibited`: wording of the risk classes in a file, by term id."""

import json

import click

from pipeline.kernels.lexicon import Hit
from pipeline.readers import rows


@click.group("prohibited")
def command() -> None:
    """Find prohibited content."""


@command.command("find")
@click.argument("file")
def find(file: str) -> None:
    """Print the findings of every row of FILE as a JSON line, in the order of FILE.

    FILE is JSON lines (`{"id": ..., "text": ...}`, also .gz or .zst), Parquet, or - for stdin. Positions count
    code points. A finding names a term by its id, never by its words.

    \b
    Example:
        provender prohibited find examples/data/prohibited-mix/posts.jsonl
        {"id": "prohibited-mix-bad-0", "findings": [{"start": 558, "end": 589, "class": "A.1.h", ...}]}
    """
    from pipeline.rules import prohibited as rules
    from pipeline.stages import prohibited

    lexicon = rules.lexicon()
    for batch in rows.read(file):
        found = prohibited.find(batch.column("text").to_pylist(), lexicon)
        for identifier, hits in zip(rows.ids(batch), found, strict=True):
            click.echo(json.dumps({"id": identifier, "findings": [_finding(h) for h in hits]}, ensure_ascii=False))


def _finding(hit: Hit) -> dict[str, object]:
    where = {"start": hit.start, "end": hit.end, "class": hit.code, "term_id": hit.term_id}
    return {**where, "is_reported": hit.is_reported}
