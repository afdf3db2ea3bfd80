"""`provender personal explain` and `personal bench`: what is found in one text and why, and how fast."""

import json
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import click

from pipeline.rules.personal import Mode
from pipeline.rules.personal_policy import Profile

if TYPE_CHECKING:
    from rich.text import Text

    from pipeline.models.resolving import Finding
    from pipeline.rules.personal import EntityRule
    from pipeline.rules.personal_documents import DocumentRule

    Piece = tuple[int, int, tuple[str, str]]  # of the text: from, to; what stands there, in which style

NAMED = frozenset(("PERSON", "LOCATION", "ORGANIZATION"))
LANGUAGES = click.Choice(["en", "zh"])
PROFILE = click.option(
    "--profile",
    type=click.Choice(get_args(Profile)),
    default="web",
    show_default=True,
    help="What kind of text it is.",
)
MODE = click.option(
    "--mode", type=click.Choice(get_args(Mode)), help="How everything is redacted; as each rule says when not given."
)
STYLES = {"redact": "bold white on red", "report": "black on yellow"}


@click.command("explain")
@click.option("--language", type=LANGUAGES, help="Language of the text; found out when not given.")
@PROFILE
@MODE
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON, without the text.")
def explain(*, language: str | None, profile: str, mode: "Mode | None", as_json: bool) -> None:
    """Show what is found in a text from standard input, by which rule and how surely, and the redacted text.

    Pseudonyms and surrogates are made under a key that is drawn here and forgotten.

    Example: echo "mail jane@example.com" | provender personal explain
    """
    from pipeline.models.personal import finder
    from pipeline.models.scan import written_in
    from pipeline.rules.personal import by_entity
    from pipeline.rules.personal_policy import policy

    text = sys.stdin.buffer.read().decode("utf-8", "replace")
    [found] = finder()([text], [language or written_in(text)], "always")
    rules = tuple(replace(rule, mode=mode or rule.mode) for rule in policy(profile))
    known = by_entity(rules)
    rows = [_row(one, known[one[2]]) for one in found]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    _show(rows, coloured(text, found, rules))
    if rule := stopping(text, found, known):
        click.echo(f"{rule.id} would {rule.outcome} it whole: {rule.title}")


def stopping(text: str, found: Sequence["Finding"], known: dict[str, "EntityRule"]) -> "DocumentRule | None":
    """The rule about whole documents that would stop a document of this text, in a source without a legal basis."""
    from pipeline.rules.personal_documents import document_rules
    from pipeline.stages.personal.policy import flagged
    from pipeline.stages.personal.whole import stopped_by

    rows = flagged(text, found, time.time_ns() // 1000)
    stopped = stopped_by(rows, len(text), known, document_rules())
    return stopped[0] if stopped else None


def tier(kind: str, score_ppm: int) -> str:
    """How sure a finding is: `checked` by a check digit or list, `pattern` by its shape and context, `name`."""
    if kind in NAMED:
        return "name"
    return "checked" if score_ppm >= 1_000_000 else "pattern"


def _row(one: "Finding", rule: "EntityRule") -> dict[str, Any]:
    from pipeline.stages.personal.acting import acts

    start, end, kind, ppm, rule_id = one
    done = rule.action if acts(rule, ppm) else "report"
    how = rule.mode if done == "redact" else None
    shown = {"start": start, "end": end, "type": kind, "rule": rule_id, "tier": tier(kind, ppm)}
    return shown | {"score": ppm / 1_000_000, "action": done, "mode": how}


def _show(rows: Sequence[dict[str, Any]], redacted: "Text") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, soft_wrap=True)
    table = Table("start", "end", "type", "rule", "tier", "score", "action", "mode")
    for row in rows:
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else str(value or "") for value in row.values()))
    console.print(table)
    console.print(redacted)


def coloured(text: str, found: Sequence["Finding"], rules: Sequence["EntityRule"]) -> "Text":
    """The text as redaction leaves it, with what was written and what is only reported marked."""
    from rich.text import Text

    shown, end = Text(), 0
    for start, stop, instead in sorted([*_redacted(text, found, rules), *_reported(text, found, rules)]):
        shown.append(text[end:start])
        shown.append(*instead)
        end = stop
    shown.append(text[end:])
    return shown


def _redacted(text: str, found: Sequence["Finding"], rules: Sequence["EntityRule"]) -> Iterator["Piece"]:
    import pyarrow as pa

    from pipeline.models.surrogates import surrogate
    from pipeline.stages.personal.modes import Keyed
    from pipeline.stages.personal.policy import located
    from pipeline.stages.personal.redact import plan

    keyed = Keyed(key=secrets.token_bytes(32), surrogate=surrogate)
    planned = plan(pa.array([text], pa.large_string()), located(pa.array([0]), [found]), rules, keyed)
    spans, new = planned.spans, planned.replacements.to_pylist()
    for start, stop, instead in zip(spans.starts.tolist(), spans.ends.tolist(), new, strict=True):
        yield start, stop, (instead, STYLES["redact"])


def _reported(text: str, found: Sequence["Finding"], rules: Sequence["EntityRule"]) -> Iterator["Piece"]:
    from pipeline.rules.personal import by_entity

    known = by_entity(rules)
    for start, stop, kind, ppm, _ in found:
        if known[kind].action != "redact" or ppm < known[kind].threshold_ppm:
            yield start, stop, (text[start:stop], STYLES["report"])


@click.command("bench")
@click.argument("file")
@click.option("--rows", "n", default=200, show_default=True, help="How many rows are looked at.")
@click.option("--json", "as_json", is_flag=True, help="The figures as JSON.")
def bench(*, file: str, n: int, as_json: bool) -> None:
    """Measure this machine on the rows of FILE: MB/s of processor time, beside Presidio alone and the models' own code.

    Example: provender personal bench chats.jsonl --rows 500
    """
    from pipeline.models import benching
    from pipeline.readers.rows import first_texts

    measured = benching.measure(first_texts(file, n), time.process_time)
    if as_json:
        click.echo(json.dumps(measured))
        return
    _figures(measured)


def _figures(measured: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("what", "MB/s", "alone MB/s", "ratio", "found", "differing")
    for row in measured:
        table.add_row(*(f"{value:.2f}" if isinstance(value, float) else str(value) for value in row.values()))
    Console(file=sys.stdout).print(table)
