"""Lines of a decoded document: repetition of lines and paragraphs, C4's line rules, phrases.

`lines` walks the pieces between line feeds (Gopher's repetition, FineWeb), `split_lines` those of `str.splitlines`
(Gopher's bullets, C4).
"""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.text_ngrams import add, slots_for
from pipeline.kernels.text_tokens import PRIME, SEED, sentences
from pipeline.kernels.unicode_classes import CLASS, HAN, PUNCTUATION, SPACE, START, TERMINAL

SHORT_LINE, SHORT_LINE_ZH = 30, 15  # FineWeb; half of it where a character is a word
MENU_LINE = 24  # display columns, a Han character is two
LONGEST_C4_WORD, LEAST_C4_WORDS = 1000, 3

_LF, _CR, _QUOTE, _APOSTROPHE, _DOT, _DASH, _OPEN, _SQUARE, _CLOSE = 10, 13, 34, 39, 46, 45, 123, 91, 93
_QUESTION, _EXCLAMATION = 63, 33
_BULLET, _ELLIPSIS = 0x2022, 0x2026
SEPARATORS = (0x7C, 0xBB, 0x203A, 0x3E, 0xB7, 0xFF5C, 0x2014, 0x2190, 0x2192)
_CLOSERS = (0x22, 0x27, 0x201D, 0x2019, 0x300D, 0x300F, 0x300B, 0xFF09, 0x29, 0x3A, 0xFF1A, 0xFF1B, 0x3B, 0x2026)
"""What may stand at the end of a finished line besides an end mark: quotes, brackets, colons."""
_EDIT = (101, 100, 105, 116)
_NEEDED = (99, 105, 116, 97, 116, 105, 111, 110, 32, 110, 101, 101, 100, 101, 100)
_BUCKETS = 256
TRIPLES = 1 << 15
_LETTERS = np.uint32(26)
_SEED_2, _SEED_3, _SEED_4 = (np.uint64(0x9E3779B97F4A7C15 * k % (1 << 64)) for k in (1, 2, 3))
_MIX, _HALF = np.uint64(0xFF51AFD7ED558CCD), np.uint64(32)

_MACHINE, _LOREM = col.KINDS.index("machine"), col.KINDS.index("lorem")
_C4_POLICY, _C4_SCRIPT = col.KINDS.index("c4_policy"), col.KINDS.index("c4_script")
_C4, _C4OPEN = col.C4_SENTENCES, col.C4OPEN_SENTENCES


@njit(nogil=True, cache=True)
def _strip(bits: Any, a: int, b: int) -> tuple[int, int]:
    while a < b and bits[a] & CLASS == SPACE:
        a += 1
    while a < b and bits[b - 1] & CLASS == SPACE:
        b -= 1
    return a, b


@njit(nogil=True, cache=True)
def _hash(cps: Any, a: int, b: int) -> Any:
    """Of a stretch: four states that need not wait for each other, then one."""
    one, two, three, four = SEED, _SEED_2, _SEED_3, _SEED_4
    i = a
    while i + 3 < b:
        one = (one ^ np.uint64(cps[i])) * PRIME
        two = (two ^ np.uint64(cps[i + 1])) * PRIME
        three = (three ^ np.uint64(cps[i + 2])) * PRIME
        four = (four ^ np.uint64(cps[i + 3])) * PRIME
        i += 4
    while i < b:
        one = (one ^ np.uint64(cps[i])) * PRIME
        i += 1
    state = (one ^ np.uint64(b - a)) * _MIX
    for part in (two, three, four):
        state = ((state ^ (state >> _HALF)) + part) * _MIX
    return state


@njit(nogil=True, cache=True)
def lines(cps: Any, bits: Any, n: int, breaks: Any, slots: Any, epoch: int, row: Any) -> int:
    """Count lines, paragraphs and their repetition; the last epoch of the slots."""
    feeds = 0
    for i in breaks:
        feeds += cps[i] == _LF
    row[col.NEWLINES] = feeds
    mask, longest = slots_for(feeds + 1) - 1, np.zeros(3, np.int64)
    a = 0
    for at in range(len(breaks) + 1):
        i = int(breaks[at]) if at < len(breaks) else n
        if at < len(breaks) and cps[i] != _LF:
            continue
        if a < i:
            _segment(cps, bits, a, i, add(slots, mask, epoch + 1, _hash(cps, a, i)), row)
        elif a == 0 or i == n:
            row[col.DUP_SEGMENTS] += n > 0 and a == n and cps[0] == _LF  # the empty piece at the other end
            row[col.SEGMENTS] += 1
        _keep_longest(longest, i - a)
        a = i + 1
    row[col.THIRD_LINE] = longest[2]
    lo, hi = _strip(bits, 0, n)
    _paragraphs(cps, lo, hi, breaks, slots, mask, epoch + 2, row)
    row[col.IS_CUT] = lo < hi and not _is_ended(cps, bits, hi)
    return epoch + 2


@njit(nogil=True, cache=True)
def _keep_longest(longest: Any, length: int) -> None:
    for rank in range(3):
        if length > longest[rank]:
            longest[rank], length = length, longest[rank]


@njit(nogil=True, cache=True)
def _is_ended(cps: Any, bits: Any, b: int) -> bool:
    return (bits[b - 1] & TERMINAL) != 0 or cps[b - 1] in _CLOSERS


@njit(nogil=True, cache=True)
def _segment(cps: Any, bits: Any, a: int, b: int, before: int, row: Any) -> None:
    row[col.SEGMENTS] += 1
    row[col.DUP_SEGMENTS] += before > 0
    row[col.DUP_SEGMENT_CHARS] += (b - a) * (before > 0)
    inner, end = _strip(bits, a, b)
    if inner == end:
        return
    row[col.LINES] += 1
    row[col.DUP_LINES] += before > 0
    row[col.DUP_LINE_CHARS] += (b - a) * (before > 0)
    row[col.TERMINAL_LINES] += (bits[b - 1] & TERMINAL) != 0
    row[col.ENDED_LINES] += _is_ended(cps, bits, end)
    row[col.SHORT30_LINES] += b - a <= SHORT_LINE
    row[col.SHORT15_LINES] += end - inner <= SHORT_LINE_ZH
    row[col.MENU_LINES] += _is_menu(cps, bits, inner, end)


@njit(nogil=True, cache=True)
def _is_menu(cps: Any, bits: Any, a: int, b: int) -> bool:
    columns = b - a
    if columns > MENU_LINE:
        return False
    for i in range(a, b):
        columns += bits[i] & CLASS == HAN
        if bits[i] & CLASS == PUNCTUATION and cps[i] not in SEPARATORS:
            return False
    return columns <= MENU_LINE


@njit(nogil=True, cache=True)
def _paragraphs(cps: Any, lo: int, hi: int, breaks: Any, slots: Any, mask: int, epoch: int, row: Any) -> None:
    a = lo
    for at in range(len(breaks) + 1):
        i = int(breaks[at]) if at < len(breaks) else hi
        if i < lo:
            continue
        if i < hi and not (cps[i] == _LF and cps[i + 1] == _LF):
            continue
        i = min(i, hi)
        if i == hi or cps[i - 1] != _LF:
            row[col.PARAGRAPHS] += 1
            is_only = row[col.PARAGRAPHS] == 1 and i == hi
            if not is_only and add(slots, mask, epoch, _hash(cps, a, i)):
                row[col.DUP_PARAGRAPHS] += 1
                row[col.DUP_PARAGRAPH_CHARS] += i - a
        a = i + 2
        if i == hi:
            return


@njit(nogil=True, cache=True)
def split_lines(
    cps: Any, bits: Any, n: int, breaks: Any, tokens: Any, starts: Any, phrases: Any, marks: Any, row: Any
) -> None:
    """Count what C4, Gopher's line rules and phrases look at, line by line; `marks` is room for n places.

    `tokens` are first, last and kinds of `alnum-han@1` or another tokenizer, `starts` those of words between spaces.
    """
    table, buckets, triples = phrases
    n_marks, mark, a, t, s = _marks(cps, bits, n, triples, marks), 0, 0, 0, 0
    first = tokens[0]
    for at in range(len(breaks) + 1):
        i = int(breaks[at]) if at < len(breaks) else n
        if i == n and a == n:
            continue
        if a == i and i > 0 and cps[i] == _LF and cps[i - 1] == _CR:
            a = i + 1
            continue
        begin = t
        while t < len(first) and first[t] < i:
            t += 1
        row[col.SPLIT_LINES] += 1
        lo, hi = _strip(bits, a, i)
        found = 0
        while mark < n_marks and marks[mark] < i:
            if marks[mark] < hi:
                found |= _phrases_at(cps, int(marks[mark]), hi, table, buckets, row)
            mark += 1
        if lo < hi:
            _split_line(cps, lo, hi, found, row)
            curly, is_ended = _line_end(cps, lo, hi, row)
            third = s + LEAST_C4_WORDS - 1
            if third < len(starts) and starts[third] < i and not _has_longer(bits, lo, hi, row):
                _c4(tokens, begin, t, curly, is_ended, found, row)
            while s < len(starts) and starts[s] < i:
                s += 1
        a = i + 1


@njit(nogil=True, cache=True)
def _marks(cps: Any, bits: Any, n: int, triples: Any, marks: Any) -> int:
    """Places where a phrase may begin, by its first three characters; how many. Two characters beyond n are read."""
    was_letter: Any = False
    m, key = 0, triple_of(0, cps[0], cps[1])
    for i in range(n):
        at = np.uint32(i)
        key = ((key << 5) & 0x7FFF) | (cps[np.uint32(i + 2)] & 31)
        is_letter = np.uint32((cps[at] | 0x20) - 97) < _LETTERS
        wanted = 2 if was_letter & is_letter else 3
        marks[np.uint32(m)] = i
        m += ((bits[at] & START) != 0) & ((triples[np.uint32(key)] & wanted) != 0)
        was_letter = is_letter
    return m


@njit(nogil=True, cache=True)
def _has_longer(bits: Any, a: int, b: int, row: Any) -> bool:
    """Is a word of the line longer than C4 allows? Only looked for where the document has one."""
    if row[col.LONGEST_WS] <= LONGEST_C4_WORD:
        return False
    length = 0
    for i in range(a, b):
        length = length + 1 if bits[i] & CLASS != SPACE else 0
        if length > LONGEST_C4_WORD:
            return True
    return False


@njit(nogil=True, cache=True)
def _split_line(cps: Any, a: int, b: int, found: int, row: Any) -> None:
    dots = b - a >= 3 and cps[b - 1] == _DOT and cps[b - 2] == _DOT and cps[b - 3] == _DOT
    row[col.BULLET_LINES] += cps[a] in (_BULLET, _DASH)
    row[col.ELLIPSIS_LINES] += dots or cps[b - 1] == _ELLIPSIS
    row[col.POLICY_LINES] += found & 1
    row[col.SCRIPT_LINES] += (found >> 1) & 1
    row[col.BOILERPLATE_LINES] += (found >> 2) & 1


@njit(nogil=True, cache=True)
def _line_end(cps: Any, a: int, b: int, row: Any) -> tuple[bool, bool]:
    """Is there a curly bracket, and does the line end as C4 wants it, both without citation marks?"""
    if row[col.SQUARES] > 0 and _holds(cps, a, b, _SQUARE):
        curly, end = _citations(cps, a, b, row)
    else:
        curly, end = (
            row[col.CURLY] > 0 and _holds(cps, a, b, _OPEN),
            (cps[b - 1], cps[max(a, b - 2)], cps[max(a, b - 3)]),
        )
    dots = end[0] == _DOT and end[1] == _DOT and end[2] == _DOT and b - a >= 3
    return curly, end[0] in (_DOT, _QUESTION, _EXCLAMATION, _QUOTE, _APOSTROPHE) and not dots


@njit(nogil=True, cache=True)
def _holds(cps: Any, a: int, b: int, wanted: int) -> bool:
    found = 0
    for i in range(a, b):  # no early end, so that it becomes vector code
        found += cps[i] == wanted
    return found > 0


@njit(nogil=True, cache=True)
def triple_of(a: int, b: int, c: int) -> int:
    """Number of three characters, the same whatever their ASCII case; others share it."""
    return (a & 31) << 10 | (b & 31) << 5 | (c & 31)


@njit(nogil=True, cache=True)
def _phrases_at(cps: Any, i: int, b: int, table: Any, buckets: Any, row: Any) -> int:
    """Which kinds of phrases begin here and end before b, one bit each."""
    bucket, found = _fold(cps[i]) % _BUCKETS, 0
    second = _fold(cps[i + 1]) if i + 1 < b else -1
    inside = i > 0 and _is_ascii_letter(cps[i]) and _is_ascii_letter(cps[i - 1])
    for p in range(buckets[bucket], buckets[bucket + 1]):
        if (table[p, 1] > 1 and table[p, 3] != second) or not _phrase_at(cps, i, b, table, p):
            continue
        kind = table[p, 0]
        if kind >= _C4_POLICY:
            found |= 1 << kind
        elif not inside:
            found |= 1 << kind
            row[col.MACHINE_PHRASES + kind - _MACHINE] += kind >= _MACHINE
    return found


@njit(nogil=True, cache=True)
def _fold(cp: int) -> int:
    return cp | 0x20 if 65 <= cp <= 90 else cp


@njit(nogil=True, cache=True)
def _is_ascii_letter(cp: int) -> bool:
    return 97 <= (cp | 0x20) <= 122


@njit(nogil=True, cache=True)
def _phrase_at(cps: Any, i: int, end: int, table: Any, p: int) -> bool:
    if i + table[p, 1] > end:
        return False
    for j in range(table[p, 1]):  # noqa: SIM110  numba has no `all` over a generator
        if _fold(cps[i + j]) != table[p, 2 + j]:
            return False
    return True


@njit(nogil=True, cache=True)
def _c4(
    tokens: Any,
    begin: int,
    stop: int,
    curly: bool,  # noqa: FBT001  numba: no keywords
    is_ended: bool,  # noqa: FBT001
    found: int,
    row: Any,
) -> None:
    """C4's rules of one line, once as published and once without the end mark; a document's first stop is kept."""
    counted, (first, last, kinds) = -1, tokens
    for column in (_C4, _C4OPEN):
        if (column == _C4 and not is_ended) or row[column + 1] or row[column + 2]:
            continue
        if (found >> _LOREM) & 1:
            row[column + 1] = 1
        elif (found >> _C4_SCRIPT) & 1:
            continue
        elif curly:
            row[column + 2] = 1
        elif not (found >> _C4_POLICY) & 1:
            counted = sentences(kinds, first, last, begin, stop) if counted < 0 else counted
            row[column] += counted
            row[col.C4_KEPT_LINES] += column == _C4


@njit(nogil=True, cache=True)
def _citations(cps: Any, a: int, b: int, row: Any) -> tuple[bool, tuple[int, int, int]]:
    """Is there a curly bracket, and what are the last three characters when citation marks are taken out?"""
    curly, end, i = False, (0, 0, 0), a
    while i < b:
        if cps[i] == _SQUARE:
            length = _citation(cps, i, b)
            if length:
                row[col.CITATIONS] += length > 2 and 48 <= cps[i + 1] <= 57
                i += length
                continue
        curly = curly or cps[i] == _OPEN
        end = (cps[i], end[0], end[1])
        i += 1
    return curly, end


@njit(nogil=True, cache=True)
def _citation(cps: Any, i: int, b: int) -> int:
    """Length of `[12]`, `[edit]` or `[citation needed]` at i, or 0."""
    j = i + 1
    while j < b and 48 <= cps[j] <= 57:
        j += 1
    if j < b and cps[j] == _CLOSE:
        return j + 1 - i
    edit: int = _bracketed(cps, i, b, _EDIT)
    return edit or int(_bracketed(cps, i, b, _NEEDED))


@njit(nogil=True, cache=True)
def _bracketed(cps: Any, i: int, b: int, word: Any) -> int:
    end = i + 1 + len(word)
    if end >= b or cps[end] != _CLOSE:
        return 0
    for j in range(len(word)):
        if cps[i + 1 + j] != word[j]:
            return 0
    return len(word) + 2
