"""MinHash signatures in datasketch's own format, LSH bands, and true Jaccard of shingle sets.

A signature is `datasketch.MinHash(num_perm=128, seed=1, scheme="affine32").hashvalues` for the hash function "low 32
bits of the shingle hash": `MinHash(hashvalues=signature, scheme="affine32")` reads it, and compares it.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from pipeline.kernels import shingles
from pipeline.kernels.shingles import Array, Bytes, Offsets
from pipeline.kernels.strings import buffers

PERMUTATIONS = 128
SEED = 1
EMPTY = np.uint32(0xFFFFFFFF)  # every value of the signature of a document without shingles

Signatures = npt.NDArray[np.uint32]
F1 = np.uint32(0x85EBCA6B)
F2 = np.uint32(0xC2B2AE35)
MILLION = 1_000_000
BLOCK = 1024  # hashes folded at once
LANES = 32  # a block is filled up with its first hash to a multiple of this, so that vector code has no remainder


@dataclass(frozen=True, kw_only=True, slots=True)
class Sketches:
    """One row per document: `signatures` (n, 128), `counts` of shingles with repeats, `hashes` (n, 2) of all tokens."""

    signatures: Signatures
    counts: npt.NDArray[np.int32]
    hashes: Array


@cache
def permutations() -> tuple[Signatures, Signatures]:
    """(a, b) of `a * h + b mod 2^32`, as datasketch 2 draws them from its seed."""
    draw = np.random.RandomState(SEED)  # datasketch's format is defined by this generator
    a = draw.randint(0, 1 << 31, PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return a, draw.randint(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)


@cache
def bands(threshold_ppm: int, missed_weight_ppm: int) -> tuple[int, int]:
    """(bands, rows) of the LSH by datasketch's optimiser, which weighs missed pairs by `missed_weight_ppm`."""
    from datasketch.lsh import _optimal_param  # noqa: PLC0415  brings scipy.integrate (0.5 s); wanted once per run

    missed = missed_weight_ppm / MILLION
    found, rows = _optimal_param(threshold_ppm / MILLION, PERMUTATIONS, 1 - missed, missed)
    return int(found), int(rows)


def sketch(text: pa.Array) -> Sketches:
    """Signature, shingle count and 128-bit hash of the token sequence for every document of a string array."""
    data, offsets = buffers(text)
    n = len(text)
    room = int(shingles.capacity(offsets).max()) if n else 1
    made = Sketches(
        signatures=np.full((n, PERMUTATIONS), EMPTY, dtype=np.uint32),
        counts=np.zeros(n, dtype=np.int32),
        hashes=np.zeros((n, 2), dtype=np.uint64),
    )
    working = np.empty(room, dtype=np.uint64)
    a, b = permutations()
    _sketch(data, offsets, shingles.characters(), (a, b), (made.signatures, made.counts, made.hashes, working))
    return made


def candidate_rows(signatures: Signatures, shape: tuple[int, int], *, least_equal: int, full_bucket: int) -> Array:
    """Pairs of rows that share a band, as ascending `i << 32 | j` with i < j.

    A bucket of up to `full_bucket` rows gives all its pairs. A larger one gives each row's pair with the first row
    and with its neighbour only: linear, so some true pairs inside it may be missed, and none can be invented.

    Args:
        signatures: (n, 128); n below 2^32.
        shape: (bands, rows).
        least_equal: pairs with fewer equal values of 128 are left out: their estimate is far below the threshold.
        full_bucket: largest bucket that is compared in full.
    """
    found = np.zeros(0, dtype=np.uint64)
    for keys in band_keys(signatures, shape):
        crowded = _crowded(keys)
        order = crowded[np.argsort(keys[crowded], kind="stable")]
        starts = np.flatnonzero(np.concatenate([np.ones(min(len(order), 1), bool), np.diff(keys[order]) != 0]))
        ends = np.append(starts[1:], len(order))
        several = ends - starts > 1
        pairs = _bucket_pairs(signatures, order, starts[several], ends[several], (least_equal, full_bucket))
        found = np.union1d(found, pairs)
    return found


def _crowded(keys: Array) -> Offsets:
    """Rows, ascending, among which is every row whose key another row has; others are rare. Faster than to sort all."""
    slots = (keys & np.uint64((4 << len(keys).bit_length()) - 1)).astype(np.int64)
    return np.flatnonzero(np.bincount(slots)[slots] > 1) if len(keys) else slots


def band_keys(signatures: Signatures, shape: tuple[int, int]) -> Array:
    """The key of every band and document, (bands, n): equal where the band's rows are equal.

    The number of the band is part of its key, so that all keys may lie in one column.
    """
    keys = np.empty((shape[0], len(signatures)), dtype=np.uint64)
    _band_keys(signatures, shape[1], keys)
    return keys


def across(one: Signatures, other: Signatures, shape: tuple[int, int]) -> tuple[Offsets, Offsets, Offsets]:
    """Pairs of a row of `one` and a row of `other` that share a band, and how many of their values are equal.

    Each pair once, ascending. Every pair of a bucket is compared: one of the two tables should be small.
    """
    found = np.zeros(0, dtype=np.uint64)
    for own, others in zip(band_keys(one, shape), band_keys(other, shape), strict=True):
        order = np.argsort(others, kind="stable")
        starts = np.searchsorted(others[order], own, "left")
        sizes = np.searchsorted(others[order], own, "right") - starts
        rows = np.repeat(np.arange(len(own)), sizes)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        pairs = rows << 32 | order[np.repeat(starts, sizes) + within]
        found = np.union1d(found, pairs.astype(np.uint64))
    a, b = (found >> np.uint64(32)).astype(np.int64), (found & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return a, b, (one[a] == other[b]).sum(axis=1)


def common(hashes: Array, starts: Offsets, sizes: Offsets, a: Offsets, b: Offsets) -> Offsets:
    """How many hashes two sets have in common, for pairs of sets.

    Args:
        hashes: of `shingles.sets`, as `starts` and `sizes`.
        starts: first position of each set.
        sizes: length of each set.
        a: row of the first set of each pair.
        b: row of the second.
    """
    out = np.zeros(len(a), dtype=np.int64)
    _common(hashes, starts, sizes, (a, b), out)
    return out


def jaccard_ppm(both: Offsets, size_a: Offsets, size_b: Offsets) -> npt.NDArray[np.int32]:
    """Jaccard of sets of those sizes with `both` elements in common, in ppm, rounded down; empty sets are equal."""
    union = size_a + size_b - both
    return np.where(union == 0, MILLION, both * MILLION // np.maximum(union, 1)).astype(np.int32)


@njit(nogil=True, cache=True)
def _fold(h: np.uint32) -> np.uint32:  # pragma: no cover - compiled
    # MurmurHash3's 32-bit finaliser; numba widens uint32 products, hence the casts
    h = np.uint32(np.uint32(h ^ (h >> np.uint32(16))) * F1)
    h = np.uint32(np.uint32(h ^ (h >> np.uint32(13))) * F2)
    return np.uint32(h ^ (h >> np.uint32(16)))


@njit(nogil=True, cache=True)
def minima(hashes: Array, ab: tuple[Signatures, Signatures], row: Signatures) -> None:  # pragma: no cover - compiled
    """Lower the values of `row`, one for each permutation of `ab`, to those of a set of shingle hashes."""
    # four permutations at a time stay in registers while a block of hashes stays in the first cache: twice as fast as
    # one hash after the other
    a, b = ab
    folded = np.empty(BLOCK, dtype=np.uint32)
    for start in range(0, len(hashes), BLOCK):
        n = min(BLOCK, len(hashes) - start)
        for i in range(n):
            folded[i] = _fold(np.uint32(hashes[start + i]))
        filled = -(-n // LANES) * LANES
        folded[n:filled] = folded[0]
        for k in range(0, PERMUTATIONS, 4):
            a0, a1, a2, a3 = a[k], a[k + 1], a[k + 2], a[k + 3]
            b0, b1, b2, b3 = b[k], b[k + 1], b[k + 2], b[k + 3]
            r0, r1, r2, r3 = row[k], row[k + 1], row[k + 2], row[k + 3]
            for i in range(filled):
                h = folded[i]
                r0 = min(r0, np.uint32(np.uint32(a0 * h) + b0))
                r1 = min(r1, np.uint32(np.uint32(a1 * h) + b1))
                r2 = min(r2, np.uint32(np.uint32(a2 * h) + b2))
                r3 = min(r3, np.uint32(np.uint32(a3 * h) + b3))
            row[k], row[k + 1], row[k + 2], row[k + 3] = r0, r1, r2, r3


@njit(nogil=True, cache=True)
def _sketch(  # pragma: no cover - compiled
    data: Bytes,
    offsets: Offsets,
    table: npt.NDArray[np.uint32],
    ab: tuple[Signatures, Signatures],
    out: tuple[Signatures, npt.NDArray[np.int32], Array, Array],
) -> None:
    signatures, counts, hashes, working = out
    for d in range(len(counts)):
        n = shingles.tokens(data, offsets[d], offsets[d + 1], table, working)
        first, second = np.uint64(n), np.uint64(n)
        for i in range(n):
            first = first * shingles.K + working[i]
            second = (second ^ working[i]) * shingles.K2
            second = second ^ (second >> shingles.S33)
        hashes[d, 0] = shingles.finish(first)
        hashes[d, 1] = shingles.finish(second)
        count = shingles.shingle(working, n)
        minima(working[:count], ab, signatures[d])
        counts[d] = count


@njit(nogil=True, cache=True)
def _band_keys(signatures: Signatures, rows: int, keys: Array) -> None:  # pragma: no cover - compiled
    for d in range(len(signatures)):
        for band in range(len(keys)):
            key = np.uint64(band + 1)
            for column in range(band * rows, (band + 1) * rows):
                key = (key ^ np.uint64(signatures[d, column])) * shingles.K
                key ^= key >> shingles.S33
            keys[band, d] = key


@njit(nogil=True, cache=True)
def _alike(signatures: Signatures, i: int, j: int, least: int) -> bool:  # pragma: no cover - compiled
    equal = 0
    for k in range(PERMUTATIONS):
        equal += signatures[i, k] == signatures[j, k]
    return equal >= least


@njit(nogil=True, cache=True)
def _bucket_pairs(  # pragma: no cover - compiled
    signatures: Signatures, order: Offsets, starts: Offsets, ends: Offsets, limits: tuple[int, int]
) -> Array:
    least, full = limits
    found = np.empty(1024, dtype=np.uint64)
    n = 0
    for g in range(len(starts)):
        size = ends[g] - starts[g]
        for y in range(starts[g] + 1, ends[g]):
            for x in range(starts[g], y):
                if size > full and x != starts[g] and x != y - 1:
                    continue
                i, j = order[x], order[y]  # a stable sort keeps rows of a bucket ascending
                if _alike(signatures, i, j, least):
                    if n == len(found):
                        found = np.concatenate((found, np.empty(n, dtype=np.uint64)))
                    found[n] = np.uint64(i) << np.uint64(32) | np.uint64(j)
                    n += 1
    return found[:n]


@njit(nogil=True, cache=True)
def _common(  # pragma: no cover - compiled
    hashes: Array, starts: Offsets, sizes: Offsets, pairs: tuple[Offsets, Offsets], out: Offsets
) -> None:
    a, b = pairs
    for p in range(len(out)):
        x, x_end = starts[a[p]], starts[a[p]] + sizes[a[p]]
        y, y_end = starts[b[p]], starts[b[p]] + sizes[b[p]]
        while x < x_end and y < y_end:
            if hashes[x] == hashes[y]:
                out[p] += 1
                x += 1
                y += 1
            elif hashes[x] < hashes[y]:
                x += 1
            else:
                y += 1
