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
from pipeline.kernels.text_characters import ideographs, repeated_runs
from pipeline.kernels.text_lines import SEPARATORS, TRIPLES, lines, split_lines, triple_of
from pipeline.kernels.text_ngrams import repetition
from pipeline.kernels.text_numbers import identify_all, room_for, size_for
from pipeline.kernels.text_runs import runs
from pipeline.kernels.text_tokens import STOP_SLOTS, given_tokens, hash_given, hash_of, stop_slot, tokens, words

TOKENIZER = "alnum-han@1"

ENGLISH = ("the", "be", "to", "of", "and", "that", "have", "with")
CHINESE = "的年在月是和日了於·為有被人中为他與後也而由"
"""Stop words: Gopher (Rae et al. 2021, A1.1); FineWeb-2 `cmn_Hani.yml`."""

_NO_WORDS = np.zeros(0, np.int32)
_PHRASE_CHARS = 40
_PARENS, _DAMAGED, _ELLIPSIS = (0x28, 0x29, 0xFF08, 0xFF09), 0xFFFD, 0x2026
_DOT, _HASH, _CURLY, _SQUARE = map(ord, ".#{[")
_COUNTED = [*_PARENS, *SEPARATORS, _DAMAGED, _ELLIPSIS, _HASH, _CURLY, _SQUARE]


def count(
    texts: pa.Array | pa.ChunkedArray,
    phrases: Sequence[tuple[str, str]] = (),
    words: pa.Array | pa.ChunkedArray | None = None,
    chinese: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Counts of each text, one int64 array per name of `col.COUNTS`, in row order.

    Lengths are code points. `top2..4` is the length of the most frequent n-gram of tokens, joined by spaces, times
    its count (once counts too). `dup5..10` is read from left to right and skips n tokens after a repeated n-gram.

    Args:
        texts: string or large_string, any slice, nulls allowed (a null is an empty text).
        phrases: (kind of `col.KINDS`, phrase in lower case of at most 40 characters); ASCII case does not matter.
        words: tokens of each text by another tokenizer: list of int32, start and end of each in turn, code points.
        chinese: bool, for which texts ideographs and runs of characters are counted too; None is every one.

    Source: Rae et al. 2021 (Gopher) A1.1; Penedo et al. 2024 (FineWeb) 3.6; Raffel et al. 2020 (C4) 2.2; exact
        definitions as in datatrove 0.10.
    """
    data, offsets = buffers(texts)
    given, starts = _given(words, len(offsets) - 1)
    *compiled, properties = _compile(tuple(phrases))
    out = np.zeros((len(offsets) - 1, len(col.COUNTS)), np.int64)
    wanted = np.ones(len(out), bool) if chinese is None else chinese
    _count(data, offsets, (given, starts), wanted, properties, _stop_words(), tuple(compiled), out)
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
def _compile(phrases: tuple[tuple[str, str], ...]) -> tuple[np.ndarray, ...]:
    """Phrases as rows (kind, length, code points), first row of each group, group of each triple; and properties.

    Phrases of one group begin with three characters of one `triple_of`; in group 0 are those of fewer. START is among
    the properties of their first characters.
    """
    triples = {phrase: triple_of(*map(ord, phrase[:3])) if len(phrase) > 2 else -1 for _, phrase in phrases}
    numbers = {triple: i for i, triple in enumerate(sorted({-1, *triples.values()}))}
    ordered = sorted(phrases, key=lambda p: triples[p[1]])
    table = np.zeros((len(ordered), _PHRASE_CHARS + 2), np.int32)
    starts, groups = np.zeros(len(numbers) + 1, np.int64), np.zeros(TRIPLES, np.uint16)
    groups[list(numbers)[1:]] = range(1, len(numbers))
    properties = uni.properties().copy()
    properties[_COUNTED] |= uni.COUNTED
    properties[[_SQUARE, _CURLY]] |= uni.START
    for row, (kind, phrase) in enumerate(ordered):
        table[row, :2] = col.KINDS.index(kind), len(phrase)
        table[row, 2 : 2 + len(phrase)] = [ord(c) for c in phrase]
        starts[numbers[triples[phrase]] + 1] += 1
        if len(phrase) < 3:
            properties[[ord(c) for c in (phrase[0], phrase[0].upper()) if c.isascii() or c == phrase[0]]] |= uni.START
    return table, np.cumsum(starts), groups, properties


@lru_cache(maxsize=1)
def _stop_words() -> np.ndarray:
    """A slot of its own for each word: its hash, its number from one (0 where free), its language (1 Chinese)."""
    known = [(hash_of(w), number, i) for i, own in enumerate((ENGLISH, CHINESE)) for number, w in enumerate(own, 1)]
    slots = np.zeros((STOP_SLOTS, 3), np.uint64)
    for state, number, language in known:
        slots[stop_slot(np.uint64(state))] = state, number, language
    return slots


@njit(nogil=True, cache=True)
def _count(
    data: Any, offsets: Any, given: Any, chinese: Any, properties: Any, stops: Any, phrases: Any, out: Any
) -> None:
    longest = 1
    for d in range(len(offsets) - 1):
        if offsets[d + 1] - offsets[d] > longest:
            longest = max(longest, most(data, offsets[d], offsets[d + 1]))
    cps, bits = np.empty(longest + 2, np.int32), np.empty(longest + 1, np.uint16)
    first, last = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32)
    kinds, breaks = np.empty(longest + 1, np.uint8), np.empty(longest + 1, np.int32)
    one, two, three = np.empty(longest + 2, np.int32), np.empty(longest + 2, np.int32), np.empty(longest + 2, np.int32)
    room, sieve = room_for(longest), np.empty(size_for(longest), np.uint8)
    spans, places = given
    for d in range(len(offsets) - 1):
        row = out[d]
        n, n_breaks = decode(data, offsets[d], offsets[d + 1], properties, cps, bits, breaks, row)
        w = tokens(cps, bits, n, first, last, room.wanted, kinds)
        s = runs(cps, bits, first[:w], last[:w], kinds, one, row)
        distinct = identify_all(w, room)
        if chinese[d]:
            ideographs(cps, bits, first, distinct, room, row)
        if len(places):
            w = given_tokens(spans[places[d] : places[d + 1]], n, first, last)
            hash_given(cps, bits, first[:w], last[:w], room.wanted, kinds)
            distinct = identify_all(w, room)
        words(cps, first[:w], last[:w], kinds, distinct, room, stops, row)
        repetition(w, first, last, two, room, row)
        split = (first[:w], last[:w], kinds[:w])
        split_lines(cps, bits, n, breaks[:n_breaks], split, one[:s], phrases, two, row)
        lines(cps, bits, n, breaks[:n_breaks], room, row)
        if chinese[d]:
            repeated_runs(cps, bits, n, (one, two, three), sieve, room, row)


@njit(nogil=True, cache=True)
def most(data: Any, start: int, end: int) -> int:
    """No more code points than these are in the bytes, valid UTF-8 or not: what is not ASCII takes two at least."""
    wide = 0
    for i in range(start, end):
        wide += data[i] >> 7
    return end - start - wide // 2


_ONE, _FIELD, _FULL = np.uint64(1), np.uint64(0xFF), 255


@njit(nogil=True, cache=True)
def decode(
    data: Any, start: int, end: int, properties: Any, cps: Any, bits: Any, breaks: Any, row: Any
) -> tuple[int, int]:
    """Fill code points, their properties and the places of line breaks; how many of the first and the last."""
    by_class, packed, full = np.zeros(8, np.int64), np.uint64(0), 0
    n, i, latin, marked, longest, dots, dotted, n_breaks = 0, start, 0, -1, 0, 0, -2, 0
    while i < end:
        cp: Any = np.int64(data[np.uint64(i)])
        i += 1
        if cp >= 0x80:
            cp, i = _wide(data, int(cp), i, end)
        b, at = properties[np.uint32(cp)], np.uint32(n)
        cps[at], bits[at] = cp, b
        kind = b & uni.CLASS
        packed += _ONE << np.uint64(kind << 3)  # eight counters in a register: one in memory waits for its last store
        full += 1
        if full == _FULL:
            _unpack(packed, by_class)
            packed, full = np.uint64(0), 0
        latin += (b & uni.LATIN) != 0
        if b & uni.NOTED:
            if cp == _DOT:
                dots, dotted = dots + 1 if dotted == n - 1 else 1, n
                row[col.ELLIPSES] += dots % 3 == 0
            elif b & uni.COUNTED:
                _sign(cp, row)
            if kind != uni.SYMBOL:
                longest, marked = max(longest, n - marked - 1), n
                breaks[n_breaks] = n
                n_breaks += kind == uni.SPACE
        n += 1
    row[col.LONGEST_UNMARKED] = max(longest, n - marked - 1)
    _unpack(packed, by_class)
    row[col.CHARS], row[col.LATIN] = n, latin
    row[col.LETTERS] = by_class[uni.LETTER] + by_class[uni.MARK]
    row[col.DIGITS], row[col.HAN] = by_class[uni.DIGIT], by_class[uni.HAN]
    row[col.PUNCTUATION], row[col.SYMBOLS] = by_class[uni.PUNCTUATION], by_class[uni.SYMBOL]
    row[col.SPACES] = by_class[uni.SPACE]
    return n, n_breaks


@njit(nogil=True, cache=True)
def _unpack(packed: Any, by_class: Any) -> None:
    for kind in range(8):
        by_class[kind] += np.int64((packed >> np.uint64(kind << 3)) & _FIELD)


@njit(nogil=True, cache=True)
def _wide(data: Any, lead: int, i: int, end: int) -> tuple[int, int]:
    """The code point that begins with `lead`, and where the next one begins; never beyond the document."""
    cp: Any = lead
    if 0xE0 <= cp < 0xF0 and i + 1 < end:  # nearly all of Chinese
        return (cp & 0x0F) << 12 | _low(data, i) << 6 | _low(data, i + 1), i + 2
    if cp >= 0xF0:
        cp, size = cp & 0x07, 3
    elif cp >= 0xE0:
        cp, size = cp & 0x0F, 2
    else:
        cp, size = cp & 0x1F, 1
    stop = i + size
    for j in range(i, min(stop, end)):
        cp = (cp << 6) | _low(data, j)
    return min(cp, 0x10FFFF), stop


@njit(nogil=True, cache=True)
def _low(data: Any, i: int) -> Any:
    """What a byte after the lead adds."""
    return np.int64(data[np.uint64(i)]) & 0x3F


@njit(nogil=True, cache=True)
def _sign(cp: int, row: Any) -> None:
    row[col.HASHES] += cp == _HASH
    row[col.CURLY] += cp == _CURLY
    row[col.SQUARES] += cp == _SQUARE
    row[col.PARENS] += cp in _PARENS
    row[col.DAMAGED] += cp == _DAMAGED
    row[col.SEPARATORS] += cp in SEPARATORS
    row[col.ELLIPSES] += cp == _ELLIPSIS
