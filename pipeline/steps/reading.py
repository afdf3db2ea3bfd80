"""The documents step: bytes of kept sources to decided documents, batch by batch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ledger import log
from pipeline.models import html, language
from pipeline.readers import formats
from pipeline.readers.licence_files import Neighbours
from pipeline.readers.records import shown
from pipeline.rules import documents as documents_rules
from pipeline.schemas import RECORDS, conform
from pipeline.stages import documents as documents_stage
from pipeline.stages import sources as sources_stage
from pipeline.steps import keys, licensing, publishers, runs, tombstones
from pipeline.steps.finishing import Finished, OnProgress, Outcome, decided, keep, over
from pipeline.steps.reading_limits import LIMITS
from pipeline.steps.register import source_decisions
from pipeline.steps.runs import Context, Part
from pipeline.store import files


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One part, as a worker gets it."""

    context: Context
    part: Part
    done: frozenset[int]  # batches of the part that are in the ledger


@cache
def _extract_html() -> html.Extractor:
    return html.extractor()


@cache
def _detect_language() -> language.Detector:
    return language.detector()


def documents(context: Context, *, workers: int = 1, on_progress: OnProgress | None = None) -> int:
    """Read every part whose batches are not all in the ledger. The number of documents decided now."""
    parts = runs.parts(context) or ()
    read = log.done(context.lake.ledger, context.plan.run, "documents")
    open_parts = [p for p in parts if not _is_read(context, p, read)]
    works = [Reading(context=context, part=p, done=_done(p, read)) for p in open_parts]
    n = over(read_part, works, "documents", workers=workers, on_progress=on_progress)
    publishers.append_signals(context)
    return n


def _done(part: Part, read: Mapping[int, int]) -> frozenset[int]:
    return frozenset(b for b in read if part.first_batch <= b < part.first_batch + part.width)


def _marker(context: Context, part: Part) -> Path:
    """Stands when a part was read to its end; holds the batch number after its last."""
    return context.lake.run(context.plan.run) / "read" / f"{part.first_batch:08x}"


def _is_read(context: Context, part: Part, read: Mapping[int, int]) -> bool:
    marker = _marker(context, part)
    return marker.is_file() and all(b in read for b in range(part.first_batch, int(marker.read_text())))


def read_part(work: Reading) -> Finished:
    """Read one part, batch by batch; batches that are in the ledger already are read over and not written again."""
    context, part = work.context, work.part
    n, size, batch = 0, 0, part.first_batch
    beside = licensing.neighbours(context, part)
    for records in _within(part, _batches(part, beside)):
        if batch not in work.done:
            _decide(context, part.source_id, batch, records)
        n += records.num_rows
        size += pc.sum(pc.binary_length(records.column("text"))).as_py() or 0
        batch += 1
    files.write(_marker(context, part), str(batch).encode())
    return Finished(batch=part.first_batch, source_id=part.source_id, documents=n, text_bytes=size)


def _batches(part: Part, beside: Neighbours | None) -> Iterator[pa.Table]:
    """Records of all files of a part, gathered to whole batches, with what stands beside each file."""
    pending: list[pa.Table] = []
    rows = size = 0
    for name, media in part.files:
        for read in formats.read(Path(name), media, LIMITS):
            records = licensing.beside(read, Path(name), beside)
            added = pc.sum(pc.binary_length(records.column("text"))).as_py() or 0
            if pending and (rows + records.num_rows > LIMITS.batch_rows or size + added > LIMITS.batch_bytes):
                yield pa.concat_tables(pending).combine_chunks()
                pending, rows, size = [], 0, 0
            pending.append(records)
            rows += records.num_rows
            size += added
    if pending:
        yield pa.concat_tables(pending).combine_chunks()


def _within(part: Part, tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """At most the batches set aside for the part; what a bomb adds beyond them is one quarantined record."""
    for number, table in enumerate(tables):
        if number == part.width - 1:
            more = next(tables, None)
            yield table if more is None else pa.concat_tables([table, _overflow(part)]).combine_chunks()
            return
        yield table


def _overflow(part: Part) -> pa.Table:
    locator = f"{shown(Path(part.files[-1][0]).name)}#rest"
    row = {"locator": [locator], "media_type": ["text/plain"], "problem": ["expansion_limit"]}
    return conform(dict(row), RECORDS)


def _decide(context: Context, source_id: str, batch: int, records: pa.Table) -> None:
    table, measures = documents_stage.measure(
        records,
        source_id=source_id,
        first_doc_id=batch << 32,
        extract_html=_extract_html(),
        detect_language=_detect_language(),
        content_key=keys.content_key(context.lake),
        publisher=publishers.publisher(context, source_id),
        erased=tombstones.hmacs(context.lake),
    )
    whole = table
    licences = licensing.decide(context, source_id, batch, records, table)
    risks = licensing.risks(context, table, measures, licences)
    is_licensed = pc.equal(licences.decisions.column("outcome"), "keep")
    table, measures = table.filter(is_licensed), measures.filter(is_licensed)
    decisions = documents_stage.decide(measures, documents_rules.rules())
    measures = publishers.keep_signals(context, measures)
    models = {"html": html.VERSION, "language": language.VERSION}
    kept = documents_stage.apply(table, decisions)
    outcome = Outcome(decisions=decisions, documents=kept, measures=measures, models=models)
    keep(context, "documents", batch, outcome)
    sources = Outcome(decisions=sources_stage.inherit(whole, source_decisions(context, "sources")))
    outcomes = {"sources": sources, "licences": licences, "documents": outcome}
    appended = [decided(context, s, batch, source_id, o) for s, o in outcomes.items()]
    log.append_all(context.lake.ledger, [licensing.risk_entry(context, batch, source_id, risks), *appended])
