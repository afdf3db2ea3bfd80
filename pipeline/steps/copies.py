"""The step `duplicates`: what is measured batch by batch is compared over the whole run, out of core.

Per batch, in parallel: measures, and the keys that are compared. Over the run: SQL over files, with bounded memory.
The texts of candidates are read once, those of one component together, and verified as they come.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.decisions import kept
from pipeline.kernels import unionfind
from pipeline.ledger import log
from pipeline.readers import rows
from pipeline.rules.duplicates import by_relation, duplicate_rules, preferences
from pipeline.schemas import DOCUMENTS, PAIRS
from pipeline.schemas.duplicates import LINKS, UNITS
from pipeline.stages import duplicates as stage
from pipeline.stages.duplicates import passages
from pipeline.stages.duplicates import tombstones as sketches
from pipeline.steps import keys, near, runs, tombstones
from pipeline.steps.earlier import MEMORY_BYTES, Earlier, earlier
from pipeline.steps.finishing import Finished, OnProgress, Outcome, decided, keep, over, unfinished
from pipeline.steps.register import register_table, source_decisions
from pipeline.steps.runs import Context
from pipeline.store import database, files, parquet
from pipeline.store.lake import Lake

APPENDS = 64
"""Batches whose decisions are appended together."""
SLICE_BYTES = 64 << 20
"""Texts that are compared at a time; one component is never divided."""
TEST_SETS = "test-sets"
"""Folder of a register whose files are evaluation sets: JSON lines or Parquet with `text`."""

Check = Callable[[pa.Table, pa.Table], pa.Table]


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One batch, as a worker gets it."""

    context: Context
    batch: int
    source_id: str


def duplicates(context: Context, *, workers: int = 1, on_progress: OnProgress | None = None) -> int:
    """Find exact and near duplicates over the whole run; the best copy stays. The number of documents decided."""
    works = [Work(context=context, batch=b, source_id=s) for b, s in unfinished(context, "duplicates")]
    if not works:
        return 0
    every = [Work(context=context, batch=b, source_id=s) for b, s in runs.batches(context).items()]
    over(measure, every, "duplicates", workers=workers, on_progress=on_progress)
    decisions = decide(context, workers=workers)
    n = 0
    for first in range(0, len(works), APPENDS):
        appends = []
        for work in works[first : first + APPENDS]:
            documents = _documents(work)
            own = stage.undecided(documents.column("doc_id"), decisions, duplicate_rules())
            outcome = Outcome(decisions=own, documents=kept(documents, own))
            keep(context, "duplicates", work.batch, outcome)
            appends.append(decided(context, "duplicates", work.batch, work.source_id, outcome))
            n += documents.num_rows
        log.append_all(context.lake.ledger, appends)
    for name in ("bands", "units", "samples", "found"):
        shutil.rmtree(_folder(context) / name, ignore_errors=True)
    return n


def _folder(context: Context) -> Path:
    return context.lake.run(context.plan.run) / "duplicates"


def _path(work: Work, name: str) -> Path:
    return _folder(work.context) / name / f"{work.batch:08x}.parquet"


def _documents(work: Work) -> pa.Table:
    return parquet.read(work.context.lake.documents(work.context.plan.run, "quality", work.batch), DOCUMENTS)


# --- one batch --------------------------------------------------------------------------------------------------------


def measure(work: Work) -> Finished:
    """Measure one batch and write the keys by which the run compares it."""
    rules = duplicate_rules()
    documents = _documents(work)
    measures = stage.measure(documents)
    parquet.write(work.context.lake.measures(work.context.plan.run, "duplicates", work.batch), measures)
    parquet.write(_path(work, "bands"), stage.bands(measures, rules), group_rows=max(1, measures.num_rows))
    parquet.write(_path(work, "samples"), passages.samples(documents, rules))
    parquet.write(_path(work, "units"), passages.units(documents, rules))
    found = [_contaminated(documents, work.context.plan.registers), _returned(work.context.lake, measures)]
    parquet.write(_path(work, "found"), pa.concat_tables(found))
    return _finished(work, documents)


def _finished(work: Work, documents: pa.Table) -> Finished:
    size = pc.sum(pc.binary_length(documents.column("text"))).as_py() or 0
    return Finished(batch=work.batch, source_id=work.source_id, documents=documents.num_rows, text_bytes=size)


def _contaminated(documents: pa.Table, registers: Sequence[str]) -> pa.Table:
    found = [passages.strongest(passages.overlaps(documents, one), digest) for digest, one in _test_sets(registers)]
    return passages.one_per_document(pa.concat_tables([LINKS.empty_table(), *found]))


def _returned(lake: Lake, measures: pa.Table) -> pa.Table:
    """`LINKS` of relation erased: texts much like one that somebody had erased."""
    buried = tombstones.tombstones(lake)
    if not buried.num_rows:
        return LINKS.empty_table()
    return sketches.returned(measures, buried, keys.tombstone_key(lake), duplicate_rules())


@cache
def _test_sets(registers: Sequence[str]) -> list[tuple[bytes, passages.EvaluationSet]]:
    """The evaluation sets that the registers name, with the hash of their files, by file name."""
    named = [path for folder in registers for path in (Path(folder) / TEST_SETS).glob("*") if path.is_file()]
    return [(hashlib.sha256(files.read(path)).digest(), evaluation_set(path)) for path in sorted(named)]


def evaluation_set(path: Path) -> passages.EvaluationSet:
    """An evaluation set from a file of JSON lines or Parquet with `text`."""
    read = pa.concat_tables([rows.ROWS.empty_table(), *rows.read(str(path))])
    return passages.evaluation_set(read.column("text"), duplicate_rules())


# --- the whole run ----------------------------------------------------------------------------------------------------


def decide(context: Context, *, workers: int = 1) -> pa.Table:
    """`DECISIONS` of every document that is like another, of this run or of an earlier snapshot.

    Pairs and links are kept beside the run: who belongs together is data, what is removed is a matter of rules.
    """
    rules = duplicate_rules()
    known = earlier(context, rules)
    spill = _folder(context) / "spill"
    with database.connect(memory_bytes=MEMORY_BYTES, spill=spill) as connection:
        _open(connection, context, known)
        pairs = _near(connection)
        links = pa.concat_tables([*_links(connection, known), _boilerplate(connection, context, workers)])
        copies = connection.sql("select * from copies").to_arrow_table()
        links = _strongest(_with_copies(links, copies))
        involved = _involved(pairs, links, copies)
        connection.register("involved", pa.table({"doc_id": involved}))
        measures = connection.sql("select m.* from measures m join involved i using (doc_id)").to_arrow_table()
        facts = _sql(connection, "facts")
    shutil.rmtree(spill, ignore_errors=True)
    parquet.write(_folder(context) / "pairs.parquet", pairs)
    parquet.write(_folder(context) / "links.parquet", links)
    versions = of_versions(context, involved)
    return stage.decide(measures, pairs, facts, rules, preferences=preferences(), versions=versions, links=links)


def _open(connection: duckdb.DuckDBPyConnection, context: Context, known: Sequence[Earlier]) -> None:
    """The tables that the statements of `sql/corpus` name."""
    lake, run = context.lake, context.plan.run
    batches = list(runs.batches(context))
    view = partial(view_of, connection)
    view("run_bands", [_folder(context) / "bands" / f"{b:08x}.parquet" for b in batches], "band, key, doc_id")
    view("samples", [_folder(context) / "samples" / f"{b:08x}.parquet" for b in batches], "key, doc_id")
    view("units", [_folder(context) / "units" / f"{b:08x}.parquet" for b in batches], "source_id, key")
    measured = [lake.measures(run, "duplicates", b) for b in batches]
    view("measures", measured, "doc_id, normalised_hash, n_shingles")
    view("quality", [lake.measures(run, "quality", b) for b in batches], "doc_id, quality_ppm")
    read = [lake.documents(run, "quality", b) for b in batches]
    view("run_documents", read, "doc_id, source_id, fetched_at_us")
    view("documents", [*read, *(shard for one in known for shard in one.shards)], "doc_id, text")
    if known:
        view("earlier_bands", [one.bands for one in known], "key, doc_id")
        view("earlier_kinds", [one.kinds for one in known], "normalised_hash, doc_id")
    rules = duplicate_rules()
    limits = {
        "full_bucket": [by_relation(rules, "near").full_bucket],
        "documents": [by_relation(rules, "boilerplate").documents],
    }
    connection.register("limits", pa.table(limits))
    connection.register("source_facts", _source_facts(context))
    connection.execute(f"create temp table copies as {_statement('copies')}")


def view_of(connection: duckdb.DuckDBPyConnection, name: str, paths: Sequence[Path], columns: str) -> None:
    """Name columns of some Parquet files."""
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    connection.execute(
        f"create temp view {name} as select {columns} from read_parquet([{listed}], union_by_name = true)"
    )


def _statement(name: str) -> str:
    return (near.SQL / f"{name}.sql").read_text(encoding="utf-8")


def _sql(connection: duckdb.DuckDBPyConnection, name: str) -> pa.Table:
    return connection.sql(_statement(name)).to_arrow_table()


def _near(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """`PAIRS` of this run that are close enough."""
    least = by_relation(duplicate_rules(), "near").threshold_ppm
    found = verified(connection, near.candidates(connection), stage.verify, PAIRS)
    return found.filter(pc.field("jaccard_ppm") >= least)


def _links(connection: duckdb.DuckDBPyConnection, known: Sequence[Earlier]) -> Iterator[pa.Table]:
    """`LINKS` of relations contained, of every document that holds enough, and earlier."""
    least = by_relation(duplicate_rules(), "contained").threshold_ppm
    inside = verified(connection, _sql(connection, "contained"), stage.contained, LINKS)
    yield inside.filter(pc.field("share_ppm") >= least)
    if known:
        yield from _held_earlier(connection)


def insides(documents: pa.Table) -> pa.Table:
    """`LINKS` of relation contained among documents in memory (`doc_id`, `text`): the one that holds most of each."""
    measures = stage.measure(documents)
    with database.connect() as connection:
        connection.register("samples", passages.samples(documents, duplicate_rules()))
        connection.register("measures", measures.select(["doc_id", "normalised_hash"]))
        connection.execute(f"create temp table copies as {_statement('copies')}")
        return passages.one_per_document(stage.contained(_sql(connection, "contained"), documents))


def _held_earlier(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    same = _sql(connection, "earlier-copies")
    yield _as_links(same.column("doc_id"), same.column("other_id"), pa.array([1_000_000] * same.num_rows, pa.int32()))
    found = verified(connection, _sql(connection, "earlier"), stage.verify, PAIRS)
    yield _as_links(*(found.column(name) for name in PAIRS.names))


def _as_links(ids: pa.ChunkedArray, others: pa.ChunkedArray, shares: pa.Array | pa.ChunkedArray) -> pa.Table:
    n = len(ids)
    relation, nothing = pa.array(["earlier"] * n, pa.string()), pa.nulls(n, pa.binary(32))
    return pa.table([ids, relation, others, nothing, shares], schema=LINKS)


def verified(connection: duckdb.DuckDBPyConnection, candidates: pa.Table, check: Check, to: pa.Schema) -> pa.Table:
    """What `check` finds of all candidates, given the texts of some at a time.

    Args:
        connection: with the view `documents` (doc_id, text).
        candidates: pairs a, b.
        check: of (candidates, documents).
        to: schema of what `check` returns.
    """
    parts = _parts(candidates)
    connection.register("parts", parts)
    of_pair = parts.column("part").take(pc.index_in(candidates.column("a"), parts.column("doc_id").combine_chunks()))
    candidates = candidates.append_column("part", of_pair).sort_by([(name, "ascending") for name in ("part", "a", "b")])
    found = [to.empty_table()]
    first = 0
    part = np.asarray(candidates.column("part"))
    for texts in _slices(connection):
        last = int(np.searchsorted(part, texts.column("part")[-1].as_py(), side="right"))
        found.append(check(candidates.slice(first, last - first).select(["a", "b"]), texts))
        first = last
    return pa.concat_tables(found)


def _parts(candidates: pa.Table) -> pa.Table:
    """The component of candidates that each named document belongs to."""
    a, b = (np.asarray(candidates.column(name)) for name in ("a", "b"))
    ids, rows_of = np.unique(np.concatenate([a, b]), return_inverse=True)
    rows_of = rows_of.reshape(-1)
    part = unionfind.components(len(ids), rows_of[: len(a)], rows_of[len(a) :])
    return pa.table({"doc_id": pa.array(ids, pa.int64()), "part": pa.array(part, pa.int64())})


def _slices(connection: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """Texts of whole components, in order, up to `SLICE_BYTES` or one component at a time."""
    waiting: list[pa.Table] = []
    for batch in connection.sql(_statement("texts")).to_arrow_reader(1024):
        waiting.append(pa.Table.from_batches([batch]))
        if sum(table.nbytes for table in waiting) > SLICE_BYTES:
            whole = pa.concat_tables(waiting)
            is_open = pc.equal(whole.column("part"), whole.column("part")[-1])
            waiting = [whole.filter(is_open)]
            if waiting[0].num_rows < whole.num_rows:
                yield whole.filter(pc.invert(is_open))
    if waiting:
        yield pa.concat_tables(waiting)


def _boilerplate(connection: duckdb.DuckDBPyConnection, context: Context, workers: int) -> pa.Table:
    """`LINKS` of relations boilerplate, contaminated and erased, batch by batch."""
    repeated = _sql(connection, "boilerplate")
    parquet.write(_folder(context) / "found" / "repeated.parquet", repeated)
    sources = set(repeated.column("source_id").unique().to_pylist())
    works = [Work(context=context, batch=b, source_id=s) for b, s in runs.batches(context).items()]
    over(cover, [w for w in works if w.source_id in sources], "duplicates", workers=workers, on_progress=None)
    return pa.concat_tables([LINKS.empty_table(), *(parquet.read(_path(w, "found"), LINKS) for w in works)])


def cover(work: Work) -> Finished:
    """Add the share of boilerplate of one batch to what was found in it."""
    repeated = parquet.read(_folder(work.context) / "found" / "repeated.parquet", UNITS)
    own = repeated.filter(pc.field("source_id") == work.source_id).column("key").to_numpy()
    documents = _documents(work)
    least = by_relation(duplicate_rules(), "boilerplate").threshold_ppm
    share = passages.boilerplate(documents, np.sort(own.view(np.uint64)), duplicate_rules())
    before = parquet.read(_path(work, "found"), LINKS).filter(pc.field("relation") != "boilerplate")
    parquet.write(_path(work, "found"), pa.concat_tables([before, share.filter(pc.field("share_ppm") >= least)]))
    return _finished(work, documents)


def _with_copies(links: pa.Table, copies: pa.Table) -> pa.Table:
    """`links`, and those of the first of its kind said of every exact copy too."""
    said = links.filter(pc.is_in(links.column("relation"), pa.array(["earlier", "contained"])))
    joined = copies.join(said, keys="first_id", right_keys="doc_id", join_type="inner")
    return pa.concat_tables([links, joined.select(LINKS.names).cast(LINKS)])


def _strongest(links: pa.Table) -> pa.Table:
    """`links` with one of each document and relation; which document holds another is chosen when some are kept."""
    is_inside = pc.equal(links.column("relation"), "contained")
    return pa.concat_tables([links.filter(is_inside), passages.one_per_document(links.filter(pc.invert(is_inside)))])


def _involved(pairs: pa.Table, links: pa.Table, copies: pa.Table) -> pa.Array:
    contained = links.filter(pc.field("relation") == "contained")
    columns = [*(pairs.column(name) for name in "ab"), *(copies.column(name) for name in copies.column_names)]
    columns += [links.column("doc_id"), contained.column("other_id")]
    return pc.unique(pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.int64()))


def _source_facts(context: Context) -> pa.Table:
    register = register_table(context).select(["source_id", "kind", "collected_to_us"])
    licences = source_decisions(context, "licences").select(["source_id", "rule_id"])
    return register.join(licences.rename_columns(["source_id", "licence_rule"]), "source_id").sort_by("source_id")


def of_versions(context: Context, involved: pa.Array) -> pa.Array:
    """Documents of sources that are registered as collections of versions: amended statutes are no waste."""
    register = register_table(context)
    marked = set(register.filter(pc.field("data_type") == "statutes").column("source_id").to_pylist())
    batches = [batch for batch, source in runs.batches(context).items() if source in marked]
    return involved.filter(pc.is_in(pc.shift_right(involved, 32), pa.array(batches, pa.int64())))
