"""`provender duplicates`: what of a file stands twice, in it or in evaluation sets."""

import json
from collections.abc import Iterator

import click
import numpy as np
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
    """Print every verified pair of FILE as a JSON line, in the order of FILE.

    FILE is JSON lines (`{"id": ..., "text": ...}`, also .gz or .zst), Parquet, or - for stdin. A shingle is 5
    words; in scripts without spaces each character is a word. Similarity is the true Jaccard, to six decimals.

    \b
    Example:
        provender duplicates pairs examples/forum.jsonl --threshold 0.8
        {"a": "post-3", "b": "post-9", "jaccard": 0.912281}
    """
    from pipeline.stages import duplicates

    read = pa.concat_tables([rows.ROWS.empty_table(), *rows.read(file)])
    found = duplicates.pairs(_numbered(read), threshold)
    for line in _lines(found, rows.ids(read)):
        click.echo(line)


@command.command("residue", epilog="Example: provender duplicates residue corpus@1 --lake lake")
@click.argument("snapshot_id")
@click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
def residue(*, snapshot_id: str, lake: str) -> None:
    """Print the near duplicates among the documents of a snapshot as JSON lines: what its check counts.

    Of each pair, `b` is the later document. Leave it out in the next run, or a third person overrides.
    """
    from pathlib import Path

    from pipeline.snapshots import freezing
    from pipeline.steps import residue as step
    from pipeline.steps import runs
    from pipeline.store.lake import Lake

    place = Lake(Path(lake).resolve())
    frozen = freezing.find(place, snapshot_id)
    for row in step.near_duplicates(runs.load(place, frozen.run), frozen).to_pylist():
        click.echo(json.dumps({"a": row["a"], "b": row["b"], "jaccard": row["jaccard_ppm"] / 1_000_000}))


def _lines(found: pa.Table, ids: list[object]) -> Iterator[str]:
    columns = (found.column(name).to_pylist() for name in ("a", "b", "jaccard_ppm"))
    for a, b, ppm in zip(*columns, strict=True):
        yield json.dumps({"a": ids[a], "b": ids[b], "jaccard": ppm / 1_000_000}, ensure_ascii=False)


@command.command("contamination")
@click.argument("file")
@click.option(
    "--against",
    multiple=True,
    required=True,
    metavar="FILE",
    help="Evaluation set: JSON lines or Parquet, one item a row, question and answer in `text`; repeatable.",
)
def contamination(file: str, against: tuple[str, ...]) -> None:
    """Print every document of FILE that holds part of an evaluation item, with the item it holds most of.

    The share is that of the item's distinct runs of 13 tokens; from a half on (DUP.R007) a run drops the document.
    Items shorter than that cannot be told from ordinary text; their number is printed to stderr.

    \b
    Example:
        provender duplicates contamination corpus.jsonl --against exam.jsonl
        {"id": "page-7", "against": "exam.jsonl", "item": "q-3", "share": 0.875}
    """
    from pipeline.rules.duplicates import duplicate_rules
    from pipeline.stages.duplicates import passages

    sets = []
    for name in against:
        items = pa.concat_tables([rows.ROWS.empty_table(), *rows.read(name)])
        tested = passages.evaluation_set(items.column("text"), duplicate_rules())
        sets.append((name, rows.ids(items), tested))
        if tested.n_short:
            click.echo(f"{name}: {tested.n_short} of {items.num_rows} items are too short to be found", err=True)
    for batch in rows.read(file):
        ids = rows.ids(batch)
        for name, items_of, tested in sets:
            found = passages.overlaps(_numbered(batch), tested).to_pylist()
            for row in found:
                line = {"id": ids[row["doc_id"]], "against": name, "item": items_of[row["item"]]}
                click.echo(json.dumps(line | {"share": row["share_ppm"] / 1_000_000}, ensure_ascii=False))


@command.command("substrings")
@click.argument("file")
@click.option("--tokens", type=click.IntRange(8), default=50, show_default=True, help="Least length of a stretch.")
def substrings(file: str, tokens: int) -> None:
    """Print the stretches of FILE that stand twice or more in it, by position in code points.

    Memory: 8 bytes for every token of FILE, and the texts.

    \b
    Example:
        provender duplicates substrings corpus.jsonl --tokens 50
        {"id": "page-7", "start": 120, "end": 498, "tokens": 71}
    """
    from pipeline.stages.duplicates import passages

    batches = list(rows.read(file))
    empty = passages.windows(_numbered(rows.ROWS.empty_table()), tokens)
    known = passages.repeated(np.concatenate([empty, *(passages.windows(_numbered(b), tokens) for b in batches)]))
    for batch in batches:
        ids = rows.ids(batch)
        for row in passages.spans(_numbered(batch), known, tokens).to_pylist():
            line = {"id": ids[row["doc_id"]], "start": row["start"], "end": row["end"], "tokens": row["n_tokens"]}
            click.echo(json.dumps(line, ensure_ascii=False))


@command.command("containment")
@click.argument("file")
@click.option("--share", type=click.FloatRange(0.7, 1.0), help="Least share; without it that of DUP.R005.")
def containment(file: str, share: float | None) -> None:
    """Print every document of FILE of which nine tenths of the shingles (DUP.R005) stand in one other document.

    Of equal texts the first is asked about only. Documents of fewer than 50 tokens are not looked for. A run links
    what is found and removes nothing.

    \b
    Example:
        provender duplicates containment corpus.jsonl
        {"id": "page-7", "inside": "book-2", "share": 0.953125}
    """
    from pipeline.rules.duplicates import by_relation, duplicate_rules
    from pipeline.steps.copies import insides

    read = pa.concat_tables([rows.ROWS.empty_table(), *rows.read(file)])
    ids, least = rows.ids(read), by_relation(duplicate_rules(), "contained").threshold_ppm or 0
    least = least if share is None else round(share * 1_000_000)
    for row in insides(_numbered(read)).to_pylist():
        if row["share_ppm"] >= least:
            line = {"id": ids[row["doc_id"]], "inside": ids[row["other_id"]], "share": row["share_ppm"] / 1_000_000}
            click.echo(json.dumps(line, ensure_ascii=False))


@command.command("boilerplate")
@click.argument("file")
def boilerplate(file: str) -> None:
    """Print every document of FILE that holds lines or paragraphs which ten or more documents of FILE hold.

    FILE counts as one source. The share is of the bytes of all lines; from 0.95 on (DUP.R006) a run drops the document.

    \b
    Example:
        provender duplicates boilerplate site.jsonl
        {"id": "page-7", "share": 0.4125}
    """
    from pipeline.rules.duplicates import by_relation, duplicate_rules
    from pipeline.stages.duplicates import passages

    rules = duplicate_rules()
    read = pa.concat_tables([rows.ROWS.empty_table(), *rows.read(file)])
    ids, documents = rows.ids(read), _numbered(read)
    one_source = documents.append_column("source_id", pa.array([""] * documents.num_rows, pa.string()))
    keys, n = np.unique(passages.units(one_source, rules).column("key").to_numpy().view(np.uint64), return_counts=True)
    repeated = keys[n >= (by_relation(rules, "boilerplate").documents or 1)]
    for row in passages.boilerplate(documents, repeated, rules).to_pylist():
        line = {"id": ids[row["doc_id"]], "share": row["share_ppm"] / 1_000_000}
        click.echo(json.dumps(line, ensure_ascii=False))


def _numbered(read: pa.Table) -> pa.Table:
    return pa.table({"doc_id": pa.array(range(read.num_rows), pa.int64()), "text": read.column("text")})
