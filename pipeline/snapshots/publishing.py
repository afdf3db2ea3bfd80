"""Publish: from checked and twice approved to a folder that proves it; and take it back."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import NotApproved
from pipeline.ledger import checkpoint, keys, notes
from pipeline.snapshots import approving, envelope, evidence, freezing, layout, position, shards, states, trust
from pipeline.snapshots.states import Frozen
from pipeline.snapshots.trust import Approval
from pipeline.store import files
from pipeline.store.lake import Lake


def mark_checked(lake: Lake, snapshot_id: str, *, at_us: int, is_success: bool, results: str = "") -> int:
    """Append the outcome of the expectations; the number of the entry.

    A snapshot that fails is refused: it can neither be approved nor pulled until a later check succeeds.

    Args:
        lake: where the snapshot lies.
        snapshot_id: `NAME@VERSION`.
        at_us: now.
        is_success: whether every expectation is met.
        results: hex digest of the results, kept in the entry.

    Raises:
        NotApproved: the snapshot is revoked; no check brings it back.
    """
    frozen = freezing.find(lake, snapshot_id)
    now = states.state(lake.ledger, snapshot_id)
    if now == states.REVOKED:
        raise NotApproved(f"{snapshot_id} is withdrawn", fix="freeze a new snapshot without what was withdrawn")
    new = states.CHECKED if is_success else states.REFUSED
    if is_success and now == states.APPROVED:
        new = states.APPROVED
    return states.append(lake.ledger, frozen, new, at_us=at_us, actor="checks", reason=results)


def approvals(lake: Lake, snapshot_id: str) -> int:
    """How many people have approved, each signature verified.

    Raises:
        NotApproved: somebody has rejected the snapshot.
        EvidenceBroken: a signature or the manifest does not hold.
    """
    return len(approving.standing(lake, freezing.find(lake, snapshot_id)))


def publish(lake: Lake, snapshot_id: str, *, at_us: int, notary_key: keys.Key | None = None) -> Frozen:
    """Sign and publish what is frozen, checked and approved by two people in two roles.

    Publishing again writes the same bytes or nothing, unless the notary's key was revoked since: then the key of now
    signs what was approved.

    Args:
        lake: where the snapshot lies.
        snapshot_id: `NAME@VERSION`.
        at_us: now.
        notary_key: the notary's key; None takes it from the lake's private folder.

    Raises:
        NotApproved: not checked, not approved by two people, rejected, withdrawn, or no notary.
        EvidenceBroken: a signature, the manifest or a file of the snapshot was changed.
    """
    with files.locked(layout.lock(lake.snapshots)):
        return _publish(lake, snapshot_id, at_us, notary_key)


def _publish(lake: Lake, snapshot_id: str, at_us: int, notary_key: keys.Key | None) -> Frozen:
    frozen = freezing.find(lake, snapshot_id)
    now = states.state(lake.ledger, snapshot_id)
    if now == states.REJECTED:
        approving.standing(lake, frozen)
    if now not in (states.CHECKED, states.APPROVED):
        raise NotApproved(f"{snapshot_id} is {now}, not checked", fix=f"provender snapshot check {snapshot_id}")
    if now == states.APPROVED and (frozen.folder / layout.ENVELOPE).is_file() and _is_standing(lake, frozen):
        return frozen
    given = approving.standing(lake, frozen)
    trust.require_four_eyes(given)
    key = notary_key or notary(lake)
    if key.vkey != trust.notary(trust.of_ledger(lake.ledger)).vkey:
        raise NotApproved(f"key {key.key_id} is not the notary's", fix="publish with the key the ledger trusts")
    _verify_files(frozen)
    states.append(lake.ledger, frozen, states.APPROVED, at_us=at_us, actor=key.name)
    _write(lake, frozen, given, key, at_us)
    position.sign(lake, key, at_us=at_us)
    return frozen


def notary(lake: Lake) -> keys.Key:
    """The notary's key, where this lake keeps it."""
    return keys.load(lake.private / "keys", trust.notary(trust.of_ledger(lake.ledger)).name)


def _is_standing(lake: Lake, frozen: Frozen) -> bool:
    """Whether what was published proves itself; not when the key that signed it was revoked."""
    try:
        evidence.verify(frozen.folder, trust.of_ledger(lake.ledger))
    except NotApproved:
        return False
    return True


def _verify_files(frozen: Frozen) -> None:
    """Every file is the one that the manifest names."""
    for listed in evidence.listed(approving.manifest_of(frozen)):
        path = frozen.folder / listed.path
        if not path.is_file() or shards.digest(path) != listed.sha256:
            raise evidence.broken(f"{listed.path} of {frozen.snapshot_id} was changed")


def _write(lake: Lake, frozen: Frozen, given: Sequence[Approval], key: keys.Key, at_us: int) -> None:
    """Write proofs, then the envelope: a folder without an envelope is not published."""
    signed = checkpoint.sign(lake.ledger, key, at_us=at_us)
    note = files.read(checkpoint.kept_path(lake.ledger, signed.size))
    reached = {str(r.values["state"]): r.seq for r in states.rows(lake.ledger, "snapshots", frozen.snapshot_id)}
    seqs = [reached[states.CHECKED], *(a.seq for a in given), reached[states.APPROVED]]
    proofs = evidence.write(lake.ledger, seqs, note, signed, frozen.checkpoint_size)
    files.write(frozen.folder / layout.EVIDENCE, proofs)
    payload = envelope.statement(files.read(frozen.folder / layout.MANIFEST), envelope.APPROVE)
    mine = keys.sign(key, envelope.encoding(payload))
    signatures = [*((a.key.key_id, a.signature) for a in given), (key.key_id, mine)]
    files.write(frozen.folder / layout.ENVELOPE, envelope.envelope(payload, signatures))


def expire(lake: Lake, *, at_us: int) -> list[str]:
    """Append for every snapshot whose approval was given for a time that is over that it has expired; their ids.

    It has to be checked and approved again before anybody can pull it.
    """
    over = []
    for frozen in freezing.everything(lake):
        if states.state(lake.ledger, frozen.snapshot_id) != states.APPROVED:
            continue
        proven = evidence.verify(frozen.folder, trust.of_ledger(lake.ledger))
        if at_us >= proven.expires_at_us:
            states.append(lake.ledger, frozen, states.EXPIRED, at_us=at_us, actor="checks", reason="time is over")
            over.append(frozen.snapshot_id)
    return over


def withdraw(lake: Lake, snapshot_id: str, *, actor: str, reason: str, at_us: int) -> int:
    """Take a snapshot back: no pull from this lake succeeds any more; the number of the entry.

    Copies that teams have pulled stay where they are: tell them, Q12 lists them.

    Args:
        lake: where the snapshot lies.
        snapshot_id: `NAME@VERSION`.
        actor: who withdraws it.
        reason: why, without anything personal; kept in the ledger.
        at_us: now.
    """
    frozen = freezing.find(lake, snapshot_id)
    number = states.append(lake.ledger, frozen, states.REVOKED, at_us=at_us, actor=actor, reason=reason)
    _mark_revoked(lake, frozen, at_us)
    return number


def finish_revocations(lake: Lake, *, at_us: int) -> None:
    """Mark what the ledger has revoked and the folder does not say yet: somebody was killed in between."""
    for frozen in freezing.everything(lake):
        is_revoked = states.state(lake.ledger, frozen.snapshot_id) == states.REVOKED
        if is_revoked and not (frozen.folder / layout.REVOKED).is_file():
            _mark_revoked(lake, frozen, at_us)


def _mark_revoked(lake: Lake, frozen: Frozen, at_us: int) -> None:
    """Say so in the folder too, for those who see the folder and not the ledger."""
    text = f"{frozen.snapshot_id}\nrevoked\n{frozen.manifest_sha256}\n"
    files.write(Path(frozen.folder / layout.REVOKED), notes.note(notary(lake), text))
    position.sign(lake, notary(lake), at_us=at_us)
