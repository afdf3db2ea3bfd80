"""`provender licences`: identify texts, explain a source's verdict."""

import json
from pathlib import Path
from typing import Any

import click
import pyarrow.compute as pc

from pipeline.errors import InputMissing
from pipeline.models import licence_texts
from pipeline.readers import encodings, register
from pipeline.rules.licences import rules
from pipeline.stages import licences as stage
from pipeline.steps import runs


@click.group(name="licences")
def command() -> None:
    """Identify licence texts, explain verdicts."""


@command.command(epilog="Example: provender licences identify LICENSE")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def identify(files: tuple[Path, ...]) -> None:
    """Print {"file", "expression", "score"} for each of FILES; expression null when it is no known licence."""
    find = licence_texts.identifier()
    for path in files:
        if not path.is_file():
            raise InputMissing(f"no file {path}", fix="give files that exist")
        text = encodings.decode(path.read_bytes())
        expression, score = find(text) if text is not None else (None, 0)
        click.echo(json.dumps({"file": str(path), "expression": expression, "score": score / 1e6}, ensure_ascii=False))


@command.command(epilog="Example: provender licences explain blog-cc-by --register examples/register")
@click.argument("source")
@click.option("--register", "folder", required=True, type=click.Path(path_type=Path), help="register folder")
@click.option("--use", default="pretrain", show_default=True, help="pretrain, finetune or eval")
def explain(source: str, folder: Path, use: str) -> None:
    """Tell what SOURCE claims, what its evidence says, what is decided by which rule, and which duties follow."""
    read = register.read(folder)
    row = read.sources.filter(pc.equal(read.sources.column("source_id"), source))
    if not row.num_rows:
        raise InputMissing(f"no source {source} in this register", fix="`provender sources list` shows them")
    evidence = stage.measure(row, read.texts, licence_texts.identifier())
    decision = stage.decide(row, evidence, rules(), use=use, now_us=runs.now_us()).to_pylist()[0]
    for name, text in _lines(source, evidence.to_pylist()[0], decision, use).items():
        click.echo(f"{name:<9} {text}")


def _lines(source: str, found: dict[str, Any], decision: dict[str, Any], use: str) -> dict[str, str]:
    judged = stage.judge(str(found["expression"]), rules(), use=use)
    titles = {c.id: c.title for c in rules().classes} | {s.id: s.title for s in rules().stops.values()}
    article = f"Art. {decision['article']}"
    return {
        "source": source,
        "claimed": found["claimed"] or ("nothing" if found["is_parsable"] else "no SPDX expression"),
        "evidence": f"{found['n_texts']} texts, identified as {found['identified'] or 'no known licence'}",
        "rests on": found["expression"] or "nothing",
        "decided": f"{decision['outcome']} for {use} by {decision['rule_id']} v{decision['rule_version']}, {article}",
        "because": titles[decision["rule_id"]],
        "sha256": found["evidence_sha256"].hex() if found["evidence_sha256"] else "none",
        "duties": ", ".join(judged.duties) if judged and judged.duties else "none",
    }
