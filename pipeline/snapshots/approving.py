"""Approve: a person signs the manifest with a key of their own, and the ledger keeps the signature."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from pipeline.errors import InputMalformed, InputMissing, NotApproved, UsageError
from pipeline.ledger import keys, log
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import envelope, freezing, layout, states, trust
from pipeline.snapshots.states import Frozen
from pipeline.snapshots.trust import Approval
from pipeline.store import files
from pipeline.store.lake import Lake


def approve(
    lake: Lake,
    snapshot_id: str,
    *,
    actor: str,
    role: str,
    key: Path,
    at_us: int,
    decision: str = envelope.APPROVE,
    reason: str = "",
) -> int:
    """Sign a checked snapshot as approved or rejected; the number of the ledger's entry.

    The last word of a person holds: a rejection after an approval takes it back.

    Args:
        lake: where the snapshot lies.
        snapshot_id: `NAME@VERSION`.
        actor: the name under which the ledger trusts the key.
        role: data-owner or compliance.
        key: file of the private key; it is read and never copied.
        at_us: now.
        decision: approve or reject.
        reason: why; needed for a rejection, kept in the ledger.

    Raises:
        NotApproved: unknown key, wrong role, the author of the run, or a snapshot that is not checked.
        UsageError: unknown role or decision, or a rejection without a reason.
    """
    _require_words(role, decision, reason)
    with files.locked(layout.lock(lake.snapshots)):
        return _approve(lake, snapshot_id, (actor, role), key, at_us, decision=decision, reason=reason)


def _approve(
    lake: Lake, snapshot_id: str, who: tuple[str, str], key: Path, at_us: int, *, decision: str, reason: str
) -> int:
    actor, role = who
    frozen = freezing.find(lake, snapshot_id)
    signer = read_key(key)
    require_trusted(lake.ledger, signer, actor, role)
    refuse_authors(lake.ledger, frozen, actor)
    _require_checked(lake.ledger, frozen)
    before = _words(lake.ledger, snapshot_id).get(actor)
    if before is not None and before.values["decision"] == decision:
        _settle(lake.ledger, frozen, actor, at_us, reason)
        return before.seq
    manifest = files.read(frozen.folder / layout.MANIFEST)
    row = {
        "snapshot_id": snapshot_id,
        "actor": actor,
        "role": role,
        "decision": decision,
        "reason": reason or None,
        "key_id": signer.key_id,
        "manifest_sha256": sha256(manifest).digest(),
        "signature": keys.sign(signer, envelope.encoding(envelope.statement(manifest, decision))),
        "approved_at_us": at_us,
    }
    seq = _append(lake.ledger, frozen, row, after=before.seq if before else _ended(lake.ledger, snapshot_id))
    _settle(lake.ledger, frozen, actor, at_us, reason)
    return seq


def _words(ledger: Path, snapshot_id: str) -> dict[str, states.Row]:
    """Everybody's last word about a snapshot; what was said before its approval expired counts no more."""
    ended = _ended(ledger, snapshot_id)
    rows = states.rows(ledger, "approvals", snapshot_id)
    said = (r for r in rows if r.values["decision"] != envelope.OVERRIDE and r.seq > (-1 if ended is None else ended))
    return {str(r.values["actor"]): r for r in said}


def _ended(ledger: Path, snapshot_id: str) -> int | None:
    """The entry by which the last approval expired."""
    rows = states.rows(ledger, "snapshots", snapshot_id)
    return max((r.seq for r in rows if r.values["state"] == states.EXPIRED), default=None)


def _settle(ledger: Path, frozen: Frozen, actor: str, at_us: int, reason: str) -> None:
    """Append that the snapshot is rejected, or that nobody rejects it any more."""
    words = [r.values["decision"] for r in _words(ledger, frozen.snapshot_id).values()]
    now = states.state(ledger, frozen.snapshot_id)
    if envelope.REJECT in words:
        states.append(ledger, frozen, states.REJECTED, at_us=at_us, actor=actor, reason=reason)
    elif now == states.REJECTED:
        states.append(ledger, frozen, states.CHECKED, at_us=at_us, actor=actor, reason="the rejection was taken back")


def _append(ledger: Path, frozen: Frozen, row: Mapping[str, object], *, after: int | None) -> int:
    entry = log.Entry(
        kind="approvals",
        key=f"{row['decision']} {frozen.snapshot_id} by {row['actor']} after {after}",
        at_us=int(str(row["approved_at_us"])),
        actor=str(row["actor"]),
        run=frozen.run,
        stage="snapshots",
        details={"snapshot_id": frozen.snapshot_id, "decision": row["decision"]},
    )
    return log.append(ledger, entry, pa.Table.from_pylist([dict(row)], KINDS["approvals"]))


def read_key(path: Path) -> keys.Key:
    """The private key of a file, wherever its owner keeps it.

    Raises:
        InputMissing: no such file.
        InputMalformed: not a private key.
    """
    parts = files.read(path).decode("utf-8", "replace").split("+")
    if len(parts) < 5 or parts[:2] != ["PRIVATE", "KEY"]:
        raise InputMalformed(f"{path.name} is not a private key", fix="make one: provender keys make NAME --role ROLE")
    name = parts[2]
    if keys.private_path(path.parent, name) != path:
        raise InputMissing(f"the key of {name} is in a file of another name", fix=f"call the file {name}.key")
    return keys.load(path.parent, name)


def _require_words(role: str, decision: str, reason: str) -> None:
    if role not in trust.ROLES:
        raise UsageError(f"nobody approves as {role}", fix=f"one of: {', '.join(trust.ROLES)}")
    if decision not in (envelope.APPROVE, envelope.REJECT):
        raise UsageError("neither approve nor reject", fix="say approve or reject")
    if decision == envelope.REJECT and not reason:
        raise UsageError("a rejection without a reason", fix="add --reason")


def require_trusted(ledger: Path, signer: keys.Key, actor: str, role: str) -> None:
    """Return when the ledger trusts that key as the actor's, in that role."""
    found = [k for k in trust.of_ledger(ledger) if k.vkey == signer.vkey]
    if not found:
        raise NotApproved(
            f"the ledger does not know key {signer.key_id}", fix="register it: provender keys make NAME --role ROLE"
        )
    if (found[0].name, found[0].role) != (actor, role):
        raise NotApproved(
            f"that key is of {found[0].name} as {found[0].role}, not of {actor} as {role}",
            fix="approve with your own key, in the role it was registered for",
        )


def refuse_authors(ledger: Path, frozen: Frozen, actor: str) -> None:
    """Who ran or froze it, or overrode its check, cannot approve it."""
    made = {frozen.actor} | {str(entry["actor"]) for entry in log.entries(ledger, kind="runs", run=frozen.run)}
    rows = states.rows(ledger, "approvals", frozen.snapshot_id)
    made |= {str(r.values["actor"]) for r in rows if r.values["decision"] == envelope.OVERRIDE}
    if actor in made:
        raise NotApproved(f"{actor} made {frozen.snapshot_id}", fix="somebody who did not run or freeze it approves")


def _require_checked(ledger: Path, frozen: Frozen) -> None:
    now = states.state(ledger, frozen.snapshot_id)
    if now not in (states.CHECKED, states.REJECTED):
        raise NotApproved(
            f"{frozen.snapshot_id} is {now}, not checked", fix="provender snapshot check SNAPSHOT; then approve"
        )


def standing(lake: Lake, frozen: Frozen) -> list[Approval]:
    """The approvals that hold, oldest first, one per person, each signature verified over the manifest on disk.

    Raises:
        NotApproved: somebody's last word is a rejection, or a key is not trusted.
        EvidenceBroken: a signature does not fit.
    """
    manifest = files.read(frozen.folder / layout.MANIFEST)
    known = trust.of_ledger(lake.ledger)
    words = _words(lake.ledger, frozen.snapshot_id).values()
    found = [(r, trust.approval(r.values, r.seq, manifest, known)) for r in words]
    against = sorted(str(r.values["actor"]) for r, _ in found if r.values["decision"] != envelope.APPROVE)
    if against:
        raise NotApproved(
            f"{frozen.snapshot_id} is rejected by {', '.join(against)}", fix="read the reason: provender audit Q13"
        )
    return sorted((a for _, a in found), key=lambda a: a.seq)


def manifest_of(frozen: Frozen) -> dict[str, object]:
    """The manifest as a mapping."""
    found: dict[str, object] = json.loads(files.read(frozen.folder / layout.MANIFEST))
    return found
