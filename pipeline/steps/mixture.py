"""The mixture of a snapshot: sampling weights and clusters when it is frozen, its shares when it is checked."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import schemas
from pipeline.ledger import queries
from pipeline.rules import diversity as rules
from pipeline.rules.duplicates import by_relation, duplicate_rules
from pipeline.rules.loader import rules_sha256
from pipeline.schemas.diversity import CELLS, TOPICS
from pipeline.schemas.duplicates import LINKS
from pipeline.schemas.snapshots import SAMPLING
from pipeline.snapshots import layout
from pipeline.snapshots.states import Frozen
from pipeline.stages.diversity import mixture
from pipeline.steps import runs
from pipeline.steps.finishing import append_rows
from pipeline.steps.runs import Context
from pipeline.store import database, parquet

COPIES = ("exact", "near", "version")
"""Relations whose documents form a cluster."""
MILLION = 1_000_000

CELLS_SQL = """
with texts as (select doc_id, lang, source_id, strlen(text) as n_bytes from read_parquet($shards)),
chosen as ({chosen})
select
    lang, source_id as source, coalesce(topic, 'other') as topic, weight_ppm,
    count(*)::bigint as docs, sum(n_bytes)::bigint as n_bytes
from texts left join chosen using (doc_id)
group by all
order by all
"""
CHOSEN = "select doc_id, topic, weight_ppm from read_parquet($sampling)"
UNCHOSEN = "select null::bigint as doc_id, null::varchar as topic, 1000000 as weight_ppm where false"


def sampling(context: Context) -> pa.Table:
    """`SAMPLING` of the documents that every stage of a run let through, ascending `doc_id`."""
    documents = _documents(context)
    counted = mixture.cells(documents)
    weights = mixture.weigh(counted, rules.targets(), rules.weights())
    keys = ["lang", "source", "topic"]
    weighed = counted.select(keys).append_column("weight_ppm", weights)
    joined = documents.join(weighed, keys=["lang", "source_id", "named"], right_keys=keys)
    whole = joined.join(_copies(context), "doc_id").join(_held(context), "doc_id").sort_by("doc_id")
    return schemas.conform({name: whole.column(name) for name in SAMPLING.names}, SAMPLING)


def _documents(context: Context) -> pa.Table:
    """doc_id, lang, source_id, n_bytes, topic, and `named`: the topic as cells name it."""
    names = ["doc_id", "lang", "source_id"]
    tables = []
    for batch in runs.batches(context):
        file = pq.ParquetFile(context.lake.documents(context.plan.run, "diversity", batch))
        read = file.read(columns=[*names, "text"])
        size = pc.binary_length(read.column("text")).cast(pa.int64())
        tables.append(read.select(names).append_column("n_bytes", size))
    whole = pa.concat_tables(tables)
    topics = parquet.read(topics_path(context), TOPICS) if topics_path(context).is_file() else TOPICS.empty_table()
    topic = topics.column("topic").take(pc.index_in(whole.column("doc_id"), topics.column("doc_id").combine_chunks()))
    return whole.append_column("topic", topic).append_column("named", pc.fill_null(topic, "other"))


def topics_path(context: Context) -> Path:
    """Where a run keeps the topic of its documents."""
    return context.lake.run(context.plan.run) / "diversity" / "topics.parquet"


def _copies(context: Context) -> pa.Table:
    """doc_id, cluster_id, kept_doc_id of every document of the run that is in a cluster."""
    ruled = duplicate_rules()
    copies = pa.array([by_relation(ruled, relation).id for relation in COPIES])
    names = ["doc_id", "rule_id", "kept_doc_id", "cluster_id"]
    decided = (rows.select(names) for rows in runs.decisions(context, "duplicates"))
    clustered = (rows.filter(pc.field("cluster_id").is_valid()) for rows in decided)
    said = pa.concat_tables([schemas.DECISIONS.empty_table().select(names), *clustered])
    is_copy = pc.is_in(said.column("rule_id"), copies)
    kept = pc.if_else(is_copy, said.column("kept_doc_id"), pa.scalar(None, pa.int64()))
    return pa.table({"doc_id": said["doc_id"], "cluster_id": said["cluster_id"], "kept_doc_id": kept})


def _held(context: Context) -> pa.Table:
    """doc_id, held_doc_id of every document that an earlier snapshot holds."""
    path = context.lake.run(context.plan.run) / "duplicates" / "links.parquet"
    links = parquet.read(path, LINKS) if path.is_file() else LINKS.empty_table()
    least = by_relation(duplicate_rules(), "earlier").threshold_ppm or MILLION
    own = links.filter((pc.field("relation") == "earlier") & (pc.field("share_ppm") >= least))
    return pa.table({"doc_id": own.column("doc_id"), "held_doc_id": own.column("other_id")})


def shares(frozen: Frozen) -> pa.Table:
    """`SHARES` of a frozen snapshot: what its text and its weights come to, counted again from its files."""
    paths: dict[str, object] = {"shards": sorted(str(path) for path in (frozen.folder / "data").glob("*.parquet"))}
    weighed = frozen.folder / layout.SAMPLING
    if weighed.is_file():
        paths["sampling"] = str(weighed)
    with database.connect(frozen.folder) as connection:
        found = queries.table(connection, CELLS_SQL.format(chosen=CHOSEN if weighed.is_file() else UNCHOSEN), paths)
    weights = pc.fill_null(found.column("weight_ppm"), MILLION).combine_chunks()
    counted = found.select(CELLS.names).cast(CELLS)
    return mixture.shares(counted, weights, rules.targets(), rules.weights())


def recorded(context: Context, frozen: Frozen) -> pa.Table:
    """`SHARES` of a frozen snapshot, appended to the ledger: once for every state of the targets."""
    found = shares(frozen)
    named = pa.repeat(pa.scalar(frozen.snapshot_id), found.num_rows)
    name = f"{frozen.snapshot_id}/{rules_sha256('diversity')[:12]}"
    append_rows(context, "mixture_shares", found.add_column(0, "snapshot_id", named), stage="snapshots", name=name)
    return found
