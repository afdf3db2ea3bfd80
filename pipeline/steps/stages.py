"""The document stages as steps: read a batch, call the pure stage, write and append."""

from dataclasses import dataclass, replace
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.kernels import lexicon
from pipeline.rules import prohibited as prohibited_rules
from pipeline.rules import quality as quality_rules
from pipeline.schemas import DOCUMENTS
from pipeline.stages import prohibited as prohibited_stage
from pipeline.stages import quality as quality_stage
from pipeline.steps import measuring_quality, runs
from pipeline.steps.finishing import Finished, OnProgress, Outcome, append_rows, finish, over, unfinished
from pipeline.steps.runs import Context
from pipeline.store import parquet

BEFORE = {
    "prohibited": "documents",
    "quality": "prohibited",
    "duplicates": "quality",
    "personal": "duplicates",
    "diversity": "personal",
}
"""The stage whose documents a stage reads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One batch of one stage, as a worker gets it."""

    context: Context
    batch: int
    source_id: str
    share_ppm: int = 0


def read_documents(context: Context, stage: str, batch: int) -> pa.Table:
    """The documents that `stage` is to decide, for one batch."""
    return parquet.read(context.lake.documents(context.plan.run, BEFORE[stage], batch), DOCUMENTS)


def read_measures(context: Context, stage: str, batch: int) -> pa.Table:
    """The statistics of `stage` for one batch."""
    return parquet.read(context.lake.measures(context.plan.run, stage, batch))


def finished(work: Work, documents: pa.Table) -> Finished:
    """What a worker says about a batch that it has done."""
    size = pc.sum(pc.binary_length(documents.column("text"))).as_py() or 0
    return Finished(batch=work.batch, source_id=work.source_id, documents=documents.num_rows, text_bytes=size)


def works_of(context: Context, stage: str) -> list[Work]:
    """The batches that a stage has not decided."""
    return [Work(context=context, batch=b, source_id=s) for b, s in unfinished(context, stage)]


# --- prohibited -------------------------------------------------------------------------------------------------------


@cache
def _lexicon() -> lexicon.Lexicon:
    return prohibited_rules.lexicon()


def measure_prohibited(work: Work) -> Finished:
    """Measure one batch; a batch that is measured already is measured again with the same bytes."""
    documents = read_documents(work.context, "prohibited", work.batch)
    path = work.context.lake.measures(work.context.plan.run, "prohibited", work.batch)
    parquet.write(path, prohibited_stage.measure(documents, _lexicon()))
    return finished(work, documents)


def decide_prohibited(work: Work) -> Finished:
    """Decide one batch with the share of its whole source."""
    documents = read_documents(work.context, "prohibited", work.batch)
    measures = read_measures(work.context, "prohibited", work.batch)
    rules = prohibited_rules.rules()
    decisions = prohibited_stage.decide(measures, rules, source_share_ppm=work.share_ppm)
    kept_documents = prohibited_stage.apply(documents, decisions)
    outcome = Outcome(decisions=decisions, documents=kept_documents, models=prohibited_rules.detector())
    finish(work.context, "prohibited", work.batch, work.source_id, outcome)
    return finished(work, documents)


def prohibited(context: Context, *, workers: int = 1, on_progress: OnProgress | None = None) -> int:
    """Find prohibited content; a source above the 5 % line goes as a whole. The number of documents decided."""
    works = works_of(context, "prohibited")
    over(measure_prohibited, works, "prohibited", workers=workers, on_progress=on_progress)
    shares = _shares(context)
    append_rows(context, "source_shares", shares, stage="prohibited")
    ppm = dict(zip(shares.column("source_id").to_pylist(), shares.column("share_ppm").to_pylist(), strict=True))
    shared = [replace(work, share_ppm=ppm[work.source_id]) for work in works]
    return over(decide_prohibited, shared, "prohibited", workers=1, on_progress=None)


def _shares(context: Context) -> pa.Table:
    rules = prohibited_rules.rules()
    totals: dict[str, tuple[int, int]] = {}
    for batch, source in runs.batches(context).items():
        bad, n = prohibited_stage.count_bad(read_measures(context, "prohibited", batch), rules)
        before_bad, before_n = totals.get(source, (0, 0))
        totals[source] = (before_bad + bad, before_n + n)
    return prohibited_stage.shares(totals, rules, run=context.plan.run)


# --- quality ----------------------------------------------------------------------------------------------------------


def decide_quality(work: Work) -> Finished:
    """Measure and decide one batch."""
    documents = read_documents(work.context, "quality", work.batch)
    register = work.context.lake.run(work.context.plan.run) / "sources.parquet"
    measures = measuring_quality.measure(work.context.lake, documents, measuring_quality.of_sources(register))
    decisions = quality_stage.decide(measures, quality_rules.rules())
    outcome = Outcome(
        decisions=decisions,
        documents=quality_stage.apply(documents, decisions),
        measures=measures,
        models=model.versions if (model := measuring_quality.model(work.context.lake)) else {},
    )
    finish(work.context, "quality", work.batch, work.source_id, outcome)
    return finished(work, documents)


def quality(context: Context, *, workers: int = 1, on_progress: OnProgress | None = None) -> int:
    """Measure and decide quality; a model that cannot be loaded stops before any batch. Number of documents decided."""
    measuring_quality.model(context.lake)
    return over(decide_quality, works_of(context, "quality"), "quality", workers=workers, on_progress=on_progress)
