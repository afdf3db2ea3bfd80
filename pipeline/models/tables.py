"""Tables, dumps and cards read as forms: before each value stands what the head of its column calls it.

`姓名,QQ` over `张三,1047729938` becomes `姓名: 张三` and `QQ: 1047729938`, each on a line of its own, far apart:
so whatever is found right after its label, or near it, is found in a column too.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import itemgetter

Cell = tuple[int, int]  # where it starts and ends in the text
Entry = tuple[str, Cell]  # the head of its column, and a cell
Form = tuple[str, "Cells"]
Names = dict[int, str]  # heads of columns by number

APART = "\n" + " " * 48
"""Between two lines of a form: further than words near a number are looked for."""
MOST_HEAD_CHARS, MOST_CELL_CHARS, MOST_CARD_CHARS = 2_000, 200, 10_000
MOST_STRANGE = 3
"""Lines of other widths one after the other within a table."""
COLUMN = re.compile(r"(#?\w+(?:[ /·-]\w+){0,3}) ?(?:\([^()]{0,20}\))?")
WRAPPING = " \t\r\n\"'`*“”\\"
SPACES = ("  ", " ")
"""Between them a line is a head when two of its words are."""
DELIMITERS = ("\t", "|", ",", ";", *SPACES)
RULE = re.compile(r"[-:=+|─ \t\r]+")
"""A line that only parts the head from the rows."""
QUOTED = r"""(?:'(?:[^'\\]|\\.|'')*+'|"(?:[^"\\]|\\.|"")*+")"""
OPENED = re.compile(r"(?:(insert\s+(?:ignore\s+)?into)|copy)\s+[^\s(]+\s*$", re.IGNORECASE)
TUPLE = rf"\s*\(((?:{QUOTED}|[^()'\"])*+)\)"
VALUES, NEXT = re.compile(rf"\s*values{TUPLE}", re.IGNORECASE), re.compile(rf"\s*,{TUPLE}")
VALUE = re.compile(rf"\s*+({QUOTED}(?=\s*(?:,|$))|[^,]*)\s*(,|$)")
BEGIN, END = "BEGIN:VCARD", "END:VCARD"
FIELD = re.compile(r"^(FN|BDAY|TEL|EMAIL)(?:;[^:\n]*)?:([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
CALLED = {"FN": "full name", "BDAY": "date of birth", "TEL": "phone", "EMAIL": "email"}
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """Where the cells of a form stand in it, ascending, and in its text."""

    starts: list[int]
    places: list[Cell]

    def located(self, start: int, end: int) -> Cell | None:
        """Where a stretch of the form stands in the text; none when it is not in one cell whole."""
        at = bisect_right(self.starts, start) - 1
        if at < 0:
            return None
        left, right = self.places[at]
        moved = left - self.starts[at]
        return (start + moved, end + moved) if end + moved <= right else None


def form(text: str, heads: Sequence[Cell]) -> Form | None:
    """What a text says in columns, as a form; none when none of the words that may head columns does.

    Args:
        text: any.
        heads: where such words start and end, ascending.
    """
    every = [*_lined(text, heads), *_dumped(text, heads), *_carded(text, heads)]
    entries = [(head, cell) for head, cell in every if 1 < cell[1] - cell[0] <= MOST_CELL_CHARS]
    if not entries:
        return None
    parts: list[str] = []
    starts: list[int] = []
    at = 0
    for head, (start, end) in entries:
        label = f"{head}: "
        starts.append(at + len(label))
        parts += [label, text[start:end], APART]
        at = starts[-1] + end - start + len(APART)
    return "".join(parts), Cells(starts=starts, places=[cell for _, cell in entries])


def _lined(text: str, heads: Sequence[Cell]) -> Iterator[Entry]:
    """Columns of lines with as many cells as the line above them that names them."""
    done = -1
    for at, _ in heads:
        line = _line(text, at) if at >= done else None
        if line is None:
            continue
        done = line[1]
        for names, cells in _table(text, line, heads):
            done = cells[-1][1]
            yield from _entries(names, cells)


def _line(text: str, at: int) -> Cell | None:
    """The line that holds a position; none when it is too long for a head, or the last one."""
    first = max(0, at - MOST_HEAD_CHARS)
    start, end = text.rfind("\n", first, at) + 1, text.find("\n", at, at + MOST_HEAD_CHARS)
    return None if end < 0 or (start == 0 and first > 0) else (start, end)


def _table(text: str, line: Cell, heads: Sequence[Cell]) -> Iterator[tuple[Names, list[Cell]]]:
    """The columns that a line names and the rows below it, by the first delimiter that makes it a head of rows."""
    n_heads = len(_within(heads, line))
    below = (line[1], _below(text, _below(text, line[1] + 1)))  # a line of dashes, and one of cells
    for delimiter in DELIMITERS:
        least = 2 if delimiter in SPACES else 1
        if n_heads < least or text.find(delimiter, *line) < 0 or text.find(delimiter, *below) < 0:
            continue
        pattern = _between(delimiter)
        columns = _cells(text, line, pattern)
        names = _named(text, columns, heads)
        if len(names) < least:
            continue
        rows = _rows(text, line[1] + 1, pattern, len(columns))
        if (row := next(rows, None)) is not None:
            yield from ((names, cells) for cells in chain([row], rows))
            return


def _cells(text: str, line: Cell, pattern: re.Pattern[str]) -> list[Cell]:
    """The cells of a line, by a pattern of one and of what ends it."""
    found = []
    for one in pattern.finditer(text, *line):
        found.append(_unwrapped(text, one.span(1)))
        if not one[2]:
            break
    return found


@cache
def _between(delimiter: str) -> re.Pattern[str]:
    """A cell and its delimiter; between double quotes it is none, where it is no space."""
    between = r"[ \u3000]{2,}" if delimiter == "  " else r"[ \u3000]" if delimiter == " " else re.escape(delimiter)
    quoted = rf'[ ]*"(?:[^"]|"")*"[ ]*(?={between}|$)|' if not delimiter.isspace() else ""
    return re.compile(rf"({quoted}(?:(?!{between}).)*)({between}|$)")


def _unwrapped(text: str, cell: Cell) -> Cell:
    start, end = cell
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip(WRAPPING)), end - len(inner) + len(inner.rstrip(WRAPPING))


def _rows(text: str, at: int, pattern: re.Pattern[str], n: int) -> Iterator[list[Cell]]:
    """The cells of the lines that follow; the first must have `n` of them, a few after it may have more or less."""
    strange = MOST_STRANGE
    while at < len(text) and strange <= MOST_STRANGE:
        end = text.find("\n", at)
        line = (at, end if end >= 0 else len(text))
        at = line[1] + 1
        if RULE.fullmatch(text, *line):
            continue
        cells = _cells(text, line, pattern)
        if len(cells) == 1:
            return
        strange = 0 if len(cells) == n else strange + 1
        if len(cells) == n:
            yield cells


def _named(text: str, columns: Sequence[Cell], heads: Sequence[Cell]) -> Names:
    """The columns whose names end with a label, by number; none where not all of several are names."""
    given = {at: COLUMN.fullmatch(text, *cell) for at, cell in enumerate(columns) if cell[0] < cell[1]}
    if len(given) < 2 or not all(given.values()):
        return {}
    named = {
        at: one for at, one in given.items() if one and any(e >= one.end(1) for _, e in _within(heads, one.span(1)))
    }
    return {at: CAMEL.sub(" ", one[1]).rstrip("0123456789") for at, one in named.items()}


def _within(heads: Sequence[Cell], place: Cell) -> Sequence[Cell]:
    """Those that start in a place."""
    first, last = (bisect_left(heads, edge, key=itemgetter(0)) for edge in place)
    return heads[first:last]


def _entries(names: Names, cells: Sequence[Cell]) -> Iterator[Entry]:
    return ((head, cells[at]) for at, head in names.items() if at < len(cells))


def _dumped(text: str, heads: Sequence[Cell]) -> Iterator[Entry]:
    """Columns of rows that a dump inserts or copies, named between parentheses before them."""
    done = -1
    for at, _ in heads:
        opened, closed = text.rfind("(", max(0, at - MOST_HEAD_CHARS), at), text.find(")", at, at + MOST_HEAD_CHARS)
        is_new = at >= done and closed >= 0 <= opened
        said = OPENED.search(text, max(0, opened - MOST_CELL_CHARS), opened) if is_new else None
        if said is None:
            continue
        done = closed
        columns = _cells(text, (opened + 1, closed), VALUE)
        names = _named(text, columns, heads)
        copied = _rows(text, _below(text, closed), _between("\t"), len(columns))
        for cells in _tuples(text, closed + 1) if said[1] else copied:
            done = cells[-1][1]
            yield from _entries(names, cells)


def _tuples(text: str, at: int) -> Iterator[list[Cell]]:
    """The rows of `values (…), (…)`."""
    one = VALUES.match(text, at)
    while one:
        yield _cells(text, one.span(1), VALUE)
        one = NEXT.match(text, one.end())


def _below(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end + 1 if end >= 0 else len(text)


def _carded(text: str, heads: Sequence[Cell]) -> Iterator[Entry]:
    for at, _ in heads:
        end = text.find(END, at, at + MOST_CARD_CHARS) if text.startswith(BEGIN, at) else -1
        for field in FIELD.finditer(text, at, end) if end >= 0 else ():
            yield CALLED[field[1].upper()], field.span(2)
