"""`provender documents`: the stage as a filter."""

import json
from pathlib import Path

import click

from pipeline.models import html, language
from pipeline.readers import formats
from pipeline.rules.documents import rules
from pipeline.stages import documents as stage


@click.group(name="documents")
def command() -> None:
    """Read files into documents."""


@command.command(epilog="Example: provender documents read pages/*.html crawl.warc.gz > documents.jsonl")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def read(files: tuple[Path, ...]) -> None:
    """Read FILES (jsonl, parquet, warc, html, text; .gz .zst .bz2) and print one JSON line per record.

    A record that cannot be read is a line with outcome quarantine and its reason; the rest of its file goes on.
    """
    extract, detect = html.extractor(), language.detector()
    counts: dict[str, int] = {}
    for path in files:
        for records in formats.read(path, formats.guess(path), formats.Limits()):
            documents, measures = stage.measure(
                records,
                source_id="",
                first_doc_id=0,
                extract_html=extract,
                detect_language=detect,
                content_key=b"",
            )
            decisions = stage.decide(measures, rules())
            columns = (documents.column("locator"), documents.column("text"), documents.column("lang"))
            decided = (decisions.column("outcome"), decisions.column("rule_id"), measures.column("problem"))
            for row in zip(*(c.to_pylist() for c in (*columns, *decided)), strict=True):
                click.echo(line(*row))
                counts[row[3]] = counts.get(row[3], 0) + 1
    click.echo(", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())), err=True)


def line(locator: str, text: str, lang: str, outcome: str, rule: str, problem: str | None) -> str:  # noqa: PLR0917
    """One document as a JSON line; no text where it was not kept."""
    shown = text if outcome == "keep" else None
    row = {"id": locator, "text": shown, "language": lang, "outcome": outcome, "rule": rule, "reason": problem}
    return json.dumps(row, ensure_ascii=False)
