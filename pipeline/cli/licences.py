"""`provender licences`: identify texts, explain a source's verdict."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputMissing
from pipeline.kernels.licences import Identified, Match
from pipeline.models import licence_texts
from pipeline.readers import encodings, register
from pipeline.rules import sources as source_rules
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
    admitted = _admitted(read.sources, source, of, now_us)
    registered, found = row.to_pylist()[0], evidence.to_pylist()[0]
    of = stage.here(of, registered, found)
    for name, text in _lines(registered, found, decision, admitted, of, now_us).items():
        click.echo(f"{name:<9} {text}")


def _admitted(register_table: pa.Table, source: str, of: Circumstances, now_us: int) -> dict[str, Any]:
    """What the stage `sources` decides about a source, before anybody asks for its licence."""
    decided = sources.decide(
        register_table, source_rules.rules(), now_us=now_us, use=of.use, is_commercial=of.is_commercial
    )
    row: dict[str, Any] = decided.filter(pc.equal(decided.column("source_id"), source)).to_pylist()[0]
    return row


def _lines(  # noqa: PLR0917
    source: dict[str, Any],
    found: dict[str, Any],
    decision: dict[str, Any],
    admitted: dict[str, Any],
    of: Circumstances,
    now_us: int,
) -> dict[str, str]:
    known = rules()
    judged = stage.judge(str(found["expression"]), known, of)
    first = decision if admitted["outcome"] == "keep" else admitted
    claimed = "nothing; each document says its own" if found["is_per_document"] else "nothing"
    place = "" if found["start_char"] is None else f", characters {found['start_char']} to {found['end_char']}"
    due = stage.expires_us(source, known, now_us=now_us)
    return {
        "source": f"{source['source_id']} ({source['kind']}, from {source['origin']})",
        "claimed": found["claimed"] or (claimed if found["is_parsable"] else "no SPDX expression"),
        "found": f"{found['identified'] or 'no known licence'}, in {found['n_identified']} of {found['n_texts']} texts",
        "rests on": found["expression"] or "nothing",
        "decided": f"{first['outcome']} for {of.purpose}",
        "rule": _rule(decision) if first is decision else _refusal(admitted, decision),
        "evidence": (found["evidence_sha256"].hex() + place) if found["evidence_sha256"] else "none",
        "confirmed": f"by {source['licence_confirmed_by']}, {_day(source['licence_confirmed_us'])}"
        if source["licence_confirmed_by"]
        else "by nobody",
        "expires": _day(due),
        "duties": ", ".join(judged.duties) if judged and judged.duties else "none",
    }


def _rule(decided: dict[str, Any]) -> str:
    known = rules()
    titles = {one.id: one.title for one in known.classes} | {one.id: one.title for one in known.stops.values()}
    titles |= {one.id: one.title for one in source_rules.rules()}
    article = f"v{decided['rule_version']}, Art. {decided['article']}"
    return f"{decided['rule_id']} {article}: {titles[decided['rule_id']]}"


def _refusal(admitted: dict[str, Any], decided: dict[str, Any]) -> str:
    """A source that is refused before anybody asks for its licence, and what its licence alone would have come to."""
    return f"{_rule(admitted)} [{admitted['detail']}]; by its licence alone {decided['outcome']}, {_rule(decided)}"


def _day(us: int) -> str:
    return datetime.fromtimestamp(us // 1_000_000, UTC).date().isoformat()
