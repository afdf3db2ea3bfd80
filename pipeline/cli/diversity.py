"""`provender diversity`: the mix of a file."""

import json

import click
import pyarrow as pa

from pipeline.readers import rows


@click.group("diversity")
def command() -> None:
    """Report what a corpus consists of."""


@command.command("report")
@click.argument("file")
def report(file: str) -> None:
    r"""Print the mix of FILE as JSON lines: language, length, topic words, and how concentrated each is.

    FILE is JSON lines (`{"id": ..., "text": ...}`, also .gz or .zst), Parquet, or - for stdin. A file has no
    register: source, licence and data type are "unknown", and before equals after.

    \b
    Example:
        provender diversity report examples/forum.jsonl
        {"axis": "lang", "value": "en", "docs_before": 12, "docs_after": 12, ...}
    """
    from pipeline.schemas.diversity import MEASURES_DIVERSITY
    from pipeline.stages import diversity

    measured = [MEASURES_DIVERSITY.empty_table()]
    first = 0
    for batch in rows.read(file):
        numbers = pa.array(range(first, first + batch.num_rows), pa.int64())
        measured.append(diversity.measure(batch.append_column("doc_id", numbers)))
        first += batch.num_rows
    table = pa.concat_tables(measured)
    sources = pa.table({"source_id": pa.array([], pa.string())})
    for row in diversity.mix(table, table, sources).to_pylist():
        click.echo(json.dumps(row, ensure_ascii=False))


@command.command("texts")
@click.argument("file")
def texts(file: str) -> None:
    r"""Print how varied the texts of FILE are in themselves, as one JSON object.

    Distinct words by words, entropy of words and of runs of 5, compression ratio, mean likeness of two documents and
    the effective number of documents (Vendi score) of a sample of 500. Compare files of like size.

    \b
    Example:
        provender diversity texts examples/forum.jsonl
        {"type_token": 0.21, "token_entropy_bits": 8.9, ..., "vendi": 11.4, "sampled": 12}
    """
    from pipeline.stages.diversity import texts

    read = pa.concat_tables([rows.ROWS.empty_table(), *rows.read(file)])
    figures = texts.figures(read.column("text"))
    click.echo(json.dumps({name: round(value, 6) for name, value in figures.items()}))
