"""What the documents step is told about publishers, what it keeps of what they say, and the counts of it."""

from collections import Counter
from functools import cache
from pathlib import Path

import pyarrow as pa

from pipeline.kernels import optouts
from pipeline.kernels.optouts import OptOuts
from pipeline.kernels.withheld import Publisher, host
from pipeline.rules.sources import by_condition
from pipeline.schemas import conform
from pipeline.schemas.ledger import KINDS
from pipeline.schemas.sources import OPT_OUTS
from pipeline.stages.sources.conditions import Row, site_of, sites
from pipeline.steps import registering, runs
from pipeline.steps.finishing import append_rows
from pipeline.steps.runs import Context
from pipeline.store import files, parquet

COUNTED = {
    "ai_label": "ai_label",
    "reservation_codes": "reservation",
    "noted_codes": "noted",
    "marking_codes": "marking",
    "opt_out": "opt_out",
}
"""Measures of the stage `documents` that are counted, and the signal that each is counted as."""


def publisher(context: Context, source_id: str) -> Publisher:
    """What is known of a source's publishers, and every refusal that holds for the run."""
    row = _registered(context.lake.run(context.plan.run) / "sources.parquet")[source_id]
    return Publisher(
        agents=by_condition("reserved").agents,
        own=str(row["robots_agent"] or "*"),
        sites={host(str(site["url"])): site_of(site) for site in sites(row)},
        refused=_refused(registering.opt_outs_path(context.lake, context.plan.run)),
    )


@cache
def _registered(path: Path) -> dict[str, Row]:
    return {str(row["source_id"]): row for row in parquet.read(path).to_pylist()}


@cache
def _refused(path: Path) -> OptOuts:
    return compiled(parquet.read(path, OPT_OUTS))


def compiled(table: pa.Table) -> OptOuts:
    """Refusals of a table of `OPT_OUTS`, ready to be looked up."""
    return optouts.compiled(zip(*(table.column(name).to_pylist() for name in OPT_OUTS.names), strict=True))


def keep_signals(context: Context, measures: pa.Table) -> pa.Table:
    """Keep what documents said as evidence, under the hash that their decisions name; the measures without it."""
    said = {text.encode() for text in measures.column("signals").drop_null().to_pylist()}
    for content in sorted(said):
        path = registering.evidence_path(context.lake, registering.sha256(content))
        if not path.exists():
            files.put_if_absent(path, content)
    empty = pa.nulls(measures.num_rows, pa.string())
    return measures.set_column(measures.schema.get_field_index("signals"), "signals", empty)


def append_signals(context: Context) -> None:
    """Append how many documents of each source said what: AI labels, reservations, markings, refusals."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for batch, source in runs.batches(context).items():
        measures = parquet.read(context.lake.measures(context.plan.run, "documents", batch))
        for name, signal in COUNTED.items():
            for codes in measures.column(name).drop_null().to_pylist():
                counts.update((source, signal, code) for code in codes.split(";"))
    named = sorted(counts.items())
    rows = conform(
        {
            "run": [context.plan.run] * len(named),
            "source_id": [source for (source, _, _), _ in named],
            "signal": [signal for (_, signal, _), _ in named],
            "value": [value for (_, _, value), _ in named],
            "n_documents": [n for _, n in named],
        },
        KINDS["signals"],
    )
    if rows.num_rows:
        append_rows(context, "signals", rows, stage="documents")
