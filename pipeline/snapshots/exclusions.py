"""exclusion.parquet: which documents of a pulled snapshot may not be used any more, and where they lie."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.schemas.snapshots import EXCLUSIONS, MEMBERS
from pipeline.snapshots import layout
from pipeline.snapshots.feed import Notice
from pipeline.store import parquet

NAME = "exclusion.parquet"


def table(folder: Path, notices: Sequence[Notice], snapshot_id: str) -> pa.Table:
    """What the feed excludes from the snapshot that lies in `folder`.

    Returns:
        `EXCLUSIONS`, one row a document, with the first notice that named it.
    """
    first: dict[int, Notice] = {}
    for notice in notices:
        for one in notice.documents.get(snapshot_id, ()):
            first.setdefault(int(one), notice)
    ids = sorted(first)
    named = pa.table(
        {
            "doc_id": pa.array(ids, pa.int64()),
            "notice": pa.array([first[one].number for one in ids], pa.int64()),
            "reason": pa.array([first[one].reason for one in ids], pa.string()),
            "severity": pa.array([first[one].severity for one in ids], pa.string()),
        }
    )
    if not ids:
        return EXCLUSIONS.empty_table()
    members = parquet.read(folder / layout.MEMBERS, MEMBERS)
    joined = named.join(members, "doc_id", join_type="left outer").sort_by("doc_id")
    return joined.select(EXCLUSIONS.names).cast(EXCLUSIONS).combine_chunks()


def write(folder: Path, notices: Sequence[Notice], snapshot_id: str) -> int:
    """Write exclusion.parquet; how many documents it names."""
    found = table(folder, notices, snapshot_id)
    parquet.write(folder / NAME, found)
    return int(found.num_rows)


def kept(folder: Path) -> int:
    """How many documents the list in `folder` names; 0 when there is none."""
    return int(parquet.read(folder / NAME, EXCLUSIONS).num_rows) if (folder / NAME).is_file() else 0
