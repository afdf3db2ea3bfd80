"""`provender documents`: the stage as a filter."""

import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pyarrow as pa

from pipeline.kernels.withheld import Publisher
from pipeline.models import html, language
from pipeline.readers import formats
from pipeline.rules.documents import rules
from pipeline.rules.sources import by_condition
from pipeline.stages import documents as stage


@click.group(name="documents")
def command() -> None:
    """Read files into documents."""


@command.command(epilog="Example: provender documents read pages/*.html crawl.warc.gz > documents.jsonl")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def read(files: tuple[Path, ...]) -> None:
    """Read FILES (jsonl, parquet, warc, html, text; .gz .zst .bz2; - is JSON lines on stdin), print a line per record.

    A record that cannot be read is a line with outcome quarantine and its reason; the rest of its file goes on.
    """
    extract, detect = html.extractor(), language.detector()
    counts: Counter[str] = Counter()
    for records in _records(files):
        documents, measures = stage.measure(
            records,
            source_id="",
            first_doc_id=0,
            extract_html=extract,
            detect_language=detect,
            content_key=b"",
            publisher=Publisher(agents=by_condition("reserved").agents),
        )
        decisions = stage.decide(measures, rules())
        columns = (documents.column("locator"), documents.column("text"), documents.column("lang"))
        decided = (decisions.column("outcome"), decisions.column("rule_id"), measures.column("problem"))
        for row in zip(*(c.to_pylist() for c in (*columns, *decided)), strict=True):
            click.echo(line(*row))
            counts[row[3]] += 1
    click.echo(", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())), err=True)


def _records(files: tuple[Path, ...]) -> Iterator[pa.Table]:
    for path in files:
        if str(path) != "-":
            yield from formats.read(path, formats.guess(path), formats.Limits())
            continue
        with tempfile.TemporaryDirectory() as folder:  # a reader may have to read a file again from its beginning
            spooled = Path(folder) / "stdin"
            with spooled.open("wb") as copy:
                shutil.copyfileobj(sys.stdin.buffer, copy)
            yield from formats.read(spooled, "jsonl", formats.Limits())


def line(locator: str, text: str, lang: str, outcome: str, rule: str, problem: str | None) -> str:  # noqa: PLR0917
    """One document as a JSON line; no text where it was not kept."""
    shown = text if outcome == "keep" else None
    row = {"id": locator, "text": shown, "language": lang, "outcome": outcome, "rule": rule, "reason": problem}
    return json.dumps(row, ensure_ascii=False)
