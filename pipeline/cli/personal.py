"""`provender personal`: find and redact personal information, as a filter without a lake."""

import json
from collections.abc import Iterator

import click
import pyarrow as pa

from pipeline.cli.personal_explain import bench, explain
from pipeline.models.scan import CJK_RUN
from pipeline.readers.rows import ids

NAMES = click.Choice(["always", "with_identifiers", "never"])
LANGUAGES = click.Choice(["en", "zh"])


@click.group("personal")
def command() -> None:
    """Find and redact personal information."""


command.add_command(explain)
command.add_command(bench)


@command.command("find")
@click.argument("file")
@click.option("--language", type=LANGUAGES, help="Language of all rows; found out by row when not given.")
@click.option("--names", type=NAMES, default="always", show_default=True, help="Whether names and places are found.")
@click.option(
    "--verify", default=0, help="Rows whose findings are compared with those of Presidio without a prefilter."
)
def find(file: str, language: str | None, names: str, verify: int) -> None:
    """Write the findings of every row of FILE as JSON lines; positions are code points.

    Example: provender personal find chats.jsonl --language zh
    """
    for rows, found in _found(file, language, names):
        for identifier, findings in zip(ids(rows), found, strict=True):
            drawn = [
                {"start": start, "end": end, "type": kind, "score": ppm / 1_000_000, "rule": rule}
                for start, end, kind, ppm, rule in findings
            ]
            click.echo(json.dumps({"id": identifier, "findings": drawn}, ensure_ascii=False))
    if verify:
        _verify(file, language, verify)


def _verify(file: str, language: str | None, n: int) -> None:
    from pipeline.models.personal import finder
    from pipeline.models.verifying import verify

    texts: list[str] = []
    for rows in _rows(file):
        texts += rows.column("text").to_pylist()[: n - len(texts)]
        if len(texts) >= n:
            break
    langs = [_language(language, text) for text in texts]
    seen = verify(finder(), texts, langs)
    click.echo(
        f"verified {seen.n_documents} rows: {seen.n_differing} of {seen.n_findings} findings differ, "
        f"{seen.n_unscanned} rows could not be scanned",
        err=True,
    )
    if seen.n_differing:
        raise SystemExit(1)


def _rows(file: str) -> Iterator[pa.Table]:
    from pipeline.readers import rows as reader

    yield from reader.read(file)


def _language(language: str | None, text: str) -> str:
    return language or ("zh" if CJK_RUN.search(text) else "en")


@command.command("redact")
@click.argument("file")
@click.option("--language", type=LANGUAGES, help="Language of all rows; found out by row when not given.")
def redact(file: str, language: str | None) -> None:
    """Write every row of FILE with placeholders for what the rules redact; a row that cannot be scanned has no text.

    Example: provender personal redact chats.jsonl
    """
    from pipeline.rules.personal import by_entity, rules
    from pipeline.stages.personal.policy import acts
    from pipeline.stages.personal.redact import splice

    known = by_entity(rules())
    for rows, found in _found(file, language, "always"):
        for identifier, text, findings in zip(ids(rows), rows.column("text").to_pylist(), found, strict=True):
            acted = [(f[0], f[1], known[f[2]]) for f in findings if acts(known.get(f[2]), f[3])]
            is_stopped = any(rule.action == "quarantine" for _, _, rule in acted)
            new = None if is_stopped else splice(text, [(start, end, r.placeholder) for start, end, r in acted])
            click.echo(json.dumps({"id": identifier, "text": new}, ensure_ascii=False))


def _found(
    file: str, language: str | None, names: str
) -> Iterator[tuple[pa.Table, list[list[tuple[int, int, str, int, str]]]]]:
    from pipeline.models.personal import finder

    look = finder()
    for rows in _rows(file):
        texts = rows.column("text").to_pylist()
        langs = [_language(language, text) for text in texts]
        yield rows, look(texts, langs, names)
