"""The witness: cosigns a checkpoint only when the log has grown from the last one it saw (C2SP tlog-witness).

It runs in another account, best in another house. Its whole memory is a size and a root for each log.
"""

import fcntl
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pipeline.errors import EvidenceBroken, InputMalformed
from pipeline.ledger import checkpoint, keys, merkle, notes
from pipeline.store import files

PROOF_LINES = 63
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
CONFLICT_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the witness answers, as HTTP has it."""

    status: int
    body: str
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """An add-checkpoint request as read."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """The last checkpoint of a log that was cosigned."""

    size: int = 0
    root: bytes = merkle.root([])


def vkey(key: keys.Key) -> str:
    """The witness's public key for cosignatures."""
    return keys.vkey(key.name, keys.parse(key.vkey)[2], keys.COSIGNATURE)


def cosign(key: keys.Key, text: str, *, at_s: int) -> str:
    """The cosignature line over a checkpoint's text."""
    signature = keys.sign(key, _message(text, at_s))
    return notes.signature_line(key.name, vkey(key), at_s.to_bytes(8, "big") + signature)


def _message(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def cosigned_at(content: bytes, witness_vkey: str) -> int | None:
    """When that witness has cosigned the note, in seconds; None when it has not.

    Raises:
        EvidenceBroken: there is a cosignature in its name that does not hold.
    """
    name, key_id, _ = keys.parse(witness_vkey, keys.COSIGNATURE)
    text, signatures = notes.split_note(content)
    found = signatures.get((name, key_id))
    if found is None:
        return None
    at_s = int.from_bytes(found[:8], "big")
    if at_s >= 1 << 63:
        raise EvidenceBroken(f"a cosignature of {name} is of no time", fix="keep the file; ask its signer")
    keys.verify(witness_vkey, _message(text, at_s), found[8:], algorithm=keys.COSIGNATURE)
    return at_s


def answer(content: bytes, key: keys.Key, logs: Sequence[str], state: Path, *, at_s: int) -> Answer:
    """Cosign a checkpoint or say why not; what was seen is kept before anything is answered.

    Args:
        content: the request: old size, consistency proof, checkpoint.
        key: the witness's.
        logs: note keys of the logs that are known; several for one origin while it rotates.
        state: folder of the witness's memory.
        at_s: now.
    """
    try:
        request = parse(content)
        text, signatures = notes.split_note(request.note)
        origin = text.partition("\n")[0]
        new = checkpoint.parse(text, origin)
    except (InputMalformed, EvidenceBroken) as e:
        return Answer(status=400, body=f"{e.message}\n")
    trusted = [one for one in logs if keys.parse(one)[0] == origin]
    if not trusted:
        return Answer(status=404, body="unknown log\n")
    if not any(_has_signed(request.note, one) for one in trusted if keys.parse(one)[:2] in signatures):
        return Answer(status=403, body="no valid signature of a known key\n")
    with _held(state, origin) as (held, keep):
        refusal = _refused(request, new, held)
        if refusal is None:
            keep(Held(size=new.size, root=new.root))
            return Answer(status=200, body=cosign(key, text, at_s=at_s))
    if refusal.status != 409 or new.size <= held.size:
        files.put_if_absent(state / "refused" / f"{sha256(content).hexdigest()}.request", content)
    return refusal


def _has_signed(note: bytes, vkey: str) -> bool:
    try:
        notes.open_note(note, vkey)
    except EvidenceBroken:
        return False
    return True


def _refused(request: Request, new: checkpoint.Checkpoint, held: Held) -> Answer | None:
    if request.old_size > new.size:
        return Answer(status=400, body="the old size is above the new one\n")
    if request.old_size != held.size:
        return Answer(status=409, body=f"{held.size}\n", content_type=CONFLICT_TYPE)
    if new.size == held.size and new.root != held.root:
        return Answer(status=409, body=f"{held.size}\n", content_type=CONFLICT_TYPE)
    if not _is_grown(request.proof, new, held):
        return Answer(status=422, body="the log has not grown from what was cosigned: two histories\n")
    return None


def _is_grown(proof: Sequence[bytes], new: checkpoint.Checkpoint, held: Held) -> bool:
    if held.size == 0:
        return not proof
    try:
        merkle.verify_consistency(held.size, new.size, proof, held.root, new.root)
    except EvidenceBroken:
        return False
    return True


def parse(content: bytes) -> Request:
    """An add-checkpoint request.

    Raises:
        InputMalformed: not one.
    """
    head, _, note = content.partition(b"\n\n")
    first, *lines = head.decode("utf-8", "replace").split("\n")
    word, _, size = first.partition(" ")
    proof = tuple(keys.decoded(line) or b"" for line in lines)
    is_size = _SIZE.fullmatch(size) is not None
    if word != "old" or not is_size or len(proof) > PROOF_LINES or any(len(one) != 32 for one in proof):
        raise InputMalformed("not an add-checkpoint request", fix="send what C2SP tlog-witness describes")
    return Request(old_size=int(size), proof=proof, note=note)


@contextmanager
def _held(state: Path, origin: str) -> Iterator[tuple[Held, "_Keep"]]:
    """What is held of a log and the way to keep more; nobody else changes it meanwhile."""
    state.mkdir(parents=True, exist_ok=True)
    place = state / f"{sha256(origin.encode()).hexdigest()[:16]}.json"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = files.read_if_any(place)
        yield _read(content), _Keep(place, origin)


def _read(content: bytes | None) -> Held:
    if content is None:
        return Held()
    said: Mapping[str, str] = json.loads(content)
    return Held(size=int(said["size"]), root=bytes.fromhex(said["root"]))


@dataclass(frozen=True, slots=True)
class _Keep:
    place: Path
    origin: str

    def __call__(self, held: Held) -> None:
        said = {"origin": self.origin, "size": str(held.size), "root": held.root.hex()}
        files.write(self.place, json.dumps(said, ensure_ascii=False).encode())


def sizes(state: Path) -> dict[str, int]:
    """Origin to the size that was cosigned last."""
    found = [json.loads(path.read_bytes()) for path in sorted(state.glob("*.json"))]
    return {one["origin"]: int(one["size"]) for one in found}


def visit(drop: Path, key: keys.Key, logs: Sequence[str], state: Path, *, at_s: int) -> int:
    """Answer every request in a drop folder, and say there how far each log was cosigned; how many were answered.

    `NAME.request` gets `NAME.cosignature`, or `NAME.refused` with status and reason.
    """
    asked = sorted(drop.glob("*.request"))
    for path in asked:
        given = answer(path.read_bytes(), key, logs, state, at_s=at_s)
        is_given = given.status == 200
        said = given.body if is_given else f"{given.status} {given.body}"
        files.write(path.with_suffix(".cosignature" if is_given else ".refused"), said.encode())
        path.unlink()
    files.write(drop / "sizes.json", json.dumps(sizes(state), ensure_ascii=False, sort_keys=True).encode())
    return len(asked)
