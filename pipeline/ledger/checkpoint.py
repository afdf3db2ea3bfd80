"""Signed checkpoints (C2SP tlog-checkpoint): a size and a root that the notary stands for."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import EvidenceBroken
from pipeline.ledger import keys, log, merkle, notes, tiles
from pipeline.store import files
from pipeline.store.files import Place

_TEXT = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n(?P<more>(?:[^\n]+\n)*)"
)
_AT = re.compile(r"signed-at-us ([0-9]{1,18})\n")
KEPT = "tlog/checkpoints"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """What a signed note says about the log."""

    origin: str
    size: int
    root: bytes
    signed_at_us: int


def path(ledger: Place) -> Place:
    """The newest checkpoint, with the cosignatures it has."""
    return ledger / "tlog/checkpoint"


def kept_path(ledger: Place, size: int) -> Place:
    """The checkpoint of that size, as the notary signed it, kept for ever."""
    return ledger / f"{KEPT}/{size:012d}"


def cosigned_folder(ledger: Place, size: int) -> Place:
    """Where the cosignatures of the checkpoint of that size lie, one file a witness."""
    return ledger / f"tlog/cosignatures/{size:012d}"


def sign(
    ledger: Place, key: keys.Key, *, at_us: int, others: Sequence[keys.Key] = (), size: int | None = None
) -> Checkpoint:
    """Sign the log as it stands, write its tiles and keep the note; the checkpoint.

    A log that has not grown since its last checkpoint keeps that one: it would say nothing new.

    Args:
        ledger: the ledger.
        key: the notary's; its name is the origin of the log.
        at_us: now; stands on an extension line, under the signature.
        others: further keys that sign: the new one, while a key is rotated.
        size: of the beginning of the log that is signed; None is all of it.

    Raises:
        EvidenceBroken: the log is not a continuation of its last checkpoint, or the signature is of another key;
            nothing is kept.
    """
    before = last_kept(ledger)
    leaves = tiles.known_leaves(ledger, before.size if before else 0)
    tail = list(log.raw(ledger, start=len(leaves)))[: None if size is None else max(0, size - len(leaves))]
    leaves += [merkle.leaf(content) for content in tail]
    _require_continuation(before, leaves)
    new = Checkpoint(origin=key.name, size=len(leaves), root=merkle.root(leaves), signed_at_us=at_us)
    note = notes.note(key, text(new), *others)
    read(note, key.vkey)  # a signer elsewhere may hold another key
    tiles.publish(ledger, leaves, tail)
    files.put_if_absent(kept_path(ledger, new.size), note)
    show(ledger)
    return read(files.read(kept_path(ledger, new.size)), key.vkey)


def rebuild_tiles(ledger: Place) -> int:
    """Write the tiles of the last checkpoint again from the entries; its size.

    Raises:
        EvidenceBroken: the entries are not the ones that were signed; nothing is written.
    """
    before = last_kept(ledger)
    contents = list(log.raw(ledger))[: before.size] if before else []
    leaves = [merkle.leaf(content) for content in contents]
    _require_continuation(before, leaves)
    tiles.publish(ledger, leaves, contents)
    return len(leaves)


def _require_continuation(before: Checkpoint | None, leaves: Sequence[bytes]) -> None:
    if before and (before.size > len(leaves) or merkle.root(leaves[: before.size]) != before.root):
        raise EvidenceBroken(
            f"the log is not a continuation of its checkpoint of size {before.size}: nothing is signed",
            fix="keep the folder as evidence; provender verify names what was changed",
        )


def text(one: Checkpoint) -> str:
    """The text under the signature."""
    root = base64.b64encode(one.root).decode()
    return f"{one.origin}\n{one.size}\n{root}\nsigned-at-us {one.signed_at_us}\n"


def show(ledger: Place) -> None:
    """Put the newest kept checkpoint, with its cosignatures, where clients look for it.

    Of two notaries at once the later may find that the other has shown an older one, so each looks again.
    """
    shown = b""
    while (sizes := kept_sizes(ledger)) and shown != (content := with_cosignatures(ledger, sizes[-1])):
        files.write(path(ledger), content)
        shown = content


def with_cosignatures(ledger: Place, size: int) -> bytes:
    """The note of that size and the lines of all who cosigned it, in the order of their names."""
    folder = cosigned_folder(ledger, size)
    lines = b"".join(files.read(folder / name) for name in files.listed(folder))
    return files.read(kept_path(ledger, size)) + lines


def kept_sizes(ledger: Place) -> list[int]:
    """Sizes of all kept checkpoints, ascending."""
    return [int(name) for name in files.listed(ledger / KEPT) if name.isdigit()]


def last_kept(ledger: Place) -> Checkpoint | None:
    """The newest kept checkpoint, signed by a key that the ledger trusts; None before the first.

    Raises:
        EvidenceBroken: no trusted key has signed it.
    """
    sizes = kept_sizes(ledger)
    return read_trusted(ledger, files.read(kept_path(ledger, sizes[-1]))) if sizes else None


def read_trusted(ledger: Place, content: bytes) -> Checkpoint:
    """The checkpoint in a note that one of the notary's keys has signed.

    Raises:
        EvidenceBroken: none of them has.
    """
    _, signatures = notes.split_note(content)
    for one in keys.notaries(ledger):
        vkey = str(one["vkey"])
        if keys.parse(vkey)[:2] in signatures:
            return read(content, vkey)
    raise EvidenceBroken("no trusted key has signed a checkpoint", fix="keep the file; ask the notary")


def read(content: bytes, vkey: str) -> Checkpoint:
    """The checkpoint in a note that the key of `vkey` has signed.

    Raises:
        EvidenceBroken: the signature does not hold, or the text is not a checkpoint of this origin.
    """
    return parse(notes.open_note(content, vkey), keys.parse(vkey)[0])


def parse(said: str, origin: str) -> Checkpoint:
    """The checkpoint that a note's text states; of extension lines, which are opaque, ours is read.

    Raises:
        EvidenceBroken: not a checkpoint of this origin.
    """
    found = _TEXT.fullmatch(said)
    root = keys.decoded(found["root"]) if found else None
    if found is None or root is None or found["origin"] != origin:
        raise EvidenceBroken("a signed note is not a checkpoint of this log", fix="keep the file; ask the notary")
    return Checkpoint(
        origin=found["origin"],
        size=int(found["size"]),
        root=root,
        signed_at_us=int(at[1]) if (at := _AT.match(found["more"])) else 0,
    )


def newest(ledger: Place, vkey: str) -> Checkpoint | None:
    """The newest checkpoint, its signature verified; None before the first."""
    content = files.read_if_any(path(ledger))
    return None if content is None else read(content, vkey)
