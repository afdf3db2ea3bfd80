"""Hyperscan over texts' bytes: which patterns may match, and where a match would end.

Patterns come as supersets (`supersets`), so a pattern that is not reported has no match in the text. All texts are
scanned at once. Patterns whose matches hold several digits are looked for only in lines that hold as many: that is a
seventh of ordinary text, and these patterns are the slow ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import hyperscan
import numpy as np
from numba import njit

from pipeline.kernels.revealing import Bytes, Coded, Int64s
from pipeline.kernels.supersets import Superset

WHERE = hyperscan.HS_FLAG_PREFILTER
WHETHER = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH
FEWEST_DIGITS = 4

Ends = dict[int, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefilter:
    """Compiled sets of expressions; hold scratch memory, are never pickled nor shared by threads."""

    anywhere: Any  # hyperscan databases, or none
    digits: Any  # of expressions for lines with enough digits
    whether: Any  # of expressions of which one end a text is enough

    def ends(self, texts: Coded) -> dict[int, Ends]:
        """Of each text in which an expression may match, by its row: by expression where matches may end.

        Rows ascend; ends count from the begin of the row and ascend.
        """
        numbers, ends = _scanned(self.anywhere, texts.data)
        if self.digits:
            lines, moved = digit_lines(texts.data, FEWEST_DIGITS)
            more, found = _scanned(self.digits, lines)
            numbers, ends = np.concatenate([numbers, more]), np.concatenate([ends, _placed(moved, found)])
        if self.whether:
            parts = [(*_scanned(self.whether, texts.row(row)), texts.starts[row]) for row in range(len(texts))]
            numbers = np.concatenate([numbers, *(part[0] for part in parts)])
            ends = np.concatenate([ends, *(part[1] + part[2] for part in parts)])
        return _by_row(texts.starts, numbers, ends)


def _scanned(database: Any, data: Bytes | bytes) -> tuple[Int64s, Int64s]:
    numbers: list[int] = []
    ends: list[int] = []

    def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        numbers.append(number)
        ends.append(end)

    if database and len(data):
        database.scan(data if isinstance(data, bytes) else data.tobytes(), match_event_handler=note)
    return np.array(numbers, np.int64), np.array(ends, np.int64)


def _by_row(starts: Int64s, numbers: Int64s, ends: Int64s) -> dict[int, Ends]:
    rows = np.searchsorted(starts, ends) - 1
    is_inside = ends < starts[rows + 1]  # else it ends with the line feed behind the text
    rows, numbers, ends = rows[is_inside], numbers[is_inside], (ends - starts[rows])[is_inside]
    order = np.lexsort((ends, numbers, rows))
    rows, numbers, ends = rows[order], numbers[order], ends[order]
    cuts = np.flatnonzero((np.diff(rows) != 0) | (np.diff(numbers) != 0)) + 1
    found: dict[int, Ends] = {}
    for low, high in pairwise([0, *cuts.tolist(), len(rows)] if len(rows) else []):
        found.setdefault(int(rows[low]), {})[int(numbers[low])] = ends[low:high].tolist()
    return found


def digit_lines(data: Bytes, least: int) -> tuple[Bytes, Int64s]:
    """Lines with at least so many digits, each with its line feed, and where each begins: among them, in the data.

    Args:
        data: code bytes.
        least: digits.
    """
    kept, pairs = np.empty(len(data) + 1, np.uint8), np.empty((len(data) // (least + 1) + 2, 2), np.int64)
    size, n = _digit_lines(data, least, kept, pairs)
    return kept[:size], pairs[:n]


def _placed(pairs: Int64s, ends: Int64s) -> Int64s:
    at = np.searchsorted(pairs[:, 0], ends) - 1  # an end lies behind the first byte of its line
    return ends - pairs[at, 0] + pairs[at, 1] if len(ends) else ends


@njit(cache=True, nogil=True)
def _digit_lines(data: Bytes, least: int, kept: Bytes, pairs: Int64s) -> tuple[int, int]:
    size = n = digits = start = 0
    for i in range(len(data) + 1):
        if i < len(data) and data[i] != 10:
            digits += 48 <= data[i] <= 57
            continue
        if digits >= least:
            pairs[n, 0], pairs[n, 1] = size, start
            kept[size : size + i - start] = data[start:i]
            size += i - start
            kept[size] = 10
            size += 1
            n += 1
        digits = 0
        start = i + 1
    return size, n


class Uncompilable(Exception):
    """Hyperscan cannot look for an expression."""


def compiles(expression: str) -> bool:
    """Whether Hyperscan can look for an expression."""
    try:
        _database([(0, expression)], WHERE)
    except Uncompilable:
        return False
    return True


def prefilter(supersets: Sequence[Superset], is_located: Sequence[bool]) -> Prefilter:
    """Compile supersets, numbered by position.

    Args:
        supersets: of patterns.
        is_located: false where one end is enough.

    Raises:
        Uncompilable: for an expression that `compiles` refuses.
    """
    numbered = list(enumerate(supersets))
    lines = {n for n, one in numbered if is_located[n] and one.is_line and one.digits >= FEWEST_DIGITS}
    return Prefilter(
        anywhere=_database([(n, one.expression) for n, one in numbered if is_located[n] and n not in lines], WHERE),
        digits=_database([(n, one.expression) for n, one in numbered if n in lines], WHERE),
        whether=_database([(n, one.expression) for n, one in numbered if not is_located[n]], WHETHER),
    )


def _database(numbered: Sequence[tuple[int, str]], flags: int) -> Any:
    if not numbered:
        return None
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=[expression.encode("ascii") for _, expression in numbered],
            ids=[number for number, _ in numbered],
            elements=len(numbered),
            flags=[flags] * len(numbered),
        )
    except hyperscan.HyperscanError as e:
        raise Uncompilable from e
    return database
