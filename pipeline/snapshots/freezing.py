"""Freeze: documents into content-addressed shards, a manifest that names every byte, and the ledger entries."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version as installed
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from pipeline.errors import EvidenceBroken, InputMalformed, InputMissing
from pipeline.ledger import canonical, keys, log, merkle
from pipeline.rules.snapshots import limits
from pipeline.schemas.ledger import KINDS
from pipeline.schemas.snapshots import SNAPSHOT_DOCUMENTS
from pipeline.snapshots import card, layout, leftovers, pages, sampling, shards, states
from pipeline.snapshots.states import Frozen
from pipeline.store import files
from pipeline.store.lake import Lake

FORMAT = "provender.snapshot/1"
IDENTITY = ("run", "use", "shards", "members_root", "licences", "attribution_sha256", "sampling_sha256")
"""Manifest fields that make two snapshots of one name the same snapshot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """Everything of a snapshot but its version."""

    folder: Path
    shards: Sequence[shards.Shard]
    members: pa.Table  # shards by number
    members_root: str
    counts: card.Counts
    beside: tuple[str, ...]  # what it holds beside shards and pages

    @property
    def paths(self) -> list[str]:
        """The shards' paths in the snapshot's folder, as Hugging Face names them."""
        total = len(self.shards)
        return [f"data/train-{number:05d}-of-{total:05d}.parquet" for number in range(total)]


def freeze(  # noqa: PLR0913  what a manifest must say is what must be given
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
    own_licences: pa.Table | None = None,
    weights: pa.Table | None = None,
    place: str = "CN",
    is_commercial: bool = True,
    shard_bytes: int | None = None,
) -> Frozen:
    """Freeze the final documents of a run as the next version of `name`.

    The same documents of the same run under the same name are the same snapshot: freezing them again returns
    the version that exists, with its first time and actor.

    Args:
        lake: where shards, snapshot and entries go.
        name: letters, digits, `.`, `_`, `-`.
        run: id of the run whose documents these are.
        use: declared use, such as pretrain.
        documents: Parquet files of `DOCUMENTS`, each ascending by source and `doc_id`.
        licences: SPDX expression by source; every source in `documents` needs one.
        own_licences: `doc_id` and `expression` of documents that have a licence of their own.
        attributions: credit line by source; sources without one may be absent.
        weights: `SAMPLING` of the documents; None makes a snapshot without.
        at_us: now.
        actor: who freezes; may not approve.
        place: where models are trained.
        is_commercial: whether the use is.
        shard_bytes: size at which a shard is closed; by the size of the snapshot where None.

    Raises:
        InputMissing: no documents at all, or a file is not there.
        EvidenceMissing: a source without a licence, or a document without a sampling weight.
        InputMalformed: documents out of order or twice.
    """
    layout.require_name(name)
    lake.snapshots.mkdir(parents=True, exist_ok=True)
    closed_at = shard_bytes or shards.size(documents)
    with TemporaryDirectory(dir=lake.snapshots, prefix=leftovers.FREEZE) as work:
        read = shards.documents(documents, licences, own_licences)
        draft = drawn(Path(work), read, closed_at, weights)
        credit = card.attribution(name, "", draft.counts, attributions)
        manifest: dict[str, object] = {
            "actor": actor,
            "attribution_sha256": hex_sha256(credit),
            "created_at_us": at_us,
            "format": FORMAT,
            "is_commercial": is_commercial,
            "ledger": log_state(lake.ledger),
            "libraries": {package: installed(package) for package in ("duckdb", "provender", "pyarrow")},
            "name": name,
            "place": place,
            "run": run,
            "shard_bytes": closed_at,
            "use": use,
            "valid_days": limits().valid_days,
        } | contents(draft)
        return finish(lake, draft, manifest, attributions)


def finish(lake: Lake, draft: Draft, manifest: dict[str, object], attributions: Mapping[str, str]) -> Frozen:
    """Place the draft as the next version and record it, or find the version that is this snapshot already."""
    folder = _existing(lake, manifest) or _place(lake, draft, manifest, attributions)
    frozen = _read(folder)
    _record(lake.ledger, frozen, draft)
    return frozen


def hex_sha256(content: bytes) -> str:
    """The hex SHA-256 of bytes."""
    return sha256(content).hexdigest()


def drawn(work: Path, documents: Iterator[pa.Table], shard_bytes: int, weights: pa.Table | None) -> Draft:
    """Write shards, members and what readers choose by into the work folder."""
    counts = card.Counts()
    written = list(shards.write(work, map(counts.add, documents), shard_bytes=shard_bytes))
    if not written:
        raise InputMissing("no document is left to freeze", fix="look at the run's funnel: provender audit Q06")
    return drafted(work, written, counts, weights)


def drafted(work: Path, written: Sequence[shards.Shard], counts: card.Counts, weights: pa.Table | None) -> Draft:
    """The draft of these shards; writes members.parquet, and sampling.parquet where there are weights."""
    members = shards.members(written)
    beside = (layout.MEMBERS,) if weights is None else (layout.MEMBERS, layout.SAMPLING)
    draft = Draft(folder=work, shards=written, members=members, members_root="", counts=counts, beside=beside)
    if weights is not None:
        sampling.write(work, weights, members.column("doc_id"))
    slices = shards.member_slices(draft.members, draft.paths)
    return replace(draft, members_root=shards.write_members(work / layout.MEMBERS, slices))


def contents(draft: Draft) -> dict[str, object]:
    """What the manifest says about the documents themselves."""
    listed = [
        {
            "path": path,
            "sha256": shard.sha256,
            "bytes": shard.n_bytes,
            "rows": len(shard.doc_ids),
            "min_doc": str(shard.range[0]),
            "max_doc": str(shard.range[1]),
        }
        for path, shard in zip(draft.paths, draft.shards, strict=True)
    ]
    return {
        "characters": draft.counts.characters,
        "exclusion": [],
        "languages": draft.counts.languages,
        "licences": draft.counts.licences(),
        "members_root": draft.members_root,
        "rows": draft.counts.documents,
        "schema": {"columns": SNAPSHOT_DOCUMENTS.names, "id": canonical.schema_id(SNAPSHOT_DOCUMENTS)},
        "shards": listed,
    } | _weighed(draft)


def _weighed(draft: Draft) -> dict[str, object]:
    """What the manifest says about sampling weights; nothing where there are none."""
    if layout.SAMPLING not in draft.beside:
        return {}
    return {"sampling_sha256": shards.digest(draft.folder / layout.SAMPLING)}


def log_state(ledger: Path) -> dict[str, object]:
    """The state of the log that the snapshot rests on; publishing proves that the signed log continues it."""
    leaves = [merkle.leaf(content) for content in log.raw(ledger)]
    origins = [str(k["name"]) for k in keys.trusted(ledger) if k["role"] == keys.NOTARY]
    return {"origin": origins[0] if origins else "", "root": merkle.root(leaves).hex(), "size": len(leaves)}


def _existing(lake: Lake, manifest: Mapping[str, object]) -> Path | None:
    """The folder of the version that is this snapshot already."""
    name = str(manifest["name"])
    for version in reversed(layout.versions(lake.snapshots, name)):
        folder = lake.snapshots / name / version
        known = json.loads(files.read(folder / layout.MANIFEST))
        if all(known.get(field) == manifest.get(field) for field in IDENTITY):
            return folder
    return None


def _place(lake: Lake, draft: Draft, manifest: dict[str, object], attributions: Mapping[str, str]) -> Path:
    """Give the draft the next free version and its final place."""
    name = str(manifest["name"])
    for shard in draft.shards:
        _keep(shard, layout.shard_object(lake.snapshots, shard.sha256))
    known = layout.versions(lake.snapshots, name)
    for number in count(int(known[-1]) + 1 if known else 1):
        version = str(number)
        folder = draft.folder / "version"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "data").mkdir(parents=True)
        for path, shard in zip(draft.paths, draft.shards, strict=True):
            _link(layout.shard_object(lake.snapshots, shard.sha256), folder / path)
        for beside in draft.beside:
            _link(draft.folder / beside, folder / beside)
        whole = manifest | {
            "parent": _parent(lake, name),
            "snapshot_id": layout.snapshot_id(name, version),
            "version": version,
        }
        written = [*draft.beside, *pages.write(lake, folder, whole, draft.counts, attributions)]
        whole["files"] = [shards.listed(folder, path) for path in sorted(written)]
        files.write(folder / layout.MANIFEST, canonical.entry(whole))
        if _claim(folder, lake.snapshots / name / version):
            return lake.snapshots / name / version
    raise AssertionError


def _claim(draft: Path, folder: Path) -> bool:
    """Move the draft to its version; False when another freeze took that version first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        draft.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        return False
    return True


def _parent(lake: Lake, name: str) -> str | None:
    known = layout.versions(lake.snapshots, name)
    return shards.digest(lake.snapshots / name / known[-1] / layout.MANIFEST) if known else None


def _keep(shard: shards.Shard, place: Path) -> None:
    """Put a shard under its content hash, read-only; one that is there already is the same bytes."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        shard.file.chmod(0o444)
        shard.file.rename(place)


def _link(source: Path, place: Path) -> None:
    """The same bytes at `place`, without a copy where the file system can."""
    try:
        place.hardlink_to(source)
    except OSError:
        shutil.copy2(source, place)


def _read(folder: Path) -> Frozen:
    """The snapshot of a folder.

    Raises:
        InputMalformed: its manifest cannot be read.
    """
    content = files.read(folder / layout.MANIFEST)
    try:
        manifest = json.loads(content)
        return Frozen(
            **{field: manifest[field] for field in ("snapshot_id", "name", "version", "run", "use", "actor")},
            created_at_us=manifest["created_at_us"],
            checkpoint_size=manifest["ledger"]["size"],
            folder=folder,
            manifest_sha256=sha256(content).hexdigest(),
        )
    except (ValueError, KeyError, TypeError) as e:
        raise InputMalformed(
            f"the manifest of {folder.parent.name}@{folder.name} cannot be read", fix="restore it, or freeze again"
        ) from e


def _record(ledger: Path, frozen: Frozen, draft: Draft) -> None:
    """Append that it is a draft, its members, that it is frozen; what is in the log already is not appended again."""
    if not states.state(ledger, frozen.snapshot_id):
        states.append(ledger, frozen, states.DRAFT, at_us=frozen.created_at_us, actor=frozen.actor)
    for number, part in enumerate(shards.member_slices(draft.members, draft.paths)):
        named = part.add_column(0, "snapshot_id", pa.repeat(pa.scalar(frozen.snapshot_id), part.num_rows))
        entry = log.Entry(
            kind="snapshot_members",
            key=f"members {frozen.snapshot_id} {number}",
            at_us=frozen.created_at_us,
            actor=frozen.actor,
            run=frozen.run,
            stage="snapshots",
            details={"snapshot_id": frozen.snapshot_id, "part": number},
        )
        log.append(ledger, entry, named.select(KINDS["snapshot_members"].names))
    if states.state(ledger, frozen.snapshot_id) == states.DRAFT:
        states.append(ledger, frozen, states.FROZEN, at_us=frozen.created_at_us, actor=frozen.actor)


def find(lake: Lake, snapshot_id: str) -> Frozen:
    """The frozen snapshot of that id.

    Raises:
        InputMissing: no such snapshot, or a freeze that was killed has left a draft.
        EvidenceBroken: its manifest is not the one that was frozen.
    """
    frozen = _read(layout.folder(lake.snapshots, snapshot_id))
    known = states.last(lake.ledger, snapshot_id)
    if known is None:
        raise InputMissing(f"the ledger does not know {snapshot_id}", fix="freeze it again; nothing is lost")
    if known.values["state"] == states.DRAFT:
        raise InputMissing(f"{snapshot_id} is a draft: not all of its members are recorded", fix="freeze it again")
    is_same = known.values["manifest_sha256"] == bytes.fromhex(frozen.manifest_sha256)
    if not is_same or frozen.snapshot_id != snapshot_id:
        raise EvidenceBroken(
            f"the manifest of {snapshot_id} is not the one that was frozen", fix="restore its bytes; do not publish"
        )
    return frozen


def everything(lake: Lake) -> list[Frozen]:
    """All frozen snapshots of a lake, by name and version."""
    return [
        _read(lake.snapshots / name / version)
        for name in layout.names(lake.snapshots)
        for version in layout.versions(lake.snapshots, name)
    ]
