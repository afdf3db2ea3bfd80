"""Numbers for keys: the same key, the same number, in the order in which keys first stand; exact, keys are compared."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

_GOLDEN, _ALL_BITS, _ONE = np.uint64(0x9E3779B97F4A7C15), np.uint64(64), np.uint64(1)


class Room(NamedTuple):
    """Room for the keys of the longest document, and what is known of each: numbers start at one."""

    table: Any
    """Numbers by the hash of their key, 0 where free; so small that it stays near the processor."""
    keys: Any
    heads: Any
    """The place where the key of each number first stands."""
    counts: Any
    """How often the key of each number stands."""
    wanted: Any
    """Keys to be numbered, `places` where they stand, ascending; `ids` their numbers."""
    places: Any
    ids: Any


@njit(nogil=True, cache=True)
def room_for(entries: int) -> Room:
    """Room for so many keys."""
    n = entries + 2
    return Room(
        np.empty(size_for(entries), np.uint32),
        np.empty(n, np.uint64),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.empty(n, np.uint64),
        np.empty(n, np.int32),
        np.empty(n, np.int32),
    )


@njit(nogil=True, cache=True)
def size_for(entries: int) -> int:
    """A power of two that leaves at least half of the table free."""
    size = 16
    while size < 2 * entries:
        size *= 2
    return size


@njit(nogil=True, cache=True)
def cleared(table: Any, entries: int) -> tuple[Any, Any]:
    """As much of the table as so many keys need, free, and how far a hash is shifted to be a place in it."""
    size, shift = size_for(entries), _ALL_BITS
    own = table[:size]
    own[:] = 0
    while size > 1:
        size, shift = size >> 1, shift - _ONE
    return own, shift


@njit(nogil=True, cache=True)
def number_of(key: Any, new: Any, own: Any, shift: Any, keys: Any) -> Any:
    """The key's number, which is `new` where it has none yet.

    Without a branch on whether it has one, which cannot be foreseen.
    """
    keys[new] = key
    at = (key * _GOLDEN) >> shift
    found = np.uint64(own[at])
    found = found or new
    while keys[found] != key:
        at = (at + _ONE) & np.uint64(len(own) - 1)
        found = np.uint64(own[at])
        found = found or new
    own[at] = found
    return found


@njit(nogil=True, cache=True)
def identify_all(n: int, room: Room) -> int:
    """As `identify`, where keys stand at 0 to n."""
    for i in range(n):
        room.places[i] = i
    return int(identify(n, room))


@njit(nogil=True, cache=True)
def identify(n: int, room: Room) -> int:
    """Number the n wanted keys and count them; how many are distinct."""
    keys, heads, wanted, places, ids, counts = room.keys, room.heads, room.wanted, room.places, room.ids, room.counts
    own, shift = cleared(room.table, n)
    new = _ONE
    for i in range(n):
        heads[new] = places[i]
        found = number_of(wanted[i], new, own, shift, keys)
        ids[i] = found
        new += np.uint64(found == new)
    distinct = np.int64(new) - 1
    counts[: distinct + 1] = 0
    for i in range(n):
        counts[np.uint32(ids[i])] += 1
    return int(distinct)
