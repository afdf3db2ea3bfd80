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

from pipeline.kernels import unicode_classes
from pipeline.kernels.unicode_classes import DIGIT, HAN, LETTER, MARK, PUNCTUATION, SPACE, SYMBOL

COUNTS = [
    "chars",
    "letters",
    "digits",
    "han",
    "punctuation",
    "spaces",
    "symbols",
    "newlines",
    "hashes",
    "curly",
    "words",
    "word_chars",
    "longest_word",
    "alpha_words",
    "stop_hits",
    "stop_distinct",
    "distinct_words",
    "top_word",
    "ws_words",
    "ws_chars",
    "ws_alpha",
    "ellipses",
    "separators",
    "url_chars",
    "long_run_chars",
    "longest_run",
    "lines",
    "line_chars",
    "bullet_lines",
    "ellipsis_lines",
    "terminal_lines",
    "short_lines",
    "menu_lines",
    "policy_lines",
    "script_lines",
    "dup_lines",
    "dup_line_chars",
    "paragraphs",
    "dup_paragraphs",
    "dup_paragraph_chars",
    "lorem",
    "top2",
    "top3",
    "top4",
    "dup5",
    "dup6",
    "dup7",
    "dup8",
    "dup9",
    "dup10",
]
"""Columns of `count`, in order: plain counts or code points; `topN` and `dupN` are code points of words."""

(_CHARS, _LETTERS, _DIGITS, _HAN, _PUNCTUATION, _SPACES, _SYMBOLS, _NEWLINES, _HASHES, _CURLY) = range(10)
(_WORDS, _WORD_CHARS, _LONGEST_WORD, _ALPHA, _STOP_HITS, _STOP_DISTINCT, _DISTINCT, _TOP_WORD) = range(10, 18)
(_WS, _WS_CHARS, _WS_ALPHA, _ELLIPSES, _SEPARATORS, _URL, _LONG_RUN, _LONGEST_RUN) = range(18, 26)
(_LINES, _LINE_CHARS, _BULLETS, _ELLIPSIS_LINES, _TERMINAL, _SHORT, _MENU, _POLICY, _SCRIPT) = range(26, 35)
(_DUP_LINES, _DUP_LINE_CHARS, _PARAS, _DUP_PARAS, _DUP_PARA_CHARS, _LOREM) = range(35, 41)
_TOP2, _DUP5 = 41, 44

ENGLISH = ("the", "be", "to", "of", "and", "that", "have", "with")
CHINESE = "的年在月是和日了於為有被人中为他與後也而由"
"""Stop words: Gopher (Rae et al. 2021, A1.1); FineWeb-2 `cmn_Hani.yml` less its middle dot, which is no word."""

LOREM, SCRIPT, POLICY = 1, 2, 4
_PHRASES = (
    ("lorem ipsum", LOREM), ("javascript", SCRIPT), ("terms of use", POLICY), ("privacy policy", POLICY),
    ("cookie policy", POLICY), ("uses cookies", POLICY), ("use of cookies", POLICY), ("use cookies", POLICY),
    ("accept cookies", POLICY), ("all cookies", POLICY), ("cookie settings", POLICY), ("cookie preferences", POLICY),
    ("隐私政策", POLICY), ("隐私声明", POLICY), ("使用条款", POLICY), ("用户协议", POLICY), ("服务条款", POLICY),
    ("使用cookie", POLICY), ("使用 cookie", POLICY), ("接受所有cookie", POLICY), ("版权所有", POLICY), ("备案号", POLICY),
    ("all rights reserved", POLICY),
)  # fmt: skip

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


def buffers(texts: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """UTF-8 bytes and int64 row offsets of a string array, sliced or chunked; a null row is an empty text."""
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if array.type not in (pa.string(), pa.large_string()):
        array = array.cast(pa.large_string())
    array = array.fill_null("") if array.null_count else array
    width = np.int64 if pa.types.is_large_string(array.type) else np.int32
    _, offsets, data = array.buffers()
    if len(array) == 0 or data is None:
        return np.zeros(0, np.uint8), np.zeros(len(array) + 1, np.int64)
    rows = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data, np.uint8), rows.astype(np.int64)


def count(texts: pa.Array | pa.ChunkedArray) -> dict[str, np.ndarray]:
    """Counts of each text, one int64 array per name of `COUNTS`, in row order.

    `top2..4` is the most frequent word n-gram's code points times its count (0 unless it repeats; may pass the
    text's length where it overlaps itself). `dup5..10` scans greedily and skips n words after a hit.

    Args:
        texts: string or large_string, any slice, nulls allowed.

    Source: Rae et al. 2021 (Gopher) A1.1; Penedo et al. 2024 (FineWeb) 3.6; Raffel et al. 2020 (C4) 2.2.
    """
    data, offsets = buffers(texts)
    out = np.zeros((len(offsets) - 1, len(COUNTS)), np.int64)
    _count(data, offsets, *_tables(), out)
    return {name: out[:, i] for i, name in enumerate(COUNTS)}


@cache
def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    flags = np.zeros(unicode_classes.SIZE, np.uint8)
    for mark in MARKS_OF_END:
        flags[ord(mark)] |= _FLAG_END
    for mark in SEPARATORS:
        flags[ord(mark)] |= _FLAG_SEPARATOR
    stops = np.array([_hash_of(word) for word in (*ENGLISH, *CHINESE)], np.uint64)
    phrases = np.zeros((len(_PHRASES), 24), np.int32)
    for row, (phrase, kind) in enumerate(_PHRASES):
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
        size, epoch = _slots(max(len(hashes), row[_NEWLINES] + 1)), d * 16 + 1
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
            row[_NEWLINES] += cp == 10
            row[_HASHES] += cp == 35
            row[_CURLY] += cp == 123
    row[_CHARS] = n
    row[_LETTERS] = by_class[LETTER] + by_class[MARK]
    row[_DIGITS] = by_class[DIGIT]
    row[_HAN] = by_class[HAN]
    row[_PUNCTUATION] = by_class[PUNCTUATION]
    row[_SPACES] = by_class[SPACE]
    row[_SYMBOLS] = by_class[SYMBOL]


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
        row[_LONGEST_WORD] = max(row[_LONGEST_WORD], end - i)
        row[_ALPHA] += alpha
        if end - i <= 4:
            bit = _stop(state, stops)
            row[_STOP_HITS] += bit >= 0
            mask |= np.int64(1) << bit if bit >= 0 else 0
        w += 1
        i = end
    row[_WORDS], row[_WORD_CHARS] = w, ends[w]
    while mask:
        mask &= mask - 1
        row[_STOP_DISTINCT] += 1
    return w


@njit(nogil=True, cache=True)
def _stop(state: Any, stops: Any) -> int:
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
            row[_SEPARATORS] += (flags[cps[i]] & _FLAG_SEPARATOR) != 0
            row[_ELLIPSES] += _ellipsis_at(cps, i, n)
        wide = blank or kinds[i] == HAN or cps[i] >= 0x3000
        if wide and run:
            _run(cps, i - run, i, row)
        run = 0 if wide else run + 1
        if blank and start >= 0:
            row[_WS] += 1
            row[_WS_CHARS] += i - start
            row[_WS_ALPHA] += alpha
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
    row[_LONGEST_RUN] = max(row[_LONGEST_RUN], end - start)
    for i in range(start, end - 6):
        found = cps[i + 4] == 58 or cps[i + 5] == 58
        for j in range(4):
            found = found and _fold(cps[i + j]) == _URL_OPEN[j]
        if found:
            row[_URL] += end - i
            return
    if end - start >= LONG_RUN:
        row[_LONG_RUN] += end - start


@njit(nogil=True, cache=True)
def _add(slots: Any, key: Any) -> int:
    """How often `key` was added before in this epoch; slots hold at most half their number of keys."""
    keys, seen, epoch = slots
    at = _find(slots, key)
    if seen[at, 0] != epoch:
        keys[at], seen[at, 0], seen[at, 1] = key, epoch, 0
    seen[at, 1] += 1
    return seen[at, 1] - 1


@njit(nogil=True, cache=True)
def _find(slots: Any, key: Any) -> int:
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
                row[_DUP_LINES] += 1
                row[_DUP_LINE_CHARS] += b - a
            paragraph = (paragraph ^ state) * _BASE
            chars += b - a
        if chars and (a >= b or i == n):
            row[_PARAS] += 1
            if _add((keys, seen, epoch + 1), paragraph):
                row[_DUP_PARAS] += 1
                row[_DUP_PARA_CHARS] += chars
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
    row[_LINES] += 1
    row[_LINE_CHARS] += b - a
    row[_BULLETS] += cps[a] in (0x2022, 45, 42)
    row[_ELLIPSIS_LINES] += dots or cps[b - 1] == ELLIPSIS
    row[_TERMINAL] += flags[cps[b - 1]] & _FLAG_END
    row[_SHORT] += b - a <= SHORT_LINE
    row[_MENU] += columns <= MENU_LINE and marks == 0
    return state


@njit(nogil=True, cache=True)
def _phrases(cps: Any, a: int, b: int, flags: Any, phrases: Any, row: Any) -> None:
    found = 0
    for i in range(a, b):
        if flags[cps[i]] & 4:
            for p in range(len(phrases)):
                if _fold(cps[i]) == phrases[p, 2] and _is_at(cps, i, b, phrases[p]):
                    found |= phrases[p, 0]
    row[_LOREM] += found & LOREM
    row[_SCRIPT] += (found & SCRIPT) != 0
    row[_POLICY] += (found & POLICY) != 0


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
        row[_DISTINCT] += before == 0
        if before >= row[_TOP_WORD] and _stop(hashes[w], stops) < 0:
            row[_TOP_WORD] = before + 1
    prefix = np.empty(len(hashes) + 1, np.uint64)
    prefix[0] = _SEED
    for w in range(len(hashes)):
        prefix[w + 1] = prefix[w] * _BASE + hashes[w]
    power = _BASE
    for n in range(2, 11):
        power = power * _BASE
        table = (keys, seen, epoch + n)
        if n <= 4:
            row[_TOP2 + n - 2] = _top(prefix, ends, n, power, table)
        else:
            row[_DUP5 + n - 5] = _repeated(prefix, ends, n, power, table)


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
