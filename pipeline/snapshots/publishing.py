"""Approvals and publication: two people in two roles, neither of them who made it, then the notary."""

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from pipeline.errors import NotApproved, UsageError
from pipeline.ledger import checkpoint, keys, log, views
from pipeline.ledger.log import Entry
from pipeline.schemas.ledger import APPROVALS
from pipeline.snapshots import freezing, signing
from pipeline.snapshots.freezing import Frozen
from pipeline.store import files, parquet
from pipeline.store.lake import Lake

ROLES = ("data-owner", "compliance")


def approve(
    lake: Lake, snapshot_id: str, *, actor: str, role: str, key: keys.Key, is_approved: bool, reason: str, at_us: int
) -> None:
    """Append one person's signed word on a frozen snapshot.

    Raises:
        UsageError: an unknown role, a key that the ledger does not trust for that person and role.
        NotApproved: the author of the snapshot, or a person who has decided already.
    """
    frozen = freezing.find(lake, snapshot_id)
    _refuse_author(frozen, actor)
    _refuse_unknown(lake, actor, role, key)
    payload = signing.statement(snapshot_id, frozen.manifest_sha256)
    row = {
        "snapshot_id": [snapshot_id],
        "actor": [actor],
        "role": [role],
        "decision": ["approve" if is_approved else "reject"],
        "reason": [reason or None],
        "key_id": [key.key_id],
        "manifest_sha256": [bytes.fromhex(frozen.manifest_sha256)],
        "signature": [keys.sign(key, signing.encoded(payload)) if is_approved else None],
        "approved_at_us": [at_us],
    }
    entry = Entry(kind="approvals", key=f"{snapshot_id}/approval/{actor}/{role}", at_us=at_us, actor=actor)
    log.append(lake.ledger, entry, pa.table(row, schema=APPROVALS))


def _refuse_author(frozen: Frozen, actor: str) -> None:
    if json.loads(files.read(frozen.folder / "frozen.json"))["actor"] == actor:
        raise NotApproved(f"{actor} made {frozen.snapshot_id}", fix="let somebody else approve it")


def _refuse_unknown(lake: Lake, actor: str, role: str, key: keys.Key) -> None:
    trusted = [k for k in keys.trusted(lake.ledger) if k["vkey"] == key.vkey]
    if role not in ROLES or not trusted or (trusted[0]["name"], trusted[0]["role"]) != (actor, role):
        raise UsageError(
            f"this key does not speak for {actor} as {role}",
            fix=f"roles are {', '.join(ROLES)}; make a key with `provender keys make NAME --role ROLE`",
        )


def decided(lake: Lake, snapshot_id: str) -> list[dict[str, object]]:
    """The rows of kind approvals of a snapshot, oldest first."""
    rows = []
    for entry in log.entries(lake.ledger, kind="approvals"):
        rows += parquet.read(lake.ledger / str(entry["path"])).to_pylist()
    return [row for row in rows if row["snapshot_id"] == snapshot_id]


def approvals(lake: Lake, snapshot_id: str) -> int:
    """How many people have approved, each in another role.

    Raises:
        NotApproved: somebody rejected it.
    """
    return len(_valid(lake, freezing.find(lake, snapshot_id)))


def _valid(lake: Lake, frozen: Frozen) -> list[dict[str, object]]:
    rows = decided(lake, frozen.snapshot_id)
    if any(row["decision"] == "reject" for row in rows):
        raise NotApproved(f"{frozen.snapshot_id} was rejected", fix="mend what was found and freeze a new version")
    payload = signing.statement(frozen.snapshot_id, frozen.manifest_sha256)
    vkeys = {str(k["key_id"]): k for k in keys.trusted(lake.ledger)}
    by_person: dict[tuple[object, object], dict[str, object]] = {}
    for row in rows:
        known = vkeys.get(str(row["key_id"]))
        signature = row["signature"]
        if known is None or not isinstance(signature, bytes) or known["name"] != row["actor"]:
            continue
        signing.verify(str(known["vkey"]), payload, signature)
        by_person[known["name"], known["role"]] = row
    people, roles = {p for p, _ in by_person}, {r for _, r in by_person}
    return list(by_person.values())[: min(len(people), len(roles))]


def mark_checked(lake: Lake, snapshot_id: str, *, at_us: int, is_success: bool) -> None:
    """Append that the expectations before approval were met, or were not."""
    state = "checked" if is_success else "failed"
    freezing.append_state(lake, freezing.find(lake, snapshot_id), state, at_us=at_us, actor="checks")


def publish(lake: Lake, snapshot_id: str, *, at_us: int) -> None:
    """Publish what was checked and approved by two people, and sign a checkpoint over everything it rests on.

    Raises:
        NotApproved: not checked, failed its check, or fewer than two people in two roles have approved.
    """
    frozen = freezing.find(lake, snapshot_id)
    found = {str(e["key"]) for e in log.entries(lake.ledger, kind="snapshots")}
    if f"{snapshot_id}/checked" not in found:
        raise NotApproved(f"{snapshot_id} has not passed its check", fix=f"provender snapshot check {snapshot_id}")
    rows = _valid(lake, frozen)
    if len(rows) < len(ROLES):
        raise NotApproved(
            f"{snapshot_id} has {len(rows)} of 2 approvals by different people in different roles",
            fix=f"provender approve {snapshot_id} --as NAME --role {' or '.join(ROLES)} --key FILE",
        )
    notary = keys.load(lake.private / "keys", keys.NOTARY)
    freezing.append_state(lake, frozen, "approved", at_us=at_us, actor=notary.name)
    checkpoint.sign(lake.ledger, notary, at_us=at_us)
    views.write(lake.ledger)
    _seal(lake, frozen, rows, notary)


def _seal(lake: Lake, frozen: Frozen, rows: Sequence[dict[str, object]], notary: keys.Key) -> None:
    payload = signing.statement(frozen.snapshot_id, frozen.manifest_sha256)
    signed = [(str(r["key_id"]), bytes(r["signature"])) for r in rows if isinstance(r["signature"], bytes)]
    signed.append((notary.key_id, keys.sign(notary, signing.encoded(payload))))
    trusted = [k for k in keys.trusted(lake.ledger) if k["key_id"] in {key_id for key_id, _ in signed}]
    files.write(frozen.folder / "checkpoint", files.read(checkpoint.path(lake.ledger)))
    files.write(frozen.folder / "signers.json", json.dumps({"keys": trusted}, sort_keys=True).encode())
    files.write(frozen.folder / "manifest.dsse.json", signing.envelope(payload, signed))


def states(lake: Lake) -> list[tuple[str, str]]:
    """(snapshot id, last state) of every snapshot, oldest first."""
    found: dict[str, str] = {}
    for entry in log.entries(lake.ledger, kind="snapshots"):
        snapshot_id, _, state = str(entry["key"]).rpartition("/")
        found[snapshot_id] = state
    return list(found.items())


def folder_of(lake: Lake, name: str, version: str | None) -> Path:
    """The folder of an approved version of `name`: the one asked for, or the newest.

    Raises:
        NotApproved: there is none, or it is not approved.
    """
    approved = [s for s, state in states(lake) if state == "approved" and s.rpartition("-v")[0] == name]
    wanted = [s for s in approved if version is None or s == f"{name}-{version}"]
    if not wanted:
        raise NotApproved(
            f"no approved {name}{'@' + version if version else ''}", fix="`provender snapshot list` shows what there is"
        )
    return freezing.find(lake, wanted[-1]).folder
