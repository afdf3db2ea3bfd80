"""What earlier snapshots hold, as sorted files that later runs look into: bands of signatures, hashes of texts.

A snapshot is indexed once, when a run first asks for it. Nothing is ever removed from a snapshot here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.kernels import minhash
from pipeline.rules.duplicates import DuplicateRule, by_relation
from pipeline.snapshots import freezing, layout, states
from pipeline.stages import duplicates
from pipeline.steps.runs import Context
from pipeline.store import database, files, parquet
from pipeline.store.lake import Lake

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """One earlier snapshot: its index and where its texts lie."""

    snapshot_id: str
    index: Path
    shards: tuple[Path, ...]

    @property
    def bands(self) -> Path:
        """`key` and `doc_id` of `BANDS` of its documents, ascending key."""
        return self.index / "bands.parquet"

    @property
    def kinds(self) -> Path:
        """Hash of the normalised text and id of its documents, ascending."""
        return self.index / "kinds.parquet"


def earlier(context: Context, rules: Sequence[DuplicateRule]) -> list[Earlier]:
    """The approved snapshots that a run compares itself with; the same ones whenever it is resumed."""
    path = context.lake.run(context.plan.run) / "earlier.json"
    approved = [
        frozen.snapshot_id
        for frozen in freezing.everything(context.lake)
        if frozen.run != context.plan.run and states.state(context.lake.ledger, frozen.snapshot_id) == states.APPROVED
    ]
    files.put_if_absent(path, json.dumps(sorted(approved)).encode())
    known = json.loads(files.read(path))
    return [_indexed(context.lake, name, rules) for name in known if _is_there(context.lake, name)]


def _is_there(lake: Lake, snapshot_id: str) -> bool:
    """Revoked since, or its text erased: nothing is compared with it any more."""
    if states.state(lake.ledger, snapshot_id) == states.REVOKED:
        return False
    name, version = layout.split(snapshot_id)
    return (lake.snapshots / name / str(version) / layout.MANIFEST).is_file()


def _indexed(lake: Lake, snapshot_id: str, rules: Sequence[DuplicateRule]) -> Earlier:
    near = by_relation(rules, "near")
    shape = minhash.bands(near.threshold_ppm or MILLION, near.missed_weight_ppm or MILLION // 2)
    frozen = freezing.find(lake, snapshot_id)
    found = Earlier(
        snapshot_id=snapshot_id,
        index=lake.held(snapshot_id) / f"{shape[0]}x{shape[1]}",
        shards=tuple(sorted((frozen.folder / "data").glob("*.parquet"))),
    )
    if not found.kinds.is_file():
        _write(lake, frozen.run, parquet.read(frozen.folder / layout.MEMBERS).column("doc_id"), found, rules)
    return found


def _write(lake: Lake, run: str, members: pa.ChunkedArray, to: Earlier, rules: Sequence[DuplicateRule]) -> None:
    """Index the documents as the run measured them, before redaction, or as they were published where that is gone."""
    batches = pc.unique(pc.shift_right(members, 32)).to_pylist()
    measured = [path for path in (lake.measures(run, "duplicates", batch) for batch in batches) if path.is_file()]
    tables = map(parquet.read, measured if len(measured) == len(batches) else to.shards)
    to.index.mkdir(parents=True, exist_ok=True)
    work = to.index / "parts"
    for number, table in enumerate(tables):
        measures = table if "signature" in table.column_names else duplicates.measure(table)
        own = measures.filter(pc.is_in(measures.column("doc_id"), members.combine_chunks()))
        parquet.write(work / f"bands-{number}.parquet", duplicates.bands(own, rules).select(["key", "doc_id"]))
        parquet.write(work / f"kinds-{number}.parquet", own.select(["normalised_hash", "doc_id"]))
    with database.connect(work, memory_bytes=MEMORY_BYTES, spill=work) as connection:
        for name, path, key in (("bands", to.bands, "key"), ("kinds", to.kinds, "normalised_hash")):
            temporary = path.with_suffix(".tmp")
            connection.execute(
                f"copy (select * from read_parquet('{name}-*.parquet') order by {key}, doc_id) "
                f"to '{temporary}' (format parquet, compression zstd)"
            )
            temporary.replace(path)
    for part in work.glob("*.parquet"):
        part.unlink()


MEMORY_BYTES = 600 << 20
"""What DuckDB may hold before it writes to disk."""
