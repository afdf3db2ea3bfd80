"""Lines of a decoded document: repetition of lines and paragraphs, C4's line rules, phrases, runs without white space.

`lines` walks the pieces between line feeds (Gopher's repetition, FineWeb), `split_lines` those of `str.splitlines`
(Gopher's bullets, C4).
"""

from typing import Any

import numpy as np
from numba import njit

from pipeline.kernels import text_columns as col
from pipeline.kernels.text_ngrams import add, slots_for
from pipeline.kernels.text_tokens import PRIME, SEED, sentences
from pipeline.kernels.unicode_classes import ALPHA, CLASS, HAN, PUNCTUATION, SPACE, TERMINAL

SHORT_LINE, SHORT_LINE_ZH = 30, 15  # FineWeb; half of it where a character is a word
MENU_LINE = 24  # display columns, a Han character is two
LONG_RUN = 40  # no English or German word of ordinary text is as long; base64 and hex lines are
LONGEST_C4_WORD, LEAST_C4_WORDS = 1000, 3

_LF, _CR, _QUOTE, _APOSTROPHE, _DOT, _DASH, _OPEN, _SQUARE, _CLOSE = 10, 13, 34, 39, 46, 45, 123, 91, 93
_QUESTION, _EXCLAMATION = 63, 33
_BULLET, _ELLIPSIS, _WIDE, _COLON = 0x2022, 0x2026, 0x3000, 58
SEPARATORS = (0x7C, 0xBB, 0x203A, 0x3E, 0xB7, 0xFF5C, 0x2014, 0x2190, 0x2192)
_CLOSERS = (0x22, 0x27, 0x201D, 0x2019, 0x300D, 0x300F, 0x300B, 0xFF09, 0x29, 0x3A, 0xFF1A, 0xFF1B, 0x3B, 0x2026)
"""What may stand at the end of a finished line besides an end mark: quotes, brackets, colons."""
_EDIT = (101, 100, 105, 116)
_NEEDED = (99, 105, 116, 97, 116, 105, 111, 110, 32, 110, 101, 101, 100, 101, 100)
_BUCKETS = 256
PAIRS = 1 << 13
_SEED_2, _SEED_3, _SEED_4 = (np.uint64(0x9E3779B97F4A7C15 * k % (1 << 64)) for k in (1, 2, 3))
_MIX, _HALF = np.uint64(0xFF51AFD7ED558CCD), np.uint64(32)
_HTTP = (104, 116, 116, 112)

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
    cps: Any, bits: Any, n: int, breaks: Any, first: Any, last: Any, phrases: Any, marks: Any, row: Any
) -> None:
    """Count what C4, Gopher's line rules and phrases look at, line by line; `marks` is room for n places."""
    table, buckets, pairs = phrases
    n_marks, mark, a, t = _marks(cps, n, pairs, marks), 0, 0, 0
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
            words, longest, squares = _chunks(cps, bits, lo, hi, row)
            curly, is_ended = _line_end(cps, lo, hi, squares, row)
            if longest <= LONGEST_C4_WORD and words >= LEAST_C4_WORDS:
                _c4(bits, first, last, begin, t, curly, is_ended, found, row)
        a = i + 1


@njit(nogil=True, cache=True)
def _marks(cps: Any, n: int, pairs: Any, marks: Any) -> int:
    """Places where a phrase may begin, by its first two characters; how many."""
    m, was_letter = 0, False
    for i in range(n):
        cp = cps[i]
        is_letter = ((cp | 0x20) >= 97) & ((cp | 0x20) <= 122)
        wanted = 2 if was_letter & is_letter else 3
        following = cps[i + 1] if i + 1 < n else 0
        marks[np.uint32(m)] = i
        m += (pairs[np.uint32(pair_of(cp, following))] & wanted) != 0
        was_letter = is_letter
    return m


@njit(nogil=True, cache=True)
def _split_line(cps: Any, a: int, b: int, found: int, row: Any) -> None:
    dots = b - a >= 3 and cps[b - 1] == _DOT and cps[b - 2] == _DOT and cps[b - 3] == _DOT
    row[col.BULLET_LINES] += cps[a] in (_BULLET, _DASH)
    row[col.ELLIPSIS_LINES] += dots or cps[b - 1] == _ELLIPSIS
    row[col.POLICY_LINES] += found & 1
    row[col.SCRIPT_LINES] += (found >> 1) & 1
    row[col.BOILERPLATE_LINES] += (found >> 2) & 1


@njit(nogil=True, cache=True)
def _line_end(cps: Any, a: int, b: int, squares: int, row: Any) -> tuple[bool, bool]:
    """Is there a curly bracket, and does the line end as C4 wants it, both without citation marks?"""
    if squares:
        curly, end = _citations(cps, a, b, row)
    else:
        curly, end = row[col.CURLY] > 0 and _curly(cps, a, b), (cps[b - 1], cps[max(a, b - 2)], cps[max(a, b - 3)])
    dots = end[0] == _DOT and end[1] == _DOT and end[2] == _DOT and b - a >= 3
    return curly, end[0] in (_DOT, _QUESTION, _EXCLAMATION, _QUOTE, _APOSTROPHE) and not dots


@njit(nogil=True, cache=True)
def _curly(cps: Any, a: int, b: int) -> bool:
    for i in range(a, b):  # noqa: SIM110  numba has no `any` over a generator
        if cps[i] == _OPEN:
            return True
    return False


@njit(nogil=True, cache=True)
def _chunks(cps: Any, bits: Any, a: int, b: int, row: Any) -> tuple[int, int, int]:
    """Words between white space, and runs that no Han or wide character breaks; words, the longest, and brackets."""
    words, longest, chars, squares, alphas, longest_run = 0, 0, 0, 0, 0, 0
    length, run, is_alpha, colons = 0, 0, False, False
    for i in range(a, b):
        at = np.uint32(i)
        cp, of = cps[at], bits[at] & CLASS
        is_ink, is_wide = of != SPACE, (of == SPACE) | (of == HAN) | (cp >= _WIDE)
        if is_wide and (colons or run >= LONG_RUN):
            _run(cps, i - run, i, colons, row)
        words += is_ink & (length == 0)
        chars += is_ink
        length = length + 1 if is_ink else 0
        longest = max(longest, length)
        counts = is_ink & ((bits[at] & ALPHA) != 0)
        alphas += counts & ~is_alpha
        is_alpha = is_ink & (is_alpha | counts)
        run = 0 if is_wide else run + 1
        longest_run = max(longest_run, run)
        colons = (not is_wide) & (colons | (cp == _COLON))
        squares += cp == _SQUARE
    if colons or run >= LONG_RUN:
        _run(cps, b - run, b, colons, row)
    row[col.WS_WORDS] += words
    row[col.WS_CHARS] += chars
    row[col.WS_ALPHA] += alphas
    row[col.LONGEST_WS] = max(row[col.LONGEST_WS], longest)
    row[col.LONGEST_RUN] = max(row[col.LONGEST_RUN], longest_run)
    return words, longest, squares


@njit(nogil=True, cache=True)
def _run(cps: Any, start: int, end: int, colons: bool, row: Any) -> None:  # noqa: FBT001  numba: no keywords
    for i in range(start, end - 6 if colons else start):
        if (cps[i] | 0x20) == _HTTP[0] and (cps[i + 4] == _COLON or cps[i + 5] == _COLON) and _is_at(cps, i, _HTTP):
            row[col.URL_CHARS] += end - i
            row[col.URLS] += 1
            return
    if end - start >= LONG_RUN:
        row[col.LONG_RUN_CHARS] += end - start


@njit(nogil=True, cache=True)
def _is_at(cps: Any, i: int, word: Any) -> bool:
    for j in range(len(word)):  # noqa: SIM110  numba has no `all` over a generator
        if (cps[i + j] | 0x20) != word[j]:
            return False
    return True


@njit(nogil=True, cache=True)
def pair_of(a: int, b: int) -> int:
    """Number of a pair of characters, the same whatever their ASCII case; others share it."""
    return ((a | 0x20) & 0x7F) << 6 | ((b | 0x20) & 0x3F)


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
    bits: Any,
    first: Any,
    last: Any,
    begin: int,
    stop: int,
    curly: bool,  # noqa: FBT001  numba: no keywords
    is_ended: bool,  # noqa: FBT001
    found: int,
    row: Any,
) -> None:
    """C4's rules of one line, once as published and once without the end mark; a document's first stop is kept."""
    counted = -1
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
            counted = sentences(bits, first, last, begin, stop) if counted < 0 else counted
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
