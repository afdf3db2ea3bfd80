"""Licences inside the documents step: each document of a mixed source by its own, and the risk record of every one."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ledger import log
from pipeline.readers.licence_files import Neighbours
from pipeline.rules.licences import rules
from pipeline.schemas import conform
from pipeline.schemas.licences import MEASURES_LICENCES
from pipeline.stages import licences as stage
from pipeline.stages import sources as sources_stage
from pipeline.steps import registering, runs
from pipeline.steps.finishing import Outcome
from pipeline.steps.register import source_decisions
from pipeline.steps.runs import Context, Part
from pipeline.store import files, parquet


@cache
def _registered(path: Path) -> Mapping[str, dict[str, Any]]:
    return {str(row["source_id"]): row for row in parquet.read(path).to_pylist()}


def _source(context: Context, source_id: str) -> dict[str, Any]:
    return _registered(context.lake.run(context.plan.run) / "sources.parquet")[source_id]


@cache
def _expressions(path: Path) -> Mapping[str, str | None]:
    rows = parquet.read(path)
    return dict(zip(rows.column("source_id").to_pylist(), rows.column("expression").to_pylist(), strict=True))


def expression_of(context: Context, source_id: str) -> str | None:
    """What a source as a whole was taken to be licensed under; None where it leaves that to its documents."""
    return _expressions(context.lake.run(context.plan.run) / "licence-evidence.parquet").get(source_id)


def neighbours(context: Context, part: Part) -> Neighbours | None:
    """The licence files beside the files of a mixed source; None for a source that has one licence."""
    source = _source(context, part.source_id)
    return Neighbours(root=Path(source["files_root"])) if source["is_per_document"] else None


def beside(records: pa.Table, path: Path, found: Neighbours | None) -> pa.Table:
    """The records of a file with what stands beside it."""
    said = [] if found is None else [f"{kind} {' '.join(text.split())}" for kind, text in found.of(path)]
    if not said:
        return records
    valid = "\n".join(said).encode(errors="replace").decode()  # JSON may smuggle lone surrogates in
    column = pa.repeat(pa.scalar(valid), records.num_rows)
    return records.set_column(records.schema.get_field_index("licence_of_file"), "licence_of_file", column)


def decide(context: Context, source_id: str, batch: int, records: pa.Table, documents: pa.Table) -> Outcome:
    """The licence of each document of a batch: that of its source, or its own, with its statements as evidence."""
    source = _source(context, source_id)
    if not source["is_per_document"]:
        return Outcome(decisions=sources_stage.inherit(documents, source_decisions(context, "licences")))
    dataset = expression_of(context, source_id)
    measures = stage.documents.measure(records, documents.column("doc_id"), dataset)
    of = replace(context.plan.circumstances, origin=source["origin"])
    _keep(context, measures)
    parquet.write(context.lake.measures(context.plan.run, "licences", batch), measures.drop_columns("evidence"))
    return Outcome(decisions=stage.documents.decide(measures, rules(), of), measures=measures)


def _keep(context: Context, measures: pa.Table) -> None:
    """Keep what documents said, word by word, under the hash that their decisions name."""
    columns = (measures.column(name).to_pylist() for name in ("evidence_sha256", "evidence"))
    for digest, said in dict(zip(*columns, strict=True)).items():
        path = registering.evidence_path(context.lake, digest.hex())
        if not path.exists():
            files.put_if_absent(path, said)


def risks(context: Context, documents: pa.Table, measures: pa.Table, licences: Outcome) -> pa.Table:
    """What else may be protected in each document: `IP_RISKS`."""
    n = documents.num_rows
    if licences.measures is not None:
        expressions = licences.measures.column("expression").combine_chunks()
    else:
        source = documents.column("source_id")[0].as_py() if n else ""
        expressions = pa.array([expression_of(context, source)] * n, pa.string())
    is_marked = pc.not_equal(pc.fill_null(measures.column("marking_codes").combine_chunks(), ""), "")
    owners = documents.column("source_id").unique().to_pylist()
    data_type = _source(context, owners[0])["data_type"] if owners else None
    return stage.assess(documents, expressions, is_marked, rules(), data_type=data_type)


def risk_entry(context: Context, batch: int, source_id: str, rows: pa.Table) -> log.Append:
    """The risk records of a batch as the log takes them."""
    plan = context.plan
    entry = log.Entry(
        kind="ip_risks",
        key=f"{plan.run}/ip_risks/{batch:08x}",
        at_us=runs.now_us(),
        actor=plan.actor,
        run=plan.run,
        stage="licences",
        batch=batch,
        source_id=source_id,
        code=plan.code,
    )
    return entry, rows


def own(context: Context) -> pa.Table:
    """doc_id and expression of every document that was decided by its own licence in this run."""
    folder = context.lake.measures(context.plan.run, "licences", 0).parent
    read = [parquet.read(path).select(["doc_id", "expression"]) for path in sorted(folder.glob("*.parquet"))]
    empty = conform({"doc_id": []} | {name: [] for name in MEASURES_LICENCES.names[1:]}, MEASURES_LICENCES)
    return pa.concat_tables([empty.select(["doc_id", "expression"]), *read])
