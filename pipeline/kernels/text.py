"""Text statistics over Arrow string buffers: numba loops, no Python per document, no thresholds.

Tokenizer `alnum-han@1`, named in the rules that depend on it: a run of letters, digits and marks is one word
(an apostrophe between two letters belongs to it), each Han character is one word, nothing else is a word. ASCII
letters are compared without case. Lines end at LF; a blank line ends a paragraph; both are stripped.
"""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels import unicode_classes
from pipeline.kernels.strings import buffers
from pipeline.kernels.unicode_classes import DIGIT, HAN, LETTER, MARK, PUNCTUATION, SPACE, SYMBOL

ENGLISH = ("the", "be", "to", "of", "and", "that", "have", "with")
CHINESE = "的年在月是和日了於為有被人中为他與後也而由"
"""Stop words: Gopher (Rae et al. 2021, A1.1); FineWeb-2 `cmn_Hani.yml` less its middle dot, which is no word."""

SHORT_LINE = 30  # FineWeb
MENU_LINE = 24  # display columns, a Han character is two
LONG_RUN = 40  # no English or German word of ordinary text is as long; base64 and hex lines are
MARKS_OF_END = ".?!\"'”’」』》。？！；…）)：:"
SEPARATORS = "|»›>·•｜/—←→"
ELLIPSIS = 0x2026

_SEED, _PRIME, _BASE = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3), np.uint64(0x9E3779B97F4A7C15)
_MIX, _SHIFT, _HIGH = np.uint64(0xFF51AFD7ED558CCD), np.uint64(33), np.uint64(29)
_NL, _FLAG_END, _FLAG_SEPARATOR = 10, 1, 2
_URL_OPEN = (104, 116, 116, 112)  # "http"


def count(texts: pa.Array | pa.ChunkedArray) -> dict[str, np.ndarray]:
    """Counts of each text, one int64 array per name of `col.COUNTS`, in row order.

    `top2..4` is the most frequent word n-gram's code points times its count (0 unless it repeats; may pass the
    text's length where it overlaps itself). `dup5..10` scans greedily and skips n words after a hit.

    Args:
        texts: string or large_string, any slice, nulls allowed.

    Source: Rae et al. 2021 (Gopher) A1.1; Penedo et al. 2024 (FineWeb) 3.6; Raffel et al. 2020 (C4) 2.2.
    """
    data, offsets = buffers(texts)
    out = np.zeros((len(offsets) - 1, len(col.COUNTS)), np.int64)
    _count(data, offsets, *_tables(), out)
    return {name: out[:, i] for i, name in enumerate(col.COUNTS)}


@cache
def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    flags = np.zeros(unicode_classes.SIZE, np.uint8)
    for mark in MARKS_OF_END:
        flags[ord(mark)] |= _FLAG_END
    for mark in SEPARATORS:
        flags[ord(mark)] |= _FLAG_SEPARATOR
    stops = np.array([_hash_of(word) for word in (*ENGLISH, *CHINESE)], np.uint64)
    phrases = np.zeros((len(col.PHRASES), 24), np.int32)
    for row, (phrase, kind) in enumerate(col.PHRASES):
        phrases[row, 0], phrases[row, 1] = kind, len(phrase)
        phrases[row, 2 : 2 + len(phrase)] = [ord(c) for c in phrase]
        flags[[ord(phrase[0]), ord(phrase[0].upper())]] |= 4
    order = np.argsort(stops)
    bits = np.stack([stops[order], order.astype(np.uint64)])
    return unicode_classes.table(), flags, bits, phrases


def _hash_of(word: str) -> int:
    state = int(_SEED)
    for character in word:
        state = ((state ^ ord(character)) * int(_PRIME)) % (1 << 64)
    return state


@njit(nogil=True, cache=True)
def _count(data: Any, offsets: Any, classes: Any, flags: Any, stops: Any, phrases: Any, out: Any) -> None:
    longest = 1
    for d in range(len(offsets) - 1):
        longest = max(longest, offsets[d + 1] - offsets[d])
    slots = _slots(longest)
    cps, kinds = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.uint8)
    prefix, ends = np.empty(longest + 1, np.uint64), np.zeros(longest + 1, np.int64)
    keys, seen = np.empty(slots, np.uint64), np.zeros((slots, 2), np.int32)
    for d in range(len(offsets) - 1):
        row = out[d]
        n = _decode(data, offsets[d], offsets[d + 1], classes, cps, kinds)
        _characters(cps, kinds, n, row)
        hashes = prefix[: _words(cps, kinds, n, prefix, ends, stops, row)]
        _chunks(cps, kinds, n, flags, row)
        # a table as small as the document stays in the cache; stamps of epochs make clearing it needless
        size, epoch = _slots(max(len(hashes), row[col.NEWLINES] + 1)), d * 16 + 1
        _lines(cps, kinds, n, flags, phrases, (keys[:size], seen[:size], epoch), row)
        _repetition(hashes, ends, (keys[:size], seen[:size], epoch + 2), stops, row)


@njit(nogil=True, cache=True)
def _slots(entries: int) -> int:
    slots = 16
    while slots < 2 * entries:
        slots *= 2
    return slots


@njit(nogil=True, cache=True)
def _decode(data: Any, start: int, end: int, classes: Any, cps: Any, kinds: Any) -> int:
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
def _characters(cps: Any, kinds: Any, n: int, row: Any) -> None:
    by_class = np.zeros(8, np.int64)
    for i in range(n):
        by_class[kinds[i]] += 1
        cp = cps[i]
        if cp < 128:
            row[col.NEWLINES] += cp == 10
            row[col.HASHES] += cp == 35
            row[col.CURLY] += cp == 123
    row[col.CHARS] = n
    row[col.LETTERS] = by_class[LETTER] + by_class[MARK]
    row[col.DIGITS] = by_class[DIGIT]
    row[col.HAN] = by_class[HAN]
    row[col.PUNCTUATION] = by_class[PUNCTUATION]
    row[col.SPACES] = by_class[SPACE]
    row[col.SYMBOLS] = by_class[SYMBOL]


@njit(nogil=True, cache=True)
def _fold(cp: int) -> int:
    return cp | 0x20 if 65 <= cp <= 90 else cp


@njit(nogil=True, cache=True)
def _step(state: Any, cp: int) -> Any:
    return (state ^ np.uint64(cp)) * _PRIME


@njit(nogil=True, cache=True)
def _word_end(cps: Any, kinds: Any, i: int, n: int) -> int:
    if kinds[i] == HAN:
        return i + 1
    while i < n:
        kind = kinds[i]
        inner = cps[i] in (39, 0x2019) and kinds[i - 1] == LETTER and i + 1 < n and kinds[i + 1] == LETTER
        if kind not in (LETTER, DIGIT, MARK) and not inner:
            return i
        i += 1
    return n


@njit(nogil=True, cache=True)
def _words(cps: Any, kinds: Any, n: int, hashes: Any, ends: Any, stops: Any, row: Any) -> int:
    i, w, mask = 0, 0, np.int64(0)
    while i < n:
        if kinds[i] not in (LETTER, DIGIT, HAN):
            i += 1
            continue
        end, state, alpha = _word_end(cps, kinds, i, n), _SEED, False
        for j in range(i, end):
            state = _step(state, _fold(cps[j]))
            alpha = alpha or kinds[j] in (LETTER, HAN)
        hashes[w] = state
        ends[w + 1] = ends[w] + end - i
        row[col.LONGEST_WORD] = max(row[col.LONGEST_WORD], end - i)
        row[col.ALPHA] += alpha
        if end - i <= 4:
            bit = _stop(state, stops)
            row[col.STOP_HITS] += bit >= 0
            mask |= np.int64(1) << bit if bit >= 0 else 0
        w += 1
        i = end
    row[col.WORDS], row[col.WORD_CHARS] = w, ends[w]
    while mask:
        mask &= mask - 1
        row[col.STOP_DISTINCT] += 1
    return w


@njit(nogil=True, cache=True)
def _stop(state: Any, stops: Any) -> Any:
    at = np.searchsorted(stops[0], state)
    if at < stops.shape[1] and stops[0, at] == state:
        return np.int64(stops[1, at])
    return -1


@njit(nogil=True, cache=True)
def _chunks(cps: Any, kinds: Any, n: int, flags: Any, row: Any) -> None:
    start, alpha, run = -1, False, 0
    for i in range(n + 1):
        blank = i == n or kinds[i] == SPACE
        if not blank:
            start = i if start < 0 else start
            alpha = alpha or kinds[i] in (LETTER, HAN)
            row[col.SEPARATORS] += (flags[cps[i]] & _FLAG_SEPARATOR) != 0
            row[col.ELLIPSES] += _ellipsis_at(cps, i, n)
        wide = blank or kinds[i] == HAN or cps[i] >= 0x3000
        if wide and run:
            _run(cps, i - run, i, row)
        run = 0 if wide else run + 1
        if blank and start >= 0:
            row[col.WS] += 1
            row[col.WS_CHARS] += i - start
            row[col.WS_ALPHA] += alpha
            start, alpha = -1, False


@njit(nogil=True, cache=True)
def _ellipsis_at(cps: Any, i: int, n: int) -> bool:
    if cps[i] == ELLIPSIS:
        return True
    if cps[i] != 46 or i + 2 >= n or cps[i + 1] != 46 or cps[i + 2] != 46:
        return False
    before = 0
    while i - before > 0 and cps[i - before - 1] == 46:
        before += 1
    return before % 3 == 0


@njit(nogil=True, cache=True)
def _run(cps: Any, start: int, end: int, row: Any) -> None:
    row[col.LONGEST_RUN] = max(row[col.LONGEST_RUN], end - start)
    for i in range(start, end - 6):
        found = cps[i + 4] == 58 or cps[i + 5] == 58
        for j in range(4):
            found = found and _fold(cps[i + j]) == _URL_OPEN[j]
        if found:
            row[col.URL] += end - i
            return
    if end - start >= LONG_RUN:
        row[col.LONG_RUN] += end - start


@njit(nogil=True, cache=True)
def _add(slots: Any, key: Any) -> Any:
    """How often `key` was added before in this epoch; slots hold at most half their number of keys."""
    keys, seen, epoch = slots
    at = _find(slots, key)
    if seen[at, 0] != epoch:
        keys[at], seen[at, 0], seen[at, 1] = key, epoch, 0
    seen[at, 1] += 1
    return seen[at, 1] - 1


@njit(nogil=True, cache=True)
def _find(slots: Any, key: Any) -> Any:
    keys, seen, epoch = slots
    last = len(keys) - 1
    mixed = key ^ (key >> _SHIFT)
    mixed = mixed * _MIX
    at = np.int64((mixed ^ (mixed >> _HIGH)) & np.uint64(last))
    while seen[at, 0] == epoch and keys[at] != key:
        at = (at + 1) & last
    return at


@njit(nogil=True, cache=True)
def _lines(cps: Any, kinds: Any, n: int, flags: Any, phrases: Any, slots: Any, row: Any) -> None:
    keys, seen, epoch = slots
    paragraph, chars, start, i = _SEED, 0, 0, 0
    while i <= n:
        if i < n and cps[i] != _NL:
            i += 1
            continue
        a, b = _strip(kinds, start, i)
        if a < b:
            state = _line(cps, kinds, a, b, flags, row)
            _phrases(cps, a, b, flags, phrases, row)
            if _add((keys, seen, epoch), state):
                row[col.DUP_LINES] += 1
                row[col.DUP_LINE_CHARS] += b - a
            paragraph = (paragraph ^ state) * _BASE
            chars += b - a
        if chars and (a >= b or i == n):
            row[col.PARAS] += 1
            if _add((keys, seen, epoch + 1), paragraph):
                row[col.DUP_PARAS] += 1
                row[col.DUP_PARA_CHARS] += chars
            paragraph, chars = _SEED, 0
        start = i + 1
        i += 1


@njit(nogil=True, cache=True)
def _strip(kinds: Any, a: int, b: int) -> tuple[int, int]:
    while a < b and kinds[a] == SPACE:
        a += 1
    while a < b and kinds[b - 1] == SPACE:
        b -= 1
    return a, b


@njit(nogil=True, cache=True)
def _line(cps: Any, kinds: Any, a: int, b: int, flags: Any, row: Any) -> Any:
    state, columns, marks = _SEED, 0, 0
    for i in range(a, b):
        state = _step(state, cps[i])
        columns += 2 if kinds[i] == HAN else 1
        marks += kinds[i] == PUNCTUATION and not flags[cps[i]] & _FLAG_SEPARATOR
    dots = b - a >= 3 and cps[b - 1] == 46 and cps[b - 2] == 46 and cps[b - 3] == 46
    row[col.LINES] += 1
    row[col.LINE_CHARS] += b - a
    row[col.BULLETS] += cps[a] in (0x2022, 45, 42)
    row[col.ELLIPSIS_LINES] += dots or cps[b - 1] == ELLIPSIS
    row[col.TERMINAL] += flags[cps[b - 1]] & _FLAG_END
    row[col.SHORT] += b - a <= SHORT_LINE
    row[col.MENU] += columns <= MENU_LINE and marks == 0
    return state


@njit(nogil=True, cache=True)
def _phrases(cps: Any, a: int, b: int, flags: Any, phrases: Any, row: Any) -> None:
    found = 0
    for i in range(a, b):
        if flags[cps[i]] & 4:
            for p in range(len(phrases)):
                if _fold(cps[i]) == phrases[p, 2] and _is_at(cps, i, b, phrases[p]):
                    found |= phrases[p, 0]
    row[col.LOREM] += found & col.F_LOREM
    row[col.SCRIPT] += (found & col.F_SCRIPT) != 0
    row[col.POLICY] += (found & col.F_POL) != 0


@njit(nogil=True, cache=True)
def _is_at(cps: Any, i: int, end: int, phrase: Any) -> bool:
    if i + phrase[1] > end:
        return False
    for j in range(phrase[1]):  # noqa: SIM110  numba has no `all` over a generator
        if _fold(cps[i + j]) != phrase[2 + j]:
            return False
    return True


@njit(nogil=True, cache=True)
def _repetition(hashes: Any, ends: Any, slots: Any, stops: Any, row: Any) -> None:
    keys, seen, epoch = slots
    for w in range(len(hashes)):
        before = _add((keys, seen, epoch), hashes[w])
        row[col.DISTINCT] += before == 0
        if before >= row[col.TOP_WORD] and _stop(hashes[w], stops) < 0:
            row[col.TOP_WORD] = before + 1
    prefix = np.empty(len(hashes) + 1, np.uint64)
    prefix[0] = _SEED
    for w in range(len(hashes)):
        prefix[w + 1] = prefix[w] * _BASE + hashes[w]
    power = _BASE
    for n in range(2, 11):
        power = power * _BASE
        table = (keys, seen, epoch + n)
        if n <= 4:
            row[col.TOP2 + n - 2] = _top(prefix, ends, n, power, table)
        else:
            row[col.DUP5 + n - 5] = _repeated(prefix, ends, n, power, table)


@njit(nogil=True, cache=True)
def _top(prefix: Any, ends: Any, n: int, power: Any, slots: Any) -> int:
    most, size = 0, 0
    for w in range(len(prefix) - n):
        before = _add(slots, prefix[w + n] - prefix[w] * power)
        length = ends[w + n] - ends[w]
        if before > most or (before == most and length > size):
            most, size = before, length
    return (most + 1) * size if most else 0


@njit(nogil=True, cache=True)
def _repeated(prefix: Any, ends: Any, n: int, power: Any, slots: Any) -> int:
    chars, w = 0, 0
    while w < len(prefix) - n:
        if _add(slots, prefix[w + n] - prefix[w] * power):
            chars += ends[w + n] - ends[w]
            w += n
        else:
            w += 1
    return chars
