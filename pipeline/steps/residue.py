"""What of a frozen snapshot is alike after all: near duplicates that redaction made, or that no stage has seen.

The run compared texts as they were before redaction. Two letters that differ in a name and a number are one letter
twice once these are gone, so redacted documents are sketched again as they were frozen; of all others the sketch of the
run serves. Candidates are verified by their frozen texts. Memory is bounded: bands lie in files, texts come in slices.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.rules.duplicates import by_relation, duplicate_rules
from pipeline.schemas import PAIRS
from pipeline.schemas.duplicates import MEASURES_DUPLICATES
from pipeline.snapshots import leftovers
from pipeline.snapshots.states import Frozen
from pipeline.stages import duplicates as stage
from pipeline.steps import copies, gates, near
from pipeline.steps.earlier import MEMORY_BYTES
from pipeline.steps.runs import Context
from pipeline.store import database, parquet

REDACTED_SQL = """
select distinct doc_id from decisions where run = $run and stage = 'personal' and outcome = 'redact' order by doc_id
"""


def count(pairs: pa.Table) -> int:
    """How many members would have to go so that no pair is left."""
    return int(pc.count_distinct(pairs.column("b")).as_py())


def near_duplicates(context: Context, frozen: Frozen) -> pa.Table:
    """`PAIRS` of members that share as many shingles as rule DUP.R002 forbids, ascending a and b.

    Versions of statutes are no such pairs: rule DUP.R003 lets them stay beside each other.
    """
    pairs = _close(context, frozen)
    versions = copies.of_versions(context, pc.unique(pairs.column("b")))
    return pairs.filter(pc.invert(pc.is_in(pairs.column("b"), versions)))


def _close(context: Context, frozen: Frozen) -> pa.Table:
    shards = sorted((frozen.folder / "data").glob("*.parquet"))
    redacted = gates.ask(context, REDACTED_SQL).column("doc_id").combine_chunks()
    with TemporaryDirectory(dir=context.lake.snapshots, prefix=leftovers.CHECK) as work:
        bands = [Path(work) / f"{number:05d}.parquet" for number in range(len(shards))]
        for path, shard in zip(bands, shards, strict=True):
            sketched = pa.concat_tables(_measured(context, shard, redacted))
            parquet.write(path, stage.bands(sketched, duplicate_rules()), group_rows=max(1, sketched.num_rows))
        return _verified(Path(work), bands, shards).sort_by([("a", "ascending"), ("b", "ascending")])


def _verified(work: Path, bands: list[Path], shards: list[Path]) -> pa.Table:
    rule = by_relation(duplicate_rules(), "near")
    with database.connect(memory_bytes=MEMORY_BYTES, spill=work / "spill") as connection:
        copies.view_of(connection, "run_bands", bands, "band, key, doc_id")
        copies.view_of(connection, "documents", shards, "doc_id, text")
        connection.execute("create temp table copies (doc_id bigint, first_id bigint)")  # every copy is compared here
        connection.register("limits", pa.table({"full_bucket": [rule.full_bucket]}))
        found = copies.verified(connection, near.candidates(connection), stage.verify, PAIRS)
    return found.filter(pc.field("jaccard_ppm") >= rule.threshold_ppm)


def _measured(context: Context, shard: Path, redacted: pa.Array) -> Iterator[pa.Table]:
    """`MEASURES_DUPLICATES` of a shard: of the run where it saw the same text, else of the text itself."""
    texts = ds.dataset(shard, format="parquet")
    ids = texts.to_table(columns=["doc_id"]).column("doc_id").combine_chunks()
    same = ids.filter(pc.invert(pc.is_in(ids, redacted)))
    stored = pa.concat_tables(_stored(context, same))
    yield stored
    rest = ids.filter(pc.invert(pc.is_in(ids, stored.column("doc_id").combine_chunks())))
    for batch in texts.to_batches(columns=["doc_id", "text"], filter=ds.field("doc_id").isin(rest)):
        yield stage.measure(pa.Table.from_batches([batch]))


def _stored(context: Context, ids: pa.Array) -> Iterator[pa.Table]:
    yield MEASURES_DUPLICATES.empty_table()
    for batch in sorted(pc.unique(pc.shift_right(ids, 32)).to_pylist()):
        path = context.lake.measures(context.plan.run, "duplicates", batch)
        if path.is_file():
            table = parquet.read(path, MEASURES_DUPLICATES)
            yield table.filter(pc.is_in(table.column("doc_id"), value_set=ids))
