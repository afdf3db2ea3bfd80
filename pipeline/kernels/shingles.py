"""Tokens and shingles of text, hashed, straight from Arrow's UTF-8 buffers.

The definition, for every language at once:

- characters are lower-cased one by one, full-width letters and digits become ASCII, format characters
  (zero-width, soft hyphen, direction marks: category Cf) are skipped;
- a character of a script written without spaces (Han, kana, Thai, Khmer ..., with CJK punctuation) is a token by
  itself; otherwise a token is what stands between white space or such characters, punctuation included;
- a shingle is 5 successive tokens; 1 to 4 tokens are one shingle; no token, no shingle.

For Chinese this is the character 5-gram without white space, for English the word 5-gram.
Token hash: FNV-1a over code points (64 bit), finished by MurmurHash3's 64-bit finaliser.
Shingle hash: sum of token hash i times K^(n-1-i) mod 2^64, finished likewise. What is done with sets: `minhash`.
"""

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from pipeline.kernels.strings import buffers

WIDTH = 5
TABLE_SIZE = 0x32400  # up to the end of Han extension H
WORD, SPACE, SINGLE, SKIP = 0, 1, 2, 3
SPACES = np.uint32(1 << 24)  # the first entry of the table that is no part of a word; of ASCII the rest is white space
SINGLES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x109F),  # Tibetan, Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x312F),  # CJK radicals, CJK punctuation, kana, bopomofo
    (0x3190, 0xA4CF),  # kanbun, CJK symbols, Han and extension A, Yi
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0xFE30, 0xFE4F),  # vertical forms
    (0xFF00, 0xFFEF),  # full- and half-width forms, less the letters and digits below
    (0x1AFF0, 0x1B2FF),  # kana extensions, Nushu
    (0x20000, 0x323AF),  # Han extensions B to H
)
FULL_WIDTH = ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))  # digits, capitals, small letters

FNV_OFFSET = np.uint64(0xCBF29CE484222325)
FNV_PRIME = np.uint64(0x100000001B3)
K = np.uint64(0x9E3779B97F4A7C15)  # odd: 2^64 / golden ratio
K2 = np.uint64(0xD6E8FEB86659FD93)  # second, independent lane of the 128-bit document hash
M1 = np.uint64(0xFF51AFD7ED558CCD)
M2 = np.uint64(0xC4CEB9FE1A85EC53)
S33 = np.uint64(33)
ZERO = np.uint64(0)

Array = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]


@cache
def characters() -> npt.NDArray[np.uint32]:
    """The class (high byte) and lower-cased code point (low 24 bits) of every code point below `TABLE_SIZE`.

    Follows the Unicode version of the running Python for lower case, white space and Cf.
    """
    points = np.arange(TABLE_SIZE, dtype=np.uint32)
    kinds = np.zeros(TABLE_SIZE, dtype=np.uint32)
    for first, last in SINGLES:
        kinds[first : last + 1] = SINGLE
    for point in range(0x1F000):  # no case, space or Cf between here and the end of the table
        character = chr(point)
        if character.isspace():
            kinds[point] = SPACE
        elif unicodedata.category(character) == "Cf":
            kinds[point] = SKIP
        elif len(lower := character.lower()) == 1:
            points[point] = ord(lower)
    for first, last in FULL_WIDTH:
        kinds[first : last + 1] = WORD
        points[first : last + 1] = [ord(chr(p - 0xFEE0).lower()) for p in range(first, last + 1)]
    return kinds << np.uint32(24) | points


def capacity(offsets: Offsets) -> Offsets:
    """The most tokens each document can have: words need a separator, single characters take 3 bytes or more."""
    return np.diff(offsets) // 2 + 1


def sets(text: pa.Array) -> tuple[Array, Offsets, Offsets]:
    """The shingle set of every document: distinct 64-bit hashes, ascending.

    Returns:
        (hashes, starts, sizes): the set of document i is `hashes[starts[i] : starts[i] + sizes[i]]`; the space
        between sets is never touched, so the operating system does not commit it.
    """
    data, offsets = buffers(text)
    room = capacity(offsets)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(room)])
    hashes = np.empty(int(starts[-1]), dtype=np.uint64)
    sizes = np.zeros(len(text), dtype=np.int64)
    _fill_sets(data, offsets, characters(), (hashes, starts, sizes))
    return hashes, starts[:-1], sizes


@njit(nogil=True, cache=True)
def finish(h: np.uint64) -> np.uint64:  # pragma: no cover - compiled
    """MurmurHash3's 64-bit finaliser."""
    h = (h ^ (h >> S33)) * M1
    h = (h ^ (h >> S33)) * M2
    return h ^ (h >> S33)


@njit(nogil=True, cache=True)
def point_at(data: Bytes, i: int, end: int) -> tuple[np.int64, int]:  # pragma: no cover - compiled
    """The code point at byte `i` and its length; a cut or stray byte stands for itself."""
    c = np.int64(data[i])
    if c < 0x80:
        return c, 1
    if 0xC0 <= c < 0xE0 and i + 1 < end:
        return ((c & 0x1F) << 6) | (np.int64(data[i + 1]) & 0x3F), 2
    if 0xE0 <= c < 0xF0 and i + 2 < end:
        return ((c & 0x0F) << 12) | ((np.int64(data[i + 1]) & 0x3F) << 6) | (np.int64(data[i + 2]) & 0x3F), 3
    if c >= 0xF0 and i + 3 < end:
        high = ((c & 0x07) << 18) | ((np.int64(data[i + 1]) & 0x3F) << 12)
        return high | ((np.int64(data[i + 2]) & 0x3F) << 6) | (np.int64(data[i + 3]) & 0x3F), 4
    return c, 1


@njit(nogil=True, cache=True)
def tokens(data: Bytes, start: int, end: int, table: npt.NDArray[np.uint32], out: Array) -> int:  # pragma: no cover
    """Write the token hashes of one document to `out`; how many."""
    # ASCII, where words end every few bytes, is written without branches: what is at `out[n]` counts once n passes it
    n = 0
    h = FNV_OFFSET
    in_word = False
    i = start
    while i < end:
        if data[i] < 0x80:
            lowered = table[data[i]]
            i += 1
            is_word = lowered < SPACES
            out[n] = h
            n += in_word and not is_word
            h = (h ^ np.uint64(lowered)) * FNV_PRIME if is_word else FNV_OFFSET
            in_word = is_word
            continue
        point, length = point_at(data, i, end)
        i += length
        entry = np.int64(table[point]) if point < len(table) else point
        kind = entry >> 24
        if kind == WORD:
            h = (h ^ np.uint64(entry & 0xFFFFFF)) * FNV_PRIME
            in_word = True
        elif kind != SKIP:
            out[n] = h
            n += in_word
            h = FNV_OFFSET
            in_word = False
            if kind == SINGLE:
                out[n] = (FNV_OFFSET ^ np.uint64(entry & 0xFFFFFF)) * FNV_PRIME
                n += 1
    if in_word:
        out[n] = h
        n += 1
    for token in range(n):
        out[token] = finish(out[token])
    return n


@njit(nogil=True, cache=True)
def shingle(out: Array, n: int) -> int:  # pragma: no cover - compiled
    """Turn `n` token hashes in `out` into shingle hashes in place; how many."""
    count = max(0, n - WIDTH + 1)
    for i in range(count):
        s = ZERO
        for j in range(WIDTH):  # a constant number of turns: becomes vector code
            s = s * K + out[i + j]
        out[i] = finish(s)
    if count > 0 or n == 0:
        return count
    whole = ZERO
    for j in range(n):
        whole = whole * K + out[j]
    out[0] = finish(whole)
    return 1


@njit(nogil=True, cache=True)
def _fill_sets(  # pragma: no cover - compiled
    data: Bytes,
    offsets: Offsets,
    table: npt.NDArray[np.uint32],
    out_sets: tuple[Array, Offsets, Offsets],
) -> None:
    hashes, starts, sizes = out_sets
    for d in range(len(sizes)):
        out = hashes[starts[d] : starts[d + 1]]
        n = shingle(out, tokens(data, offsets[d], offsets[d + 1], table, out))
        out[:n].sort()
        m = 0
        for i in range(n):
            if i == 0 or out[i] != out[i - 1]:
                hashes[starts[d] + m] = out[i]
                m += 1
        sizes[d] = m
