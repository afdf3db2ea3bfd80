"""approvals.json: what lets a puller verify approvals without the ledger: entries, rows, proofs, checkpoint.

A proof has two steps: the row's text hashes to the entry's `rows_root`; the entry's bytes lead to the signed root.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.errors import EvidenceBroken, NotApproved, PathEscapes, ProvenderError
from pipeline.ledger import canonical, checkpoint, keys, log, merkle, notes
from pipeline.rules.requests import DAY_US
from pipeline.rules.snapshots import limits
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import envelope, layout, states, trust
from pipeline.snapshots.trust import Approval, Trusted
from pipeline.store import database, files, parquet
from pipeline.store.files import Place

KINDS_PROVEN = ("snapshots", "approvals")
PROVING = (layout.EVIDENCE, layout.MANIFEST, layout.ENVELOPE)
PROOF_BYTES = 64 << 20
"""What a manifest or approvals.json may have at most: 100,000 shards take 20 MB."""
RESERVED = (*PROVING, layout.RECEIPT, layout.REVOKED, layout.WITNESSED, "exclusion.parquet")
_PATH = re.compile(r"(data/)?[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What a snapshot folder has proven."""

    snapshot_id: str
    manifest: Mapping[str, object]
    manifest_sha256: str
    approvals: Sequence[Approval]
    origin: str
    checkpoint_size: int
    checkpoint_root: bytes
    approved_at_us: int  # when the last of those who had to approve did

    @property
    def expires_at_us(self) -> int:
        """Until when the approval holds; manifests that name no time are of before and get the usual one."""
        days = int(str(self.manifest.get("valid_days", limits().valid_days)))
        return self.approved_at_us + days * DAY_US


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A file that a manifest names."""

    path: str
    sha256: str
    n_bytes: int
    rows: int | None  # of a shard


def listed(manifest: Mapping[str, object]) -> list[Listed]:
    """Every file of a manifest, shards first.

    Raises:
        PathEscapes: a path that leads out of the folder, or to a place that is not for it.
        EvidenceBroken: a path twice.
    """
    said = [
        Listed(path=one["path"], sha256=one["sha256"], n_bytes=one["bytes"], rows=one.get("rows"))
        for field in ("shards", "files")
        for one in items(manifest[field])
    ]
    for one in said:
        _require_inside(one)
    if len({one.path for one in said}) < len(said):
        raise broken("the manifest names a path twice")
    return said


def _require_inside(one: Listed) -> None:
    """A shard lies in data/, any other file beside it, and neither takes the place of what a pull writes itself."""
    is_plain = _PATH.fullmatch(one.path) is not None and one.path not in RESERVED
    if not is_plain or one.path.startswith("data/") != (one.rows is not None):
        raise PathEscapes("the manifest names a path outside of its folder", fix="pull nothing; tell the data owner")


def items(value: object) -> list[Mapping[str, Any]]:
    """A list of a manifest."""
    return value if isinstance(value, list) else []


def write(ledger: Path, seqs: Sequence[int], note: bytes, signed: checkpoint.Checkpoint, first: int) -> bytes:
    """The bytes of approvals.json.

    Args:
        ledger: the ledger folder.
        seqs: entries to prove; each names a segment of one row.
        note: the signed checkpoint.
        signed: what the note says.
        first: size of the log that the manifest rests on.
    """
    contents = list(log.raw(ledger))[: signed.size]
    leaves = [merkle.leaf(content) for content in contents]
    growth = merkle.consistency_proof(leaves, first) if first else []
    entries = [_entry(ledger, seq, contents[seq], merkle.inclusion_proof(leaves, seq)) for seq in seqs]
    body = {"checkpoint": _lines(note), "entries": entries, "growth": [h.hex() for h in growth]}
    return canonical.entry(body)


def _lines(note: bytes) -> list[str]:
    return note.decode().split("\n")


def _entry(ledger: Path, seq: int, content: bytes, proof: Sequence[bytes]) -> dict[str, object]:
    said = json.loads(content)
    rows = parquet.read(ledger / said["path"], KINDS[said["kind"]])
    return {"seq": seq, "entry": content.decode(), "row": _row_text(rows), "proof": [h.hex() for h in proof]}


def _row_text(rows: pa.Table) -> str:
    with database.connect(threads=1) as connection:
        connection.register("proven_rows", rows)
        found = connection.execute(f"select {canonical.row_sql(rows.schema)}::varchar from proven_rows").fetchall()
    return str(found[0][0])


def read(folder: Place) -> dict[str, bytes]:
    """The proofs of a folder, unverified, by name.

    Raises:
        NotApproved: not published: one of them is missing.
        TooLarge: one is larger than any can be.
    """
    found = {name: files.read_at_most(folder / name, PROOF_BYTES) for name in PROVING}
    if None in found.values():
        raise NotApproved("the snapshot is not published", fix="two people approve, then provender snapshot publish")
    return {name: content for name, content in found.items() if content is not None}


def verify(folder: Place, known: Sequence[Trusted]) -> Evidence:
    """As `verified`, of the proofs in a folder."""
    return verified(read(folder), known)


def verified(proofs: Mapping[str, bytes], known: Sequence[Trusted]) -> Evidence:
    """What the proofs prove: manifest, check, two approvals, notary, checkpoint. Shards are not read.

    Raises:
        NotApproved: not published, or by keys that are not trusted, or without two people.
        EvidenceBroken: any byte of manifest, envelope or approvals.json was changed.
    """
    try:
        return _verify(proofs[layout.MANIFEST], proofs[layout.ENVELOPE], proofs[layout.EVIDENCE], known)
    except (ValueError, KeyError, TypeError, AttributeError, ProvenderError) as e:
        if isinstance(e, NotApproved | EvidenceBroken):
            raise
        raise broken("manifest, envelope or approvals.json cannot be read") from e


def broken(what: str) -> EvidenceBroken:
    """The error for bytes that were changed."""
    return EvidenceBroken(what, fix="keep the folder as evidence; pull again from the lake; tell the data owner")


def _verify(manifest: bytes, signed: bytes, proofs: bytes, known: Sequence[Trusted]) -> Evidence:
    body = _canonical(proofs, layout.EVIDENCE)
    said = _canonical(manifest, layout.MANIFEST)
    point, signers = _checkpoint("\n".join(body["checkpoint"]).encode(), known)
    rows = [_proven(proof, point) for proof in body["entries"]]
    digest = sha256(manifest).hexdigest()
    if any((r["snapshot_id"], r["manifest_sha256"]) != (said["snapshot_id"], digest) for _, _, r in rows):
        raise broken("approvals.json speaks of another manifest")
    reached = [r["state"] for _, kind, r in rows if kind == "snapshots"]
    if reached != [states.CHECKED, states.APPROVED]:
        raise NotApproved("the snapshot was not checked and approved", fix="publish it again from its lake")
    approvals = [_approval(r, seq, manifest, known) for seq, kind, r in rows if kind == "approvals"]
    trust.require_four_eyes(approvals)
    _verify_growth(said["ledger"], point, [bytes.fromhex(h) for h in body["growth"]])
    _verify_envelope(signed, manifest, approvals, signers)
    return Evidence(
        snapshot_id=said["snapshot_id"],
        manifest=said,
        manifest_sha256=digest,
        approvals=approvals,
        origin=point.origin,
        checkpoint_size=point.size,
        checkpoint_root=point.root,
        approved_at_us=max(one.at_us for one in approvals),
    )


def _checkpoint(note: bytes, known: Sequence[Trusted]) -> tuple[checkpoint.Checkpoint, list[Trusted]]:
    """The checkpoint, and the notary's keys of its time that have signed it: two where a key was replaced."""
    _, signatures = notes.split_note(note)
    signers = [one for one in trust.notaries(known) if keys.parse(one.vkey)[:2] in signatures]
    if len(signers) != len(signatures):
        raise broken("the checkpoint in approvals.json is not signed by the notary you trust, or by others too")
    points = [checkpoint.read(note, one.vkey) for one in signers]  # every signature is verified
    return points[0], trust.counting(signers, known, points[0].size)


def _canonical(content: bytes, name: str) -> dict[str, Any]:
    """The JSON of canonical bytes: there is one way to write it, so a changed byte cannot hide."""
    said: dict[str, Any] = json.loads(content)
    if canonical.entry(said) != content:
        raise broken(f"{name} is not as it was written")
    return said


def _proven(proof: Mapping[str, Any], point: checkpoint.Checkpoint) -> tuple[int, str, Mapping[str, Any]]:
    """Number, kind and row of an entry that is under the checkpoint."""
    content, seq = proof["entry"].encode(), proof["seq"]
    path = [bytes.fromhex(h) for h in proof["proof"]]
    merkle.verify_inclusion(merkle.leaf(content), seq, point.size, path, point.root)
    entry = json.loads(content)
    schema = KINDS[entry["kind"]]
    is_row = entry["rows"] == 1 and merkle.leaf(proof["row"].encode()).hex() == entry["rows_root"]
    if not is_row or entry["schema"] != canonical.schema_id(schema) or entry["kind"] not in KINDS_PROVEN:
        raise broken(f"the row of entry {seq} is not the one in the log")
    if [h.hex() for h in path] != proof["proof"]:
        raise broken(f"the proof of entry {seq} is not as it was written")
    return seq, entry["kind"], dict(zip(schema.names, json.loads(proof["row"]), strict=True))


def _approval(row: Mapping[str, Any], seq: int, manifest: bytes, known: Sequence[Trusted]) -> Approval:
    if row["decision"] != envelope.APPROVE:
        raise NotApproved(f"rejected by {row['actor']}", fix="do not use the snapshot")
    return trust.approval({**row, "signature": bytes.fromhex(row["signature"])}, seq, manifest, known)


def _verify_growth(said: Mapping[str, Any], point: checkpoint.Checkpoint, proof: Sequence[bytes]) -> None:
    """The log that the manifest rests on is a beginning of the signed log."""
    if said["size"]:
        merkle.verify_consistency(said["size"], point.size, proof, bytes.fromhex(said["root"]), point.root)


def _verify_envelope(signed: bytes, manifest: bytes, approvals: Sequence[Approval], signers: Sequence[Trusted]) -> None:
    """The envelope holds exactly the approvals' signatures and that of the notary who signed the checkpoint."""
    payload = envelope.statement(manifest, envelope.APPROVE)
    found = envelope.signatures(signed)
    notary = [one for one in signers if found and one.key_id == found[-1][0]]
    if not notary:
        raise broken(f"{layout.ENVELOPE} holds no signature of the checkpoint's notary")
    expected = [*((a.key.key_id, a.signature) for a in approvals), (notary[0].key_id, found[-1][1])]
    if envelope.envelope(payload, expected) != signed:
        raise broken(f"{layout.ENVELOPE} is not the envelope of this manifest and its approvals")
    keys.verify(notary[0].vkey, envelope.encoding(payload), found[-1][1])
