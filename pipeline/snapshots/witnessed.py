"""witnessed.json: a later checkpoint that witnesses have cosigned, and that the published one is its beginning.

Witnesses answer after a snapshot is published, so what they say lies beside approvals.json and is written anew.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import EvidenceBroken, NotApproved, NotWitnessed, ProvenderError
from pipeline.ledger import canonical, checkpoint, keys, merkle, notes, policy, witnessing
from pipeline.ledger.policy import Policy
from pipeline.snapshots import evidence, freezing, layout, states, trust
from pipeline.snapshots.evidence import Evidence
from pipeline.snapshots.states import Frozen
from pipeline.snapshots.trust import Trusted
from pipeline.store import files
from pipeline.store.files import Place
from pipeline.store.lake import Lake


def write(lake: Lake) -> list[str]:
    """Put what witnesses have cosigned beside every approved snapshot; the ids of those that a quorum stands for.

    The newest checkpoint that meets the ledger's policy is taken, at least as large as the published one.
    """
    rule = policy.of_ledger(lake.ledger)
    if rule.quorum == policy.NOBODY:
        return []
    sizes = reversed(checkpoint.kept_sizes(lake.ledger))
    newest = next((size for size in sizes if _is_met(lake.ledger, size, rule)), None)
    if newest is None:
        return []
    note, leaves = checkpoint.with_cosignatures(lake.ledger, newest), witnessing.leaves(lake.ledger, newest)
    done = []
    for frozen in freezing.everything(lake):
        published = _published_size(lake, frozen)
        if published is not None and published <= newest:
            growth = merkle.consistency_proof(leaves, published)
            body = {"checkpoint": note.decode().split("\n"), "growth": [one.hex() for one in growth]}
            files.write(frozen.folder / layout.WITNESSED, canonical.entry(body))
            done.append(frozen.snapshot_id)
    return done


def _is_met(ledger: Path, size: int, rule: Policy) -> bool:
    return rule.is_met(witnessing.cosigners(checkpoint.with_cosignatures(ledger, size), rule.witnesses))


def _published_size(lake: Lake, frozen: Frozen) -> int | None:
    """Size of the log that an approved snapshot's proofs are under; None for one that is not approved."""
    if states.state(lake.ledger, frozen.snapshot_id) != states.APPROVED:
        return None
    said = json.loads(files.read(frozen.folder / layout.EVIDENCE))
    return int(said["checkpoint"][1])


def read(folder: Place) -> bytes | None:
    """The file, unverified; None where nobody has cosigned.

    Raises:
        TooLarge: larger than it can be.
    """
    return files.read_at_most(folder / layout.WITNESSED, evidence.PROOF_BYTES)


def require(content: bytes | None, proven: Evidence, known: Sequence[Trusted], asked: Policy) -> list[str]:
    """The witnesses who stand for the log that a snapshot's proofs are under, by name, sorted.

    Args:
        content: witnessed.json, from an origin that nobody need believe.
        proven: what the other proofs have proven.
        known: keys that count.
        asked: whose cosignatures are enough, as the puller says.

    Raises:
        NotWitnessed: too few of them have cosigned.
        EvidenceBroken: a signature or proof does not hold.
    """
    found = set() if content is None else _cosigners(content, proven, known, asked)
    if not asked.is_met(found):
        named = ", ".join(sorted(found)) or "none of its witnesses"
        raise NotWitnessed(
            f"the policy wants quorum {asked.quorum} for the ledger's checkpoint; cosigned by {named}",
            fix="ask its keeper to run provender notary until the witnesses have answered, then pull again",
        )
    return sorted(found)


def _cosigners(content: bytes, proven: Evidence, known: Sequence[Trusted], asked: Policy) -> set[str]:
    try:
        said: dict[str, Any] = json.loads(content)
        note = "\n".join(said["checkpoint"]).encode()
        growth = [bytes.fromhex(one) for one in said["growth"]]
        point = _signed(note, known)
        merkle.verify_consistency(proven.checkpoint_size, point.size, growth, proven.checkpoint_root, point.root)
        return witnessing.cosigners(note, asked.witnesses)
    except (ValueError, KeyError, TypeError, AttributeError, ProvenderError) as e:
        if isinstance(e, NotApproved | EvidenceBroken):
            raise
        raise evidence.broken(f"{layout.WITNESSED} cannot be read") from e


def _signed(note: bytes, known: Sequence[Trusted]) -> checkpoint.Checkpoint:
    """The checkpoint, signed by a key of the notary that counts at its size."""
    _, signatures = notes.split_note(note)
    signers = [one for one in trust.notaries(known) if keys.parse(one.vkey)[:2] in signatures]
    if not signers:
        raise evidence.broken(f"{layout.WITNESSED} is not signed by the notary you trust")
    points = [checkpoint.read(note, one.vkey) for one in signers]
    trust.counting(signers, known, points[0].size)
    return points[0]
