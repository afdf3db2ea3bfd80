"""Tombstones: what left at somebody's request does not come back with a later run, nor a text much like it.

Exact texts are known by their content HMAC, similar ones by a keyed sketch; neither leads back to a word of a text.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ledger import queries, views
from pipeline.rules.requests import Reason
from pipeline.schemas.duplicates import MEASURES_DUPLICATES
from pipeline.schemas.private import TOMBSTONES
from pipeline.stages import duplicates
from pipeline.stages.duplicates import tombstones as stage
from pipeline.steps import keys
from pipeline.store import parquet
from pipeline.store.lake import Lake

READ_SQL = "select distinct doc_id, content_hmac from documents order by doc_id"


def bury(lake: Lake, ids: pa.Array, request_id: str, reason: Reason) -> int:
    """Remember what leaves, as its reason asks; how many documents have a tombstone for this request now.

    Call it while the texts are still there. Those that were buried before keep what is known of them.

    Args:
        lake: the lake.
        ids: int64.
        request_id: one file holds the tombstones of a request.
        reason: whether texts that are much like them stay out too.
    """
    if reason.tombstone == "none":
        return 0
    path = lake.tombstones / f"{request_id}.parquet"
    before = _read(path) if path.is_file() else TOMBSTONES.empty_table()
    new = ids.filter(pc.invert(pc.is_in(ids, before.column("doc_id").combine_chunks())))
    with views.connect(lake.ledger) as connection:
        read = queries.table(connection, READ_SQL, {})
    gone = read.filter(pc.is_in(read.column("doc_id"), new))
    measures = sketched(lake, new) if reason.tombstone == "near" else MEASURES_DUPLICATES.empty_table()
    added = stage.buried(gone, measures, keys.tombstone_key(lake))
    held = pa.concat_tables([before, added]).sort_by("doc_id")
    parquet.write(path, held)
    return int(held.num_rows)


def sketched(lake: Lake, ids: pa.Array) -> pa.Table:
    """`MEASURES_DUPLICATES` of documents by their texts as read, or as a run measured them where these are gone."""
    read = pa.concat_tables([MEASURES_DUPLICATES.empty_table(), *_from_texts(lake, ids)])
    rest = ids.filter(pc.invert(pc.is_in(ids, read.column("doc_id").combine_chunks())))
    return pa.concat_tables([read, *_from_measures(lake, rest)])


def _from_texts(lake: Lake, ids: pa.Array) -> Iterator[pa.Table]:
    for name in _files(ids):
        for path in sorted((lake.root / "documents").glob(f"*/documents/{name}")):
            table = parquet.read(path)
            yield duplicates.measure(table.filter(pc.is_in(table.column("doc_id"), ids)))


def _from_measures(lake: Lake, ids: pa.Array) -> Iterator[pa.Table]:
    for name in _files(ids):
        for path in sorted((lake.root / "measures").glob(f"*/duplicates/{name}")):
            table = parquet.read(path, MEASURES_DUPLICATES)
            yield table.filter(pc.is_in(table.column("doc_id"), ids))


def _files(ids: pa.Array) -> list[str]:
    return sorted({f"{one >> 32:08x}.parquet" for one in ids.to_pylist()})


def tombstones(lake: Lake) -> pa.Table:
    """`TOMBSTONES` of all requests."""
    found = [_read(path) for path in sorted(lake.tombstones.glob("*.parquet"))]
    return pa.concat_tables([TOMBSTONES.empty_table(), *found])


def hmacs(lake: Lake) -> pa.Array:
    """The content HMACs that no run may take in again."""
    return tombstones(lake).column("content_hmac").combine_chunks()


def _read(path: Path) -> pa.Table:
    """One file; those of before sketches have none."""
    table = parquet.read(path)
    if "sketch" not in table.column_names:
        table = table.append_column(TOMBSTONES.field("sketch"), pa.nulls(table.num_rows, pa.binary(512)))
    return table.select(TOMBSTONES.names).cast(TOMBSTONES)
