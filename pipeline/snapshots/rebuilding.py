"""Rebuild: freeze a run's documents once more, aside, and compare every byte with what was frozen."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version as installed
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from pipeline.errors import EvidenceBroken, UsageError
from pipeline.snapshots import approving, evidence, freezing, leftovers, pages, shards
from pipeline.snapshots.states import Frozen
from pipeline.store.lake import Lake


def rebuild(
    lake: Lake,
    frozen: Frozen,
    *,
    documents: Sequence[Path],
    licences: Mapping[str, str],
    attributions: Mapping[str, str],
    own_licences: pa.Table | None = None,
    weights: pa.Table | None = None,
) -> int:
    """Make shards, members and pages of a snapshot again from its run; how many files came out the same.

    Args:
        lake: where the run lies.
        frozen: the snapshot.
        documents: as it was frozen from.
        licences: as `freeze` got them.
        attributions: as `freeze` got them.
        own_licences: as `freeze` got them.
        weights: as `freeze` got them.

    Raises:
        UsageError: an amended version: it was not made from a run.
        EvidenceBroken: names the files that differ, and libraries of other versions.
    """
    manifest = approving.manifest_of(frozen)
    if "amends" in manifest:
        raise UsageError(f"{frozen.snapshot_id} amends another version", fix="rebuild that one; compare with diff")
    shard_bytes = int(str(manifest.get("shard_bytes", shards.SHARD_BYTES)))  # those of before do not say it
    with TemporaryDirectory(dir=lake.snapshots, prefix=leftovers.REBUILD) as work:
        read = shards.documents(documents, licences, own_licences)
        draft = freezing.drawn(Path(work), read, shard_bytes, weights)
        again = manifest | freezing.contents(draft)
        pages.write(lake, draft.folder, again, draft.counts, attributions)
        made = {one["path"]: str(one["sha256"]) for one in evidence.items(again["shards"])}
        made |= {name: shards.digest(draft.folder / name) for name in (*draft.beside, *pages.NAMES)}
    wanted = {one.path: one.sha256 for one in evidence.listed(manifest)}
    other = sorted(name for name in wanted.keys() | made.keys() if name in wanted and wanted[name] != made.get(name))
    other += sorted(name for name in made if name.startswith("data/") and name not in wanted)
    if other:
        raise EvidenceBroken(f"{len(other)} files come out differently: {', '.join(other[:5])}", fix=_fix(manifest))
    return len(wanted)


def _fix(manifest: Mapping[str, object]) -> str:
    said = manifest.get("libraries")
    known = said if isinstance(said, dict) else {}
    other = [f"{name} {was}" for name, was in sorted(known.items()) if installed(name) != was]
    return (
        f"it was frozen with {', '.join(other)}"
        if other
        else "documents, evidence or mixture targets of the run were changed since"
    )
