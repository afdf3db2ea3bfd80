"""Characters of a decoded Chinese document: traditional ones, the most frequent one, runs of characters that repeat."""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.text_ngrams import clear, identify, mixed, seen_twice
from pipeline.kernels.unicode_classes import CLASS, IDEOGRAPHS, SPACE, TRADITIONAL

RUN_DATA_JUICER, RUN_CHINESEWEBTEXT = 10, 13
N_IDEOGRAPHS = len(IDEOGRAPHS)

_FIRST, _END = IDEOGRAPHS.start, IDEOGRAPHS.stop
_BASE = np.uint64(0x9E3779B97F4A7C15)


@njit(nogil=True, cache=True)
def characters(
    cps: Any, bits: Any, n: int, tallies: Any, room: Any, hashes: Any, seen: Any, slots: Any, epoch: int, row: Any
) -> int:
    """Count ideographs and repeated runs of characters; the last epoch of the slots.

    A run of ten is as it stands; for one of thirteen white space is taken out and ASCII letters are small. Of the runs
    of ten those count that are among the most frequent, the square root of how many there are, and stand twice.
    `tallies` is zero for each of `N_IDEOGRAPHS` and for all the rest, and left so.
    """
    m = _ideographs(cps, bits, n, tallies, room[0], hashes, row)
    row[col.RUNS10], row[col.RUNS13] = max(n - RUN_DATA_JUICER + 1, 0), max(m - RUN_CHINESEWEBTEXT + 1, 0)
    _, row[col.FREQUENT_RUNS10] = _runs(hashes, n, RUN_DATA_JUICER, room, seen, slots, epoch + 1)
    state = np.uint64(0)
    for i in range(m):
        state = state * _BASE + np.uint64(room[0, i])
        hashes[i] = state
    row[col.REPEATED_RUNS13], _ = _runs(hashes, m, RUN_CHINESEWEBTEXT, room, seen, slots, epoch + 2)
    return epoch + 2


@njit(nogil=True, cache=True)
def _ideographs(cps: Any, bits: Any, n: int, tallies: Any, inked: Any, keys: Any, row: Any) -> int:
    """Fill `inked` with what is no white space, ASCII letters small; how many. Keys of beginnings: see `_runs`."""
    state = np.uint64(0)
    found, traditional, most, m = 0, 0, 0, 0
    for i in range(n):
        at = np.uint32(i)
        cp = cps[at]
        state = state * _BASE + np.uint64(cp)
        keys[at] = state
        inked[np.uint32(m)] = cp | 0x20 if 65 <= cp <= 90 else cp
        m += bits[at] & CLASS != SPACE
        traditional += (bits[at] & TRADITIONAL) != 0
        which: Any = np.uint32(cp - _FIRST)
        is_one = which < N_IDEOGRAPHS
        which = which if is_one else np.uint32(N_IDEOGRAPHS)  # without a branch: signs cannot be foreseen
        tallies[which] += 1
        found += is_one
        most = max(most, tallies[which] * is_one)
    for i in range(n):
        tallies[min(np.uint32(cps[np.uint32(i)] - _FIRST), np.uint32(N_IDEOGRAPHS))] = 0
    row[col.IDEOGRAPHS], row[col.TRADITIONAL], row[col.TOP_IDEOGRAPH] = found, traditional, most
    return m


@njit(nogil=True, cache=True)
def _runs(keys: Any, n: int, size: int, room: Any, seen: Any, slots: Any, epoch: int) -> tuple[int, int]:
    """Places where a run of `size` codes stands more than once, and those of the most frequent, as many as the root.

    `keys` are those of the n beginnings, polynomials in their codes modulo 2^64: no run waits for the one before it.
    """
    places, ids, counts, n_runs = room[3], room[1], room[2], max(n - size + 1, 0)
    before, power = np.uint64(0), np.uint64(1)
    for _ in range(size):
        power *= _BASE
    mask = clear(seen, n_runs)
    for i in range(n_runs):
        at = np.uint32(i)
        own = keys[at]
        key = keys[np.uint32(i + size - 1)] - before * power
        keys[at], before = key, own
        slot = mixed(key) & mask
        seen[slot] = min(seen[slot] + 1, 2)
    m = seen_twice(keys, places, n_runs, seen, mask)
    distinct = identify(keys[:m], ids, counts, slots, epoch)
    repeated, kinds, most = 0, 0, 0
    for k in range(distinct):
        is_again = counts[k] > 1
        repeated += counts[k] * is_again
        kinds += is_again
        most = max(most, counts[k])
    root = int(np.sqrt(n_runs - m + distinct))
    return repeated, repeated if kinds <= root else _largest(counts[:distinct], root, most, ids)


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
