"""`provender quality`: the statistics of a file, and what the rules say to them."""

import json

import click
import pyarrow as pa

from pipeline.readers import rows


@click.group("quality")
def command() -> None:
    """Measure the quality of text."""


@command.command("measure")
@click.argument("file")
@click.option("--decide", is_flag=True, help="Add the outcome and the rule that decided.")
def measure(file: str, *, decide: bool) -> None:
    r"""Print the statistics of each row of FILE as a JSON object a line, in the order of FILE.

    FILE is JSON lines (`{"id": ..., "text": ..., "language": ...}`, also .gz or .zst), Parquet, or - for stdin.
    Ratios are parts per million. Rules that name a language apply where the row names it.

    \b
    Example:
        provender quality measure examples/forum.jsonl --decide
        {"id": "post-3", "lang": "en", "n_chars": 412, ..., "outcome": "keep", "rule": "QUA.R000"}
    """
    for batch in rows.read(file):
        for line in _lines(batch, decide=decide):
            click.echo(json.dumps(line, ensure_ascii=False))


def _lines(batch: pa.Table, *, decide: bool) -> list[dict[str, object]]:
    from pipeline.rules import quality as quality_rules
    from pipeline.stages import quality

    numbered = batch.append_column("doc_id", pa.array(range(batch.num_rows), pa.int64()))
    measures = quality.measure(numbered, quality_rules.phrases())
    shown = measures.drop_columns("doc_id")
    if decide:
        decided = quality.decide(measures, quality_rules.rules())
        shown = shown.append_column("outcome", decided.column("outcome"))
        shown = shown.append_column("rule", decided.column("rule_id"))
    return [{"id": one} | row for one, row in zip(rows.ids(batch), shown.to_pylist(), strict=True)]
