"""Topic words: the words that a text repeats most, as slices of its bytes, by a numba loop.

A candidate is a run of at least four letters, or two neighbouring Han characters of which none is a stop
character. It is no topic model: it needs no download, and the same text always names the same words.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from pipeline.kernels import unicode_classes
from pipeline.kernels.counting import add as _add
from pipeline.kernels.counting import decode as _decode
from pipeline.kernels.counting import find as _find
from pipeline.kernels.counting import fold as _fold
from pipeline.kernels.counting import slots as _slots
from pipeline.kernels.counting import step as _step
from pipeline.kernels.strings import buffers
from pipeline.kernels.unicode_classes import HAN, LETTER

TOP = 5
LETTERS_LEAST = 4

_SEED = np.uint64(0xCBF29CE484222325)


def top_words(texts: pa.Array | pa.ChunkedArray, stop_words: Iterable[str]) -> pa.Array:
    """The words each text repeats most: list<string>, lower case, most frequent first, ties by first use.

    Args:
        texts: string or large_string, any slice, nulls allowed (no words).
        stop_words: Latin words and single Han characters that are never a topic.
    """
    data, offsets = buffers(texts)
    out = np.zeros(((len(offsets) - 1) * TOP, 3), np.int64)
    _top_words(data, offsets, unicode_classes.table(), _hashes(tuple(stop_words)), out)
    found = out[out[:, 2] > 1]
    words = pc.utf8_lower(_slices(data, found[:, 0], found[:, 1]))
    per_row = (out[:, 2].reshape(-1, TOP) > 1).sum(axis=1)
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(per_row)]), pa.int32()), words)


@cache
def _hashes(words: tuple[str, ...]) -> np.ndarray:
    hashes = np.zeros(len(words), np.uint64)
    for i, word in enumerate(words):
        state = int(_SEED)
        for character in word.lower():
            state = ((state ^ ord(character)) * 0x100000001B3) % (1 << 64)
        hashes[i] = state
    return np.sort(hashes)


def _slices(data: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    index = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], sizes)
    content = pa.py_buffer(np.ascontiguousarray(data[index]) if len(index) else b"")
    parts = [None, pa.py_buffer(offsets.astype(np.int32)), content]
    return pa.Array.from_buffers(pa.string(), len(sizes), parts)


@njit(nogil=True, cache=True)
def _top_words(data: Any, offsets: Any, classes: Any, stops: Any, out: Any) -> None:
    longest = 1
    for d in range(len(offsets) - 1):
        longest = max(longest, offsets[d + 1] - offsets[d])
    cps, kinds = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.uint8)
    keys, seen = np.empty(_slots(longest), np.uint64), np.zeros((_slots(longest), 2), np.int32)
    places, hashes = np.empty((longest + 1, 2), np.int64), np.empty(longest + 1, np.uint64)
    for d in range(len(offsets) - 1):
        n = _decode(data, offsets[d], offsets[d + 1], classes, cps, kinds)
        words = _candidates(cps, kinds, n, stops, hashes, places)
        size = _slots(words)
        repeats = (keys[:size], seen[:size], d + 1)
        best = out[d * TOP : (d + 1) * TOP]
        _choose(hashes[:words], places, repeats, best)
        best[:, 0] += offsets[d]


@njit(nogil=True, cache=True)
def _candidates(cps: Any, kinds: Any, n: int, stops: Any, hashes: Any, places: Any) -> int:
    words, i, byte = 0, 0, 0
    while i < n:
        end, state, size = _candidate(cps, kinds, i, n, stops)
        if size:
            hashes[words], places[words, 0], places[words, 1] = state, byte, size
            words += 1
        for j in range(i, end):
            byte += _width(cps[j])
        i = end
    return words


@njit(nogil=True, cache=True)
def _candidate(cps: Any, kinds: Any, i: int, n: int, stops: Any) -> tuple[int, Any, int]:
    end, state, size = i, _SEED, 0
    if kinds[i] == LETTER:
        while end < n and kinds[end] == LETTER:
            state = _step(state, _fold(cps[end]))
            size += _width(cps[end])
            end += 1
        return end, state, size if end - i >= LETTERS_LEAST and not _is_stop(state, stops) else 0
    if kinds[i] != HAN or i + 1 == n or kinds[i + 1] != HAN:
        return i + 1, state, 0
    if _is_stop(_step(_SEED, cps[i]), stops) or _is_stop(_step(_SEED, cps[i + 1]), stops):
        return i + 1, state, 0
    return i + 1, _step(_step(_SEED, cps[i]), cps[i + 1]), _width(cps[i]) + _width(cps[i + 1])


@njit(nogil=True, cache=True)
def _width(cp: int) -> int:
    return 1 + (cp >= 0x80) + (cp >= 0x800) + (cp >= 0x10000)


@njit(nogil=True, cache=True)
def _is_stop(state: Any, stops: Any) -> bool:
    at = np.searchsorted(stops, state)
    return bool(at < len(stops) and stops[at] == state)


@njit(nogil=True, cache=True)
def _choose(hashes: Any, places: Any, slots: Any, best: Any) -> None:
    for w in range(len(hashes)):
        _add(slots, hashes[w])
    for w in range(len(hashes)):
        count = _take(slots, hashes[w])
        at = TOP
        while at > 0 and best[at - 1, 2] < count:
            at -= 1
        for i in range(TOP - 1, at, -1):
            best[i] = best[i - 1]
        if at < TOP:
            best[at, 0], best[at, 1], best[at, 2] = places[w, 0], places[w, 1], count


@njit(nogil=True, cache=True)
def _take(slots: Any, key: Any) -> int:
    """How often `key` was added, the first time it is asked for; 0 after that."""
    keys, seen, _ = slots
    at = _find(slots, key)
    count = seen[at, 1] if keys[at] == key else 0
    seen[at, 1] = 0
    return count
