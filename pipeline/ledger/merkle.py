"""Merkle trees of RFC 6962: roots, proofs and their verification. Bytes in, bytes out; no files, no clock."""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from pipeline.errors import ProofInvalid, UsageError
from pipeline.ledger import hashing

HASH_BYTES = 32
TILE_BYTES = 256 * HASH_BYTES


def leaf(content: bytes) -> bytes:
    """The hash of a leaf with that content."""
    return sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, in order; of no leaves it is the hash of nothing.

    Pairing level by level and promoting an odd last node gives the tree of RFC 6962, because its left
    subtree always holds the largest power of two. For the same reason the root over the roots of
    consecutive groups of 256 leaves is the root over the leaves.

    Source: RFC 6962, section 2.1.
    """
    level = list(leaves)
    if not level:
        return sha256(b"").digest()
    while len(level) > 1:
        paired = [sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            paired.append(level[-1])
        level = paired
    return level[0]


def tiles(leaves: bytes) -> list[bytes]:
    """The root of every 256 leaves, given as one run of bytes; the root over these is the root over the leaves."""
    whole = len(leaves) // TILE_BYTES * TILE_BYTES
    level = leaves[:whole]
    for _ in range(8 if whole else 0):
        pairs = np.arange(0, len(level) + 1, 2 * HASH_BYTES, dtype=np.int64)
        level = hashing.digests(level, pairs, hashing.NODE)
    return _split_hashes(level) + ([root(_split_hashes(leaves[whole:]))] if whole < len(leaves) else [])


def _split_hashes(run: bytes) -> list[bytes]:
    return [run[i : i + HASH_BYTES] for i in range(0, len(run), HASH_BYTES)]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf `index` to the root over `leaves`, lowest first.

    Raises:
        UsageError: no such leaf.

    Source: RFC 6962, section 2.1.1.
    """
    if not 0 <= index < len(leaves):
        raise UsageError(f"no leaf {index} among {len(leaves)}", fix=f"name a leaf from 0 to {len(leaves) - 1}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], size1: int) -> list[bytes]:
    """The hashes that show that the tree over the first `size1` leaves is a beginning of the tree over all.

    Raises:
        UsageError: `size1` is not between 1 and the number of leaves.

    Source: RFC 6962, section 2.1.2.
    """
    if not 0 < size1 <= len(leaves):
        raise UsageError(f"no tree of {size1} in one of {len(leaves)}", fix=f"name a size from 1 to {len(leaves)}")
    return _consistency(leaves, size1, is_known=True)


def _consistency(leaves: Sequence[bytes], size1: int, *, is_known: bool) -> list[bytes]:
    if size1 == len(leaves):
        return [] if is_known else [root(leaves)]
    split = _split(len(leaves))
    if size1 <= split:
        return [*_consistency(leaves[:split], size1, is_known=is_known), root(leaves[split:])]
    return [*_consistency(leaves[split:], size1 - split, is_known=False), root(leaves[:split])]


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return when `leaf_hash` stands at `index` in the tree of `size` leaves with that `root`.

    Args:
        leaf_hash: 32 bytes, already hashed as a leaf.
        index: from 0.
        size: number of leaves in the tree.
        proof: 32-byte hashes, lowest first.
        root: 32 bytes.

    Raises:
        ProofInvalid: the one error for whatever is wrong: a value of another type, an index or a hash that is
            impossible, a proof of another length or one that leads elsewhere.

    Source: RFC 9162, section 2.1.3.2.
    """
    _require_numbers(index, size)
    _require_hashes(proof, leaf_hash, root)
    if not 0 <= index < size:
        raise _invalid("the index is not in the tree")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(proof) != inner + border:
        raise _invalid(f"the proof has {len(proof)} hashes, not {inner + border}")
    got = _chain_border(_chain_inner(leaf_hash, proof[:inner], index), proof[inner:])
    if got != root:
        raise _invalid("the proof leads to another root")


def verify_consistency(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    """Return when the tree (`size1`, `root1`) is a beginning of the tree (`size2`, `root2`).

    A tree of size 0 is refused: everything is consistent with nothing, so it proves nothing.

    Args:
        size1: leaves in the earlier tree, at least 1.
        size2: leaves in the later tree.
        proof: 32-byte hashes, lowest first.
        root1: root of the earlier tree, 32 bytes.
        root2: root of the later tree, 32 bytes.

    Raises:
        ProofInvalid: the one error for whatever is wrong: a value of another type, a size or a hash that is
            impossible, a proof of another length or one that leads elsewhere.

    Source: RFC 9162, section 2.1.4.2.
    """
    _require_numbers(size1, size2)
    _require_hashes(proof, root1, root2)
    if not 0 < size1 <= size2:
        raise _invalid("trees of these sizes cannot be compared")
    if size1 == size2:
        if proof or root1 != root2:
            raise _invalid("two different trees of the same size")
        return
    _verify_growth(size1, size2, proof, root1, root2)


def _verify_growth(size1: int, size2: int, proof: Sequence[bytes], root1: bytes, root2: bytes) -> None:
    last = size1 - 1
    inner = (last ^ (size2 - 1)).bit_length()
    border = (last >> inner).bit_count()
    shift = (size1 & -size1).bit_length() - 1
    inner -= shift
    is_whole = size1 == 1 << shift
    seed = root1 if is_whole else (proof[0] if proof else b"")
    rest = proof if is_whole else proof[1:]
    if len(rest) != inner + border or not seed:
        raise _invalid(f"the proof has {len(proof)} hashes, which is not its length")
    mask = last >> shift
    if _chain_border(_chain_right(seed, rest[:inner], mask), rest[inner:]) != root1:
        raise _invalid("the proof leads to another root at the earlier size")
    if _chain_border(_chain_inner(seed, rest[:inner], mask), rest[inner:]) != root2:
        raise _invalid("the proof leads to another root at the later size")


def _chain_inner(seed: bytes, proof: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(proof):
        seed = node(sibling, seed) if index >> level & 1 else node(seed, sibling)
    return seed


def _chain_right(seed: bytes, proof: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(proof):
        if index >> level & 1:
            seed = node(sibling, seed)
    return seed


def _chain_border(seed: bytes, proof: Sequence[bytes]) -> bytes:
    for sibling in proof:
        seed = node(sibling, seed)
    return seed


def _require_numbers(*numbers: object) -> None:
    """Return when these are whole numbers; True and False are none."""
    for value in numbers:
        if type(value) is not int:
            raise _invalid(f"a {type(value).__name__} where a whole number belongs")


def _require_hashes(proof: object, *hashes: object) -> None:
    if not isinstance(proof, list | tuple):
        raise _invalid(f"a {type(proof).__name__} where a list of hashes belongs")
    for value in (*hashes, *proof):
        if not isinstance(value, bytes):
            raise _invalid(f"a {type(value).__name__} where a hash belongs")
        if len(value) != HASH_BYTES:
            raise _invalid(f"a hash of {len(value)} bytes instead of {HASH_BYTES}")


def _invalid(message: str) -> ProofInvalid:
    return ProofInvalid(message, fix="keep both files as evidence; ask the ledger's keeper for the proof again")
