"""Override: a third person answers, by name and signature, for a snapshot whose check has failed.

It does not approve anything: two other people still have to. What was not met stays in the ledger beside it.
"""

from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from pipeline.errors import NotApproved, UsageError
from pipeline.ledger import keys, log
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import approving, envelope, freezing, layout, states
from pipeline.store import files
from pipeline.store.lake import Lake

ROLE = "override"


def override(lake: Lake, snapshot_id: str, *, actor: str, key: Path, reason: str, at_us: int) -> int:
    """Let a snapshot go to approval although expectations are not met; the number of the ledger's entry.

    Args:
        lake: where the snapshot lies.
        snapshot_id: `NAME@VERSION`, refused by its check.
        actor: the name under which the ledger trusts the key, in the role `override`.
        key: file of the private key.
        reason: why it is right all the same; kept in the ledger.
        at_us: now.

    Raises:
        UsageError: no reason.
        NotApproved: the snapshot was not refused, the key is not of that role, or the person made the snapshot.
    """
    if not reason.strip():
        raise UsageError("an override without a reason", fix="add --reason")
    frozen = freezing.find(lake, snapshot_id)
    signer = approving.read_key(key)
    approving.require_trusted(lake.ledger, signer, actor, ROLE)
    approving.refuse_authors(lake.ledger, frozen, actor)
    now = states.state(lake.ledger, snapshot_id)
    if now != states.REFUSED:
        raise NotApproved(f"{snapshot_id} is {now}, not refused", fix="only what a check refused can be overridden")
    manifest = files.read(frozen.folder / layout.MANIFEST)
    row = {
        "snapshot_id": snapshot_id,
        "actor": actor,
        "role": ROLE,
        "decision": envelope.OVERRIDE,
        "reason": reason,
        "key_id": signer.key_id,
        "manifest_sha256": sha256(manifest).digest(),
        "signature": keys.sign(signer, envelope.encoding(envelope.statement(manifest, envelope.OVERRIDE))),
        "approved_at_us": at_us,
    }
    refused = states.last(lake.ledger, snapshot_id)
    entry = log.Entry(
        kind="approvals",
        key=f"override {snapshot_id} by {actor} after {refused.seq if refused else 0}",
        at_us=at_us,
        actor=actor,
        run=frozen.run,
        stage="snapshots",
        details={"snapshot_id": snapshot_id, "decision": envelope.OVERRIDE},
    )
    number = log.append(lake.ledger, entry, pa.Table.from_pylist([row], KINDS["approvals"]))
    states.append(lake.ledger, frozen, states.CHECKED, at_us=at_us, actor=actor, reason=f"overridden by {actor}")
    return number
