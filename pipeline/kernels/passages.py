"""What lies inside texts: windows of tokens, lines and paragraphs, as hashes, found again in other texts.

Tokens are those of `shingles`. A window is a run of so many successive tokens; a text with fewer has none. Every
hash is 64 bits over token hashes, so case, white space and invisible characters do not count.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from pipeline.kernels import shingles
from pipeline.kernels.shingles import Array, Bytes, Offsets, finish, point_at
from pipeline.kernels.strings import buffers

PARAGRAPH = np.uint64(0xA5A5A5A5DEADBEEF)  # keeps a paragraph of one line apart from that line
FILTER_BITS = 10  # slots of the filter per known hash, as a power of two; one in a thousand asks in vain

Rows = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


def windows(texts: pa.Array | pa.ChunkedArray, width: int) -> tuple[Rows, Array]:
    """(row of the text, hash) of every window of `width` tokens, in reading order, repeats included."""
    data, offsets = buffers(texts)
    sizes = np.zeros(len(offsets) - 1, np.int64)
    hashes = np.empty(int(shingles.capacity(offsets).sum()), np.uint64)
    total = _windows(data, offsets, shingles.characters(), width, (hashes, sizes))
    return np.repeat(np.arange(len(sizes)), sizes), hashes[:total]


def sampled(texts: pa.Array | pa.ChunkedArray, one_in: int) -> tuple[Rows, Array]:
    """(row, shingle hash) of the shingles whose hash is a multiple of `one_in`: the same ones in every text."""
    rows, hashes = windows(texts, shingles.WIDTH)
    chosen = hashes % np.uint64(one_in) == 0
    return rows[chosen], hashes[chosen]


def find(texts: pa.Array | pa.ChunkedArray, width: int, known: Array) -> tuple[Rows, Rows, Rows]:
    """(row, position of its first token, position in `known`) of every window that is one of `known`.

    Args:
        texts: string or large_string, nulls allowed.
        width: tokens of a window.
        known: hashes of windows of that width, ascending, distinct.
    """
    rows, found = windows(texts, width)
    marks = np.zeros(len(found), np.bool_)
    at = np.zeros(len(found), np.int64)
    _look_up(found, known, _filter(known), (marks, at))
    starts = np.searchsorted(rows, np.arange(len(texts)))
    hits = np.flatnonzero(marks)
    return rows[hits], hits - starts[rows[hits]], at[hits]


def token_spans(text: str) -> npt.NDArray[np.int64]:
    """(n, 2): first code point of every token of one text, and the one after its last."""
    data, offsets = buffers(pa.array([text]))
    out = np.zeros((int(shingles.capacity(offsets)[0]), 2), np.int64)
    return out[: _token_spans(data, shingles.characters(), out)]


def units(texts: pa.Array | pa.ChunkedArray, least_tokens: int) -> tuple[Rows, Array]:
    """(row, hash) of every line and every paragraph of at least that many tokens, each once per text."""
    data, offsets = buffers(texts)
    room = int(np.sum(data[offsets[0] : offsets[-1]] == 10)) + len(offsets) if len(offsets) > 1 else 0
    rows, hashes = np.zeros(2 * room, np.int64), np.zeros(2 * room, np.uint64)
    n = _units(data, offsets, shingles.characters(), least_tokens, (rows, hashes))
    order = np.lexsort((hashes[:n], rows[:n]))
    rows, hashes = rows[:n][order], hashes[:n][order]
    is_first = np.concatenate([np.ones(min(n, 1), bool), (np.diff(rows) != 0) | (np.diff(hashes) != 0)])
    return rows[is_first], hashes[is_first]


def covered(texts: pa.Array | pa.ChunkedArray, known: Array, least_tokens: int) -> tuple[Rows, Rows]:
    """(bytes of lines and paragraphs that are among `known`, bytes of all lines) of every text.

    Args:
        texts: string or large_string, nulls allowed.
        known: hashes of `units`, ascending, distinct.
        least_tokens: as for `units`.
    """
    data, offsets = buffers(texts)
    out = np.zeros((len(offsets) - 1, 2), np.int64)
    _covered(data, offsets, shingles.characters(), (known, least_tokens), out)
    return out[:, 0], out[:, 1]


def _filter(known: Array) -> Marks:
    slots = 1 << max(10, len(known).bit_length() + FILTER_BITS - 1)
    marks = np.zeros(min(slots, 1 << 28), np.bool_)
    marks[(known & np.uint64(len(marks) - 1)).astype(np.int64)] = True
    return marks


@njit(nogil=True, cache=True)
def _windows(  # pragma: no cover - compiled
    data: Bytes, offsets: Offsets, table: npt.NDArray[np.uint32], width: int, out: tuple[Array, Rows]
) -> int:
    hashes, sizes = out
    last = np.uint64(1)
    for _ in range(width - 1):
        last = last * shingles.K
    total = 0
    longest = 0
    for d in range(len(sizes)):
        longest = max(longest, offsets[d + 1] - offsets[d])
    working = np.empty(longest // 2 + 1, np.uint64)
    for d in range(len(sizes)):
        n = shingles.tokens(data, offsets[d], offsets[d + 1], table, working)
        rolling = np.uint64(0)
        for i in range(n):
            if i >= width:
                rolling = rolling - working[i - width] * last
            rolling = rolling * shingles.K + working[i]
            if i >= width - 1:
                hashes[total + i - width + 1] = finish(rolling)
        sizes[d] = max(0, n - width + 1)
        total += sizes[d]
    return total


@njit(nogil=True, cache=True)
def _look_up(  # pragma: no cover - compiled
    found: Array, known: Array, marks: Marks, out: tuple[Marks, Rows]
) -> None:
    mask = np.uint64(len(marks) - 1)
    for i in range(len(found)):
        if marks[np.int64(found[i] & mask)]:
            at = np.searchsorted(known, found[i])
            if at < len(known) and known[at] == found[i]:
                out[0][i] = True
                out[1][i] = at


@njit(nogil=True, cache=True)
def _token_spans(data: Bytes, table: npt.NDArray[np.uint32], out: Rows) -> int:  # pragma: no cover - compiled
    n, i, at, start, end = 0, 0, 0, -1, 0
    while i < len(data):
        point, length = point_at(data, i, len(data))
        kind = np.int64(table[point]) >> 24 if point < len(table) else shingles.WORD
        if kind == shingles.WORD:
            start = at if start < 0 else start
            end = at + 1
        elif kind != shingles.SKIP:
            if start >= 0:
                out[n, 0], out[n, 1] = start, end
                n += 1
                start = -1
            if kind == shingles.SINGLE:
                out[n, 0], out[n, 1] = at, at + 1
                n += 1
        i += length
        at += 1
    if start >= 0:
        out[n, 0], out[n, 1] = start, end
        n += 1
    return n


@njit(nogil=True, cache=True)
def _line_end(data: Bytes, i: int, end: int) -> int:  # pragma: no cover - compiled
    while i < end and data[i] != 10:
        i += 1
    return i


@njit(nogil=True, cache=True)
def _hash_of(  # pragma: no cover - compiled
    data: Bytes, start: int, end: int, table: npt.NDArray[np.uint32], working: Array
) -> tuple[int, np.uint64]:
    n = shingles.tokens(data, start, end, table, working)
    h = np.uint64(n)
    for i in range(n):
        h = h * shingles.K + working[i]
    return n, finish(h)


@njit(nogil=True, cache=True)
def _longest(offsets: Offsets) -> int:  # pragma: no cover - compiled
    longest = 0
    for d in range(len(offsets) - 1):
        longest = max(longest, offsets[d + 1] - offsets[d])
    return longest


@njit(nogil=True, cache=True)
def _units(  # pragma: no cover - compiled
    data: Bytes, offsets: Offsets, table: npt.NDArray[np.uint32], least: int, out: tuple[Rows, Array]
) -> int:
    rows, hashes = out
    working = np.empty(_longest(offsets) // 2 + 1, np.uint64)
    made = 0
    for d in range(len(offsets) - 1):
        i, first = offsets[d], offsets[d]
        while i < offsets[d + 1]:
            end = _line_end(data, i, offsets[d + 1])
            n, h = _hash_of(data, i, end, table, working)
            if n >= least:
                rows[made], hashes[made] = d, h
                made += 1
            i = end + 1
            if n == 0 or i >= offsets[d + 1]:
                n, h = _hash_of(data, first, min(end, offsets[d + 1]), table, working)
                if n >= least:
                    rows[made], hashes[made] = d, h ^ PARAGRAPH
                    made += 1
                first = i
    return made


@njit(nogil=True, cache=True)
def _is_known(known: Array, h: np.uint64) -> bool:  # pragma: no cover - compiled
    at = np.searchsorted(known, h)
    return bool(at < len(known) and known[at] == h)


@njit(nogil=True, cache=True)
def _covered(  # pragma: no cover - compiled
    data: Bytes, offsets: Offsets, table: npt.NDArray[np.uint32], what: tuple[Array, int], out: Rows
) -> None:
    known, least = what
    working = np.empty(_longest(offsets) // 2 + 1, np.uint64)
    for d in range(len(offsets) - 1):
        i, first, total, lines = offsets[d], offsets[d], 0, 0
        while i < offsets[d + 1]:
            end = _line_end(data, i, offsets[d + 1])
            n, h = _hash_of(data, i, end, table, working)
            if n > 0:
                total += end - i
                lines += end - i if n >= least and _is_known(known, h) else 0
            i = end + 1
            if n == 0 or i >= offsets[d + 1]:
                n, h = _hash_of(data, first, end, table, working)
                out[d, 0] += total if n >= least and _is_known(known, h ^ PARAGRAPH) else lines
                out[d, 1] += total
                first, total, lines = i, 0, 0
