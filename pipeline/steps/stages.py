"""The document stages as steps: read a batch, call the pure stage, write and append."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.kernels import lexicon
from pipeline.ledger import log
from pipeline.rules import prohibited as prohibited_rules
from pipeline.rules import quality as quality_rules
from pipeline.rules import representation as representation_rules
from pipeline.rules.loader import load
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas import DECISIONS, DOCUMENTS
from pipeline.stages import diversity as diversity_stage
from pipeline.stages import prohibited as prohibited_stage
from pipeline.stages import quality as quality_stage
from pipeline.stages.diversity import representation
from pipeline.steps import measuring_quality, runs
from pipeline.steps.finishing import Finished, OnProgress, Outcome, append_rows, finish, over, unfinished
from pipeline.steps.register import register_table, source_decisions
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
    measures = measuring_quality.measure(work.context.lake, documents)
    decisions = quality_stage.decide(measures, quality_rules.rules())
    outcome = Outcome(
        decisions=decisions,
        documents=quality_stage.apply(documents, decisions),
        measures=measures,
        models=model.versions if (model := measuring_quality.model(work.context.lake)) else {},
    )
    finish(work.context, "quality", work.batch, work.source_id, outcome)
    return finished(work, documents)


class _ThreeVerbs(Protocol):
    """A stage module that needs nothing but a batch and threshold rules."""

    def measure(self, documents: pa.Table, /) -> pa.Table: ...
    def decide(self, measures: pa.Table, rules: Sequence[ThresholdRule], /) -> pa.Table: ...
    def apply(self, documents: pa.Table, decisions: pa.Table, /) -> pa.Table: ...


def _measured(work: Work, name: str, stage: _ThreeVerbs) -> Finished:
    documents = read_documents(work.context, name, work.batch)
    measures = stage.measure(documents)
    decisions = stage.decide(measures, load(name, ThresholdRule))
    outcome = Outcome(decisions=decisions, documents=stage.apply(documents, decisions), measures=measures)
    finish(work.context, name, work.batch, work.source_id, outcome)
    return finished(work, documents)


def quality(context: Context, *, workers: int = 1, on_progress: OnProgress | None = None) -> int:
    """Measure and decide quality; a model that cannot be loaded stops before any batch. Number of documents decided."""
    measuring_quality.model(context.lake)
    return over(decide_quality, works_of(context, "quality"), "quality", workers=workers, on_progress=on_progress)


# --- diversity --------------------------------------------------------------------------------------------------------


def decide_diversity(work: Work) -> Finished:
    """Measure and decide one batch."""
    return _measured(work, "diversity", diversity_stage)


def diversity(context: Context, *, workers: int = 1, on_progress: OnProgress | None = None) -> int:
    """Decide diversity and append the mix before and after selection. The number of documents decided."""
    works = works_of(context, "diversity")
    n = over(decide_diversity, works, "diversity", workers=workers, on_progress=on_progress)
    batches = runs.batches(context)
    after = pa.concat_tables(read_measures(context, "diversity", b) for b in batches)
    groups = representation_rules.groups()
    came, mentioned = [], []
    for documents in (read_documents(context, "prohibited", b) for b in batches):
        came.append(diversity_stage.measure(documents))
        mentioned.append(representation.mentions(documents, groups))
    who = pa.concat_tables(mentioned)
    mix = diversity_stage.mix(pa.concat_tables(came), after, _facets(context))
    rates = representation.rates(who, after.column("doc_id").combine_chunks(), groups)
    append_rows(context, "mixes", mixes(context, pa.concat_tables([mix, rates])), stage="diversity")
    even = representation.parities(who, _removals(context), groups, representation_rules.parity())
    append_rows(context, "parities", _of_run(context, even), stage="diversity")
    return n


def _removals(context: Context) -> pa.Table:
    """Every decision of the stages after documents: stage, doc_id, outcome, rule_id."""
    names = ["doc_id", "outcome", "rule_id"]
    tables = [DECISIONS.empty_table().select(names).append_column("stage", pa.array([], pa.string()))]
    for stage in ("prohibited", "quality", "duplicates", "personal"):
        for entry in log.entries(context.lake.ledger, kind="decisions", run=context.plan.run, stage=stage):
            rows = parquet.read(context.lake.ledger / str(entry["path"])).select(names)
            tables.append(rows.append_column("stage", pa.array([stage] * rows.num_rows, pa.string())))
    return pa.concat_tables(tables)


def _facets(context: Context) -> pa.Table:
    """What the mix is told about each source: source_id, licence, data_type."""
    register = register_table(context).select(["source_id", "data_type"])
    licences = (
        source_decisions(context, "licences").select(["source_id", "detail"]).rename_columns(["source_id", "licence"])
    )
    return register.join(licences, "source_id").sort_by("source_id")


def mixes(context: Context, mix: pa.Table) -> pa.Table:
    """The mix as rows of the ledger kind `mixes`."""
    columns = ["run", "axis", "value", "docs_before", "docs_after", "chars_before", "chars_after"]
    return _of_run(context, mix).select(columns)


def _of_run(context: Context, rows: pa.Table) -> pa.Table:
    return rows.add_column(0, "run", pa.array([context.plan.run] * rows.num_rows, pa.string()))
