"""sampling.parquet: weights, topics and clusters of near duplicates travel with a snapshot; readers choose by them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import EvidenceMissing
from pipeline.schemas.snapshots import SAMPLING
from pipeline.snapshots import layout
from pipeline.store import parquet


def write(folder: Path, sampling: pa.Table, members: pa.ChunkedArray) -> None:
    """Write the rows of the members, in their order.

    Args:
        folder: of the draft.
        sampling: `SAMPLING`; may hold documents that are no members.
        members: `doc_id`, ascending.

    Raises:
        EvidenceMissing: a member has no row.
    """
    at = pc.index_in(members, value_set=sampling.column("doc_id").combine_chunks())
    if at.null_count:
        raise EvidenceMissing(
            f"{at.null_count} documents of the snapshot have no sampling weight", fix="freeze again from the whole run"
        )
    parquet.write(folder / layout.SAMPLING, sampling.select(SAMPLING.names).take(at).cast(SAMPLING))


def read(folder: Path) -> pa.Table | None:
    """`SAMPLING` of a snapshot's folder; None of snapshots that carry none: they are of before, or of no run."""
    path = folder / layout.SAMPLING
    return parquet.read(path, SAMPLING) if path.is_file() else None


def second(sampling: pa.Table) -> pa.Array:
    """The documents that are left out when each cluster keeps one: the best copy stays, of equals the lowest id.

    Args:
        sampling: `SAMPLING` of those that may be read; a cluster whose best copy is not among them keeps another.
    """
    clustered = sampling.filter(pc.is_valid(sampling.column("cluster_id")))
    is_worse = pc.cast(pc.is_valid(clustered.column("kept_doc_id")), pa.int8())
    order = [("cluster_id", "ascending"), ("is_worse", "ascending"), ("doc_id", "ascending")]
    ordered = clustered.append_column("is_worse", is_worse).sort_by(order)
    clusters, ids = (ordered.column(name).to_numpy() for name in ("cluster_id", "doc_id"))
    return pa.array(np.sort(ids[1:][clusters[1:] == clusters[:-1]]), pa.int64())
