"""Characters of a decoded Chinese document: traditional ones, the most frequent one, runs of characters that repeat."""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.text_numbers import Room, cleared, identify
from pipeline.kernels.unicode_classes import CLASS, IDEOGRAPHS, SPACE, TRADITIONAL

RUN_DATA_JUICER, RUN_CHINESEWEBTEXT = 10, 13

_FIRST, _N_IDEOGRAPHS = IDEOGRAPHS.start, len(IDEOGRAPHS)
_BASE = np.uint64(0x9E3779B97F4A7C15)
_PIECE, _PIECE_BITS, _LOW = 4, np.uint64(16), np.uint64(0xFFFF)


@njit(nogil=True, cache=True)
def ideographs(cps: Any, bits: Any, first: Any, distinct: int, room: Room, row: Any) -> None:
    """Count ideographs: each is a token of `alnum-han@1`, and those are numbered in `room`."""
    for which in range(1, distinct + 1):
        at, count = first[room.heads[which]], room.counts[which]
        if np.uint32(cps[at] - _FIRST) < _N_IDEOGRAPHS:
            row[col.IDEOGRAPHS] += count
            row[col.TRADITIONAL] += count * ((bits[at] & TRADITIONAL) != 0)
            row[col.TOP_IDEOGRAPH] = max(row[col.TOP_IDEOGRAPH], count)


@njit(nogil=True, cache=True)
def repeated_runs(cps: Any, bits: Any, n: int, scratch: Any, sieve: Any, room: Room, row: Any) -> None:
    """Count runs of characters that stand more than once.

    A run of ten is as it stands; for one of thirteen white space is taken out and ASCII letters are small. Of the runs
    of ten those count that are among the most frequent, the square root of how many there are, and stand twice.
    """
    inked, before, alike = scratch
    m = _inked(cps, bits, n, inked, before)
    _pieces(inked, m, sieve, alike)
    ten, thirteen = max(n - RUN_DATA_JUICER + 1, 0), max(m - RUN_CHINESEWEBTEXT + 1, 0)
    row[col.RUNS10], row[col.RUNS13] = ten, thirteen
    found = _run_places(before, ten, alike, room.places)
    distinct = _runs(cps, found, RUN_DATA_JUICER, room)
    row[col.FREQUENT_RUNS10] = _frequent(room.counts[1 : distinct + 1], int(np.sqrt(ten - found + distinct)), room.ids)
    found = _inked_places(thirteen, alike, room.places)
    distinct = _runs(inked, found, RUN_CHINESEWEBTEXT, room)
    for count in room.counts[1 : distinct + 1]:
        row[col.REPEATED_RUNS13] += count * (count > 1)


@njit(nogil=True, cache=True)
def _inked(cps: Any, bits: Any, n: int, inked: Any, before: Any) -> int:
    """Fill `inked` with what is no white space, ASCII letters small, and how much of it is before each; its length."""
    m = 0
    for i in range(n):
        at = np.uint32(i)
        cp = cps[at]
        before[at] = m
        inked[np.uint32(m)] = cp | 0x20 if 65 <= cp <= 90 else cp
        m += bits[at] & CLASS != SPACE
    before[n] = m
    return m


@njit(nogil=True, cache=True)
def _pieces(inked: Any, m: int, sieve: Any, alike: Any) -> None:
    """Fill `alike`: how many pieces of four in a row, up to the one that begins here, may stand elsewhere too.

    A byte of the sieve that is hit once belongs to a piece that stands once for certain, and a longer run repeats only
    where all its pieces do.
    """
    own, shift = cleared(sieve, m)
    n, key, length = m - _PIECE + 1, _first_piece(inked, m), 0
    for i in range(n):
        key = (key << _PIECE_BITS) | (np.uint64(inked[i + _PIECE - 1]) & _LOW)
        at = (key * _BASE) >> shift
        own[at] = min(own[at] + 1, 2)
    key = _first_piece(inked, m)
    for i in range(n):
        key = (key << _PIECE_BITS) | (np.uint64(inked[i + _PIECE - 1]) & _LOW)
        length = length + 1 if own[(key * _BASE) >> shift] > 1 else 0
        alike[i] = length


@njit(nogil=True, cache=True)
def _first_piece(inked: Any, m: int) -> Any:
    """Key of the first piece without its last character."""
    key = np.uint64(0)
    for i in range(min(m, _PIECE - 1)):
        key = (key << _PIECE_BITS) | (np.uint64(inked[i]) & _LOW)
    return key


@njit(nogil=True, cache=True)
def _run_places(before: Any, n: int, alike: Any, places: Any) -> int:
    """Places of runs of ten that may stand twice; how many."""
    m = 0
    for i in range(n):
        start, end = before[np.uint32(i)], before[np.uint32(i + RUN_DATA_JUICER)]
        pieces = end - start - _PIECE + 1
        places[np.uint32(m)] = i
        m += (pieces <= 0) | (alike[max(end - _PIECE, 0)] >= pieces)
    return m


@njit(nogil=True, cache=True)
def _inked_places(n: int, alike: Any, places: Any) -> int:
    """Places of runs of thirteen that may stand twice; how many."""
    m, pieces = 0, RUN_CHINESEWEBTEXT - _PIECE + 1
    for i in range(n):
        places[np.uint32(m)] = i
        m += alike[np.uint32(i + pieces - 1)] >= pieces
    return m


@njit(nogil=True, cache=True)
def _runs(codes: Any, n: int, size: int, room: Room) -> int:
    """Number the n runs of so many codes whose places are in `room`; how many are distinct."""
    for i in range(n):
        key = np.uint64(0)
        for at in range(room.places[i], room.places[i] + size):
            key = key * _BASE + np.uint64(codes[at])
        room.wanted[i] = key
    return int(identify(n, room))


@njit(nogil=True, cache=True)
def _frequent(counts: Any, root: int, tallies: Any) -> int:
    """Sum of the `root` largest counts that exceed one."""
    repeated, kinds, most = 0, 0, 0
    for count in counts:
        repeated += count * (count > 1)
        kinds += count > 1
        most = max(most, count)
    return repeated if kinds <= root else int(_largest(counts, root, most, tallies))


@njit(nogil=True, cache=True)
def _largest(counts: Any, wanted: int, most: int, tallies: Any) -> int:
    """Sum of the `wanted` largest counts, of which none exceeds `most`."""
    tallies[: most + 1] = 0
    for count in counts:
        tallies[count] += 1
    total, count = 0, most
    while wanted > 0:
        taken = min(wanted, tallies[count])
        total, wanted, count = total + taken * count, wanted - taken, count - 1
    return total
