"""`provender licences`: identify texts, explain a source's verdict."""

import json
from pathlib import Path

import click
import pyarrow.compute as pc

from pipeline.errors import InputMissing
from pipeline.models import licence_texts
from pipeline.readers import encodings, register
from pipeline.rules.licences import rules
from pipeline.stages import licences as stage


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
def explain(source: str, folder: Path) -> None:
    """Tell what SOURCE claims, what its evidence says, what is decided by which rule, and which duties follow."""
    read = register.read(folder)
    row = read.sources.filter(pc.equal(read.sources.column("source_id"), source))
    if not row.num_rows:
        raise InputMissing(f"no source {source} in this register", fix="`provender sources list` shows them")
    evidence = stage.measure(row, read.texts, licence_texts.identifier())
    decision = stage.decide(row, evidence, rules(), use="pretrain", now_us=0).to_pylist()[0]
    found = evidence.to_pylist()[0]
    decided = next((c for c in rules().classes if c.id == decision["rule_id"]), None)
    title = decided.title if decided else next(s.title for s in rules().stops.values() if s.id == decision["rule_id"])
    lines = {
        "source": source,
        "claimed": found["claimed"] or "nothing",
        "evidence": f"{found['n_texts']} texts, identified as {found['identified'] or 'no known licence'}",
        "decided": f"{decision['outcome']} by {decision['rule_id']} v{decision['rule_version']}",
        "article": f"Art. {decision['article']}",
        "because": title,
        "sha256": found["evidence_sha256"].hex() if found["evidence_sha256"] else "none",
        "duties": ", ".join(decided.duties) if decided and decided.duties else "none",
    }
    for name, text in lines.items():
        click.echo(f"{name:<9} {text}")
