"""`provender quality`: the statistics of a file, and what the rules say to them."""

import json
from collections.abc import Callable

import click
import pyarrow as pa

from pipeline.readers import rows

USE = """To use it, write into rules/quality_models.toml:
[[model]]
format = "provender"
sha256 = "{}\""""


@click.group("quality")
def command() -> None:
    """Measure the quality of text."""


@command.command("measure")
@click.argument("file")
@click.option("--decide", is_flag=True, help="Add the outcome and the rule that decided.")
@click.option("--model", help="SHA-256 of a trained model in the lake, to try it before the rules name it.")
@click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="where models lie")
def measure(file: str, *, decide: bool, model: str | None, lake: str) -> None:
    """Print the statistics of each row of FILE as a JSON object a line, in the order of FILE.

    FILE is JSON lines (`{"id": ..., "text": ..., "language": ...}`, also .gz or .zst), Parquet, or - for stdin.
    Ratios are parts per million. Rules that name a language apply where the row names it. `model_ppm` is null unless
    rules/quality_models.toml or --model names a model.

    \b
    Example:
        provender quality measure examples/forum.jsonl --decide
        {"id": "post-3", "lang": "en", "n_chars": 412, ..., "outcome": "keep", "rule": "QUA.R000"}
    """
    from pathlib import Path

    from pipeline.steps import measuring_quality
    from pipeline.store.lake import Lake

    measuring = measuring_quality.measurer(Lake(Path(lake).resolve()), model)
    for batch in rows.read(file):
        for line in _lines(batch, measuring, decide=decide):
            click.echo(json.dumps(line, ensure_ascii=False))


@command.command("train", epilog="Example: provender quality train labels.jsonl --lake lake")
@click.argument("file")
@click.option("--label", default="label", show_default=True, help="field that holds accept or reject (1 or 0)")
@click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="where the model is put")
def train(file: str, *, label: str, lake: str) -> None:
    """Train a model of quality on your own labels: a minute for a hundred thousand pages, nothing is fetched.

    FILE is JSON lines or Parquet with `text`, the label, and `language` if it is known. A fifth of the texts, chosen by
    their SHA-256, is held out; how the model does on it is printed as JSON, by language, beside what always giving the
    commoner label would come to. The model lies in the lake under its SHA-256; it measures once
    rules/quality_models.toml names it.
    """
    from dataclasses import asdict
    from pathlib import Path

    from pipeline.steps import measuring_quality
    from pipeline.store.lake import Lake

    where, trained = measuring_quality.train(Lake(Path(lake).resolve()), file, label)
    said = {name: value for name, value in asdict(trained).items() if name != "content"}
    click.echo(json.dumps({"file": str(where), **said}, ensure_ascii=False))
    click.echo(USE.format(trained.sha256), err=True)


@command.command(
    "whatif",
    epilog="Example: provender quality whatif --rule QUA.R001 --threshold 50 --run first --lake lake",
)
@click.option("--rule", "rule_id", required=True, help="id of the rule")
@click.option("--threshold", required=True, type=int, help="the limit it would have")
@click.option("--run", required=True, help="a run whose stage quality has ended")
@click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
def whatif(*, rule_id: str, threshold: int, run: str, lake: str) -> None:
    """Print what another limit would change, from stored measures, as JSON.

    Counts by source and language: documents that the rule objects to and that quality keeps, now and then; and ids of
    ten documents whose outcome would change. Nothing is decided and no text is read.
    """
    from pathlib import Path

    from pipeline.steps import runs
    from pipeline.steps import whatif as question
    from pipeline.store.lake import Lake

    context = runs.load(Lake(Path(lake).resolve()), run)
    click.echo(json.dumps(question.whatif(context, rule_id, threshold), ensure_ascii=False))


@command.command(
    "acknowledge",
    epilog="Example: provender quality acknowledge --run first --source forum --rule QUA.R003 --as ann "
    "--reason 'the forum repeats its banner' --lake lake",
)
@click.option("--run", required=True, help="the run that was stopped")
@click.option("--source", "source_id", required=True, help="the source that lost documents")
@click.option("--rule", "rule_id", required=True, help="the rule that removed them")
@click.option("--as", "actor", required=True, help="who answers for it")
@click.option("--reason", required=True, help="why it is right")
@click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
def acknowledge(*, run: str, source_id: str, rule_id: str, actor: str, reason: str, lake: str) -> None:
    """Answer for a rule that removed much of a source; the run may go on, and the ledger says who let it."""
    from pathlib import Path

    from pipeline.steps import guarding, runs
    from pipeline.store.lake import Lake

    context = runs.load(Lake(Path(lake).resolve()), run)
    guarding.acknowledge(context, source_id=source_id, rule_id=rule_id, actor=actor, reason=reason)
    click.echo(f"{actor} answers for {rule_id} on {source_id}", err=True)


def _lines(batch: pa.Table, measuring: Callable[[pa.Table], pa.Table], *, decide: bool) -> list[dict[str, object]]:
    from pipeline.rules import quality as quality_rules
    from pipeline.stages import quality

    numbered = batch.append_column("doc_id", pa.array(range(batch.num_rows), pa.int64()))
    measures = measuring(numbered)
    shown = measures.drop_columns("doc_id")
    if decide:
        decided = quality.decide(measures, quality_rules.rules())
        shown = shown.append_column("outcome", decided.column("outcome"))
        shown = shown.append_column("rule", decided.column("rule_id"))
    return [{"id": one} | row for one, row in zip(rows.ids(batch), shown.to_pylist(), strict=True)]
