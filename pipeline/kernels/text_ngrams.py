"""Repetition of token n-grams, exactly: an n-gram can only repeat where both (n-1)-grams in it repeat.

So the positions that are looked at shrink from one n to the next, and a pair of exact ids is the key of the next n.
"""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.text_tokens import stop_word

_MIX, _SHIFT, _HIGH, _HALF = np.uint64(0xFF51AFD7ED558CCD), np.uint64(33), np.uint64(29), np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_LAST_FILTERED, _LAST_TOP, _FIRST_DUP, _LAST_DUP = 3, 4, 5, 10


@njit(nogil=True, cache=True)
def slots_for(entries: int) -> int:
    """A power of two that leaves at least half of the slots free."""
    slots = 16
    while slots < 2 * entries:
        slots *= 2
    return slots


@njit(nogil=True, cache=True)
def seen_for(entries: int) -> int:
    """A power of two, so many bytes that one in eight is used when every entry has its own."""
    size = 64
    while size < 8 * entries:
        size *= 2
    return size


@njit(nogil=True, cache=True)
def mixed(key: Any) -> Any:
    """The key with every bit of it in the low ones."""
    state = (key ^ (key >> _SHIFT)) * _MIX
    return state ^ (state >> _HIGH)


@njit(nogil=True, cache=True)
def _slot_of(slots: Any, last: int, epoch: Any, key: Any) -> Any:
    """Where `key` stands in this epoch, or the free slot for it. A slot is a key and (epoch << 32 | value)."""
    at = np.int64(mixed(key) & np.uint64(last))
    while slots[at, 1] >> _HALF == epoch and slots[at, 0] != key:
        at = (at + 1) & last
    return at


@njit(nogil=True, cache=True)
def add(slots: Any, last: int, epoch: int, key: Any) -> Any:
    """How often `key` was added before in this epoch; `last` is the mask of slots enough for all keys."""
    stamp = np.uint64(epoch)
    at = _slot_of(slots, last, stamp, key)
    if slots[at, 1] >> _HALF != stamp:
        slots[at, 0], slots[at, 1] = key, stamp << _HALF
    before = np.int64(slots[at, 1] & _LOW)
    slots[at, 1] += np.uint64(1)
    return before


@njit(nogil=True, cache=True)
def identify(wanted: Any, ids: Any, counts: Any, slots: Any, epoch: int) -> int:
    """Number keys in the order of their first occurrence and count them; the number of distinct keys."""
    last, distinct, stamp = slots_for(len(wanted)) - 1, 0, np.uint64(epoch)
    for i in range(len(wanted)):
        key = wanted[i]
        at = _slot_of(slots, last, stamp, key)
        value = slots[at, 1]
        is_new = value >> _HALF != stamp  # without a branch: whether a key is new cannot be foreseen
        value = (stamp << _HALF) | np.uint64(distinct) if is_new else value
        slots[at, 0], slots[at, 1] = key, value
        counts[distinct] = 0
        distinct += is_new
        which = np.int64(value & _LOW)
        ids[i] = which
        counts[which] += 1
    return distinct


@njit(nogil=True, cache=True)
def clear(seen: Any, entries: int) -> Any:
    """Make room in `seen` for so many keys: the mask of its bytes.

    A key whose byte is hit once stands once for certain. A small table of bytes answers for most keys what would be a
    miss of the cache in the table of keys.
    """
    size = seen_for(entries)
    seen[:size] = 0
    return np.uint64(size - 1)


@njit(nogil=True, cache=True)
def seen_twice(keys: Any, places: Any, n: int, seen: Any, mask: Any) -> int:
    """Keep the keys, with their places, whose byte is hit twice; how many."""
    m = 0
    for i in range(n):
        keys[m], places[m] = keys[i], places[i]
        m += seen[mixed(keys[i]) & mask] > 1
    return m


@njit(nogil=True, cache=True)
def repetition(
    hashes: Any, first: Any, last: Any, room: Any, seen: Any, slots: Any, epoch: int, stops: Any, row: Any
) -> int:
    """Distinct tokens, the most frequent word, top 2-grams to 4-grams, repeated 5-grams to 10-grams; the last epoch."""
    n_tokens = len(hashes)
    group, ids, counts, places, chars = room[0], room[1], room[2], room[3], room[4]
    epoch += 1
    chars[0] = 0
    for w in range(n_tokens):
        chars[w + 1] = chars[w] + last[w] - first[w]
        places[w] = w
    row[col.DISTINCT_TOKENS] = identify(hashes, ids, counts, slots, epoch)
    row[col.TOP_WORD] = _top_word(hashes, first, last, ids, counts, group, stops)
    group[: n_tokens + 1] = -1
    m = _regroup(group, places[:n_tokens], ids, counts)
    for n in range(2, _LAST_DUP + 1):
        epoch += 1
        m = _next(hashes, group, places[:m], seen, ids, counts, slots, epoch, n)  # the tokens' hashes are done with
        if n <= _LAST_TOP and n_tokens >= n:
            row[col.TOP2 + n - 2] = _top(group, places[:m], counts, chars, n)
        elif n >= _FIRST_DUP and m:
            row[col.DUP5 + n - _FIRST_DUP] = _repeated(group, places[:m], chars, n, counts)
    row[col.RUNS10_TOKENS], row[col.REPEATED_RUNS10_TOKENS] = max(n_tokens - _LAST_DUP + 1, 0), m
    return epoch


@njit(nogil=True, cache=True)
def _top_word(hashes: Any, first: Any, last: Any, ids: Any, counts: Any, asked: Any, stops: Any) -> int:
    """How often the most frequent token stands that is longer than one character and no stop word; 0 for once."""
    most = 1
    asked[: len(hashes)] = 0  # each token is asked for once: those that stand most often are stop words
    for w in range(len(hashes)):
        which = ids[w]
        if counts[which] > most and not asked[which]:
            asked[which] = 1
            if last[w] - first[w] > 1 and stop_word(hashes[w], stops) < 0:
                most = counts[which]
    return int(most) if most > 1 else 0


@njit(nogil=True, cache=True)
def _regroup(group: Any, places: Any, ids: Any, counts: Any) -> int:
    """Set the group of what repeats and keep its places; how many are left."""
    left = 0
    for i in range(len(places)):
        is_again, p = counts[ids[i]] > 1, places[i]
        group[p] = ids[i] if is_again else -1
        places[left] = p
        left += is_again
    return left


@njit(nogil=True, cache=True)
def _next(
    wanted: Any, group: Any, places: Any, seen: Any, ids: Any, counts: Any, slots: Any, epoch: int, n: int
) -> int:
    """Narrow `places` and `group` from the repeated (n-1)-grams to the repeated n-grams; how many places are left."""
    m, mask = 0, clear(seen, len(places) if n <= _LAST_FILTERED else 0)
    for i in range(len(places)):
        p = places[i]
        own, following = group[p], group[p + 1]
        group[p] = -1  # nobody asks for it again: places ascend
        key = (np.uint64(own) << _HALF) | np.uint64(following)
        wanted[m], places[m] = key, p
        goes_on, at = following >= 0, mixed(key) & mask
        seen[at] = min(seen[at] + goes_on, 2)
        m += goes_on
    if n <= _LAST_FILTERED:  # later most of what is left repeats
        m = seen_twice(wanted, places, m, seen, mask)
    identify(wanted[:m], ids, counts, slots, epoch)
    return int(_regroup(group, places[:m], ids, counts))


@njit(nogil=True, cache=True)
def _top(group: Any, places: Any, counts: Any, chars: Any, n: int) -> int:
    best, at = 1, 0
    for p in places:
        if counts[group[p]] > best:
            best, at = counts[group[p]], p
    length: int = chars[at + n] - chars[at] + n - 1
    return best * length


@njit(nogil=True, cache=True)
def _repeated(group: Any, places: Any, chars: Any, n: int, visited: Any) -> int:
    total, free = 0, 0
    for p in places:
        visited[group[p]] = 0
    for p in places:
        if p < free:
            continue
        if visited[group[p]]:
            total += chars[p + n] - chars[p]
            free = p + n
        visited[group[p]] = 1
    return total
