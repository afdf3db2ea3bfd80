"""Amend: the next version of a snapshot without some documents. Only the shards that hold them are written again.

The amended version is frozen, not approved: what people signed was another manifest.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.rules.snapshots import limits
from pipeline.schemas.snapshots import MEMBERS
from pipeline.snapshots import card, freezing, layout, leftovers, sampling, shards
from pipeline.snapshots.shards import Shard
from pipeline.snapshots.states import Frozen
from pipeline.store import files, parquet
from pipeline.store.lake import Lake

KEPT = ("format", "is_commercial", "libraries", "name", "place", "run", "shard_bytes", "use")
"""Fields of the manifest that an amended version has in common with the one before."""
FACTS = ["doc_id", "lang", "source_id", "licence"]


def holding(frozen: Frozen, doc_ids: pa.Array) -> pa.Table:
    """Where a snapshot holds these documents.

    Returns:
        `MEMBERS` rows of those that it holds, ascending `doc_id`.
    """
    found = parquet.read(frozen.folder / layout.MEMBERS, MEMBERS)
    return found.filter(pc.is_in(found.column("doc_id"), value_set=doc_ids))


def amend(
    lake: Lake,
    frozen: Frozen,
    doc_ids: pa.Array,
    *,
    attributions: Mapping[str, str],
    at_us: int,
    actor: str,
) -> Frozen | None:
    """Freeze the next version of a snapshot without some of its documents; None when none would be left.

    Shards that hold none of them stay as they are, byte for byte, and their texts are not read.
    Amending again returns the version that exists.

    Args:
        lake: where the snapshot lies.
        frozen: the snapshot.
        doc_ids: int64; those that it does not hold change nothing.
        attributions: credit line by source.
        at_us: now.
        actor: who amends; may not approve the new version.
    """
    manifest = json.loads(files.read(frozen.folder / layout.MANIFEST))
    touched = set(holding(frozen, doc_ids).column("shard").to_pylist())
    change = _Change(lake=lake, doc_ids=doc_ids, counts=card.Counts(characters=_characters(lake, manifest)))
    with TemporaryDirectory(dir=lake.snapshots, prefix=leftovers.AMEND) as work:
        kept = list(_shards(Path(work), change, manifest["shards"], touched))
        if not kept:
            return None
        counts = change.counts
        draft = freezing.drafted(Path(work), kept, counts, sampling.read(frozen.folder))
        credit = card.attribution(frozen.name, "", counts, attributions)
        own = {
            "actor": actor,
            "amends": {"manifest_sha256": frozen.manifest_sha256, "snapshot_id": frozen.snapshot_id},
            "attribution_sha256": freezing.hex_sha256(credit),
            "created_at_us": at_us,
            "ledger": freezing.log_state(lake.ledger),
            "valid_days": limits().valid_days,
        }
        base = {name: manifest[name] for name in KEPT if name in manifest}
        return freezing.finish(lake, draft, base | own | freezing.contents(draft), attributions)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Change:
    """What leaves, and the counts of what stays."""

    lake: Lake
    doc_ids: pa.Array
    counts: card.Counts


def _characters(lake: Lake, manifest: Mapping[str, Any]) -> int:
    """Of the whole snapshot. Manifests of before do not say it: of these all texts are read."""
    if "characters" in manifest:
        return int(manifest["characters"])
    n = 0
    for one in manifest["shards"]:
        with pq.ParquetFile(layout.shard_object(lake.snapshots, str(one["sha256"]))) as file:
            batches = file.iter_batches(shards.READ_ROWS * 16, columns=["text"])
            n += sum(card.characters(pa.Table.from_batches([batch])) for batch in batches)
    return n


def _shards(work: Path, change: _Change, listed: Sequence[Mapping[str, object]], touched: set[str]) -> Iterator[Shard]:
    """The shards of the new version in order: old objects, or new files where documents left."""
    for number, one in enumerate(listed):
        place = layout.shard_object(change.lake.snapshots, str(one["sha256"]))
        if str(one["path"]) in touched:
            (work / f"{number:05d}").mkdir()
            left = _without(place, change)
            yield from shards.write(work / f"{number:05d}", left, shard_bytes=2 * int(str(one["bytes"])) + 1)
        else:
            yield _untouched(place, one, change.counts)


def _without(place: Path, change: _Change) -> Iterator[pa.Table]:
    with pq.ParquetFile(place) as file:
        for batch in file.iter_batches(shards.READ_ROWS):
            table = pa.Table.from_batches([batch])
            is_gone = pc.is_in(table.column("doc_id"), value_set=change.doc_ids)
            change.counts.characters -= card.characters(table.filter(is_gone))
            left = table.filter(pc.invert(is_gone))
            if left.num_rows:
                yield change.counts.add_facts(left)


def _untouched(place: Path, listed: Mapping[str, object], counts: card.Counts) -> Shard:
    """A shard that stays as it is; its texts are not read."""
    with pq.ParquetFile(place) as file:
        facts = counts.add_facts(file.read(columns=FACTS))
    return Shard(
        file=place,
        sha256=str(listed["sha256"]),
        n_bytes=int(str(listed["bytes"])),
        doc_ids=facts.column("doc_id").combine_chunks(),
    )
