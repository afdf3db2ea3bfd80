"""Hyperscan over texts' bytes: which patterns may match, and where a match would end.

Patterns come as supersets (`supersets`), so a pattern that is not reported has no match in the text. All texts are
scanned at once. Patterns whose matches hold several digits are looked for only in lines that hold as many: that is a
sixth of ordinary text, and these patterns are the slow ones. Most hold seven digits near each other: a sixteenth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import hyperscan
import numpy as np
from numba import njit

from pipeline.kernels.branches import branches
from pipeline.kernels.databases import Uncompilable, database
from pipeline.kernels.revealing import Bytes, Coded, Int64s
from pipeline.kernels.supersets import Superset

WHERE = hyperscan.HS_FLAG_PREFILTER
WHETHER = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH
FEWEST_DIGITS = 4
DENSE_DIGITS, DENSE_APART = 7, 32

Hits = tuple[Int64s, Int64s, Int64s]  # row, number of the expression, end; ascending


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What has many digits, few other signs between each two, and none of some bytes."""

    digits: int
    apart: int  # signs between two digits at most
    delimiters: bytes  # line feed among them
    margin: int = 0
    longest: None = None
    overhang: int = 0

    @property
    def limits(self) -> bytes:
        """As of a `Superset`: nobody looks beyond a delimiter."""
        return self.delimiters


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefilter:
    """Compiled sets of expressions; hold scratch memory, are never pickled nor shared by threads."""

    anywhere: tuple[Any, ...]  # hyperscan databases
    digits: tuple[Any, ...]  # of expressions for lines with some digits
    dense: tuple[Any, ...]  # of expressions for lines with many digits near each other
    whether: Any  # of expressions of which one end a text is enough, or none
    chains: tuple[tuple[int, Chain], ...]  # with their numbers
    overhangs: Int64s  # of all expressions, by number

    def hits(self, texts: Coded) -> Hits:
        """Where each expression may match: the ends of what it may match in each text, from the text's begin."""
        found = [_scanned(self.anywhere, texts.data), *(_chained(*one, texts.data) for one in self.chains)]
        if self.digits or self.dense:
            found += self._in_lines(texts.data)
        if self.whether:
            parts = [(*_scanned((self.whether,), texts.row(row)), texts.starts[row]) for row in range(len(texts))]
            found += [(numbers, ends + start) for numbers, ends, start in parts]
        numbers, ends = (np.concatenate(column) for column in zip(*found, strict=True))
        return _by_row(texts.starts, numbers, ends - self.overhangs[numbers])

    def _in_lines(self, data: Bytes) -> Iterator[tuple[Int64s, Int64s]]:
        lines, places = digit_lines(data, FEWEST_DIGITS)
        numbers, ends = _scanned(self.digits, lines)
        yield numbers, _placed(places, ends)
        if self.dense:
            dense, inner = dense_lines(lines, DENSE_DIGITS, DENSE_APART)
            numbers, ends = _scanned(self.dense, dense)
            yield numbers, _placed(places, _placed(inner, ends))


def _scanned(scanners: Sequence[Any], data: Bytes) -> tuple[Int64s, Int64s]:
    numbers: list[int] = []
    ends: list[int] = []

    def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        numbers.append(number)
        ends.append(end)

    for scanner in scanners if len(data) else ():
        scanner.scan(data, match_event_handler=note)
    return np.array(numbers, np.int64), np.array(ends, np.int64)


def _by_row(starts: Int64s, numbers: Int64s, ends: Int64s) -> Hits:
    rows = np.searchsorted(starts, ends) - 1
    is_inside = ends < starts[rows + 1]  # else it ends with the line feed behind the text
    rows, numbers, ends = rows[is_inside], numbers[is_inside], (ends - starts[rows])[is_inside]
    order = np.lexsort((ends, numbers, rows))
    return rows[order], numbers[order], ends[order]


def _chained(number: int, chain: Chain, data: Bytes) -> tuple[Int64s, Int64s]:
    is_delimiter = np.zeros(256, np.bool_)
    is_delimiter[list(chain.delimiters)] = True
    ends = np.empty(len(data) // (chain.digits + 1) + 1, np.int64)
    n = _chain_ends(data, is_delimiter, chain.digits, chain.apart, ends)
    return np.full(n, number, np.int64), ends[:n]


@njit(cache=True, nogil=True)
def _chain_ends(data: Bytes, is_delimiter: Any, least: int, apart: int, ends: Int64s) -> int:
    """The end of the first chain of digits between each two delimiters."""
    n = digits = others = 0
    for i in range(len(data)):
        byte = data[i]
        if is_delimiter[byte]:
            digits = others = 0
        elif 48 <= byte <= 57:
            if 0 <= digits < least:
                digits = digits + 1 if others <= apart else 1
                if digits == least:
                    ends[n] = i + 1
                    n += 1
            others = 0
        else:
            others += 1
    return n


def digit_lines(data: Bytes, least: int) -> tuple[Bytes, Int64s]:
    """Lines with at least so many digits, each with its line feed, and where each begins: among them, in the data.

    Args:
        data: code bytes of lines, the last with its line feed.
        least: digits.
    """
    kept, pairs = _room(data, least)
    size, n = _digit_lines(data, least, kept, pairs)
    return kept[:size], pairs[:n]


def dense_lines(data: Bytes, least: int, apart: int) -> tuple[Bytes, Int64s]:
    """As `digit_lines`; between two of these digits stand so many other bytes at most."""
    kept, pairs = _room(data, least)
    size, n = _dense_lines(data, least, apart, kept, pairs)
    return kept[:size], pairs[:n]


def _placed(pairs: Int64s, ends: Int64s) -> Int64s:
    at = np.searchsorted(pairs[:, 0], ends) - 1  # an end lies behind the first byte of its line
    return ends - pairs[at, 0] + pairs[at, 1] if len(ends) else ends


def _room(data: Bytes, least: int) -> tuple[Bytes, Int64s]:
    return np.empty(len(data), np.uint8), np.empty((len(data) // (least + 1) + 2, 2), np.int64)


@njit(cache=True, nogil=True)
def _digit_lines(data: Bytes, least: int, kept: Bytes, pairs: Int64s) -> tuple[int, int]:
    size = n = digits = start = 0
    for i in range(len(data)):
        digits += int(np.uint8(data[i] - np.uint8(48)) < 10)
        if data[i] == 10:
            if digits >= least:
                size, n = _keep(data[start : i + 1], start, kept, pairs, size, n)
            digits = 0
            start = i + 1
    return size, n


@njit(cache=True, nogil=True)
def _dense_lines(data: Bytes, least: int, apart: int, kept: Bytes, pairs: Int64s) -> tuple[int, int]:
    size = n = digits = most = start = last = 0
    for i in range(len(data)):
        if 48 <= data[i] <= 57:
            digits = digits + 1 if i - last <= apart + 1 else 1
            most = max(most, digits)
            last = i
        elif data[i] == 10:
            if most >= least:
                size, n = _keep(data[start : i + 1], start, kept, pairs, size, n)
            digits = most = 0
            start = last = i + 1
    return size, n


@njit(cache=True, nogil=True)
def _keep(line: Bytes, start: int, kept: Bytes, pairs: Int64s, size: int, n: int) -> tuple[int, int]:
    pairs[n, 0], pairs[n, 1] = size, start
    kept[size : size + len(line)] = line
    return size + len(line), n + 1


def compiles(expression: str) -> bool:
    """Whether Hyperscan can look for an expression."""
    try:
        database([(0, expression)], WHERE)
    except Uncompilable:
        return False
    return True


def prefilter(
    supersets: Sequence[Superset | Chain], is_located: Sequence[bool], apart: Sequence[int] | None = None
) -> Prefilter:
    """Compile supersets, numbered by position.

    Args:
        supersets: of patterns, or chains of digits.
        is_located: false where one end is enough.
        apart: those of one number are scanned together, all others apart from them; none is all together.

    Raises:
        Uncompilable: for an expression that `compiles` refuses.
    """
    numbered = [(n, one) for n, one in enumerate(supersets) if isinstance(one, Superset)]
    lines = {n for n, one in numbered if is_located[n] and one.is_line and one.digits >= FEWEST_DIGITS}
    dense = {n for n, one in numbered if n in lines and _is_dense(one)}
    group = apart or [0] * len(supersets)

    def compiled(flags: int, meant: set[int]) -> Any:
        return database([(n, part) for n, one in numbered if n in meant for part in branches(one.expression)], flags)

    def parted(meant: set[int]) -> tuple[Any, ...]:
        groups = ({n for n in meant if group[n] == one} for one in sorted({*group}))
        return tuple(compiled(WHERE, some) for some in groups if some)

    located = {n for n, _ in numbered if is_located[n]}
    return Prefilter(
        anywhere=parted(located - lines),
        digits=parted(lines - dense),
        dense=parted(dense),
        whether=compiled(WHETHER, {n for n, _ in numbered} - located),
        overhangs=np.array([one.overhang for one in supersets], np.int64),
        chains=tuple((n, one) for n, one in enumerate(supersets) if isinstance(one, Chain)),
    )


def _is_dense(one: Superset) -> bool:
    """Whether a match has too few signs that are no digits to hold them apart."""
    return one.longest is not None and one.digits >= DENSE_DIGITS and one.longest - one.digits <= DENSE_APART
