"""Names, ids and paths of snapshots. `NAME@VERSION` is both a snapshot's id and what a puller types."""

import re
from pathlib import Path

from pipeline.errors import InputMissing, UsageError

MANIFEST = "manifest.json"
ENVELOPE = "manifest.dsse.json"
EVIDENCE = "approvals.json"
WITNESSED = "witnessed.json"
REVOKED = "revoked.note"
RECEIPT = "pull-receipt.json"
MEMBERS = "members.parquet"
SAMPLING = "sampling.parquet"
CARD = "README.md"
ATTRIBUTION = "ATTRIBUTION.md"
NOTICE = "NOTICE"
CROISSANT = "croissant.json"
SPDX = "spdx.json"
CAS = "cas"
FEED = "feed"
RESERVED = (CAS, FEED)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


def lock(snapshots: Path) -> Path:
    """What approvals, publications and erasures of a lake hold, so that they come one after the other."""
    return snapshots / ".lock"


def require_name(name: str) -> None:
    """Return when `name` can name a snapshot.

    Raises:
        UsageError: characters that do not belong into a path, or the name of the shards' folder.
    """
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise UsageError("that cannot name a snapshot", fix="use letters, digits, . _ - (and neither `cas` nor `feed`)")


def snapshot_id(name: str, version: str) -> str:
    """`NAME@VERSION`."""
    return f"{name}@{version}"


def split(wanted: str) -> tuple[str, str | None]:
    """Name and version of `NAME` or `NAME@VERSION`.

    Raises:
        UsageError: neither.
    """
    name, at, version = wanted.partition("@")
    require_name(name)
    if at and not _VERSION.fullmatch(version):
        raise UsageError("that is not a version", fix="write NAME@VERSION, such as corpus@2")
    return name, version if at else None


def versions(snapshots: Path, name: str) -> list[str]:
    """Versions of a name, oldest first."""
    folder = snapshots / name
    found = [p.name for p in folder.iterdir() if _VERSION.fullmatch(p.name)] if folder.is_dir() else []
    return sorted(found, key=int)


def names(snapshots: Path) -> list[str]:
    """All snapshot names of a lake, sorted."""
    folders = snapshots.iterdir() if snapshots.is_dir() else ()
    return sorted(p.name for p in folders if p.is_dir() and p.name not in RESERVED and _NAME.fullmatch(p.name))


def folder(snapshots: Path, identifier: str) -> Path:
    """Where snapshot `NAME@VERSION` lies.

    Raises:
        InputMissing: no such snapshot.
    """
    name, version = split(identifier)
    path = snapshots / name / (version or "")
    if version is None or not (path / MANIFEST).is_file():
        raise InputMissing(f"no snapshot {identifier}", fix="provender snapshot list shows all, as NAME@VERSION")
    return path


def shard_object(snapshots: Path, sha256: str) -> Path:
    """Where the shard of that content lies, shared by all snapshots that hold it."""
    return snapshots / CAS / "sha256" / sha256[:2] / f"{sha256}.parquet"
