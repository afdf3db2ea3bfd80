"""Pull: nothing is handed over that is not approved, signed and whole. Interrupted pulls go on where they stopped."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import EvidenceBroken, InputMissing, NotApproved
from pipeline.ledger import checkpoint, keys, log
from pipeline.ledger.log import Entry
from pipeline.schemas.ledger import PULLS
from pipeline.snapshots import publishing, signing
from pipeline.store import files
from pipeline.store.lake import Lake

CHUNK = 1 << 20
PAGES = ("README.md", "ATTRIBUTION.md", "manifest.json", "manifest.dsse.json", "signers.json", "checkpoint")

OnBytes = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulled:
    """What was pulled, verified."""

    snapshot_id: str
    rows: int
    shards: int
    text_bytes: int
    approvers: tuple[str, ...]


def pull(
    lake: Lake, name: str, version: str | None, destination: Path, *, puller: str, at_us: int, on_bytes: OnBytes
) -> Pulled:
    """Fetch an approved snapshot into `destination` and verify every byte of it.

    Args:
        lake: the origin.
        name: of the snapshot.
        version: `v1`, or None for the newest approved.
        destination: folder; what is whole there already is not fetched again.
        puller: who pulls, for the ledger.
        at_us: now.
        on_bytes: called with bytes done and bytes in all.

    Raises:
        NotApproved: not approved by two people.
        EvidenceBroken: a byte of manifest, signature or shard is not what was approved.
    """
    folder = publishing.folder_of(lake, name, version)
    trusted = keys.trusted(lake.ledger)
    manifest, approvers, snapshot_id = verified(folder, trusted)
    total = sum(shard["bytes"] for shard in manifest["shards"])
    done = 0
    for shard in manifest["shards"]:
        _fetch(folder / shard["path"], destination / shard["path"], shard["sha256"])
        done += shard["bytes"]
        on_bytes(done, total)
    for page in PAGES:
        files.write(destination / page, files.read(folder / page))
    pulled = Pulled(
        snapshot_id=snapshot_id,
        rows=manifest["rows"],
        shards=len(manifest["shards"]),
        text_bytes=total,
        approvers=approvers,
    )
    _receipt(lake, destination, pulled, puller=puller, at_us=at_us)
    return pulled


def verified(folder: Path, trusted: Sequence[Mapping[str, object]]) -> tuple[dict[str, Any], tuple[str, ...], str]:
    """The manifest of a snapshot folder, its approvers and its id, when all signatures hold.

    Raises:
        NotApproved: unsigned, or fewer than two people in two roles.
        EvidenceBroken: a signature does not hold or is over another manifest.
    """
    if not (folder / "manifest.dsse.json").is_file():
        raise NotApproved("the snapshot is not signed", fix="publish it first: provender snapshot publish ID")
    content = files.read(folder / "manifest.json")
    payload, signatures = signing.opened(files.read(folder / "manifest.dsse.json"))
    subject = _subject(payload)
    if subject["digest"]["sha256"] != hashlib.sha256(content).hexdigest():
        raise EvidenceBroken("the manifest is not the one that was approved", fix="do not use it; tell the data owner")
    signers = [k for k in trusted if k["key_id"] in signatures]
    for one in signers:
        signing.verify(str(one["vkey"]), payload, signatures[str(one["key_id"])])
    notaries = [k for k in signers if k["role"] == keys.NOTARY]
    people = [k for k in signers if k["role"] in publishing.ROLES]
    if not notaries or len({k["role"] for k in people}) < 2 or len({k["name"] for k in people}) < 2:
        raise NotApproved("two approvals by different people and the notary are needed", fix="publish it first")
    checkpoint.read(files.read(folder / "checkpoint"), str(notaries[0]["vkey"]))
    return json.loads(content), tuple(f"{k['name']} ({k['role']})" for k in people), subject["name"].partition("/")[0]


def _subject(payload: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(payload)["subject"][0])
    except (ValueError, KeyError, IndexError, TypeError) as e:
        raise EvidenceBroken("the signed statement is damaged", fix="pull again from the origin") from e


def _fetch(origin: Path, place: Path, expected: str) -> None:
    """Copy one shard, verified while streaming; a part that is there already is kept."""
    if place.is_file() and _digest(place) == expected:
        return
    part = place.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    if not origin.is_file():
        raise InputMissing(f"shard {expected[:12]} is not at the origin", fix="restore it, or pull another version")
    with origin.open("rb") as source, part.open("ab") as target:
        source.seek(target.tell())
        while chunk := source.read(CHUNK):
            target.write(chunk)
    if _digest(part) != expected:
        part.unlink()
        raise EvidenceBroken(f"shard {expected[:12]} does not have the approved bytes", fix="tell the data owner")
    part.replace(place)


def _digest(path: Path) -> str:
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _receipt(lake: Lake, destination: Path, pulled: Pulled, *, puller: str, at_us: int) -> None:
    digest = hashlib.sha256(files.read(destination / "manifest.json")).digest()
    receipt = {"snapshot_id": pulled.snapshot_id, "puller": puller, "at_us": at_us, "manifest_sha256": digest.hex()}
    files.write(destination / "pull-receipt.json", json.dumps(receipt, sort_keys=True).encode())
    row = {
        "snapshot_id": [pulled.snapshot_id],
        "puller": [puller],
        "pulled_at_us": [at_us],
        "manifest_sha256": [digest],
    }
    entry = Entry(kind="pulls", key=f"{pulled.snapshot_id}/pull/{puller}/{at_us}", at_us=at_us, actor=puller)
    log.append(lake.ledger, entry, pa.table(row, schema=PULLS))
