"""The log as static files that standard clients read (C2SP tlog-tiles): hash tiles of 256 and bundles of entries.

Tiles are written by the notary. They can be made again from the entries, and verification compares them with these.
"""

from collections.abc import Iterator, Sequence

from pipeline.errors import EvidenceBroken
from pipeline.ledger import merkle
from pipeline.store import files
from pipeline.store.files import Place

WIDTH = 256
FOLDER = "tlog/tile"


def name(level: str, number: int, width: int = WIDTH) -> str:
    """The name of a tile below the ledger: groups of three digits, all but the last with an x, partial ones with .p."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    place = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"{FOLDER}/{level}/{place}" + (f".p/{width}" if width < WIDTH else "")


def of_hashes(leaves: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """The hash tiles of a log with these leaves: level 0 holds leaf hashes, each level above the roots of 256."""
    level, hashes = 0, list(leaves)
    while hashes:
        for number, start in enumerate(range(0, len(hashes), WIDTH)):
            group = hashes[start : start + WIDTH]
            yield name(str(level), number, len(group)), b"".join(group)
        hashes = [merkle.root(hashes[i : i + WIDTH]) for i in range(0, len(hashes) - WIDTH + 1, WIDTH)]
        level += 1


def of_entries(contents: Sequence[bytes], *, first: int = 0) -> Iterator[tuple[str, bytes]]:
    """The entry bundles of these entries; `first` is the number of the first one, a multiple of 256."""
    for start in range(0, len(contents), WIDTH):
        group = contents[start : start + WIDTH]
        yield name("entries", (first + start) // WIDTH, len(group)), bundle(group)


def bundle(contents: Sequence[bytes]) -> bytes:
    """Entries, each behind its length in 16 bits."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in contents)


def unbundled(content: bytes) -> list[bytes]:
    """The entries of a bundle."""
    found, at = [], 0
    while at < len(content):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        found.append(content[at + 2 : end])
        at = end
    return found


def known_leaves(ledger: Place, size: int) -> list[bytes]:
    """Leaf hashes of the entries in full tiles of a log of that size, as the notary has written them.

    Raises:
        EvidenceBroken: a tile is gone or cut.
    """
    leaves: list[bytes] = []
    for number in range(size // WIDTH):
        place = name("0", number)
        content = files.read_if_any(ledger / place)
        if content is None or len(content) != WIDTH * merkle.HASH_BYTES:
            raise EvidenceBroken(f"{place} is missing or cut", fix="restore it: provender notary --rebuild-tiles")
        leaves += [content[i : i + merkle.HASH_BYTES] for i in range(0, len(content), merkle.HASH_BYTES)]
    return leaves


def publish(ledger: Place, leaves: Sequence[bytes], tail: Sequence[bytes]) -> None:
    """Write what is new of the tiles of a log, then drop the partial tiles that full ones have replaced.

    A partial tile of an earlier checkpoint stays until then: whoever has seen that checkpoint asks for it.

    Args:
        ledger: the ledger.
        leaves: all leaf hashes.
        tail: the bytes of the last entries, from a multiple of 256 on.
    """
    first = len(leaves) - len(tail)
    wanted = dict(of_hashes(leaves)) | dict(of_entries(tail, first=first))
    files.put_all([(ledger / place, content) for place, content in wanted.items()])
    for place in files.listed(ledger / FOLDER):
        stale = f"{FOLDER}/{place}"
        if stale.rpartition(".p/")[0] in wanted:
            files.remove(ledger / stale)
