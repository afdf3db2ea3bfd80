"""`provender duplicates`: near-duplicate pairs of a file, verified."""

import json
from collections.abc import Iterator

import click
import pyarrow as pa

from pipeline.readers import rows


@click.group("duplicates")
def command() -> None:
    """Find documents that say the same."""


@command.command("pairs")
@click.argument("file")
@click.option(
    "--threshold",
    type=click.FloatRange(0.1, 1.0),
    default=0.8,
    show_default=True,
    help="Least true Jaccard of the shingle sets.",
)
def pairs(file: str, threshold: float) -> None:
    r"""Print every verified pair of FILE as a JSON line, in the order of FILE.

    FILE is JSON lines (`{"id": ..., "text": ...}`, also .gz or .zst), Parquet, or - for stdin. A shingle is 5
    words; in scripts without spaces each character is a word. Similarity is the true Jaccard, to six decimals.

    \b
    Example:
        provender duplicates pairs examples/forum.jsonl --threshold 0.8
        {"a": "post-3", "b": "post-9", "jaccard": 0.912281}
    """
    from pipeline.stages import duplicates

    read = pa.concat_tables([rows.ROWS.empty_table(), *rows.read(file)])
    numbered = pa.table({"doc_id": pa.array(range(read.num_rows), pa.int64()), "text": read.column("text")})
    found = duplicates.pairs(numbered, threshold)
    for line in _lines(found, rows.ids(read)):
        click.echo(line)


def _lines(found: pa.Table, ids: list[object]) -> Iterator[str]:
    columns = (found.column(name).to_pylist() for name in ("a", "b", "jaccard_ppm"))
    for a, b, ppm in zip(*columns, strict=True):
        yield json.dumps({"a": ids[a], "b": ids[b], "jaccard": ppm / 1_000_000}, ensure_ascii=False)
