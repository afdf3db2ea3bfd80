"""The step `diversity`: the mix of a run before and after selection, on every axis, as rows of the ledger."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.rules import diversity as rules
from pipeline.rules import representation as representation_rules
from pipeline.rules.loader import load
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas import DECISIONS
from pipeline.schemas.diversity import TOPICS
from pipeline.stages import diversity as stage
from pipeline.stages.diversity import representation, texts
from pipeline.stages.diversity.clustering import topics
from pipeline.steps import licensing, runs
from pipeline.steps.finishing import Finished, OnProgress, Outcome, append_rows, finish, over
from pipeline.steps.mixture import topics_path
from pipeline.steps.register import register_table, source_decisions
from pipeline.steps.runs import Context
from pipeline.steps.stages import Work, finished, read_documents, read_measures, works_of
from pipeline.store import parquet


def decide_diversity(work: Work) -> Finished:
    """Measure and decide one batch, and measure what came in of it."""
    for path, table in zip(_came_paths(work.context, work.batch), _measured(work.context, work.batch), strict=True):
        parquet.write(path, table)
    documents = read_documents(work.context, "diversity", work.batch)
    measures = stage.measure(documents, rules.genres())
    decisions = stage.decide(measures, load("diversity", ThresholdRule))
    outcome = Outcome(decisions=decisions, documents=stage.apply(documents, decisions), measures=measures)
    finish(work.context, "diversity", work.batch, work.source_id, outcome)
    return finished(work, documents)


def diversity(context: Context, *, workers: int = 1, on_progress: OnProgress | None = None) -> int:
    """Decide diversity and append the mix before and after selection. The number of documents decided."""
    works = works_of(context, "diversity")
    n = over(decide_diversity, works, "diversity", workers=workers, on_progress=on_progress)
    read = [read_measures(context, "diversity", b) for b in runs.batches(context)]
    after = pa.concat_tables(read, promote_options="default")
    ids = after.column("doc_id").combine_chunks()
    before, who, varied = _came(context, ids)
    topic = topics(before.column("topic_words"), rules.topics())
    before = before.append_column("topic", topic)
    before = before.append_column("licence", _of(before, licensing.own(context), "expression"))
    parquet.write(topics_path(context), before.select(TOPICS.names).cast(TOPICS).sort_by("doc_id"))
    for name in ("topic", "licence"):
        after = after.append_column(name, _of(after, before, name))
    groups = representation_rules.groups()
    least = rules.report().least_documents
    mix = stage.mix(before, after, _facets(context), least_documents=least)
    rates = representation.rates(who, ids, groups)
    append_rows(context, "mixes", mixes(context, pa.concat_tables([mix, varied, rates])), stage="diversity")
    even = representation.parities(who, _removals(context), groups, representation_rules.parity())
    append_rows(context, "parities", _of_run(context, even), stage="diversity")
    for path in _came_paths(context, 0):
        shutil.rmtree(path.parent, ignore_errors=True)
    return n


def _came_paths(context: Context, batch: int) -> tuple[Path, Path]:
    """Among the measures, so that an erasure finds them while a run is interrupted."""
    lake, run = context.lake, context.plan.run
    return lake.measures(run, "came", batch), lake.measures(run, "mentioned", batch)


def _measured(context: Context, batch: int) -> tuple[pa.Table, pa.Table]:
    """Of what came in of one batch: its measures, and whom it mentions; read where a worker has left them."""
    paths = _came_paths(context, batch)
    if all(path.is_file() for path in paths):
        return parquet.read(paths[0]), parquet.read(paths[1])
    documents = read_documents(context, "prohibited", batch)
    groups = representation_rules.groups()
    return stage.measure(documents, rules.genres()), representation.mentions(documents, groups)


def _of(measures: pa.Table, known: pa.Table, name: str) -> pa.ChunkedArray:
    """What `known` says of each document; null where it says nothing."""
    return known.column(name).take(pc.index_in(measures.column("doc_id"), known.column("doc_id").combine_chunks()))


def _came(context: Context, went_on: pa.Array) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Of everything that came in: its measures, whom it mentions, and how varied its texts and those that go on are."""
    size = rules.report().sample
    samples = (texts.Sample(size), texts.Sample(size))
    for documents in (read_documents(context, "prohibited", b) for b in runs.batches(context)):
        left = documents.filter(pc.is_in(documents.column("doc_id"), value_set=went_on))
        for sample, part in zip(samples, (documents, left), strict=True):
            sample.add(part.column("doc_id"), part.column("text"))
    came, mentioned = zip(*(_measured(context, batch) for batch in runs.batches(context)), strict=True)
    return pa.concat_tables(came), pa.concat_tables(mentioned), texts.rows(*(sample.text for sample in samples))


def _removals(context: Context) -> pa.Table:
    """Every decision of the stages after documents: stage, doc_id, outcome, rule_id."""
    names = ["doc_id", "outcome", "rule_id"]
    tables = [DECISIONS.empty_table().select(names).append_column("stage", pa.array([], pa.string()))]
    for name in ("prohibited", "quality", "duplicates", "personal"):
        for rows in runs.decisions(context, name):
            said = pa.array([name] * rows.num_rows, pa.string())
            tables.append(rows.select(names).append_column("stage", said))
    return pa.concat_tables(tables)


def _facets(context: Context) -> pa.Table:
    """What the mix is told about each source: source_id, data_type, licence, and the year it was collected until."""
    register = register_table(context).select(["source_id", "data_type", "collected_to_us"])
    year = pc.year(register.column("collected_to_us").cast(pa.timestamp("us"))).cast(pa.int32())
    register = register.drop_columns("collected_to_us").append_column("year", year)
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
