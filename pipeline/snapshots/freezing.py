"""Freezes the documents of a run: content-addressed shards, members, manifest. Same input, same bytes."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import InputMissing, UsageError
from pipeline.ledger import log, merkle
from pipeline.ledger.log import Entry
from pipeline.schemas.ledger import SNAPSHOT_MEMBERS, SNAPSHOTS
from pipeline.schemas.snapshots import MEMBERS, SHARD
from pipeline.snapshots import pages
from pipeline.store import files, parquet
from pipeline.store.lake import Lake

SHARD_BYTES = 128 << 20
"""Text in one shard, before compression."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frozen:
    """A snapshot that was frozen; whether it may be used is another question."""

    snapshot_id: str
    name: str
    version: str
    run: str
    use: str
    folder: Path
    manifest_sha256: str


def freeze(  # noqa: PLR0913  one argument for each thing that is frozen
    lake: Lake,
    *,
    name: str,
    run: str,
    use: str,
    documents: Sequence[Path],
    licences: Mapping[str, str],
    attributions: Mapping[str, str],
    at_us: int,
    actor: str,
) -> Frozen:
    """Freeze `documents` as the next version of `name`; freezing the same content again gives the same version.

    Args:
        lake: where the snapshot goes.
        name: letters, digits, dots, dashes.
        run: the run that made the documents.
        use: declared use.
        documents: Parquet files of `DOCUMENTS`, the batches of the run in order.
        licences: SPDX expression by source.
        attributions: credit line by source.
        at_us: now.
        actor: who freezes; may not approve.

    Raises:
        UsageError: a name that is not a plain word.
    """
    if not name or not all(c.isalnum() or c in "._-" for c in name):
        raise UsageError("a snapshot is named by letters, digits, dots and dashes", fix="give --name accordingly")
    shards, members = _write_shards(lake, documents, licences)
    used = {source: licences.get(source) or "" for source in _sources(lake, shards)}
    manifest = _manifest(shards, members, {"name": name, "run": run, "use": use, "licences": used})
    number, folder = _version(lake, name, manifest)
    _lay_out(lake, folder, manifest, members)
    pages.write(folder, manifest, {source: attributions.get(source) or source for source in used})
    files.write(folder / "frozen.json", json.dumps({"run": run, "use": use, "actor": actor}).encode())
    frozen = find(lake, f"{name}-v{number}")
    _append(lake, frozen, members, at_us=at_us, actor=actor)
    return frozen


def find(lake: Lake, snapshot_id: str) -> Frozen:
    """The frozen snapshot of that id.

    Raises:
        InputMissing: this lake has none.
    """
    name, _, number = snapshot_id.rpartition("-v")
    folder = lake.snapshots / name / f"v{number}"
    if not (folder / "frozen.json").is_file():
        raise InputMissing(f"no snapshot {snapshot_id}", fix="`provender snapshot list` shows them")
    said = json.loads(files.read(folder / "frozen.json"))
    return Frozen(
        snapshot_id=snapshot_id,
        name=name,
        version=f"v{number}",
        run=said["run"],
        use=said["use"],
        folder=folder,
        manifest_sha256=hashlib.sha256(files.read(folder / "manifest.json")).hexdigest(),
    )


def _tables(documents: Sequence[Path], licences: Mapping[str, str]) -> Iterator[pa.Table]:
    for path in documents:
        table = parquet.read(path)
        declared = [licences.get(source) for source in table.column("source_id").to_pylist()]
        columns = [table.column(n) for n in ("doc_id", "text", "lang", "source_id")]
        yield pa.table([*columns, pa.array(declared, pa.string())], schema=SHARD)


def _write_shards(
    lake: Lake, documents: Sequence[Path], licences: Mapping[str, str]
) -> tuple[list[dict[str, object]], pa.Table]:
    shards: list[dict[str, object]] = []
    members: list[pa.Table] = []
    pending: list[pa.Table] = []
    size = 0
    for table in _tables(documents, licences):
        pending.append(table)
        size += pc.sum(pc.binary_length(table.column("text"))).as_py() or 0
        if size >= SHARD_BYTES:
            _close(lake, pending, shards, members)
            pending, size = [], 0
    if pending or not shards:
        _close(lake, pending or [SHARD.empty_table()], shards, members)
    return shards, pa.concat_tables(members)


def _close(lake: Lake, pending: list[pa.Table], shards: list[dict[str, object]], members: list[pa.Table]) -> None:
    table = pa.concat_tables(pending).sort_by([("source_id", "ascending"), ("doc_id", "ascending")])
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_content_defined_chunking=True)
    content = bytes(sink.getvalue().to_pybytes())
    digest = hashlib.sha256(content).hexdigest()
    files.put_if_absent(shared(lake, digest), content)
    ids, n = table.column("doc_id"), table.num_rows
    low, high = pc.min(ids).as_py(), pc.max(ids).as_py()
    shards.append({"sha256": digest, "bytes": len(content), "rows": n, "min_doc": low, "max_doc": high})
    members.append(pa.table([ids, pa.array([digest] * n, pa.string()), pa.array(range(n), pa.int64())], schema=MEMBERS))


def _sources(lake: Lake, shards: Sequence[Mapping[str, object]]) -> list[str]:
    """The sources of all shards, read back from their columns: the manifest speaks of what is there."""
    columns = [pq.read_table(shared(lake, str(s["sha256"])), columns=["source_id"]) for s in shards]
    return sorted(set(pa.concat_tables(columns).column("source_id").to_pylist()))


def shared(lake: Lake, digest: str) -> Path:
    """Where the shard of that hash lies, shared by every snapshot that holds it."""
    return lake.snapshots / "cas" / "sha256" / digest[:2] / f"{digest}.parquet"


def _manifest(shards: Sequence[Mapping[str, object]], members: pa.Table, said: Mapping[str, object]) -> bytes:
    total = len(shards)
    paths = [f"data/train-{i:05d}-of-{total:05d}.parquet" for i in range(total)]
    leaves = [merkle.leaf(f"{d},{s},{r}".encode()) for d, s, r in zip(*members.to_pydict().values(), strict=True)]
    manifest = {
        **said,
        "schema": {field.name: str(field.type) for field in SHARD},
        "shards": [{"path": path, **shard} for path, shard in zip(paths, shards, strict=True)],
        "members_root": merkle.root(leaves).hex(),
        "exclusions": [],
        "rows": members.num_rows,
        "made_with": {name: version_of(name) for name in ("provender", "pyarrow")},
    }
    return json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _version(lake: Lake, name: str, manifest: bytes) -> tuple[int, Path]:
    """The version that holds this manifest already, or the next free one, claimed."""
    number = 1
    while True:
        folder = lake.snapshots / name / f"v{number}"
        if files.put_if_absent(folder / "manifest.json", manifest) or files.read(folder / "manifest.json") == manifest:
            return number, folder
        number += 1


def _lay_out(lake: Lake, folder: Path, manifest: bytes, members: pa.Table) -> None:
    for shard in json.loads(manifest)["shards"]:
        path = folder / shard["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.link(shared(lake, shard["sha256"]), path)
    parquet.write(folder / "members.parquet", members)


def _append(lake: Lake, frozen: Frozen, members: pa.Table, *, at_us: int, actor: str) -> None:
    append_state(lake, frozen, "frozen", at_us=at_us, actor=actor)
    n = members.num_rows
    rows = pa.table([pa.array([frozen.snapshot_id] * n, pa.string()), *members.columns], schema=SNAPSHOT_MEMBERS)
    key = f"{frozen.snapshot_id}/members"
    entry = Entry(kind="snapshot_members", key=key, at_us=at_us, actor=actor, run=frozen.run)
    log.append(lake.ledger, entry, rows)


def append_state(lake: Lake, frozen: Frozen, state: str, *, at_us: int, actor: str) -> int:
    """Append a state of a snapshot, once; the number of the entry."""
    row = {
        "snapshot_id": [frozen.snapshot_id],
        "name": [frozen.name],
        "version": [frozen.version],
        "run": [frozen.run],
        "state": [state],
        "use": [frozen.use],
        "created_at_us": [at_us],
        "checkpoint_size": [log.size(lake.ledger)],
        "manifest_sha256": [bytes.fromhex(frozen.manifest_sha256)],
    }
    key = f"{frozen.snapshot_id}/{state}"
    entry = Entry(kind="snapshots", key=key, at_us=at_us, actor=actor, run=frozen.run)
    return log.append(lake.ledger, entry, pa.table(row, schema=SNAPSHOTS))
