"""Repetition of token n-grams, exactly: an n-gram can only repeat where both (n-1)-grams in it repeat.

So the positions that are looked at shrink from one n to the next, and a pair of exact numbers is the key of the next n.
"""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.text_numbers import Room, identify

_HALF = np.uint64(32)
_LAST_TOP, _FIRST_DUP, _LAST_DUP = 4, 5, 10


@njit(nogil=True, cache=True)
def repetition(n_tokens: int, first: Any, last: Any, chars: Any, room: Room, row: Any) -> None:
    """Top 2-grams to 4-grams, repeated 5-grams to 10-grams; the tokens are numbered in `room`.

    `chars` is for one more than there are tokens.
    """
    chars[0], m = 0, n_tokens
    for w in range(n_tokens):
        chars[w + 1] = chars[w] + last[w] - first[w]
    for n in range(2, _LAST_DUP + 1):
        m = _narrow(m, room)
        distinct = identify(m, room)
        if n <= _LAST_TOP and n_tokens >= n:
            row[col.TOP2 + n - 2] = _top(distinct, chars, n, room)
        elif n >= _FIRST_DUP:
            row[col.DUP5 + n - _FIRST_DUP] = _repeated(m, distinct, chars, n, room)
    row[col.RUNS10_TOKENS] = max(n_tokens - _LAST_DUP + 1, 0)
    for count in room.counts[1 : distinct + 1]:
        row[col.REPEATED_RUNS10_TOKENS] += count * (count > 1)


@njit(nogil=True, cache=True)
def _narrow(n: int, room: Room) -> int:
    """Want the next longer n-grams of those where two neighbours repeat; how many."""
    places, ids, counts, wanted = room.places, room.ids, room.counts, room.wanted
    places[n] = ids[n] = counts[0] = 0
    m, own, is_again = 0, ids[0], counts[np.uint32(ids[0])] > 1
    for i in range(n):
        following, place = ids[i + 1], places[i]
        goes_on = counts[np.uint32(following)] > 1
        at = np.uint32(m)
        wanted[at], places[at] = (np.uint64(own) << _HALF) | np.uint64(following), place
        m += is_again & goes_on & (places[i + 1] == place + 1)
        own, is_again = following, goes_on
    return m


@njit(nogil=True, cache=True)
def _top(distinct: int, chars: Any, n: int, room: Room) -> int:
    most, at = 1, 0
    for which in range(1, distinct + 1):
        if room.counts[which] > most:
            most, at = room.counts[which], room.heads[which]
    length: int = chars[at + n] - chars[at] + n - 1
    return most * length


@njit(nogil=True, cache=True)
def _repeated(m: int, distinct: int, chars: Any, n: int, room: Room) -> int:
    total, free, visited = 0, 0, room.heads
    visited[: distinct + 1] = 0
    for i in range(m):
        place, which = room.places[i], np.uint32(room.ids[i])
        is_free, length = place >= free, chars[place + n] - chars[place]
        is_again = is_free & (visited[which] != 0)
        total += length * is_again
        free = place + n if is_again else free
        visited[which] |= is_free
    return total
