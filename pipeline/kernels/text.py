"""Text statistics over Arrow string buffers: numba loops, no Python per document, no thresholds.

One pass decodes a document and finds its tokens; every statistic is made from these. Tokens are those given, or
those of `alnum-han@1`: a run of letters, digits and marks is one token (an apostrophe between two letters belongs
to it), each Han character is one, and so is every other character that is not white space. A token of signs alone
(`unicode_classes.SIGNS`) is no word. Nothing is folded. Time and room grow linearly with the longest document.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels import unicode_classes as uni
from pipeline.kernels.strings import buffers
from pipeline.kernels.text_lines import SEPARATORS, lines, split_lines
from pipeline.kernels.text_ngrams import repetition, slots_for
from pipeline.kernels.text_tokens import given_tokens, hash_of, tokens, words

TOKENIZER = "alnum-han@1"

ENGLISH = ("the", "be", "to", "of", "and", "that", "have", "with")
CHINESE = "的年在月是和日了於·為有被人中为他與後也而由"
"""Stop words: Gopher (Rae et al. 2021, A1.1); FineWeb-2 `cmn_Hani.yml`."""

_NO_WORDS = np.zeros(0, np.int32)
_PHRASE_CHARS = 40
_BUCKETS = 256
_PARENS, _DAMAGED, _ELLIPSIS = (0x28, 0x29, 0xFF08, 0xFF09), 0xFFFD, 0x2026
_STOP_SLOTS = 1024


def count(
    texts: pa.Array | pa.ChunkedArray,
    phrases: Sequence[tuple[str, str]] = (),
    words: pa.Array | pa.ChunkedArray | None = None,
) -> dict[str, np.ndarray]:
    """Counts of each text, one int64 array per name of `col.COUNTS`, in row order.

    Lengths are code points. `top2..4` is the length of the most frequent n-gram of tokens, joined by spaces, times
    its count (once counts too). `dup5..10` is read from left to right and skips n tokens after a repeated n-gram.

    Args:
        texts: string or large_string, any slice, nulls allowed (a null is an empty text).
        phrases: (kind of `col.KINDS`, phrase in lower case of at most 40 characters); ASCII case does not matter.
        words: tokens of each text by another tokenizer: list of int32, start and end of each in turn, code points.

    Source: Rae et al. 2021 (Gopher) A1.1; Penedo et al. 2024 (FineWeb) 3.6; Raffel et al. 2020 (C4) 2.2; exact
        definitions as in datatrove 0.10.
    """
    data, offsets = buffers(texts)
    given, starts = _given(words, len(offsets) - 1)
    properties, table, buckets = _compile(tuple(phrases))
    out = np.zeros((len(offsets) - 1, len(col.COUNTS)), np.int64)
    _count(data, offsets, given, starts, properties, _stop_words(), (table, buckets), out)
    return {name: out[:, i] for i, name in enumerate(col.COUNTS)}


def _given(words: pa.Array | pa.ChunkedArray | None, rows: int) -> tuple[np.ndarray, np.ndarray]:
    if words is None:
        return _NO_WORDS, np.zeros(0, np.int64)
    array = words.combine_chunks() if isinstance(words, pa.ChunkedArray) else words
    flat = array.flatten()
    lengths = np.asarray(array.value_lengths().fill_null(0))
    starts = np.zeros(rows + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return flat.to_numpy().astype(np.int32), starts


@lru_cache(maxsize=4)
def _compile(phrases: tuple[tuple[str, str], ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Properties with STARTS set, phrases as rows (kind, length, code points), first row of each bucket."""
    properties = uni.properties().copy()
    ordered = sorted(phrases, key=lambda p: ord(p[1][0]) % _BUCKETS)
    table = np.zeros((len(ordered), _PHRASE_CHARS + 2), np.int32)
    buckets = np.zeros(_BUCKETS + 1, np.int64)
    for row, (kind, phrase) in enumerate(ordered):
        table[row, :2] = col.KINDS.index(kind), len(phrase)
        table[row, 2 : 2 + len(phrase)] = [ord(c) for c in phrase]
        properties[[ord(phrase[0]), ord(phrase[0].upper()[0])]] |= uni.STARTS
        buckets[ord(phrase[0]) % _BUCKETS + 1] += 1
    return properties, table, np.cumsum(buckets)


@lru_cache(maxsize=1)
def _stop_words() -> np.ndarray:
    """Open addressing by hash: each slot a hash, its number plus one (0 where free), its language (1 Chinese)."""
    slots = np.zeros((_STOP_SLOTS, 3), np.uint64)
    known = [(hash_of(w), 0) for w in ENGLISH] + [(hash_of(w), 1) for w in CHINESE]
    for number, (state, language) in enumerate(known):
        at = state % _STOP_SLOTS
        while slots[at, 1]:
            at = (at + 1) % _STOP_SLOTS
        slots[at] = state, number + 1, language
    return slots


@njit(nogil=True, cache=True)
def _count(
    data: Any, offsets: Any, given: Any, starts: Any, properties: Any, stops: Any, phrases: Any, out: Any
) -> None:
    longest = 1
    for d in range(len(offsets) - 1):
        longest = max(longest, offsets[d + 1] - offsets[d])
    cps, bits = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.uint16)
    first, last = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32)
    hashes, room = np.empty(longest + 1, np.uint64), np.empty((5, longest + 2), np.int32)
    size = slots_for(longest)
    slots, epoch = np.zeros((size, 2), np.uint64), 0
    for d in range(len(offsets) - 1):
        row = out[d]
        n = _decode(data, offsets[d], offsets[d + 1], properties, cps, bits, row)
        if len(starts):
            w = given_tokens(given[starts[d] : starts[d + 1]], n, first, last)
        else:
            w = tokens(cps, bits, n, first, last)
        words(cps, bits, first[:w], last[:w], hashes, stops, row)
        split_lines(cps, bits, n, first[:w], last[:w], phrases, row)
        epoch = lines(cps, bits, n, slots, epoch, row)
        epoch = repetition(hashes[:w], first, last, room, slots, epoch, stops, row)


@njit(nogil=True, cache=True)
def _decode(data: Any, start: int, end: int, properties: Any, cps: Any, bits: Any, row: Any) -> int:
    by_class = np.zeros(8, np.int64)
    n, i, latin, marked, dots = 0, start, 0, -1, 0
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
        b = properties[min(cp, 0x10FFFF)]
        cps[n], bits[n] = cp, b
        kind = b & uni.CLASS
        by_class[kind] += 1
        latin += (b & uni.LATIN) != 0
        dots = _sign(cp, dots, row) if kind in (uni.PUNCTUATION, uni.SYMBOL) else 0
        if kind == uni.PUNCTUATION or b & uni.BREAK:
            row[col.LONGEST_UNMARKED] = max(row[col.LONGEST_UNMARKED], n - marked - 1)
            marked = n
        n += 1
        i += size
    row[col.LONGEST_UNMARKED] = max(row[col.LONGEST_UNMARKED], n - marked - 1)
    row[col.CHARS], row[col.LATIN] = n, latin
    row[col.LETTERS] = by_class[uni.LETTER] + by_class[uni.MARK]
    row[col.DIGITS], row[col.HAN] = by_class[uni.DIGIT], by_class[uni.HAN]
    row[col.PUNCTUATION], row[col.SYMBOLS] = by_class[uni.PUNCTUATION], by_class[uni.SYMBOL]
    row[col.SPACES] = by_class[uni.SPACE]
    return n


@njit(nogil=True, cache=True)
def _sign(cp: int, dots: int, row: Any) -> int:
    """Count a sign of interest; how many dots stand in a row up to it."""
    row[col.HASHES] += cp == ord("#")
    row[col.CURLY] += cp == ord("{")
    row[col.PARENS] += cp in _PARENS
    row[col.DAMAGED] += cp == _DAMAGED
    row[col.SEPARATORS] += cp in SEPARATORS
    dots = dots + 1 if cp == ord(".") else 0
    row[col.ELLIPSES] += cp == _ELLIPSIS or (dots > 0 and dots % 3 == 0)
    return dots
