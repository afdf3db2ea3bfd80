"""`provender licences`: identify texts, explain a source's verdict."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pyarrow.compute as pc

from pipeline.errors import InputMissing
from pipeline.kernels.licences import Identified, Match
from pipeline.models import licence_texts
from pipeline.readers import encodings, register
from pipeline.rules.licences import Circumstances, rules
from pipeline.stages import licences as stage
from pipeline.stages import sources
from pipeline.steps import runs


@click.group(name="licences")
def command() -> None:
    """Identify licence texts, explain verdicts."""


@command.command(epilog="Example: provender licences identify LICENSE")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--details", is_flag=True, help="add every match with its place, and the words in which it differs")
def identify(files: tuple[Path, ...], *, details: bool) -> None:
    """Print {"file", "expression", "score"} for each of FILES; expression null when it is no known licence.

    The score is how much of the texts that were recognised is there, 0 to 1.
    """
    find = licence_texts.identifier()
    for path in files:
        if not path.is_file():
            raise InputMissing(f"no file {path}", fix="give files that exist")
        text = encodings.of_evidence(path.read_bytes())
        found = Identified.of([]) if text is None else find(text)
        row: dict[str, object] = {"file": str(path), "expression": found.expression, "score": found.score_ppm / 1e6}
        if details:
            row["matches"] = [_match(text or "", match) for match in found.matches]
        click.echo(json.dumps(row, ensure_ascii=False))


def _match(text: str, match: Match) -> dict[str, object]:
    missing, added = licence_texts.differences(text, match) if match.is_changed else ([], [])
    place: dict[str, object] = {"expression": match.expression, "kind": match.kind, "rule": match.rule}
    place |= {"start": match.start, "end": match.end, "score": round(match.matched / match.size, 3)}
    return {**place, "missing": missing, "added": added}


@command.command(epilog="Example: provender licences explain blog-cc-by --register examples/register")
@click.argument("source")
@click.option("--register", "folder", required=True, type=click.Path(path_type=Path), help="register folder")
@click.option("--use", default="pretrain", show_default=True, help="pretrain, finetune, eval or release")
@click.option("--place", default="CN", show_default=True, help="where models are trained")
@click.option(
    "--commercial/--not-commercial", "is_commercial", default=True, help="whether the use is; by default it is"
)
def explain(*, source: str, folder: Path, use: str, place: str, is_commercial: bool) -> None:
    """Tell what SOURCE claims, what its evidence says, what is decided by which rule, and which duties follow."""
    read = register.read(folder)
    row = read.sources.filter(pc.equal(read.sources.column("source_id"), source))
    if not row.num_rows:
        raise InputMissing(f"no source {source} in this register", fix="`provender sources list` shows them")
    of, now_us, known = Circumstances(use=use, place=place, is_commercial=is_commercial), runs.now_us(), rules()
    upstreams = sources.chain(read.sources)
    evidence = stage.measure(row, read.texts, upstreams, licence_texts.identifier(), known)
    decision = stage.decide(row, evidence, known, of=of, now_us=now_us).to_pylist()[0]
    registered, found = row.to_pylist()[0], evidence.to_pylist()[0]
    of = stage.here(of, registered, found)
    for name, text in _lines(registered, found, decision, of, now_us).items():
        click.echo(f"{name:<9} {text}")


def _lines(
    source: dict[str, Any], found: dict[str, Any], decision: dict[str, Any], of: Circumstances, now_us: int
) -> dict[str, str]:
    known = rules()
    judged = stage.judge(str(found["expression"]), known, of)
    titles = {c.id: c.title for c in known.classes} | {s.id: s.title for s in known.stops.values()}
    place = "" if found["start_char"] is None else f", characters {found['start_char']} to {found['end_char']}"
    due = stage.expires_us(source, known, now_us=now_us)
    return {
        "source": f"{source['source_id']} ({source['kind']}, from {source['origin']})",
        "claimed": found["claimed"] or ("nothing" if found["is_parsable"] else "no SPDX expression"),
        "found": f"{found['identified'] or 'no known licence'}, in {found['n_identified']} of {found['n_texts']} texts",
        "rests on": found["expression"] or "nothing",
        "decided": f"{decision['outcome']} for {of.purpose}",
        "rule": f"{decision['rule_id']} v{decision['rule_version']}, Art. {decision['article']}: "
        f"{titles[decision['rule_id']]}",
        "evidence": (found["evidence_sha256"].hex() + place) if found["evidence_sha256"] else "none",
        "confirmed": f"by {source['licence_confirmed_by']}" if source["licence_confirmed_by"] else "by nobody",
        "expires": datetime.fromtimestamp(due // 1_000_000, UTC).date().isoformat(),
        "duties": ", ".join(judged.duties) if judged and judged.duties else "none",
    }
