"""Lines of a decoded document: repetition of lines and paragraphs, C4's line rules, phrases.

`lines` walks the pieces between line feeds (Gopher's repetition, FineWeb), `split_lines` those of `str.splitlines`
(Gopher's bullets, C4). Nothing here makes an array, so `_nrt=False`: references to arrays are not counted, which
would cost more than a short line does.
"""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.text_numbers import Room, cleared, number_of
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
TRIPLES = 1 << 15
_LAST_TRIPLE, _CASELESS = TRIPLES - 1, ~32
_SEED_2, _SEED_3, _SEED_4 = (np.uint64(0x9E3779B97F4A7C15 * k % (1 << 64)) for k in (1, 2, 3))
_MIX, _HALF = np.uint64(0xFF51AFD7ED558CCD), np.uint64(32)

_MACHINE, _LOREM = col.KINDS.index("machine"), col.KINDS.index("lorem")
_C4_POLICY, _C4_SCRIPT = col.KINDS.index("c4_policy"), col.KINDS.index("c4_script")
_C4, _C4OPEN = col.C4_SENTENCES, col.C4OPEN_SENTENCES
_HAS_SQUARE, _HAS_OPEN = len(col.KINDS), len(col.KINDS) + 1


@njit(nogil=True, cache=True, _nrt=False)
def _strip(bits: Any, a: int, b: int) -> tuple[int, int]:
    while a < b and bits[a] & CLASS == SPACE:
        a += 1
    while a < b and bits[b - 1] & CLASS == SPACE:
        b -= 1
    return a, b


@njit(nogil=True, cache=True, _nrt=False)
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


@njit(nogil=True, cache=True, _nrt=False)
def lines(cps: Any, bits: Any, n: int, breaks: Any, room: Room, row: Any) -> None:
    """Count lines, paragraphs and their repetition."""
    feeds = 0
    for i in breaks:
        feeds += cps[i] == _LF
    row[col.NEWLINES] = feeds
    own, shift = cleared(room.table, feeds + 1)
    first, second, third, new, a = 0, 0, 0, np.uint64(1), 0
    for at in range(len(breaks) + 1):
        i = int(breaks[at]) if at < len(breaks) else n
        if at < len(breaks) and cps[i] != _LF:
            continue
        if a < i:
            is_new = number_of(_hash(cps, a, i), new, own, shift, room.keys) == new
            new += np.uint64(is_new)
            _segment(cps, bits, a, i, not is_new, row)
        elif a == 0 or i == n:
            row[col.DUP_SEGMENTS] += n > 0 and a == n and cps[0] == _LF  # the empty piece at the other end
            row[col.SEGMENTS] += 1
        length = i - a
        third = max(third, min(second, length))
        second = max(second, min(first, length))
        first = max(first, length)
        a = i + 1
    row[col.THIRD_LINE] = third
    lo, hi = _strip(bits, 0, n)
    _paragraphs(cps, lo, hi, breaks, room, row)
    row[col.IS_CUT] = lo < hi and not _is_ended(cps, bits, hi)


@njit(nogil=True, cache=True, _nrt=False)
def _is_ended(cps: Any, bits: Any, b: int) -> bool:
    return (bits[b - 1] & TERMINAL) != 0 or cps[b - 1] in _CLOSERS


@njit(nogil=True, cache=True, _nrt=False)
def _segment(cps: Any, bits: Any, a: int, b: int, is_again: bool, row: Any) -> None:  # noqa: FBT001  numba: no keywords
    row[col.SEGMENTS] += 1
    row[col.DUP_SEGMENTS] += is_again
    row[col.DUP_SEGMENT_CHARS] += (b - a) * is_again
    inner, end = _strip(bits, a, b)
    if inner == end:
        return
    row[col.LINES] += 1
    row[col.DUP_LINES] += is_again
    row[col.DUP_LINE_CHARS] += (b - a) * is_again
    row[col.TERMINAL_LINES] += (bits[b - 1] & TERMINAL) != 0
    row[col.ENDED_LINES] += _is_ended(cps, bits, end)
    row[col.SHORT30_LINES] += b - a <= SHORT_LINE
    row[col.SHORT15_LINES] += end - inner <= SHORT_LINE_ZH
    row[col.MENU_LINES] += _is_menu(cps, bits, inner, end)


@njit(nogil=True, cache=True, _nrt=False)
def _is_menu(cps: Any, bits: Any, a: int, b: int) -> bool:
    columns = b - a
    if columns > MENU_LINE:
        return False
    for i in range(a, b):
        columns += bits[i] & CLASS == HAN
        if bits[i] & CLASS == PUNCTUATION and cps[i] not in SEPARATORS:
            return False
    return columns <= MENU_LINE


@njit(nogil=True, cache=True, _nrt=False)
def _paragraphs(cps: Any, lo: int, hi: int, breaks: Any, room: Room, row: Any) -> None:
    own, shift = cleared(room.table, row[col.NEWLINES] + 1)
    a, new = lo, np.uint64(1)
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
            if not is_only:
                is_new = number_of(_hash(cps, a, i), new, own, shift, room.keys) == new
                new += np.uint64(is_new)
                row[col.DUP_PARAGRAPHS] += not is_new
                row[col.DUP_PARAGRAPH_CHARS] += (i - a) * (not is_new)
        a = i + 2
        if i == hi:
            return


@njit(nogil=True, cache=True, _nrt=False)
def split_lines(
    cps: Any, bits: Any, n: int, breaks: Any, tokens: Any, starts: Any, phrases: Any, marks: Any, row: Any
) -> None:
    """Count what C4, Gopher's line rules and phrases look at, line by line; `marks` is room for n places.

    `tokens` are first, last and kinds of `alnum-han@1` or another tokenizer, `starts` those of words between spaces.
    """
    n_marks, mark, a, ended, t, s = _marks(cps, bits, n, phrases[2], marks), 0, 0, 0, 0, 0
    for at in range(len(breaks) + 1):
        i = int(breaks[at]) if at < len(breaks) else n
        if i == n and a == n:
            continue
        if a == i and i > 0 and cps[i] == _LF and cps[i - 1] == _CR:
            a = i + 1
            continue
        row[col.SPLIT_LINES] += 1
        lo, hi = _strip(bits, a, i)
        if lo < hi:
            begin = mark
            mark = _reach(marks, mark, n_marks, hi)
            found = _found_at(cps, bits, marks, begin, mark, hi, phrases, row)
            _split_line(cps, lo, hi, found, row)
            third = s + LEAST_C4_WORDS - 1
            curly, is_ended = _line_end(cps, lo, hi, found, row)
            if third < len(starts) and starts[third] < i and not _has_longer(bits, lo, hi, row):
                begin = _reach(tokens[0], t, len(tokens[0]), ended)
                t = _reach(tokens[0], begin, len(tokens[0]), i)
                _c4(tokens, begin, t, curly, is_ended, found, row)
            s = _reach(starts, s, len(starts), i)
        mark = _reach(marks, mark, n_marks, i)
        a, ended = i + 1, i


@njit(nogil=True, cache=True, _nrt=False)
def _reach(places: Any, at: int, n: int, end: int) -> int:
    """The first of n ascending places that is not before the end, looked for from one that is known to be none."""
    while at < n and places[np.uint32(at)] < end:
        at += 1
    return at


@njit(nogil=True, cache=True, _nrt=False)
def _found_at(cps: Any, bits: Any, marks: Any, mark: int, stop: int, end: int, phrases: Any, row: Any) -> int:
    """Which kinds of phrases and which brackets are in a line, one bit each."""
    found = 0
    for which in range(mark, stop):
        place = np.uint32(marks[np.uint32(which)])
        cp = cps[place]
        found |= _phrases_at(cps, bits, int(place), end, phrases, row)
        found |= (cp == _SQUARE) << _HAS_SQUARE | (cp == _OPEN) << _HAS_OPEN
    return found


@njit(nogil=True, cache=True, _nrt=False)
def _marks(cps: Any, bits: Any, n: int, groups: Any, marks: Any) -> int:
    """Places of brackets and where a phrase may begin; how many. Two characters beyond n are read."""
    m, key = 0, triple_of(0, cps[0], cps[1])
    for i in range(n):
        at = np.uint32(i)
        key = ((key << 5) ^ (cps[np.uint32(i + 2)] & _CASELESS)) & _LAST_TRIPLE
        marks[np.uint32(m)] = i
        m += (groups[np.uint32(key)] != 0) | ((bits[at] & START) != 0)
    return m


@njit(nogil=True, cache=True, _nrt=False)
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


@njit(nogil=True, cache=True, _nrt=False)
def _split_line(cps: Any, a: int, b: int, found: int, row: Any) -> None:
    dots = b - a >= 3 and cps[b - 1] == _DOT and cps[b - 2] == _DOT and cps[b - 3] == _DOT
    row[col.BULLET_LINES] += cps[a] in (_BULLET, _DASH)
    row[col.ELLIPSIS_LINES] += dots or cps[b - 1] == _ELLIPSIS
    row[col.POLICY_LINES] += found & 1
    row[col.SCRIPT_LINES] += (found >> 1) & 1
    row[col.BOILERPLATE_LINES] += (found >> 2) & 1


@njit(nogil=True, cache=True, _nrt=False)
def _line_end(cps: Any, a: int, b: int, found: int, row: Any) -> tuple[bool, bool]:
    """Is there a curly bracket, and does the line end as C4 wants it, both without citation marks?"""
    if (found >> _HAS_SQUARE) & 1:
        curly, end = _citations(cps, a, b, row)
    else:
        curly, end = (found >> _HAS_OPEN) & 1 != 0, (cps[b - 1], cps[max(a, b - 2)], cps[max(a, b - 3)])
    dots = end[0] == _DOT and end[1] == _DOT and end[2] == _DOT and b - a >= 3
    return curly, end[0] in (_DOT, _QUESTION, _EXCLAMATION, _QUOTE, _APOSTROPHE) and not dots


@njit(nogil=True, cache=True, _nrt=False)
def triple_of(a: int, b: int, c: int) -> int:
    """Number of three characters, the same whatever their ASCII case; others may share it."""
    return ((a & _CASELESS) << 10 ^ (b & _CASELESS) << 5 ^ (c & _CASELESS)) & _LAST_TRIPLE


@njit(nogil=True, cache=True, _nrt=False)
def _phrases_at(cps: Any, bits: Any, i: int, end: int, phrases: Any, row: Any) -> int:
    """Which kinds of phrases begin here and end before the line does, one bit each."""
    group = phrases[2][triple_of(cps[i], cps[i + 1], cps[i + 2])]
    found = _group_at(cps, i, end, np.int64(group), phrases, row) if group else 0
    return found | _group_at(cps, i, end, 0, phrases, row) if bits[i] & START else found


@njit(nogil=True, cache=True, _nrt=False)
def _group_at(cps: Any, i: int, end: int, group: int, phrases: Any, row: Any) -> int:
    table, starts, _ = phrases
    found, inside = 0, i > 0 and _is_ascii_letter(cps[i]) and _is_ascii_letter(cps[i - 1])
    for p in range(starts[group], starts[group + 1]):
        kind = table[p, 0]
        if (inside and kind < _C4_POLICY) or not _phrase_at(cps, i, end, table, p):
            continue
        found |= 1 << kind
        if _MACHINE <= kind < _C4_POLICY:
            row[col.MACHINE_PHRASES + kind - _MACHINE] += 1
    return found


@njit(nogil=True, cache=True, _nrt=False)
def _fold(cp: int) -> int:
    return cp | 0x20 if 65 <= cp <= 90 else cp


@njit(nogil=True, cache=True, _nrt=False)
def _is_ascii_letter(cp: int) -> bool:
    return 97 <= (cp | 0x20) <= 122


@njit(nogil=True, cache=True, _nrt=False)
def _phrase_at(cps: Any, i: int, end: int, table: Any, p: int) -> bool:
    if i + table[p, 1] > end:
        return False
    for j in range(table[p, 1]):  # noqa: SIM110  numba has no `all` over a generator
        if _fold(cps[i + j]) != table[p, 2 + j]:
            return False
    return True


@njit(nogil=True, cache=True, _nrt=False)
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


@njit(nogil=True, cache=True, _nrt=False)
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


@njit(nogil=True, cache=True, _nrt=False)
def _citation(cps: Any, i: int, b: int) -> int:
    """Length of `[12]`, `[edit]` or `[citation needed]` at i, or 0."""
    j = i + 1
    while j < b and 48 <= cps[j] <= 57:
        j += 1
    if j < b and cps[j] == _CLOSE:
        return j + 1 - i
    edit: int = _bracketed(cps, i, b, _EDIT)
    return edit or int(_bracketed(cps, i, b, _NEEDED))


@njit(nogil=True, cache=True, _nrt=False)
def _bracketed(cps: Any, i: int, b: int, word: Any) -> int:
    end = i + 1 + len(word)
    if end >= b or cps[end] != _CLOSE:
        return 0
    for j in range(len(word)):
        if cps[i + 1 + j] != word[j]:
            return 0
    return len(word) + 2
