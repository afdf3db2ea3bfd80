"""States of a snapshot, each an entry: draft, frozen, checked or refused, approved or rejected, revoked, expired.

A draft has its name, its version and its bytes; it is frozen once the ledger has all of its members.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from pipeline.errors import EvidenceBroken
from pipeline.ledger import log
from pipeline.schemas.ledger import KINDS
from pipeline.store import files, parquet

DRAFT, FROZEN, CHECKED, REFUSED, APPROVED = "draft", "frozen", "checked", "refused", "approved"
REJECTED, REVOKED, EXPIRED = "rejected", "revoked", "expired"


@dataclass(frozen=True, kw_only=True, slots=True)
class Frozen:
    """A frozen snapshot: where it lies and which manifest is meant."""

    snapshot_id: str
    name: str
    version: str
    run: str
    use: str
    actor: str  # who froze it
    created_at_us: int
    checkpoint_size: int
    folder: Path
    manifest_sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row of a one-row segment, and the entry that names it."""

    seq: int
    actor: str
    values: Mapping[str, object]


def rows(ledger: Path, kind: str, snapshot_id: str) -> Iterator[Row]:
    """The rows of `kind` about one snapshot, oldest first.

    Raises:
        EvidenceBroken: a segment is not what its entry says.
    """
    for entry in log.entries(ledger, kind=kind):
        details = entry["details"]
        if isinstance(details, dict) and details.get("snapshot_id") == snapshot_id:
            path = ledger / str(entry["path"])
            if sha256(files.read(path)).hexdigest() != entry["file_sha256"]:
                raise EvidenceBroken(f"segment of entry {entry['seq']} was changed", fix="run provender verify")
            for values in parquet.read(path, KINDS[kind]).to_pylist():
                yield Row(seq=int(str(entry["seq"])), actor=str(entry["actor"]), values=values)


def last(ledger: Path, snapshot_id: str) -> Row | None:
    """The row that holds now; None when the ledger does not know the snapshot."""
    found = list(rows(ledger, "snapshots", snapshot_id))
    return found[-1] if found else None


def state(ledger: Path, snapshot_id: str) -> str:
    """The state that holds now; empty when the ledger does not know the snapshot."""
    found = last(ledger, snapshot_id)
    return str(found.values["state"]) if found else ""


def append(ledger: Path, frozen: Frozen, new: str, *, at_us: int, actor: str, reason: str = "") -> int:
    """Append the new state unless it holds already; the number of its entry."""
    before = last(ledger, frozen.snapshot_id)
    if before and before.values["state"] == new:
        return before.seq
    row = {
        "snapshot_id": frozen.snapshot_id,
        "name": frozen.name,
        "version": frozen.version,
        "run": frozen.run,
        "state": new,
        "use": frozen.use,
        "created_at_us": frozen.created_at_us,
        "checkpoint_size": frozen.checkpoint_size,
        "manifest_sha256": bytes.fromhex(frozen.manifest_sha256),
    }
    after = before.seq if before else "nothing"
    details = {"snapshot_id": frozen.snapshot_id, "state": new} | ({"reason": reason} if reason else {})
    entry = log.Entry(
        kind="snapshots",
        key=f"snapshot {frozen.snapshot_id} {new} after {after}",
        at_us=at_us,
        actor=actor,
        run=frozen.run,
        stage="snapshots",
        details=details,
    )
    return log.append(ledger, entry, pa.Table.from_pylist([row], KINDS["snapshots"]))
