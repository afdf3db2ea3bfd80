"""Many texts revealed at once (`disguises`), and as bytes for a scanner (`code_bytes`): no Python per character.

`disguises.revealed` is the definition for one text; a test holds both together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.kernels import code_bytes, disguises

CJK = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
"""Chinese, Japanese and Korean characters, first and last of each range."""
FORMAT, MARK, IS_CJK = 1, 2, 4
CHANGED, SHORTENED, WITH_CJK = 1, 2, 4
NEWLINE = 10

Points = npt.NDArray[np.uint32]
Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Coded:
    """Texts as one byte a code point, a line feed behind each."""

    data: Bytes
    starts: Int64s  # of each text, and where the next would begin

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, at: int) -> Bytes:
        """The bytes of one text; no copy."""
        return self.data[self.starts[at] : self.starts[at + 1] - 1]


@dataclass(frozen=True, slots=True)
class Revealed:
    """Texts as recognizers read them, a line feed behind each."""

    texts: Sequence[str]
    points: Points  # none where all is ASCII: then nothing asks for them
    codes: Bytes
    starts: Int64s
    found: Bytes  # of each text: CHANGED, SHORTENED, WITH_CJK
    spelled: dict[int, str] = field(default_factory=dict, repr=False)  # plain texts that differ from the texts

    def plain(self, row: int) -> str:
        """What `disguises.revealed` makes of a text."""
        if not self.found[row] & (CHANGED | SHORTENED):
            return self.texts[row]
        if row not in self.spelled:
            self.spelled[row] = _text(self.points[self.starts[row] : self.starts[row + 1] - 1])
        return self.spelled[row]

    def shadow(self, row: int) -> str:
        """The plain text with every CJK character as a control character."""
        if not self.found[row] & WITH_CJK:
            return self.plain(row)
        return _text(_shown(self.points[self.starts[row] : self.starts[row + 1] - 1], _kinds()))

    def origin(self, row: int) -> list[int] | None:
        """Where each character of the plain text stood; none where all stand as before."""
        return disguises.revealed(self.texts[row])[1] if self.is_shortened(row) else None

    def is_shortened(self, row: int) -> bool:
        """Whether the plain text has fewer characters."""
        return bool(self.found[row] & SHORTENED)

    def has_cjk(self) -> npt.NDArray[np.bool_]:
        """Whether a Chinese, Japanese or Korean character stands in each plain text."""
        return (self.found & WITH_CJK) > 0

    def coded(self, rows: Int64s, *, is_shadow: bool = False) -> Coded:
        """Some of the plain texts as bytes; in a shadow every CJK character is a control character."""
        if len(rows) == len(self.texts) and not is_shadow:
            return Coded(self.codes, self.starts)
        lengths = np.diff(self.starts)[rows]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        data = np.empty(int(starts[-1]), np.uint8)
        if is_shadow and len(self.points):
            _code(self.points, self.starts, rows, _shadow_table(), data)
        else:
            _chosen(self.codes, self.starts, rows, data)
        return Coded(data, starts)


def reveal(texts: Sequence[str]) -> Revealed:
    """What recognizers read of each text; lone surrogates and NUL pass as they are."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    found = np.zeros(len(texts), np.uint8)
    joined = "\n".join([*texts, ""])
    if joined.isascii():
        codes = np.frombuffer(joined.encode("ascii"), np.uint8)
        return Revealed(texts, np.empty(0, np.uint32), codes, starts, found)
    points = np.array([joined]).view(np.uint32)  # no copy but this one, which the plain texts replace
    codes = np.empty(len(points), np.uint8)
    spelled, _ = disguises.tables()
    _reveal(points, codes, starts, spelled, _kinds(), code_bytes.table(), found)
    return Revealed(texts, points, codes[: starts[-1]], starts, found)


def _text(points: Points) -> str:
    return str(points.data, "utf-32-le", "surrogatepass")


@cache
def _kinds() -> Bytes:
    kinds = np.zeros(code_bytes.CODE_POINTS, np.uint8)
    kinds[disguises.format_points()] |= FORMAT
    kinds[disguises.mark_points()] |= MARK
    for first, last in CJK:
        kinds[first : last + 1] |= IS_CJK
    return kinds


@cache
def _shadow_table() -> Bytes:
    table = code_bytes.table().copy()
    table[(_kinds() & IS_CJK) > 0] = code_bytes.OTHER
    return table


@njit(cache=True, nogil=True)
def _reveal(
    points: Points, codes: Bytes, starts: Int64s, spelled: Points, kinds: Bytes, table: Bytes, found: Bytes
) -> None:
    """Put plain texts in the place of texts, and where they start in the place of where those did."""
    at = first = 0
    for row in range(len(starts) - 1):
        is_after_digit = False  # or after what goes because of a digit before it
        seen = 0
        for i in range(first, starts[row + 1] - 1):
            point = points[i]
            if point >= 0x80:
                new = spelled[point]
                kind = kinds[new]
                if kind & FORMAT or (kind & MARK and is_after_digit):
                    seen |= SHORTENED
                    continue
                seen |= (CHANGED if new != point else 0) | (WITH_CJK if kind & IS_CJK else 0)
                point = new
            points[at] = point
            codes[at] = table[point]
            is_after_digit = 48 <= point <= 57
            at += 1
        points[at] = codes[at] = NEWLINE
        at += 1
        first = starts[row + 1]
        starts[row + 1] = at
        found[row] = seen


@njit(cache=True, nogil=True)
def _code(points: Points, starts: Int64s, rows: Int64s, table: Bytes, data: Bytes) -> None:
    at = 0
    for row in rows:
        for i in range(starts[row], starts[row + 1]):
            data[at] = table[points[i]]
            at += 1


@njit(cache=True, nogil=True)
def _chosen(codes: Bytes, starts: Int64s, rows: Int64s, data: Bytes) -> None:
    at = 0
    for row in rows:
        n = starts[row + 1] - starts[row]
        data[at : at + n] = codes[starts[row] : starts[row + 1]]
        at += n


@njit(cache=True, nogil=True)
def _shown(points: Points, kinds: Bytes) -> Points:
    shown = points.copy()
    for i in range(len(shown)):
        if kinds[shown[i]] & IS_CJK:
            shown[i] = code_bytes.OTHER
    return shown
