"""`provender personal`: find and redact personal information, as a filter without a lake."""

import json
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pyarrow as pa

from pipeline.cli.personal_explain import LANGUAGES, MODE, PROFILE, bench, explain
from pipeline.models.scan import written_in
from pipeline.readers.rows import ids, read
from pipeline.rules.personal import EntityRule, Mode

if TYPE_CHECKING:
    from pipeline.rules.personal_documents import DocumentRule
    from pipeline.stages.personal.modes import Keyed

NAMES = click.Choice(["always", "with_identifiers", "never"])

Finding = tuple[int, int, str, int, str]  # start, end (code points), type, score in ppm, rule id


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
    first: list[str] = []
    for rows, found in _found(file, language, names):
        first += rows.column("text").to_pylist()[: verify - len(first)]
        for identifier, findings in zip(ids(rows), found, strict=True):
            drawn = [
                {"start": start, "end": end, "type": kind, "score": ppm / 1_000_000, "rule": rule}
                for start, end, kind, ppm, rule in findings
            ]
            click.echo(json.dumps({"id": identifier, "findings": drawn}, ensure_ascii=False))
    if verify:
        _verify(first, language)


def _verify(texts: Sequence[str], language: str | None) -> None:
    from pipeline.models.personal import finder
    from pipeline.models.verifying import verify

    langs = [language or written_in(text) for text in texts]
    seen = verify(finder(), texts, langs)
    click.echo(
        f"verified {seen.n_documents} rows: {seen.n_differing} of {seen.n_findings} findings differ, "
        f"{seen.n_unscanned} rows could not be scanned",
        err=True,
    )
    if seen.n_differing:
        raise SystemExit(1)


@command.command("redact")
@click.argument("file")
@click.option("--language", type=LANGUAGES, help="Language of all rows; found out by row when not given.")
@MODE
@PROFILE
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False),
    help="File with the 32 bytes under which pseudonyms are made; drawn and forgotten when not given.",
)
@click.option("--drop", is_flag=True, help="Rows that a rule about whole documents stops have no text either.")
def redact(*, file: str, language: str | None, mode: Mode | None, profile: str, key: str | None, drop: bool) -> None:
    """Write every row of FILE with what the rules redact replaced; a row that may not be kept has no text.

    Example: provender personal redact chats.jsonl --mode mask
    """
    from pipeline.models.surrogates import surrogate
    from pipeline.rules.personal_documents import document_rules
    from pipeline.rules.personal_policy import policy
    from pipeline.stages.personal.modes import Keyed

    ruled = tuple(replace(rule, mode=mode or rule.mode) for rule in policy(profile))
    keyed = Keyed(key=Path(key).read_bytes() if key else secrets.token_bytes(32), surrogate=surrogate)
    whole = document_rules() if drop else ()
    for rows, found in _found(file, language, "always"):
        for identifier, text in zip(ids(rows), _redacted(rows, found, (ruled, whole), keyed), strict=True):
            click.echo(json.dumps({"id": identifier, "text": text}, ensure_ascii=False))


def _redacted(
    rows: pa.Table,
    found: list[list[Finding]],
    rules_of: tuple[Sequence[EntityRule], Sequence["DocumentRule"]],
    keyed: "Keyed",
) -> list[str | None]:
    from pipeline.kernels.splicing import splice
    from pipeline.stages.personal.policy import decide, measure
    from pipeline.stages.personal.redact import plan

    rules, whole = rules_of
    n = rows.num_rows
    documents = pa.table(
        {
            "doc_id": pa.array(range(n), pa.int64()),
            "text": rows.column("text"),
            "lang": rows.column("lang"),
            "fetched_at_us": pa.nulls(n, pa.int64()),
        }
    )
    findings = measure(documents, find=lambda *_: found, names="always", now_us=time.time_ns() // 1000)
    planned = plan(rows.column("text"), findings, rules, keyed)
    texts = splice(rows.column("text").combine_chunks(), planned.spans, planned.replacements).to_pylist()
    outcomes = decide(documents, findings, rules, whole).column("outcome").to_pylist()
    return [text if outcome in ("keep", "redact") else None for text, outcome in zip(texts, outcomes, strict=True)]


def _found(
    file: str, language: str | None, names: str
) -> Iterator[tuple[pa.Table, list[list[tuple[int, int, str, int, str]]]]]:
    from pipeline.models.personal import finder

    look = finder()
    for rows in read(file):
        texts = rows.column("text").to_pylist()
        langs = [language or written_in(text) for text in texts]
        yield rows, look(texts, langs, names)
