"""Where the matches that a scanner announces can lie, for all hits of many texts in one pass.

A match lies between bytes that none holds (`supersets`), no further from the reported end than the longest match.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.kernels.revealing import Bytes, Coded, Int64s

DELIMITER, LIMIT = 1, 2
UNBOUND = -1
BESIDE, MERGED = 64, 4_096
"""Windows no further apart than this are one, up to that many characters: each costs more than what lies between."""
MOST_CHARS = 1 << 40
"""Of a text."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds the matches of each expression, by its number."""

    kinds: Bytes  # (expressions, 256): DELIMITER and LIMIT
    longest: Int64s  # UNBOUND where a match has no longest
    is_bounded: Bools  # false where a match may hold any byte: its window is the text


def bounds(edges: Sequence[tuple[bytes, bytes, int | None]]) -> Bounds:
    """Bounds of expressions, by position.

    Args:
        edges: of each the bytes that no match holds, or none where a match may hold any; the bytes that end what its
            assertions look at; the code points of its longest match.
    """
    kinds = np.zeros((len(edges), 256), np.uint8)
    for number, (delimiters, limits, _) in enumerate(edges):
        kinds[number, list(delimiters)] |= DELIMITER
        kinds[number, list(limits)] |= LIMIT
    widths = np.array([UNBOUND if longest is None else longest for *_, longest in edges], np.int64)
    return Bounds(kinds, widths, np.array([bool(delimiters) for delimiters, *_ in edges], np.bool_))


def windows(texts: Coded, rows: Int64s, numbers: Int64s, ends: Int64s, known: Bounds) -> Int64s:
    """Windows that hold the matches round these ends whole; those of one expression in one text do not overlap.

    Args:
        texts: that were scanned.
        rows: of each end, its text; ends come by row, number and end.
        numbers: of the expression.
        ends: counted from the begin of the text.
        known: bounds of the expressions.

    Returns:
        By window: row, number, where matches begin and end, and how far one looks; in the order of the ends.
    """
    found = np.empty((len(ends), 5), np.int64)
    n = _windows(texts.data, texts.starts, rows, numbers, ends, known.kinds, known.longest, known.is_bounded, found)
    return found[:n]


def near(found: Int64s, places: Int64s, chars: int) -> Int64s:
    """Those of the windows that have one of some places in them or beside them.

    Args:
        found: as `windows` gives them, by row.
        places: row, start and end of each, ascending, none overlapping.
        chars: that may lie between a window and a place.
    """
    if not len(places):
        return found[:0]
    rows, lefts, reaches = found[:, 0], found[:, 2], found[:, 4]
    at = np.searchsorted(places[:, 0] * MOST_CHARS + places[:, 2], rows * MOST_CHARS + np.maximum(lefts - chars, 0))
    at = np.minimum(at, len(places) - 1)
    first = places[at]  # the first that ends behind the begin of the window, if it is in its row
    is_near: Bools = (first[:, 0] == rows) & (first[:, 1] <= reaches + chars) & (first[:, 2] >= lefts - chars)
    kept: Int64s = found[is_near]
    return kept


@njit(cache=True, nogil=True)
def _windows(
    data: Bytes,
    starts: Int64s,
    rows: Int64s,
    numbers: Int64s,
    ends: Int64s,
    kinds: Bytes,
    longest: Int64s,
    is_bounded: Bools,
    found: Int64s,
) -> int:
    n = low = 0
    while low < len(ends):
        row, number = rows[low], numbers[low]
        high = low + 1
        while high < len(ends) and rows[high] == row and numbers[high] == number:
            high += 1
        text = data[starts[row] : starts[row + 1] - 1]
        before = n
        if is_bounded[number]:
            n = _of_one(text, ends[low:high], kinds[number], longest[number], found, n)
        else:
            found[n, 2:] = 0, len(text), len(text)
            n += 1
        found[before:n, 0] = row
        found[before:n, 1] = number
        low = high
    return n


@njit(cache=True, nogil=True)
def _of_one(text: Bytes, ends: Int64s, kinds: Bytes, longest: int, found: Int64s, n: int) -> int:
    """Windows of the ends of one expression in one text; each byte is looked at a bounded number of times."""
    most = len(text) if longest == UNBOUND else longest
    is_alike = ((kinds == DELIMITER) | (kinds == LIMIT)).sum() == 0
    ahead = most if is_alike else len(text)
    first, right, wall = 0, -1, -1
    for end in ends:
        wall = _next(text, kinds, DELIMITER, end, len(text)) if wall < end else wall
        new = min(wall, end + most)
        if end <= right:
            right = max(right, new)
            continue
        left = _begin(text, kinds, end, max(0, end - most, right))
        if right >= 0 and left > right:
            reach = _next(text, kinds, LIMIT, right, min(right + ahead, len(text)))
            if left > reach and (left > reach + BESIDE or new - first > MERGED):
                found[n, 2], found[n, 3], found[n, 4] = first, right, reach
                n += 1
                right = -1
        first = left if right < 0 else first
        right = new
    found[n, 2], found[n, 3] = first, right
    found[n, 4] = _next(text, kinds, LIMIT, right, min(right + ahead, len(text)))
    return n + 1


@njit(cache=True, nogil=True)
def _next(text: Bytes, kinds: Bytes, kind: int, at: int, last: int) -> int:
    while at < last and not kinds[text[at]] & kind:
        at += 1
    return at


@njit(cache=True, nogil=True)
def _begin(text: Bytes, kinds: Bytes, at: int, least: int) -> int:
    while at > least and not kinds[text[at - 1]] & DELIMITER:
        at -= 1
    return at
