"""The notary's side of witnessing: ask, keep cosignatures, and know how much nobody outside stands for yet."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pipeline.errors import EvidenceBroken, InputMissing
from pipeline.ledger import checkpoint, keys, log, merkle, notes, policy, tiles, witness
from pipeline.ledger.policy import Policy, Witness
from pipeline.store import fetch, files
from pipeline.store.files import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """What could be rewritten today without anyone outside noticing."""

    n_entries: int
    n_unsigned: int  # since the newest checkpoint
    n_unwitnessed: int  # since the newest checkpoint that a quorum has cosigned
    unwitnessed_minutes: int  # age of the oldest of these
    witnessed_size: int
    quorum: str  # `none`: the policy asks nobody


def ask(ledger: Place) -> dict[str, str]:
    """Ask every witness of the policy to cosign the newest checkpoint; name to what came of it.

    A witness that is away or refuses stops nobody: the exposure grows, and that is what is watched.
    """
    sizes = checkpoint.kept_sizes(ledger)
    if not sizes:
        return {}
    outcomes = {one.name: _asked(ledger, one, sizes[-1]) for one in policy.of_ledger(ledger).witnesses}
    checkpoint.show(ledger)
    return outcomes


def _asked(ledger: Place, one: Witness, size: int) -> str:
    if files.exists(_place(ledger, one, size)):
        return "cosigned before"
    if not one.url:
        return "no address in the policy"
    try:
        return _by_http(ledger, one, size) if "://" in one.url else _by_folder(ledger, one, size)
    except (OSError, InputMissing) as e:
        return f"away ({type(e).__name__})"
    except EvidenceBroken as e:
        return f"refused: {e.message}"


def _by_http(ledger: Place, one: Witness, size: int) -> str:
    url = f"{one.url.rstrip('/')}/add-checkpoint"
    got = fetch.post(url, request(ledger, _last_cosigned(ledger, one), size))
    if got.status == 409 and got.content.strip().isdigit() and int(got.content) <= size:
        got = fetch.post(url, request(ledger, int(got.content), size))
    if got.status != 200:
        return f"refused: {got.status}"
    return _keep(ledger, one, size, got.content)


def _by_folder(ledger: Place, one: Witness, size: int) -> str:
    """Take the answers that lie in the drop folder, then leave a request for the newest checkpoint."""
    drop, origin = Path(one.url), _origin(ledger)
    stem = sha256(origin.encode()).hexdigest()[:16]
    for path in sorted(drop.glob(f"{stem}-*.cosignature")):
        answered = int(path.stem.rpartition("-")[2])
        if files.exists(checkpoint.kept_path(ledger, answered)):
            _keep(ledger, one, answered, path.read_bytes())
        path.unlink()
    if files.exists(_place(ledger, one, size)):
        return "cosigned"
    refused = files.read_if_any(drop / f"{stem}-{size:012d}.refused")
    if refused is not None and not refused.startswith(b"409"):
        return f"refused: {refused.decode().strip()}"
    old = int(json.loads(files.read_if_any(drop / "sizes.json") or b"{}").get(origin, 0))
    if old > size:
        return f"refused: it has cosigned size {old} of this log"
    files.write(drop / f"{stem}-{size:012d}.request", request(ledger, old, size))
    return "asked"


def request(ledger: Place, old: int, size: int) -> bytes:
    """The add-checkpoint request for the kept checkpoint of `size`, for a witness that knows size `old`."""
    proof = consistency(ledger, old, size) if 0 < old < size else []
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{lines}\n".encode() + files.read(checkpoint.kept_path(ledger, size))


def consistency(ledger: Place, old: int, size: int) -> list[bytes]:
    """The proof that the log of `old` entries is a beginning of that of `size`."""
    return merkle.consistency_proof(leaves(ledger, size), old)


def leaves(ledger: Place, size: int) -> list[bytes]:
    """The leaf hashes of the first `size` entries."""
    known = tiles.known_leaves(ledger, size) if files.exists(ledger / tiles.name("0", 0)) else []
    rest = (content for content, _ in zip(log.raw(ledger, start=len(known)), range(size - len(known)), strict=False))
    return [*known, *(merkle.leaf(content) for content in rest)]


def _place(ledger: Place, one: Witness, size: int) -> Place:
    _, key_id, _ = keys.parse(one.vkey, keys.COSIGNATURE)
    return checkpoint.cosigned_folder(ledger, size) / key_id.hex()


def _keep(ledger: Place, one: Witness, size: int, lines: bytes) -> str:
    note = files.read(checkpoint.kept_path(ledger, size))
    name, key_id, _ = keys.parse(one.vkey, keys.COSIGNATURE)
    for line in lines.splitlines(keepends=True):
        _, found = notes.split_note(note + line)
        if (name, key_id) in found and witness.cosigned_at(note + line, one.vkey) is not None:
            files.put_if_absent(_place(ledger, one, size), line)
            return "cosigned"
    raise EvidenceBroken("the answer holds no cosignature of its key", fix="compare the witness's key with the policy")


def _last_cosigned(ledger: Place, one: Witness) -> int:
    sizes = checkpoint.kept_sizes(ledger)
    return next((size for size in reversed(sizes) if files.exists(_place(ledger, one, size))), 0)


def _origin(ledger: Place) -> str:
    return str(keys.notaries(ledger)[-1]["name"])


def cosigners(content: bytes, known: Sequence[Witness]) -> set[str]:
    """The witnesses, by name, whose cosignature on this note holds.

    Raises:
        EvidenceBroken: one of them does not hold.
    """
    return {one.name for one in known if witness.cosigned_at(content, one.vkey) is not None}


def exposure(ledger: Place, *, now_us: int, asked: Policy | None = None) -> Exposure:
    """How much of the log rests on the word of its keeper alone. `asked` is the policy; None takes the ledger's."""
    rule = asked or policy.of_ledger(ledger)
    size, sizes = log.size(ledger), checkpoint.kept_sizes(ledger)
    notes = ((n, checkpoint.with_cosignatures(ledger, n)) for n in reversed(sizes))
    held = next((n for n, note in notes if rule.is_met(cosigners(note, rule.witnesses))), 0)
    if rule.quorum == policy.NOBODY:
        held = 0
    oldest = next(log.raw(ledger, start=held), None)
    at_us = json.loads(oldest)["at_us"] if oldest else now_us
    return Exposure(
        n_entries=size,
        n_unsigned=size - (sizes[-1] if sizes else 0),
        n_unwitnessed=size - held,
        unwitnessed_minutes=max(0, now_us - at_us) // 60_000_000,
        witnessed_size=held,
        quorum=rule.quorum,
    )
