"""Tokens of a decoded document and what is counted about each: length, letters, stop words, years, sentences."""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.text_numbers import Room
from pipeline.kernels.unicode_classes import ALPHA, CLASS, DIGIT, LETTER, MARK, PUNCT, SENTENCE, SIGN, SPACE, WIDE

SEED, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_APOSTROPHES = (39, 0x2019)
STOP_SLOTS, _STOP_SHIFT = 512, np.uint64(1)  # chosen so that no two words share a slot
_LAST_STOP = np.uint64(STOP_SLOTS - 1)
_MOST_STOP_WORDS = 31  # of one language, so that two languages are bits of one number
_STOP_WORDS = np.uint64(_MOST_STOP_WORDS)
_ANY, _ALL = np.uint16(ALPHA | WIDE | SENTENCE), np.uint16(SIGN | PUNCT)
_FIRST_YEAR, _LAST_YEAR, _ZERO, _YEAR_DIGITS = 1900, 2099, 48, 4


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
def tokens(cps: Any, bits: Any, n: int, first: Any, last: Any, hashes: Any, kinds: Any) -> int:
    """Number of tokens of `alnum-han@1`; where each begins and ends, its hash, and its kind.

    A kind is ALPHA, WIDE and SENTENCE where such a character is in it, SIGN and PUNCT where one is in it that is not.

    Written without a branch for each word: where a word ends cannot be foreseen, and every wrong guess costs as much
    as ten characters.
    """
    w, begun, is_run, state, kind = -1, 0, False, SEED, np.uint16(0)
    for i in range(n):
        b, cp = bits[i], cps[i]
        of = b & CLASS
        goes_on = (of == LETTER) | (of == DIGIT) | (of == MARK)
        if cp in _APOSTROPHES:
            goes_on = 0 < i < n - 1 and bits[i - 1] & CLASS == LETTER and bits[i + 1] & CLASS == LETTER
        is_token = of != SPACE
        begins = is_token & ~(is_run & goes_on)
        w += begins
        begun = i if begins else begun
        state = ((SEED if begins else state) ^ np.uint64(cp)) * PRIME
        kind = (np.uint16(0) if begins else kind) | (b & _ANY) | (~b & _ALL)
        is_run = (of == LETTER) | (of == DIGIT) | (is_run & goes_on)
        at = np.uint32(w + 1 - is_token)  # white space writes where the next token will
        first[at], last[at], hashes[at], kinds[at] = begun, i + 1, state, kind
    return w + 1


@njit(nogil=True, cache=True)
def hash_given(cps: Any, bits: Any, first: Any, last: Any, hashes: Any, kinds: Any) -> None:
    """Hash and kind of tokens whose places are known."""
    for w in range(len(first)):
        state, kind = SEED, np.uint16(0)
        for i in range(first[w], last[w]):
            state = (state ^ np.uint64(cps[i])) * PRIME
            kind |= (bits[i] & _ANY) | (~bits[i] & _ALL)
        hashes[w], kinds[w] = state, kind


@njit(nogil=True, cache=True)
def words(cps: Any, first: Any, last: Any, kinds: Any, distinct: int, room: Room, stops: Any, row: Any) -> None:
    """Count what the words are, each distinct token once: `room` knows how often it stands, and where first.

    The keyword is the most frequent token longer than one character that is no stop word; none stands only once.
    """
    found, real, chars, alphas, longest, keyword = np.int64(0), 0, 0, 0, 0, 1
    for which in range(1, distinct + 1):
        w, count, slot = room.heads[which], room.counts[which], stop_slot(room.keys[which])
        length, kind, is_stop = last[w] - first[w], kinds[w], stops[slot, 0] == room.keys[which]
        if is_stop:
            found |= np.int64(1) << np.int64(stops[slot, 1] + stops[slot, 2] * _STOP_WORDS)
            row[col.STOP_HITS_ZH if stops[slot, 2] else col.STOP_HITS_EN] += count
        elif length > 1:
            keyword = max(keyword, count)
        is_real = (kind & SIGN) != 0
        real += count * is_real
        chars += count * length * is_real
        longest = max(longest, length * is_real)
        alphas += count * ((kind & ALPHA) != 0)
        row[col.YEARS] += count * (length == _YEAR_DIGITS and _is_year(cps, first[w]))
    for number in range(1, _MOST_STOP_WORDS):
        row[col.STOPS_EN] += (found >> np.int64(number)) & 1
        row[col.STOPS_ZH] += (found >> np.int64(_MOST_STOP_WORDS + number)) & 1
    row[col.TOKENS], row[col.DISTINCT_TOKENS], row[col.TOP_WORD] = len(first), distinct, keyword * (keyword > 1)
    row[col.WORDS], row[col.WORD_CHARS], row[col.LONGEST_WORD], row[col.ALPHA_WORDS] = real, chars, longest, alphas
    row[col.SENTENCES] = sentences(kinds, first, last, 0, len(first))


@njit(nogil=True, cache=True)
def _is_year(cps: Any, at: int) -> bool:
    year = 0
    for i in range(at, at + 4):
        if not _ZERO <= cps[i] <= _ZERO + 9:
            return False
        year = year * 10 + cps[i] - _ZERO
    return _FIRST_YEAR <= year <= _LAST_YEAR


@njit(nogil=True, cache=True)
def stop_slot(state: Any) -> Any:
    """Where a stop word with this hash would stand; no two of those known share a slot."""
    return np.int64((state >> _STOP_SHIFT) & _LAST_STOP)


@njit(nogil=True, cache=True)
def sentences(kinds: Any, first: Any, last: Any, begin: int, stop: int) -> int:
    """Sentences as spaCy's sentencizer begins them: at the first token after an end mark that is not punctuation."""
    found, ended = min(stop - begin, 1), False
    for i in range(begin, stop):
        w = np.uint32(i)
        is_end = ((kinds[w] & SENTENCE) != 0) & (last[w] - first[w] == 1)
        begins = ended & ~is_end & ((kinds[w] & PUNCT) != 0)
        found += begins
        ended = is_end | (ended & ~begins)
    return found
