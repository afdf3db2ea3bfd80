"""`provender diversity`: the mix of a file, of a snapshot, and from one snapshot to another."""

import json
from pathlib import Path

import click
import pyarrow as pa

from pipeline.cli.audit import show
from pipeline.readers import rows


@click.group("diversity")
def command() -> None:
    """Report what a corpus consists of."""


@command.command("report")
@click.argument("file")
def report(file: str) -> None:
    """Print the mix of FILE as JSON lines: language, script, genre, length, topic, words, and their concentration.

    FILE is JSON lines (`{"id": ..., "text": ...}`, also .gz or .zst), Parquet, or - for stdin. A file has no
    register: source, licence and data type are "unknown", and before equals after. Words of fewer than 5 documents are
    not named.

    \b
    Example:
        provender diversity report examples/forum.jsonl
        {"axis": "lang", "value": "en", "docs_before": 12, "docs_after": 12, ...}
    """
    from pipeline.rules import diversity as rules
    from pipeline.schemas.diversity import MEASURES_DIVERSITY
    from pipeline.stages import diversity
    from pipeline.stages.diversity.clustering import topics

    measured = [MEASURES_DIVERSITY.empty_table()]
    first = 0
    for batch in rows.read(file):
        numbers = pa.array(range(first, first + batch.num_rows), pa.int64())
        measured.append(diversity.measure(batch.append_column("doc_id", numbers), rules.genres()))
        first += batch.num_rows
    table = pa.concat_tables(measured)
    table = table.append_column("topic", topics(table.column("topic_words"), rules.topics()))
    sources = pa.table({"source_id": pa.array([], pa.string())})
    mix = diversity.mix(table, table, sources, least_documents=rules.report().least_documents)
    for row in mix.to_pylist():
        click.echo(json.dumps(row, ensure_ascii=False))


@command.command("texts")
@click.argument("file")
def texts(file: str) -> None:
    """Print how varied the texts of FILE are in themselves, as one JSON object.

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


LAKE = click.option(
    "--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True
)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object a row on stdout.")


@command.command("mixture")
@click.argument("snapshot")
@LAKE
@JSON
def mixture(*, snapshot: str, lake: Path, as_json: bool) -> None:
    """Print what every mixture target finds in SNAPSHOT: shares of its text, as it is and by sampling weights.

    A target that is not met, and no shadow, stops the gate before approval.

    \b
    Example:
        provender diversity mixture corpus@1 --lake lake
    """
    from pipeline.snapshots import freezing
    from pipeline.steps import mixture
    from pipeline.store.lake import Lake

    found = mixture.shares(freezing.find(Lake(lake.resolve()), snapshot))
    if not found.num_rows:
        click.echo("no target applies: none is set, or the snapshot is smaller than [weights] asks for", err=True)
    show(found, title=f"mixture of {snapshot}", as_json=as_json)


@command.command("compare")
@click.argument("before")
@click.argument("after")
@LAKE
@JSON
def compare(*, before: str, after: str, lake: Path, as_json: bool) -> None:
    """Print how the mix moved from snapshot BEFORE to AFTER on every axis: shares of documents in millionths.

    The axes `concentration` and `texts` hold figures of the whole, each in the unit that its value names.

    \b
    Example:
        provender diversity compare corpus@1 corpus@2 --lake lake
    """
    from pipeline.ledger import queries, views
    from pipeline.snapshots import freezing
    from pipeline.store.lake import Lake

    for name in (before, after):
        freezing.find(Lake(lake), name)
    with views.connect(Lake(lake).ledger) as connection:
        answer = queries.run(connection, "Q57", {"previous": before, "snapshot": after})
    show(answer, title=f"mix of {before} and {after}", as_json=as_json)
