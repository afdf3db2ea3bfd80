"""Acknowledge: a team says, by name, what it did about what was withdrawn from a snapshot that it pulled."""

from pathlib import Path

import pyarrow as pa

from pipeline.errors import UsageError
from pipeline.ledger import log
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import pulled
from pipeline.store.lake import Lake

ACTIONS = ("retrained", "filtered", "risk-accepted")


def acknowledge(lake: Lake, folder: Path, action: str, *, actor: str, at_us: int, reason: str = "") -> int:
    """Append what was done about everything that the folder's feed says; the number of the entry.

    Args:
        lake: whose ledger takes it.
        folder: where `pull` put the snapshot.
        action: retrained, filtered or risk-accepted.
        actor: the person who says so.
        at_us: now.
        reason: why; needed to accept the risk.

    Raises:
        UsageError: another action, a risk without a reason, or a folder that has not heard everything.
    """
    if action not in ACTIONS:
        raise UsageError(f"nobody can be said to have {action}", fix=f"one of: {', '.join(ACTIONS)}")
    if action == "risk-accepted" and not reason.strip():
        raise UsageError("a risk is accepted without a reason", fix="add --reason")
    receipt = pulled.receipt(folder)
    found = pulled.standing(folder, at_us=at_us, origin=lake.snapshots)
    if found.n_pending:
        raise UsageError(
            f"{found.n_pending} documents were withdrawn that the folder does not know of",
            fix="provender status DIR --refresh; then acknowledge",
        )
    row = {
        "snapshot_id": found.snapshot_id,
        "puller": receipt.puller,
        "withdrawals_seen": found.n_excluded,
        "acked_at_us": at_us,
        "action": action,
        "actor": actor,
        "seen_until_us": found.heard_at_us,
        "reason": reason or None,
    }
    entry = log.Entry(
        kind="withdrawal_acks",
        key=f"acknowledge {found.snapshot_id} {receipt.puller} {found.heard_at_us} {action} by {actor}",
        at_us=at_us,
        actor=actor,
        stage="snapshots",
        details={"snapshot_id": found.snapshot_id, "action": action},
    )
    return log.append(lake.ledger, entry, pa.Table.from_pylist([row], KINDS["withdrawal_acks"]))
