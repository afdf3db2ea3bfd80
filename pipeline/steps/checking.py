"""What is looked at before a snapshot may be approved: counts over all of it, and a sample that is judged again.

The text is never held as a whole: DuckDB counts over the shards, stored measures are decided again batch by batch, and
the sample is bounded.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.errors import EvidenceBroken
from pipeline.ledger import queries, verify, views, witnessing
from pipeline.models.personal import finder
from pipeline.rules import prohibited as prohibited_rules
from pipeline.rules import quality as quality_rules
from pipeline.rules.personal_policy import policy
from pipeline.rules.snapshots import limits
from pipeline.schemas import DOCUMENTS
from pipeline.snapshots import layout
from pipeline.snapshots.states import Frozen
from pipeline.stages import personal as personal_stage
from pipeline.stages import prohibited as prohibited_stage
from pipeline.stages import quality as quality_stage
from pipeline.stages.diversity import mixture as diversity
from pipeline.steps import gates, guarding, measuring_quality, redacting, residue, runs
from pipeline.steps.runs import Context
from pipeline.store import database, parquet

MILLION = 1_000_000

MEMBERS_SQL = """
with m as (select doc_id from snapshot_docs where snapshot_id = $snapshot),
expired as (
    select r.source_id from rows_licence_evidence r join entries e using (seq)
    where e.run = $run and r.expires_at_us < $now_us
    union
    select source_id from sources
    where recheck_at <= make_timestamp($now_us) or contract_expires_at <= make_timestamp($now_us)
),
stopped as (select distinct doc_id from decisions where outcome in ('drop', 'quarantine') and run = $run)
select
    count(*)::bigint n_members,
    count(*) filter (doc_id not in (
        select doc_id from decisions where stage = 'licences' and outcome = 'keep' and run = $run))::bigint
        n_without_licence,
    count(*) filter (doc_id not in (
        select doc_id from decisions where stage = 'personal' and run = $run))::bigint n_without_personal_row,
    count(*) filter (doc_id in (select doc_id from stopped))::bigint n_dropped,
    count(*) filter (doc_id in (select doc_id from withdrawals))::bigint n_withdrawn,
    count(*) filter (doc_id >> 32 in (
        select b.batch from batches b join expired using (source_id)))::bigint n_of_expired_sources
from m
"""

SHARES_SQL = "select source_id, share_ppm from source_shares where run = $run"

TEXTS_SQL = """
select count(*)::bigint as n_documents, (count(*) - count(distinct md5_number(text)))::bigint as n_exact_duplicates
from read_parquet($shards)
"""


def members(context: Context, frozen: Frozen, shares: pa.Table) -> pa.Table:
    """The one row that `expectations/members.json` describes; `shares` are `SHARES` of the snapshot."""
    row = counts(context, frozen.snapshot_id, now_us=runs.now_us())
    sample, batches = _sample(frozen), runs.batches(context)
    row |= _texts(frozen) | _ledger(context) | prohibited(context, frozen)
    alike = residue.count(residue.near_duplicates(context, frozen))
    row["near_duplicates_ppm"] = _ppm(alike, row["n_documents"])
    of_sample = pa.array([batches[doc_id >> 32] for doc_id in sample.column("doc_id").to_pylist()], pa.string())
    row |= _judged_again(context, sample, of_sample)
    row["n_residual_personal"] = _residual(context, sample, of_sample)
    row["n_alarms_open"] = len(guarding.unanswered(context))
    row["n_mixture_broken"] = diversity.broken(shares).num_rows
    return pa.Table.from_pylist([row])


def _ppm(n: int, of: int) -> int:
    """A share, rounded up: none above a limit is shown on it."""
    return -(-n * MILLION // max(1, of))


def counts(context: Context, snapshot_id: str, *, now_us: int) -> dict[str, int]:
    """What the ledger says about the members of a snapshot at a time."""
    with views.connect(context.lake.ledger) as connection:
        parameters = {"snapshot": snapshot_id, "run": context.plan.run, "now_us": now_us}
        return dict(queries.table(connection, MEMBERS_SQL, parameters).to_pylist()[0])


def _texts(frozen: Frozen) -> dict[str, int]:
    shards = sorted(str(path) for path in (frozen.folder / "data").glob("*.parquet"))
    with database.connect(frozen.folder) as connection:
        return dict(queries.table(connection, TEXTS_SQL, {"shards": shards}).to_pylist()[0])


def _sample(frozen: Frozen) -> pa.Table:
    """`DOCUMENTS` with every k-th document of the snapshot, by number."""
    shards = ds.dataset(frozen.folder / "data", format="parquet")
    ids = pc.sort_indices(found := shards.to_table(columns=["doc_id"]).column("doc_id"))
    chosen = found.take(ids.take(pa.array(range(0, len(ids), max(1, len(ids) // limits().sample_documents)))))
    rows = shards.to_table(columns=["doc_id", "text", "lang"], filter=ds.field("doc_id").isin(chosen.combine_chunks()))
    columns = {name: rows.column(name) for name in rows.column_names}
    return pa.table({f.name: columns.get(f.name, pa.nulls(rows.num_rows, f.type)) for f in DOCUMENTS})


def prohibited(context: Context, frozen: Frozen) -> dict[str, int]:
    """What the rules of today say to the stored measures of every member, without reading a text.

    Returns:
        `prohibited_ppm`: the share of members that a rule objects to; those that nobody measured are among them.
        `prohibited_source_ppm`: the greatest share of a source of theirs, as read, before any document left it.
    """
    ids = parquet.read(frozen.folder / layout.MEMBERS).column("doc_id").combine_chunks()
    known, rules = _source_shares(context), prohibited_rules.rules()
    n_kept, shares = 0, [0]
    for batch, source in runs.batches(context).items():
        own = ids.filter(pc.equal(pc.shift_right(ids, 32), batch))
        path = context.lake.measures(context.plan.run, "prohibited", batch)
        if not len(own):
            continue
        shares.append(known.get(source, MILLION))
        if path.is_file():
            measures = parquet.read(path)
            measures = measures.filter(pc.is_in(measures.column("doc_id"), value_set=own))
            decided = prohibited_stage.decide(measures, rules, source_share_ppm=shares[-1])
            n_kept += decided.column("outcome").to_pylist().count("keep")
    return {"prohibited_ppm": _ppm(len(ids) - n_kept, len(ids)), "prohibited_source_ppm": max(shares)}


def _source_shares(context: Context) -> Mapping[str, int]:
    found = gates.ask(context, SHARES_SQL)
    return dict(zip(*(found.column(name).to_pylist() for name in ("source_id", "share_ppm")), strict=True))


def _judged_again(context: Context, sample: pa.Table, sources: pa.Array) -> dict[str, int]:
    """Which share of the sample a stage would stop now, by the text that was frozen."""
    marked, rules = prohibited_stage.measure(sample, prohibited_rules.lexicon()), prohibited_rules.rules()
    known, n_clean = _source_shares(context), 0
    for source in sources.unique().to_pylist():
        own = marked.filter(pc.equal(sources, source))
        decided = prohibited_stage.decide(own, rules, source_share_ppm=known.get(source, MILLION))
        n_clean += decided.column("outcome").to_pylist().count("keep")
    quality = quality_stage.decide(measuring_quality.measure(context.lake, sample), quality_rules.rules())
    n_good = quality.column("outcome").to_pylist().count("keep")
    n = sample.num_rows
    return {
        "n_sampled": n,
        "residual_prohibited_ppm": _ppm(n - n_clean, n),
        "residual_quality_ppm": _ppm(n - n_good, n),
    }


def _residual(context: Context, sample: pa.Table, sources: pa.Array) -> int:
    """How many of the sample the rules of their source would redact now."""
    said, n = redacting.sources(context), 0
    for source in sources.unique().to_pylist():
        rows = sample.filter(pc.equal(sources, source))
        rules = policy(said[source].profile, said[source].basis)
        decided = personal_stage.decide(rows, personal_stage.measure(rows, find=finder(), names="never"), rules)
        n += decided.column("outcome").to_pylist().count("redact")
    return n


def _ledger(context: Context) -> dict[str, int]:
    """Whether the ledger verifies, and whether outsiders stand for what its policy wants them to stand for."""
    ledger = context.lake.ledger
    try:
        verify.verify(ledger, scope=verify.Scope(mode="quick"))
        is_whole = 1
    except EvidenceBroken:
        is_whole = 0
    exposed = witnessing.exposure(ledger, now_us=runs.now_us())
    is_asked = exposed.quorum != "none"
    return {"is_ledger_whole": is_whole, "unwitnessed_minutes": exposed.unwitnessed_minutes if is_asked else 0}
