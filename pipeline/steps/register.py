"""The step `licences`: decided per source, before anything of a source is read; then the plan of its batches."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.models import licence_texts
from pipeline.readers import register as reader
from pipeline.readers.formats import guess
from pipeline.rules import licences as licences_rules
from pipeline.schemas import SOURCE_DECISIONS, conform
from pipeline.schemas.ledger import KINDS
from pipeline.stages import licences as licences_stage
from pipeline.steps import registering, runs
from pipeline.steps.finishing import append_rows
from pipeline.steps.reading_limits import width
from pipeline.steps.runs import Context, Part
from pipeline.store import parquet

Counts = dict[str, int]

PART_BYTES = 64 << 20
"""Files of one source are read together up to this size."""


def _counts(decisions: pa.Table) -> Counts:
    kept = pc.sum(pc.equal(decisions.column("outcome"), "keep")).as_py() or 0
    return {"sources": decisions.num_rows, "kept": kept, "refused": decisions.num_rows - kept}


def licences(context: Context) -> Counts:
    """Decide by licence which of the admitted sources may be used, keep the evidence, and plan their batches.

    Raises:
        RunChanged: the register is not what the step `sources` decided on.
    """
    lake, plan = context.lake, context.plan
    read = registering.read_again(context)
    admitted = _kept(source_decisions(context, "sources"))
    table = register_table(context)
    asked = table.filter(pc.is_in(table.column("source_id"), pa.array(admitted, pa.string())))
    texts = pa.concat_tables([r.texts for r in read])
    rules, upstreams = licences_rules.rules(), registering.upstreams(context)
    evidence = licences_stage.measure(asked, texts, upstreams, licence_texts.identifier(), rules)
    of = plan.circumstances
    decisions = licences_stage.decide(asked, evidence, rules, of=of, now_us=plan.started_at_us)
    findings = licences_stage.notice(asked, evidence, decisions, rules, now_us=plan.started_at_us)
    parquet.write(lake.run(plan.run) / "decisions-licences.parquet", decisions)
    parquet.write(lake.run(plan.run) / "licence-evidence.parquet", evidence)
    append_rows(context, "licence_evidence", _evidence_rows(context, asked, evidence, decisions))
    if findings.num_rows:
        append_rows(context, "source_findings", findings, stage="licences")
    append_rows(context, "source_decisions", decisions, stage="licences")
    kept = set(_kept(decisions))
    named = {source: list(found) for r in read for source, found in r.files.items() if source in kept}
    if runs.parts(context) is None:
        runs.save_parts(context, runs.claim_batches(lake, plan.run, _parts(named)))
    _append_run(context, decisions.num_rows)
    return _counts(decisions) | {"warnings": findings.num_rows}


def _kept(decisions: pa.Table) -> list[str]:
    kept = decisions.filter(pc.equal(decisions.column("outcome"), "keep"))
    return list(kept.column("source_id").to_pylist())


def _evidence_rows(context: Context, asked: pa.Table, evidence: pa.Table, decisions: pa.Table) -> pa.Table:
    rules, at_us = licences_rules.rules(), context.plan.started_at_us
    captured = asked.column("licence_captured_us").to_pylist()
    expires = [licences_stage.expires_us(source, rules, now_us=at_us) for source in asked.to_pylist()]
    confirmed = asked.column("licence_confirmed_by").to_pylist()
    headers = [json.loads(e or "{}").get("licence.headers_file") for e in asked.column("evidence").to_pylist()]
    columns: dict[str, object] = {
        name: evidence.column(name)
        for name in ("evidence_sha256", "source_id", "start_char", "end_char", "score_ppm", "claimed", "identified")
    }
    columns |= {name: decisions.column(name) for name in ("rule_id", "rule_version")}
    columns |= {
        "spdx_id": evidence.column("expression"),
        "verdict": decisions.column("outcome"),
        "verified_at_us": [at_us] * len(captured),
        "verified_by": [who or "provender" for who in confirmed],
        "expires_at_us": expires,
        "captured_at_us": captured,
        "headers_sha256": [digest and bytes.fromhex(digest) for digest in headers],
        "duties": _duties(context, asked, evidence),
    }
    return conform(columns, KINDS["licence_evidence"]).sort_by("source_id")


def _duties(context: Context, asked: pa.Table, evidence: pa.Table) -> list[str]:
    of, rules = context.plan.circumstances, licences_rules.rules()
    rows = zip(asked.to_pylist(), evidence.to_pylist(), strict=True)
    judged = [licences_stage.judge(str(e["expression"]), rules, licences_stage.here(of, s, e)) for s, e in rows]
    return ["" if one is None else ",".join(one.duties) for one in judged]


def _append_run(context: Context, n_sources: int) -> None:
    plan, parts = context.plan, runs.parts(context) or ()
    digest = hashlib.sha256(repr(sorted(asdict(plan)["rules"].items())).encode()).hexdigest()
    row = {
        "run": [plan.run],
        "stage_rules_sha256": [digest],
        "n_sources": [n_sources],
        "n_batches": [sum(p.width for p in parts)],
        "code": [plan.code],
        "use": [plan.use],
        "place": [plan.place],
        "is_commercial": [plan.is_commercial],
    }
    append_rows(context, "runs", pa.table(row, schema=KINDS["runs"]))


def _parts(named: Mapping[str, Sequence[reader.SourceFile]]) -> list[Part]:
    parts: list[Part] = []
    for source, found in sorted(named.items()):
        group: list[tuple[str, str]] = []
        size = 0
        for file in found:
            bytes_ = file.path.stat().st_size
            if group and size + bytes_ > PART_BYTES:
                parts.append(_part(source, group, size))
                group, size = [], 0
            media = guess(file.path) if file.media == "auto" else file.media
            group.append((str(file.path), media))
            size += bytes_
        if group:
            parts.append(_part(source, group, size))
    return parts


def _part(source: str, group: Sequence[tuple[str, str]], size: int) -> Part:
    return Part(source_id=source, first_batch=0, width=width(group, size), files=tuple(group), n_bytes=size)


def register_table(context: Context) -> pa.Table:
    """The sources as the run found them when it started."""
    return parquet.read(context.lake.run(context.plan.run) / "sources.parquet")


def source_decisions(context: Context, stage: str) -> pa.Table:
    """What `sources` or `licences` decided, one row per source."""
    return _read_decisions(context.lake.run(context.plan.run) / f"decisions-{stage}.parquet")


@cache
def _read_decisions(path: Path) -> pa.Table:
    return parquet.read(path, SOURCE_DECISIONS)
