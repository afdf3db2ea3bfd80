"""Text as a word list searches it: one spelling for the disguises of a word, by character and over Arrow buffers.

Per character: NFKC, lower case, simplified Han (OpenCC's table of characters), format characters (zero-width and the
like, category Cf) removed. Then up to three separators between two Han characters go (赌-博), and a digit between two
letters becomes the letter it stands for (p0rn). `fold` is the definition; `fold_rows` is the same, many texts at once.
"""

import re
import unicodedata
from functools import cache

import numpy as np
from numba import njit
from opencc import OpenCC

HAN_RANGES = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x3134F))
HAN = "".join(f"{chr(first)}-{chr(last)}" for first, last in HAN_RANGES)
SEPARATOR_MARKS = " \t\u00b7\u2022*_|~+-"
MOST_SEPARATORS = 3
SEPARATORS = re.compile(f"(?<=[{HAN}])[{re.escape(SEPARATOR_MARKS)}]{{1,{MOST_SEPARATORS}}}(?=[{HAN}])")
LEET = dict(zip("013457", "oieast", strict=True))
LEET_DIGIT = re.compile(f"(?<=[a-z])[{''.join(LEET)}](?=[a-z])")

END_OF_ROW = 0xFF  # never a byte of UTF-8, so that nothing is found across two texts
_SIZE = 0x110000
_DROPPED, _FIRST_EXPANSION = -1, -2
_PLAIN, _IS_HAN, _IS_SEPARATOR, _IS_LETTER = 0, 1, 2, 3


@cache
def simplified() -> dict[str, str]:
    """Traditional Han characters and their simplified form, one to one."""
    han = [chr(point) for first, last in HAN_RANGES for point in range(first, last + 1)]
    turned = OpenCC("t2s").convert("\n".join(han)).split("\n")
    return {a: b for a, b in zip(han, turned, strict=True) if a != b and len(b) == 1}


def fold_character(char: str) -> str:
    """What one character is searched as; empty for a format character."""
    if unicodedata.category(char) == "Cf":
        return ""
    simple = simplified()
    return "".join(simple.get(c, c) for c in unicodedata.normalize("NFKC", char).lower())


class _Fold(dict[int, str]):
    """`str.translate` table that fills itself."""

    def __missing__(self, point: int) -> str:
        self[point] = fold_character(chr(point))
        return self[point]


FOLD = _Fold()


def fold(text: str) -> str:
    """`text` as it is searched."""
    return LEET_DIGIT.sub(_letter, SEPARATORS.sub("", text.translate(FOLD)))


def _letter(digit: re.Match[str]) -> str:
    return LEET[digit.group()]


def origins(text: str) -> list[int]:
    """For each character of `fold(text)`, the index of the character of `text` it came from."""
    origin = [i for i, char in enumerate(text) for _ in FOLD[ord(char)]]
    dropped = {at for span in SEPARATORS.finditer(text.translate(FOLD)) for at in range(*span.span())}
    return [i for at, i in enumerate(origin) if at not in dropped]


def fold_rows(data: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """UTF-8 of every folded text, each followed by `END_OF_ROW`, and where each begins.

    Args:
        data: uint8, UTF-8 (of Arrow, hence valid).
        offsets: int64, rows + 1.
    """
    size = int(offsets[-1] - offsets[0]) + len(offsets)
    while True:
        out = np.empty(size * 5 // 4 + 64, np.uint8)
        starts = np.zeros(len(offsets), np.int64)
        if _fold_rows(data, offsets, *_tables(), out, starts):
            return out[: starts[-1]], starts
        size *= 2


@cache
def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Folded code point, or -1, or the number of an expansion; class; expansions and where each begins."""
    folds = np.arange(_SIZE, dtype=np.int32)
    expanded: list[list[int]] = []
    for point in _unsteady():
        folded = [ord(c) for c in fold_character(chr(point))]
        folds[point] = folded[0] if len(folded) == 1 else _DROPPED if not folded else _FIRST_EXPANSION - len(expanded)
        expanded += [folded] if len(folded) > 1 else []
    flat = np.array([p for points in expanded for p in points], np.int32)
    begins = np.concatenate([[0], np.cumsum([len(points) for points in expanded])]).astype(np.int64)
    return folds, _classes(), flat, begins


def _unsteady() -> list[int]:
    """Code points whose fold may differ from themselves; a test walks through all the others."""
    han = {p for first, last in HAN_RANGES for p in range(first, last + 1)}
    planes = (*range(0xAC00), *range(0xD7A4, 0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE1000))
    compatible = range(0x2F800, 0x2FA20)
    return sorted(({*planes} - han) | {*compatible} | {ord(c) for c in simplified()})


def _classes() -> np.ndarray:
    classes = np.zeros(_SIZE, np.uint8)
    for first, last in HAN_RANGES:
        classes[first : last + 1] = _IS_HAN
    classes[[ord(c) for c in SEPARATOR_MARKS]] = _IS_SEPARATOR
    classes[ord("a") : ord("z") + 1] = _IS_LETTER
    return classes


@njit(cache=True, nogil=True)
def _encode(point: int, out: np.ndarray, at: int) -> int:
    if point < 0x80:
        out[at] = point
        return at + 1
    if point < 0x800:
        out[at] = 0xC0 | point >> 6
        out[at + 1] = 0x80 | point & 0x3F
        return at + 2
    if point < 0x10000:
        out[at] = 0xE0 | point >> 12
        out[at + 1] = 0x80 | point >> 6 & 0x3F
        out[at + 2] = 0x80 | point & 0x3F
        return at + 3
    out[at] = 0xF0 | point >> 18
    out[at + 1] = 0x80 | point >> 12 & 0x3F
    out[at + 2] = 0x80 | point >> 6 & 0x3F
    out[at + 3] = 0x80 | point & 0x3F
    return at + 4


@njit(cache=True, nogil=True)
def _decode(data: np.ndarray, at: int) -> tuple[int, int]:
    """The code point at `at` and where the next begins."""
    byte = int(data[at])
    if byte < 0x80:
        return byte, at + 1
    if byte < 0xE0:
        return (byte & 0x1F) << 6 | int(data[at + 1]) & 0x3F, at + 2
    if byte < 0xF0:
        return (byte & 0x0F) << 12 | (int(data[at + 1]) & 0x3F) << 6 | int(data[at + 2]) & 0x3F, at + 3
    high = (byte & 0x07) << 18 | (int(data[at + 1]) & 0x3F) << 12
    return high | (int(data[at + 2]) & 0x3F) << 6 | int(data[at + 3]) & 0x3F, at + 4


@njit(cache=True, nogil=True)
def _unleet(out: np.ndarray, start: int, at: int) -> None:
    """A letter stands at `at`: if a digit before it follows a letter, it becomes one."""
    if at - 2 < start or not 97 <= out[at - 2] <= 122:
        return
    digit = out[at - 1]
    if digit == 48:
        out[at - 1] = 111
    elif digit == 49:
        out[at - 1] = 105
    elif digit == 51:
        out[at - 1] = 101
    elif digit == 52:
        out[at - 1] = 97
    elif digit == 53:
        out[at - 1] = 115
    elif digit == 55:
        out[at - 1] = 116


@njit(cache=True, nogil=True)
def _fold_rows(  # noqa: C901, PLR0912 - one loop over characters: a call per character would cost its speed
    data: np.ndarray,
    offsets: np.ndarray,
    folds: np.ndarray,
    classes: np.ndarray,
    flat: np.ndarray,
    begins: np.ndarray,
    out: np.ndarray,
    starts: np.ndarray,
) -> bool:
    """Fill `out` and `starts`; False when `out` is too small."""
    at = 0
    room = len(out) - 64
    for row in range(len(offsets) - 1):
        if at > room:
            return False
        start = at
        han_end, gap = -1, 0  # end of the last Han character, separators since
        position = offsets[row]
        while position < offsets[row + 1]:
            if at > room:
                return False
            byte = data[position]
            if byte < 0x80 and han_end < 0:  # most of English: no table, no state
                is_capital = 65 <= byte <= 90
                out[at] = byte + 32 if is_capital else byte
                if at >= start + 2 and 48 <= out[at - 1] <= 57 and 97 <= out[at] <= 122:
                    _unleet(out, start, at)
                at += 1
                position += 1
                continue
            point, position = _decode(data, position)
            folded = folds[point]
            first, last = 0, 1
            if folded == _DROPPED:
                continue
            if folded <= _FIRST_EXPANSION:
                first, last = begins[_FIRST_EXPANSION - folded], begins[_FIRST_EXPANSION - folded + 1]
            for i in range(first, last):
                one = flat[i] if folded < 0 else folded
                kind = classes[one]
                if kind == _IS_HAN:
                    at = _encode(one, out, han_end if 0 < gap <= MOST_SEPARATORS else at)
                    han_end, gap = at, 0
                elif kind == _IS_SEPARATOR and han_end >= 0:
                    at = _encode(one, out, at)
                    gap += 1
                else:
                    at = _encode(one, out, at)
                    han_end, gap = -1, 0
                    if kind == _IS_LETTER:
                        _unleet(out, start, at - 1)
        out[at] = END_OF_ROW
        at += 1
        starts[row + 1] = at
    return True
