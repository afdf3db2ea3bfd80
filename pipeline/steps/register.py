"""The step `licences`: decided per source, before anything of a source is read; then the plan of its batches."""

import hashlib
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
from pipeline.schemas import SOURCE_DECISIONS
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
    evidence = licences_stage.measure(asked, texts, licence_texts.identifier())
    rules = licences_rules.rules()
    decisions = licences_stage.decide(asked, evidence, rules, use=plan.use, now_us=plan.started_at_us)
    parquet.write(lake.run(plan.run) / "decisions-licences.parquet", decisions)
    append_rows(context, "licence_evidence", _evidence_rows(evidence, decisions, plan.started_at_us))
    append_rows(context, "source_decisions", decisions, stage="licences")
    kept = set(_kept(decisions))
    named = {source: found for r in read for source, found in r.files.items() if source in kept}
    if runs.parts(context) is None:
        runs.save_parts(context, runs.claim_batches(lake, plan.run, _parts(named)))
    _append_run(context, decisions.num_rows)
    return _counts(decisions)


def _kept(decisions: pa.Table) -> list[str]:
    kept = decisions.filter(pc.equal(decisions.column("outcome"), "keep"))
    return list(kept.column("source_id").to_pylist())


def _evidence_rows(evidence: pa.Table, decisions: pa.Table, at_us: int) -> pa.Table:
    joined = evidence.join(decisions.select(["source_id", "outcome", "rule_id", "rule_version"]), "source_id")
    joined = joined.sort_by("source_id")
    n = joined.num_rows
    columns = {
        "evidence_sha256": joined.column("evidence_sha256"),
        "source_id": joined.column("source_id"),
        "spdx_id": joined.column("expression"),
        "verdict": joined.column("outcome"),
        "rule_id": joined.column("rule_id"),
        "rule_version": joined.column("rule_version"),
        "verified_at_us": pa.array([at_us] * n, pa.int64()),
        "verified_by": pa.array(["provender"] * n, pa.string()),
        "expires_at_us": pa.array([at_us + licences_rules.rules().stops["expired"].above_us] * n, pa.int64()),
    }
    return pa.table([columns[f.name] for f in KINDS["licence_evidence"]], schema=KINDS["licence_evidence"])


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
