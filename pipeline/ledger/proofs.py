"""Proofs that leave the house: one decision is in the signed log; one checkpoint's log is a beginning of another's.

A decision's proof has two halves: its row leads to the root of its segment, which the entry holds; the entry leads to
the signed root (C2SP tlog-proof). The row's half is the `extra` line.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import InputMalformed, InputMissing, ProofInvalid, UsageError
from pipeline.ledger import canonical, checkpoint, keys, log, merkle, witnessing
from pipeline.ledger.policy import Policy
from pipeline.store import files
from pipeline.store.files import Place

HEAD = "c2sp.org/tlog-proof@v1"
EXTRA = {"entry", "schema", "row", "row_index", "proof"}
"""What the `extra` line holds: the row's half, and nothing that no hash covers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proven:
    """What a proof has shown."""

    seq: int
    size: int  # of the log that was signed
    entry: Mapping[str, object]
    row: Mapping[str, object]  # column to value, as its leaf has it


def decision(ledger: Place, doc_id: int, *, stage: str, run: str | None = None) -> str:
    """The proof of the last decision that `stage` took on a document.

    Raises:
        InputMissing: no such decision under the newest checkpoint.
    """
    sizes = checkpoint.kept_sizes(ledger)
    size = sizes[-1] if sizes else 0
    found = [e for e in log.entries(ledger, kind="decisions", run=run, stage=stage) if _is_within(e, doc_id)]
    for entry in reversed([e for e in found if int(str(e["seq"])) < size]):
        rows = pq.ParquetFile(pa.BufferReader(files.read(ledger / str(entry["path"])))).read()
        index = pc.index(rows.column("doc_id"), doc_id).as_py()
        if index >= 0:
            return _proof(ledger, int(str(entry["seq"])), rows.replace_schema_metadata(None), index, size)
    raise InputMissing(
        f"no signed decision of stage {stage} on document {doc_id}",
        fix="provender audit Q04 shows its stages; provender notary signs what is new",
    )


def _is_within(entry: Mapping[str, object], doc_id: int) -> bool:
    low, high = entry["min_doc"], entry["max_doc"]
    return low is not None and int(str(low)) <= doc_id <= int(str(high))


def _proof(ledger: Place, seq: int, rows: pa.Table, index: int, size: int) -> str:
    leaves = canonical.leaves(rows)
    hashes = [leaves[i : i + merkle.HASH_BYTES] for i in range(0, len(leaves), merkle.HASH_BYTES)]
    extra = {
        "entry": files.read(log.entry_path(ledger, seq)).decode(),
        "schema": [[field.name, str(field.type)] for field in rows.schema],
        "row": canonical.row_text(rows.slice(index, 1)),
        "row_index": index,
        "proof": [one.hex() for one in merkle.inclusion_proof(hashes, index)],
    }
    path = merkle.inclusion_proof(witnessing.leaves(ledger, size), seq)
    return _head(extra, seq, path) + "\n\n" + checkpoint.with_cosignatures(ledger, size).decode()


def _head(extra: Mapping[str, object], seq: int, path: Sequence[bytes]) -> str:
    """The lines above the checkpoint: there is one way to write them."""
    return "\n".join([HEAD, f"extra {_base64(canonical.entry(extra))}", f"index {seq}", *map(_base64, path)])


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def check_decision(content: str, vkey: str, *, asked: Policy | None = None) -> Proven:
    """What a decision's proof shows to someone who knows the notary's key.

    Raises:
        ProofInvalid: a hash leads elsewhere, or no quorum of `asked` has cosigned.
        EvidenceBroken: the checkpoint is not signed by that key.
    """
    head, _, note = content.partition("\n\n")
    try:
        _, extra_line, index_line, *path = head.split("\n")
        extra: dict[str, Any] = json.loads(base64.b64decode(extra_line.removeprefix("extra "), validate=True))
        seq, entry = int(index_line.removeprefix("index ")), json.loads(extra["entry"])
        proof = [base64.b64decode(one, validate=True) for one in path]
        row_proof, rows_root = [bytes.fromhex(one) for one in extra["proof"]], bytes.fromhex(entry["rows_root"])
        row_index, rows = extra["row_index"], entry["rows"]
        row = dict(zip([name for name, _ in extra["schema"]], json.loads(extra["row"]), strict=True))
        is_as_written = head == _head(extra, seq, proof) and set(extra) == EXTRA
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, UsageError) as e:
        raise _invalid("the file is not a proof of a decision") from e
    point = checkpoint.read(note.encode(), vkey)
    merkle.verify_inclusion(merkle.leaf(extra["entry"].encode()), seq, point.size, proof, point.root)
    leaf = merkle.leaf(extra["row"].encode())
    merkle.verify_inclusion(leaf, row_index, rows, row_proof, rows_root)
    if not is_as_written or [one.hex() for one in row_proof] != extra["proof"]:
        raise _invalid("the proof is not as it was written")
    if canonical.digest(extra["schema"]) != entry["schema"]:
        raise _invalid("the proof names other columns than its entry")
    _require_quorum(note.encode(), asked)
    return Proven(seq=seq, size=point.size, entry=entry, row=row)


def _require_quorum(note: bytes, asked: Policy | None) -> None:
    if asked is not None and not asked.is_met(witnessing.cosigners(note, asked.witnesses)):
        raise _invalid("no quorum of the policy has cosigned the checkpoint")


def _invalid(message: str) -> ProofInvalid:
    return ProofInvalid(message, fix="ask the ledger's keeper for the proof again; keep this one")


def growth(ledger: Place, old: int, new: int) -> bytes:
    """The proof that the checkpoint of size `old` is a beginning of that of size `new`; both are kept ones.

    Raises:
        UsageError: no such checkpoints.
    """
    sizes = checkpoint.kept_sizes(ledger)
    if old not in sizes or new not in sizes or not 0 < old <= new:
        named = ", ".join(map(str, sizes[-6:])) or "none"
        raise UsageError("no checkpoints of these sizes", fix=f"two of the kept sizes, ascending; the last are {named}")
    proof = [] if old == new else witnessing.consistency(ledger, old, new)
    notes = [checkpoint.with_cosignatures(ledger, size).decode() for size in (old, new)]
    body = {"old": notes[0], "new": notes[1], "proof": [one.hex() for one in proof]}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"


def check_growth(
    content: bytes, vkey: str, *, new_vkey: str | None = None, asked: Policy | None = None
) -> Sequence[int]:
    """The two sizes whose growth the proof shows.

    `vkey` has signed the older checkpoint, `new_vkey` the newer one, where the notary's key was replaced between them.

    Raises:
        ProofInvalid: it does not, or no quorum of `asked` has cosigned the newer one.
        EvidenceBroken: a checkpoint is not signed by that key.
    """
    try:
        said = json.loads(content)
        notes = [str(said[name]).encode() for name in ("old", "new")]
        proof = [bytes.fromhex(one) for one in said["proof"]]
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise _invalid("the file is not a proof of growth") from e
    old, new = checkpoint.read(notes[0], vkey), checkpoint.read(notes[1], new_vkey or vkey)
    merkle.verify_consistency(old.size, new.size, proof, old.root, new.root)
    _require_quorum(notes[1], asked)
    return old.size, new.size


def known_key(ledger: Place) -> str:
    """The notary's public key as the ledger has it.

    Raises:
        InputMalformed: it has none.
    """
    found = keys.notaries(ledger)
    if not found:
        raise InputMalformed("the ledger trusts no notary", fix="provender keys make notary --role notary")
    return str(found[-1]["vkey"])
