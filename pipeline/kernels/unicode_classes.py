"""One class per code point, as a table that a numba loop can index: what a character is, not what it means."""

import unicodedata
from functools import cache

import numpy as np

OTHER, LETTER, DIGIT, HAN, PUNCTUATION, SPACE, SYMBOL, MARK = range(8)

SIZE = 0x110000
_HAN = ((0x2E80, 0x2FD6), (0x3005, 0x3008), (0x3021, 0x302A), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
_HAN_BEYOND = ((0x20000, 0x323B0),)
_ASSIGNED = ((0, 0x20000), (0xE0100, 0xE01F0))
_BY_CATEGORY = {"L": LETTER, "N": DIGIT, "P": PUNCTUATION, "Z": SPACE, "S": SYMBOL, "M": MARK}
_CONTROL_SPACES = (*range(0x09, 0x0E), *range(0x1C, 0x20), 0x85)  # what `str.isspace` adds to category Z


@cache
def table() -> np.ndarray:
    """The class of each code point, uint8, index 0 to 0x10FFFF.

    Han comes before category: ideographs are one word each, 々 and 〇 included. Kana and Hangul are letters.
    Private use, unassigned and format characters (zero-width joiners too) are OTHER and end a word.

    Source: Unicode general categories of the running Python (`unicodedata.unidata_version`).
    """
    classes = np.zeros(SIZE, dtype=np.uint8)
    for first, end in _ASSIGNED:
        codes = [_BY_CATEGORY.get(unicodedata.category(chr(cp))[0], OTHER) for cp in range(first, end)]
        classes[first:end] = codes
    for first, end in (*_HAN, *_HAN_BEYOND):
        classes[first:end] = HAN
    classes[list(_CONTROL_SPACES)] = SPACE
    return classes
