"""Tokens of a decoded document and what is counted about each: length, letters, stop words, years, sentences."""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.unicode_classes import ALPHA, CLASS, DIGIT, LETTER, MARK, PUNCT, SENTENCE, SIGN, SPACE

SEED, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_FIRST_YEAR, _LAST_YEAR, _ZERO, _YEAR_DIGITS, _LONGEST_STOP_WORD = 1900, 2099, 48, 4, 4


def hash_of(word: str) -> int:
    """FNV-1a over code points: what the kernel knows a token by."""
    state = int(SEED)
    for character in word:
        state = ((state ^ ord(character)) * int(PRIME)) % (1 << 64)
    return state


@njit(nogil=True, cache=True)
def given_tokens(spans: Any, n: int, first: Any, last: Any) -> int:
    """Spans of another tokenizer as tokens; what lies outside the text is cut off."""
    w = 0
    for i in range(0, len(spans) - 1, 2):
        a, b = max(spans[i], 0), min(spans[i + 1], n)
        if a < b and w < len(first):
            first[w], last[w] = a, b
            w += 1
    return w


@njit(nogil=True, cache=True)
def tokens(cps: Any, bits: Any, n: int, first: Any, last: Any) -> int:
    """Tokens of `alnum-han@1`: `first` and `last` are filled, their number is returned."""
    i, w = 0, 0
    while i < n:
        kind = bits[i] & CLASS
        if kind == SPACE:
            i += 1
            continue
        first[w] = i
        i += 1
        if kind in (LETTER, DIGIT):
            i = _run_end(cps, bits, i, n)
        last[w] = i
        w += 1
    return w


@njit(nogil=True, cache=True)
def _run_end(cps: Any, bits: Any, i: int, n: int) -> int:
    while i < n:
        kind = bits[i] & CLASS
        if kind not in (LETTER, DIGIT, MARK):
            inner = cps[i] in (39, 0x2019) and bits[i - 1] & CLASS == LETTER
            if not (inner and i + 1 < n and bits[i + 1] & CLASS == LETTER):
                return i
        i += 1
    return n


@njit(nogil=True, cache=True)
def words(cps: Any, bits: Any, first: Any, last: Any, hashes: Any, stops: Any, row: Any) -> None:
    """Hash each token and count what the words are."""
    found, real, chars, alphas, longest = np.int64(0), 0, 0, 0, 0
    for w in range(len(first)):
        state, seen, common = SEED, np.uint16(0), np.uint16(0xFFFF)
        for i in range(first[w], last[w]):
            state = (state ^ np.uint64(cps[i])) * PRIME
            seen |= bits[i]
            common &= bits[i]
        hashes[w] = state
        length = last[w] - first[w]
        if length <= _LONGEST_STOP_WORD:
            at = stop_word(state, stops)
            if at >= 0:
                found |= np.int64(1) << np.int64(stops[at, 1])
                row[col.STOP_HITS_ZH if stops[at, 2] else col.STOP_HITS_EN] += 1
            row[col.YEARS] += length == _YEAR_DIGITS and _is_year(cps, first[w])
        if not common & SIGN:
            real += 1
            chars += length
            longest = max(longest, length)
            alphas += (seen & ALPHA) != 0
    for slot in range(len(stops)):
        if stops[slot, 1] and (found >> np.int64(stops[slot, 1])) & 1:
            row[col.STOPS_ZH if stops[slot, 2] else col.STOPS_EN] += 1
    row[col.TOKENS], row[col.WORDS], row[col.WORD_CHARS] = len(first), real, chars
    row[col.LONGEST_WORD], row[col.ALPHA_WORDS] = longest, alphas
    row[col.SENTENCES] = sentences(bits, first, last)


@njit(nogil=True, cache=True)
def _is_year(cps: Any, at: int) -> bool:
    year = 0
    for i in range(at, at + 4):
        if not _ZERO <= cps[i] <= _ZERO + 9:
            return False
        year = year * 10 + cps[i] - _ZERO
    return _FIRST_YEAR <= year <= _LAST_YEAR


@njit(nogil=True, cache=True)
def stop_word(state: Any, stops: Any) -> Any:
    """Slot of a token's hash among the stop words, or -1."""
    last = len(stops) - 1
    at = np.int64(state & np.uint64(last))
    while stops[at, 1]:
        if stops[at, 0] == state:
            return at
        at = (at + 1) & last
    return -1


@njit(nogil=True, cache=True)
def sentences(bits: Any, first: Any, last: Any) -> int:
    """Sentences as spaCy's sentencizer begins them: at the first token after an end mark that is not punctuation."""
    found, ended = min(len(first), 1), False
    for w in range(len(first)):
        is_end = last[w] - first[w] == 1 and (bits[first[w]] & SENTENCE) != 0
        if is_end:
            ended = True
        elif ended and not _is_punct(bits, first[w], last[w]):
            found += 1
            ended = False
    return found


@njit(nogil=True, cache=True)
def _is_punct(bits: Any, a: int, b: int) -> bool:
    for i in range(a, b):  # noqa: SIM110  numba has no `all` over a generator
        if not bits[i] & PUNCT:
            return False
    return True
