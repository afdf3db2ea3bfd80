"""Runs of a decoded document, from its tokens: words between white space, runs that no Han or wide character breaks.

Tokens of `alnum-han@1` cover everything but white space, so what stands between two of them decides.
"""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.unicode_classes import ALPHA, WIDE

LONG_RUN = 40  # no English or German word of ordinary text is as long; base64 and hex lines are

_COLON, _HTTP = 58, (104, 116, 116, 112)


@njit(nogil=True, cache=True)
def runs(cps: Any, bits: Any, first: Any, last: Any, kinds: Any, starts: Any, row: Any) -> int:
    """Count words between white space and long runs; where each word starts, and how many there are."""
    words, chars, alphas, longest, longest_run = 0, 0, 0, 0, 0
    end, begun, run, is_alpha, colons = -1, 0, 0, False, False
    for w in range(len(first)):
        at = np.uint32(w)
        a, b, kind = first[at], last[at], kinds[at]
        is_new, is_wide = a != end, (kind & WIDE) != 0
        is_cut = is_new | (is_wide & (b - a == 1))
        if is_cut & (colons | (end - run >= LONG_RUN)):
            _run(cps, run, end, colons, row)
        starts[np.uint32(words)] = a
        words += is_new
        chars += b - a
        begun, run = a if is_new else begun, a if is_new else run
        longest = max(longest, b - begun)
        is_known, has_letter = is_alpha & ~is_new, (kind & ALPHA) != 0
        alphas += has_letter & ~is_known
        is_alpha = has_letter | is_known
        colons = (colons & ~is_cut) | (cps[np.uint32(a)] == _COLON)
        run = b if is_wide & (b - a == 1) else run
        if is_wide & (b - a > 1):
            run, colons, longest_run = _broken(cps, bits, run, a, b, colons, longest_run, row)
        longest_run = max(longest_run, b - run)
        end = b
    if colons or end - run >= LONG_RUN:
        _run(cps, run, end, colons, row)
    row[col.WS_WORDS], row[col.WS_CHARS], row[col.WS_ALPHA] = words, chars, alphas
    row[col.LONGEST_WS], row[col.LONGEST_RUN] = longest, longest_run
    return words


@njit(nogil=True, cache=True)
def _broken(
    cps: Any,
    bits: Any,
    run: int,
    a: int,
    b: int,
    colons: bool,  # noqa: FBT001  numba: no keywords
    longest: int,
    row: Any,
) -> tuple[int, bool, int]:
    """Where the run begins that a token with wide characters ends with, whether a colon is in it, the longest run."""
    for i in range(a, b):
        if not bits[i] & WIDE:
            longest = max(longest, i + 1 - run)
            continue
        if colons or i - run >= LONG_RUN:
            _run(cps, run, i, colons, row)
        run, colons = i + 1, False
    return run, colons, longest


@njit(nogil=True, cache=True)
def _run(cps: Any, start: int, end: int, colons: bool, row: Any) -> None:  # noqa: FBT001  numba: no keywords
    for i in range(start, end - 6 if colons else start):
        if (cps[i] | 0x20) == _HTTP[0] and (cps[i + 4] == _COLON or cps[i + 5] == _COLON) and _is_http(cps, i):
            row[col.URL_CHARS] += end - i
            row[col.URLS] += 1
            return
    if end - start >= LONG_RUN:
        row[col.LONG_RUN_CHARS] += end - start


@njit(nogil=True, cache=True)
def _is_http(cps: Any, i: int) -> bool:
    for j in range(len(_HTTP)):  # noqa: SIM110  numba has no `all` over a generator
        if (cps[i + j] | 0x20) != _HTTP[j]:
            return False
    return True
