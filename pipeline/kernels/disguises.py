"""Text as recognizers read it: digits, letters and dashes in one spelling, without characters that nobody sees.

Full-width and mathematical forms, digits of other scripts, and the many dashes and spaces become ASCII. Format
characters (zero-width and the like) go, and so do marks that combine with a digit. Superscripts and circled digits
stay: they count things, and are no part of a number.
"""

import re
import sys
import unicodedata
from functools import cache

import numpy as np

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"
LETTERS = {0x017F: "s", 0x212A: "k"}  # what `re.IGNORECASE` takes for ASCII letters
FULL_WIDTH = range(0xFF01, 0xFF5F)
PUNCTUATION = "（）＋，－．：；＠＿"
"""What of full-width punctuation belongs to numbers and addresses; the rest ends them, as in 谢谢！a@example.com."""
MATHEMATICAL = range(0x1D400, 0x1D800)
BLANK = "\u115f\u1160\u3164\uffa0"  # letters to Unicode, nothing to the eye


def revealed(text: str) -> tuple[str, list[int] | None]:
    """The plain text, and for each of its characters where it stood; none where every one stands as before.

    Args:
        text: any; lone surrogates and NUL pass as they are.
    """
    if text.isascii():
        return text, None
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    spelled, hidden = tables()
    is_plain = not (spelled[points] != points)[points > 0x7F].any()
    plain = text if is_plain else spelled[points].tobytes().decode("utf-32-le", "surrogatepass")
    gone = [span.span() for span in _unseen().finditer(plain)] if hidden[points].any() else []
    return (plain, None) if not gone else _without(plain, gone)


def _without(plain: str, gone: list[tuple[int, int]]) -> tuple[str, list[int]]:
    parts: list[str] = []
    origin: list[int] = []
    end = 0
    for start, stop in [*gone, (len(plain), len(plain))]:
        parts.append(plain[end:start])
        origin += range(end, start)
        end = stop
    return "".join(parts), origin


def original(origin: list[int] | None, start: int, end: int) -> tuple[int, int]:
    """Where a stretch of the plain text stood in the text; what was left out inside it is part of it."""
    return (start, end) if origin is None else (origin[start], origin[end - 1] + 1)


@cache
def _spellings() -> dict[int, str]:
    spelled = {ord(c): "-" for c in DASHES} | LETTERS
    spelled |= dict.fromkeys(_points("Zs"), " ")
    letters = [p for p in FULL_WIDTH if unicodedata.category(chr(p))[0] == "L"]
    for point in (*map(ord, PUNCTUATION), *letters, *MATHEMATICAL):
        plain = unicodedata.normalize("NFKC", chr(point))
        spelled |= {point: plain} if len(plain) == 1 else {}
    return spelled | {point: str(unicodedata.decimal(chr(point))) for point in _points("Nd")}


def _points(*categories: str) -> list[int]:
    return [point for category in categories for point in _by_category()[category]]


@cache
def _by_category() -> dict[str, list[int]]:
    found: dict[str, list[int]] = {category: [] for category in ("Cf", "Mn", "Me", "Zs", "Nd")}
    for point in range(0x80, sys.maxunicode + 1):
        if (category := unicodedata.category(chr(point))) in found:
            found[category].append(point)
    return found


def format_points() -> list[int]:
    """Characters that nobody sees."""
    return [*_points("Cf"), *map(ord, BLANK)]


def mark_points() -> list[int]:
    """Marks that combine with the character before."""
    return _points("Mn", "Me")


@cache
def _unseen() -> re.Pattern[str]:
    unseen = _ranges(format_points())
    return re.compile(f"(?<=[0-9])[{unseen}{_ranges(mark_points())}]+|[{unseen}]+")


@cache
def tables() -> tuple[np.ndarray, np.ndarray]:
    """How each code point is spelled, and whether it may have to go."""
    spelled = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    for point, plain in _spellings().items():
        spelled[point] = ord(plain)
    hidden = np.zeros(sys.maxunicode + 1, np.bool_)
    hidden[[*format_points(), *mark_points()]] = True
    return spelled, hidden


def _ranges(points: list[int]) -> str:
    """Character class of code points, neighbours together."""
    drawn, first, last = [], -1, -2
    for point in [*sorted(points), sys.maxunicode + 2]:
        if point != last + 1:
            drawn += [f"\\U{first:08x}-\\U{last:08x}"] if first >= 0 else []
            first = point
        last = point
    return "".join(drawn)
