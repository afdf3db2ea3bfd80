"""What is signed, under verification: checkpoints, the keys that may sign them, cosignatures, tiles."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import EvidenceBroken, InputMalformed
from pipeline.ledger import checkpoint, keys, merkle, notes, policy, tiles, witness
from pipeline.ledger.checkpoint import Checkpoint
from pipeline.ledger.policy import Policy, Witness
from pipeline.ledger.segments import broken
from pipeline.store import files
from pipeline.store.files import Place

_TILE = re.compile(r"(entries|[0-9]|[1-5][0-9])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Signed:
    """What the checkpoints of a log prove."""

    checkpoints: int
    newest: Checkpoint | None  # that counts
    witnessed: int
    quorum: str
    disowned: int


def checked(ledger: Place, contents: Sequence[bytes], *, vkey: str | None, asked: Policy | None) -> Signed:
    """Verify every checkpoint, cosignature and tile against the entries.

    Raises:
        EvidenceBroken: names the first that does not hold.
    """
    leaves = [merkle.leaf(content) for content in contents]
    sizes = _sizes(ledger)
    notaries = _notaries(ledger, vkey) if sizes else []
    known = _witnesses(ledger)
    rule = asked or policy.of_ledger(ledger)
    counting, met, disowned = [], 0, 0
    for size in sizes:
        note = files.read(checkpoint.kept_path(ledger, size))
        one, is_revoked = _checkpoint(f"checkpoint {size:012d}", note, notaries, leaves, size)
        lines = _cosignatures(ledger, size, note, known)
        cosigned = rule.quorum != policy.NOBODY and rule.is_met(_cosigners(note + lines, rule.witnesses))
        met = size if cosigned else met
        if is_revoked and not cosigned:
            disowned += 1
        else:
            counting.append(one)
    _cosigned_at(ledger, sizes)
    _shown(ledger, sizes)
    _tiles(ledger, contents, leaves, sizes[-1] if sizes else 0)
    return Signed(
        checkpoints=len(sizes),
        newest=counting[-1] if counting else None,
        witnessed=met,
        quorum=rule.quorum,
        disowned=disowned,
    )


def require_kept(ledger: Place, contents: Sequence[bytes], note: bytes) -> None:
    """Return when the log still begins with what a checkpoint signs that was taken out earlier.

    Raises:
        EvidenceBroken: entries were taken away or changed since, or no key of this ledger has signed it.
    """
    name = "the checkpoint that you kept"
    try:
        one = checkpoint.read_trusted(ledger, note)
    except EvidenceBroken as e:
        raise broken(f"{name}: {e.message}") from e
    if one.size > len(contents):
        raise broken(f"{name} signs {one.size} entries, the log has {len(contents)}: entries were taken away")
    if merkle.root([merkle.leaf(content) for content in contents[: one.size]]) != one.root:
        raise broken(f"{name} signs another root: one of entries 0 to {one.size - 1} was changed since")


def _sizes(ledger: Place) -> list[int]:
    for name in files.listed(ledger / checkpoint.KEPT):
        if not (len(name) == 12 and name.isdigit()):
            raise broken(f"{checkpoint.KEPT}/{name} is no checkpoint")
    return checkpoint.kept_sizes(ledger)


def _notaries(ledger: Place, vkey: str | None) -> list[dict[str, object]]:
    """The notary's keys. Known from outside is one of them; those after it count if it, or its heirs, named them."""
    found = keys.notaries(ledger)
    if not found:
        raise broken("the ledger has checkpoints but trusts no notary")
    if vkey is None:
        return found
    places = [i for i, one in enumerate(found) if one["vkey"] == vkey]
    if not places:
        raise broken("the ledger's notary is not the one you know")
    if any("is_revoked" in one for one in found[places[0] :]):
        raise broken("the notary's key that you know was revoked: ask for the new one by another way")
    return found


def _checkpoint(
    name: str, note: bytes, notaries: Sequence[dict[str, object]], leaves: Sequence[bytes], size: int
) -> tuple[Checkpoint, bool]:
    """The checkpoint, and whether only a revoked key stands for it."""
    try:
        _, signatures = notes.split_note(note)
        signers = [one for one in notaries if keys.parse(str(one["vkey"]))[:2] in signatures]
        got = [checkpoint.read(note, str(one["vkey"])) for one in signers]
    except (EvidenceBroken, InputMalformed) as e:
        raise broken(f"{name}: {e.message}") from e
    if not got or notes.n_signatures(note) != len(got):
        raise broken(f"{name}: a note lacks a valid signature of the notary, or holds one of a stranger")
    if got[0].size != size:
        raise broken(f"{name} signs size {got[0].size}")
    valid = [one for one in signers if int(str(one.get("from_size", 0))) <= size or one is notaries[0]]
    in_time = [one for one in valid if size <= int(str(one.get("to_size", size)))]
    if not in_time and not any("is_revoked" in one for one in signers):
        raise broken(f"{name}: signed by a key that did not count at that size")
    if size > len(leaves):
        raise broken(f"{name} signs {size} entries, the log has {len(leaves)}")
    if merkle.root(leaves[:size]) != got[0].root:
        raise broken(f"{name} signs another root: one of entries 0 to {size - 1} was changed")
    return got[0], not any("is_revoked" not in one for one in in_time)


def _witnesses(ledger: Place) -> dict[str, Witness]:
    """Every witness of every policy the log has adopted, by key id."""
    found = [one for text in policy.texts(ledger) for one in policy.parse(text).witnesses]
    return {keys.parse(one.vkey, keys.COSIGNATURE)[1].hex(): one for one in found}


def _cosignatures(ledger: Place, size: int, note: bytes, known: dict[str, Witness]) -> bytes:
    """The cosignature lines of a checkpoint, each valid."""
    folder, lines = checkpoint.cosigned_folder(ledger, size), b""
    for name in files.listed(folder):
        line = files.read(folder / name)
        what = f"cosignature {name} of checkpoint {size:012d}"
        if name not in known or line.count(b"\n") != 1:
            raise broken(f"{what} is of no witness that the ledger has named")
        try:
            at_s = witness.cosigned_at(note + line, known[name].vkey)
        except EvidenceBroken:
            at_s = None
        if at_s is None:
            raise broken(f"{what} does not hold")
        lines += line
    return lines


def _cosigned_at(ledger: Place, sizes: Sequence[int]) -> None:
    """Return when cosignatures are of kept checkpoints."""
    of = {f"{size:012d}" for size in sizes}
    for name in files.listed(ledger / "tlog/cosignatures"):
        if name.split("/")[0] not in of:
            raise broken(f"tlog/cosignatures/{name} is of no checkpoint")


def _cosigners(note: bytes, known: Sequence[Witness]) -> set[str]:
    try:
        return {one.name for one in known if witness.cosigned_at(note, one.vkey) is not None}
    except EvidenceBroken as e:
        raise broken(f"a cosignature does not hold: {e.message}") from e


def _shown(ledger: Place, sizes: Sequence[int]) -> None:
    """What clients are shown is a kept checkpoint, with cosignatures of it; a killed notary may have left an older."""
    shown = files.read_if_any(checkpoint.path(ledger))
    for size in reversed(sizes):
        note = files.read(checkpoint.kept_path(ledger, size))
        if shown is not None and shown.startswith(note):
            lines = checkpoint.with_cosignatures(ledger, size).removeprefix(note).splitlines(keepends=True)
            added = shown.removeprefix(note).splitlines(keepends=True)
            if set(added) <= set(lines) and len(set(added)) == len(added):
                return
    if sizes or shown is not None:
        raise broken("tlog/checkpoint is not one of the kept checkpoints")


def _tiles(ledger: Place, contents: Sequence[bytes], leaves: Sequence[bytes], size: int) -> None:
    """Every tile is what the entries make of it, and none that the newest checkpoint needs is missing."""
    levels = [list(leaves)]
    while len(levels[-1]) >= tiles.WIDTH:
        full = range(0, len(levels[-1]) - tiles.WIDTH + 1, tiles.WIDTH)
        levels.append([merkle.root(levels[-1][i : i + tiles.WIDTH]) for i in full])
    found = files.listed(ledger / tiles.FOLDER)
    for name in found:
        if files.read(ledger / tiles.FOLDER / name) != _expected(name, contents, levels):
            raise broken(f"{tiles.FOLDER}/{name} is not what the log's entries make of it")
    for name, _ in (*tiles.of_hashes(leaves[:size]), *tiles.of_entries(contents[:size])):
        if name.removeprefix(f"{tiles.FOLDER}/") not in set(found):
            raise broken(f"{name} is missing")


def _expected(name: str, contents: Sequence[bytes], levels: Sequence[Sequence[bytes]]) -> bytes | None:
    match = _TILE.fullmatch(name)
    if match is None:
        return None
    width, number = int(match[3] or tiles.WIDTH), int(match[2].replace("x", "").replace("/", ""))
    if tiles.name(match[1], number, width) != f"{tiles.FOLDER}/{name}":
        return None
    first = number * tiles.WIDTH
    if match[1] == "entries":
        group = contents[first : first + width]
        return tiles.bundle(group) if len(group) == width else None
    hashes = levels[int(match[1])][first : first + width] if int(match[1]) < len(levels) else []
    return b"".join(hashes) if len(hashes) == width else None
