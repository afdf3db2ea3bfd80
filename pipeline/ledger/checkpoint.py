"""Signed checkpoints (C2SP tlog-checkpoint): a size and a root that the notary stands for."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import EvidenceBroken
from pipeline.ledger import keys, log, merkle
from pipeline.store import files

_TEXT = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/=]{44})\nsigned-at-us (?P<at>[0-9]+)\n"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """What a signed note says about the log."""

    origin: str
    size: int
    root: bytes
    signed_at_us: int


def path(ledger: Path) -> Path:
    """The newest checkpoint."""
    return ledger / "tlog/checkpoint"


def kept_path(ledger: Path, size: int) -> Path:
    """The checkpoint of that size, kept for ever."""
    return ledger / f"tlog/checkpoints/{size:012d}"


def sign(ledger: Path, key: keys.Key, *, at_us: int) -> Checkpoint:
    """Sign the log as it stands and keep the note; the checkpoint.

    A log that has not grown since its last checkpoint keeps that one: it would say nothing new.

    Args:
        ledger: the ledger folder.
        key: the notary's; its name is the origin of the log.
        at_us: now; stands on an extension line, under the signature.
    """
    leaves = [merkle.leaf(content) for content in log.raw(ledger)]
    new = Checkpoint(origin=key.name, size=len(leaves), root=merkle.root(leaves), signed_at_us=at_us)
    encoded = base64.b64encode(new.root).decode()
    text = f"{new.origin}\n{new.size}\n{encoded}\nsigned-at-us {new.signed_at_us}\n"
    kept = kept_path(ledger, new.size)
    files.put_if_absent(kept, keys.note(key, text))
    content = files.read(kept)
    files.write(path(ledger), content)
    return read(content, key.vkey)


def read(content: bytes, vkey: str) -> Checkpoint:
    """The checkpoint in a note that the key of `vkey` has signed.

    Raises:
        EvidenceBroken: the signature does not hold, or the text is not a checkpoint of this origin.
    """
    text = keys.open_note(content, vkey)
    found = _TEXT.fullmatch(text)
    if found is None or found["origin"] != keys.parse(vkey)[0]:
        raise EvidenceBroken("a signed note is not a checkpoint of this log", fix="keep the file; ask the notary")
    return Checkpoint(
        origin=found["origin"],
        size=int(found["size"]),
        root=base64.b64decode(found["root"]),
        signed_at_us=int(found["at"]),
    )


def newest(ledger: Path, vkey: str) -> Checkpoint | None:
    """The newest checkpoint, its signature verified; None before the first."""
    return read(path(ledger).read_bytes(), vkey) if path(ledger).exists() else None
