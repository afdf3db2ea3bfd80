"""Small loops that kernels share: decoding with classes, hashing, counting keys in open addressing."""

from typing import Any

import numpy as np
from numba import njit

_PRIME = np.uint64(0x100000001B3)
_MIX, _SHIFT, _HIGH = np.uint64(0xFF51AFD7ED558CCD), np.uint64(33), np.uint64(29)


@njit(nogil=True, cache=True)
def slots(entries: int) -> int:
    """A power of two that leaves at least half of the slots free."""
    slots = 16
    while slots < 2 * entries:
        slots *= 2
    return slots


@njit(nogil=True, cache=True)
def decode(data: Any, start: int, end: int, classes: Any, cps: Any, kinds: Any) -> int:
    """Code points and classes of one text; how many."""
    n, i = 0, start
    while i < end:
        cp, size = np.int64(data[i]), 1
        if cp >= 0xF0:
            cp, size = cp & 0x07, 4
        elif cp >= 0xE0:
            cp, size = cp & 0x0F, 3
        elif cp >= 0x80:
            cp, size = cp & 0x1F, 2
        for j in range(i + 1, min(i + size, end)):
            cp = (cp << 6) | (np.int64(data[j]) & 0x3F)
        cps[n] = cp
        kinds[n] = classes[min(cp, 0x10FFFF)]
        n += 1
        i += size
    return n


@njit(nogil=True, cache=True)
def fold(cp: int) -> int:
    """ASCII capitals as small letters."""
    return cp | 0x20 if 65 <= cp <= 90 else cp


@njit(nogil=True, cache=True)
def step(state: Any, cp: int) -> Any:
    """FNV-1a, one code point further."""
    return (state ^ np.uint64(cp)) * _PRIME


@njit(nogil=True, cache=True)
def add(slots: Any, key: Any) -> Any:
    """How often `key` was added before in this epoch; slots hold at most half their number of keys."""
    keys, seen, epoch = slots
    at = find(slots, key)
    if seen[at, 0] != epoch:
        keys[at], seen[at, 0], seen[at, 1] = key, epoch, 0
    seen[at, 1] += 1
    return seen[at, 1] - 1


@njit(nogil=True, cache=True)
def find(slots: Any, key: Any) -> Any:
    """The slot of `key` in this epoch, or the free one for it."""
    keys, seen, epoch = slots
    last = len(keys) - 1
    mixed = key ^ (key >> _SHIFT)
    mixed = mixed * _MIX
    at = np.int64((mixed ^ (mixed >> _HIGH)) & np.uint64(last))
    while seen[at, 0] == epoch and keys[at] != key:
        at = (at + 1) & last
    return at
