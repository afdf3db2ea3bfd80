"""SHA-256 of many short messages at once, 128 abreast, by a numba loop that compilers turn into vector code.

For millions of leaves and nodes of trees: one call of `hashlib` costs half a microsecond, of which a fifth is hashing.
Tests compare every length with `hashlib`; the independent verifier uses nothing else.

Source: FIPS 180-4, sections 4.1.2, 5.1.1 and 6.2.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Bytes = NDArray[np.uint8]
LANES = 128  # fewer cost more in checks between the loops than they save in the first cache
DIGEST = 32


def _roots(n: int, power: float) -> list[int]:
    """The first 32 bits of the fractions of roots of the first `n` primes: the constants of FIPS 180-4."""
    primes = [p for p in range(2, 312) if all(p % q for q in range(2, p))][:n]
    return [_fraction(p, round(1 / power)) for p in primes]


def _fraction(prime: int, root: int) -> int:
    """32 bits of the fraction of the `root`-th root of a prime, in whole numbers."""
    wanted, low, high = prime << (32 * root), 0, prime << 32
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**root <= wanted else (low, middle - 1)
    return low & 0xFFFFFFFF


ROUND = np.array(_roots(64, 1 / 3), np.uint32)
START = np.array(_roots(8, 1 / 2), np.uint32)


@njit(nogil=True, cache=True)
def _turned(x: np.uint32, n: int) -> np.uint32:  # pragma: no cover - compiled
    return np.uint32((x >> np.uint32(n)) | (x << np.uint32(32 - n)))


@njit(nogil=True, cache=True)
def _compress(state: Words, w: Words, constants: Words) -> None:  # pragma: no cover - compiled
    """One block of every lane: `state` is 8 x lanes, `w` 64 x lanes of which the first 16 rows are the block."""
    for t in range(16, 64):
        for lane in range(LANES):
            a, b = w[t - 15, lane], w[t - 2, lane]
            s0 = _turned(a, 7) ^ _turned(a, 18) ^ np.uint32(a >> np.uint32(3))
            s1 = _turned(b, 17) ^ _turned(b, 19) ^ np.uint32(b >> np.uint32(10))
            w[t, lane] = np.uint32(w[t - 16, lane] + s0 + w[t - 7, lane] + s1)
    v = np.empty((8, LANES), np.uint32)
    for row in range(8):
        for lane in range(LANES):
            v[row, lane] = state[row, lane]
    for t in range(64):
        constant = constants[t]
        i = 64 - t
        ia, ib, ic, id_ = i & 7, (i + 1) & 7, (i + 2) & 7, (i + 3) & 7
        ie, if_, ig, ih = (i + 4) & 7, (i + 5) & 7, (i + 6) & 7, (i + 7) & 7
        for lane in range(LANES):
            e, a = v[ie, lane], v[ia, lane]
            f, b = v[if_, lane], v[ib, lane]
            s1 = _turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)
            choice = (e & f) ^ (~e & v[ig, lane])
            one = np.uint32(v[ih, lane] + s1 + choice + constant + w[t, lane])
            s0 = _turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)
            majority = (a & b) ^ (a & v[ic, lane]) ^ (b & v[ic, lane])
            v[id_, lane] = np.uint32(v[id_, lane] + one)
            v[ih, lane] = np.uint32(one + s0 + majority)
    for row in range(8):
        for lane in range(LANES):
            state[row, lane] = np.uint32(state[row, lane] + v[row, lane])


@njit(nogil=True, cache=True)
def _padded(run: Bytes, low: int, high: int, prefix: int, out: Bytes) -> int:  # pragma: no cover - compiled
    """Write prefix, message and padding; the number of blocks."""
    length = high - low + 1
    size = (length + 9 + 63) // 64 * 64
    out[0] = prefix
    for k in range(high - low):
        out[k + 1] = run[low + k]
    out[length] = 0x80
    for k in range(length + 1, size - 4):
        out[k] = 0
    for k in range(4):
        out[size - 1 - k] = (length * 8 >> (8 * k)) & 255
    return size // 64


@njit(nogil=True, cache=True)
def _swapped(x: np.uint32) -> np.uint32:  # pragma: no cover - compiled
    """The bytes of a word, turned round: the standard is big-endian."""
    return np.uint32(
        (x >> np.uint32(24))
        | ((x >> np.uint32(8)) & np.uint32(0xFF00))
        | ((x << np.uint32(8)) & np.uint32(0xFF0000))
        | (x << np.uint32(24))
    )


@njit(nogil=True, cache=True)
def _group(
    words: Words, blocks: NDArray[np.int64], constants: Words, state: Words, w: Words
) -> None:  # pragma: no cover - compiled
    """All blocks of one group of lanes; a lane whose message has ended keeps its state."""
    kept = np.empty((8, LANES), np.uint32)
    for block in range(blocks.max()):
        for t in range(16):
            for lane in range(LANES):
                w[t, lane] = _swapped(words[lane, block * 16 + t])
        for row in range(8):
            for lane in range(LANES):
                kept[row, lane] = state[row, lane]
        _compress(state, w, constants)
        for lane in range(LANES):
            if block >= blocks[lane]:
                for row in range(8):
                    state[row, lane] = kept[row, lane]


@njit(nogil=True, cache=True)
def _digests(
    run: Bytes, ends: NDArray[np.int64], prefix: int, constants: Words, start: Words, out: Words
) -> None:  # pragma: no cover - compiled
    n = len(ends) - 1
    padded = np.zeros((LANES, (np.diff(ends).max() + 1 + 9 + 63) // 64 * 64), np.uint8)
    words, blocks = padded.view(np.uint32), np.zeros(LANES, np.int64)
    w, state = np.empty((64, LANES), np.uint32), np.empty((8, LANES), np.uint32)
    for first in range(0, n, LANES):
        for lane in range(LANES):
            i = min(first + lane, n - 1)
            blocks[lane] = _padded(run, ends[i], ends[i + 1], prefix, padded[lane])
            for row in range(8):
                state[row, lane] = start[row]
        _group(words, blocks, constants, state, w)
        for lane in range(min(LANES, n - first)):
            for row in range(8):
                out[first + lane, row] = _swapped(state[row, lane])


def digests(run: Bytes, ends: NDArray[np.int64], prefix: int) -> Bytes:
    """The digest of each message with a byte put before it.

    Args:
        run: all messages, one after another.
        ends: where each begins, and at last where the last one ends: one more than there are messages.
        prefix: the byte: 0 for leaves, 1 for nodes (RFC 6962, section 2.1).

    Returns:
        n x 32 bytes.
    """
    out = np.empty((len(ends) - 1, DIGEST // 4), np.uint32)
    if len(out):
        _digests(run, ends, prefix, ROUND, START, out)
    return out.view(np.uint8)
