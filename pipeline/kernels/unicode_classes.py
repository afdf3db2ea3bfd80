"""What each code point is, as one table that a numba loop can index: a class in the low bits, properties above."""

import unicodedata
from functools import cache

import numpy as np
from opencc import OpenCC

OTHER, LETTER, DIGIT, HAN, PUNCTUATION, SPACE, SYMBOL, MARK = range(8)
CLASS = 7
"""Mask of the class within `properties()`."""

(ALPHA, SIGN, WIDE, SENTENCE, PUNCT, TERMINAL, BREAK, LATIN, NOTED, TRADITIONAL, START, COUNTED) = (
    1 << b for b in range(3, 15)
)
"""Properties: `str.isalpha`; no word by itself; Han or beyond U+3000; ends a sentence; category P; ends a line;
a break of `str.splitlines`; a Latin letter; punctuation, symbol or break; has a simplified form; begins a phrase
and is a sign that is counted (both set by whoever knows them)."""

SIZE = 0x110000
_HAN = ((0x2E80, 0x2FD6), (0x3005, 0x3008), (0x3021, 0x302A), (0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
_HAN_BEYOND = ((0x20000, 0x323B0),)
_ASSIGNED = ((0, 0x20000), (0xE0100, 0xE01F0))
_BY_CATEGORY = {"L": LETTER, "N": DIGIT, "P": PUNCTUATION, "Z": SPACE, "S": SYMBOL, "M": MARK}
_CONTROL_SPACES = (*range(0x09, 0x0E), *range(0x1C, 0x20), 0x85)  # what `str.isspace` adds to category Z
_BREAKS = (*range(0x0A, 0x0E), *range(0x1C, 0x1F), 0x85, 0x2028, 0x2029)
_LATIN_END, _FIRST_WIDE = 0x250, 0x3000
IDEOGRAPHS = range(0x4E00, 0xA000)

SENTENCE_ENDS = """21 2e 3f 589 61f 6d4 700-702 7f9 964-965 104a-104b 1362 1367-1368 166e 1735-1736 1803 1809 1944-1945
1aa8-1aab 1b5a-1b5b 1b5e-1b5f 1c3b-1c3c 1c7e-1c7f 203c-203d 2047-2049 2e2e 2e3c 3002 a4ff a60e-a60f a6f3 a6f7 a876-a877
a8ce-a8cf a92f a9c8-a9c9 aa5d-aa5f aaf0-aaf1 abeb fe52 fe56-fe57 ff01 ff0e ff1f ff61 10a56-10a57 11047-11048 110be-110c1
11141-11143 111c5-111c6 111cd 111de-111df 11238-11239 1123b-1123c 112a9 1144b-1144c 115c2-115c3 115c9-115d7 11641-11642
1173c-1173e 11a42-11a43 11a9b-11a9c 11c41-11c42 16a6e-16a6f 16af5 16b37-16b38 16b44 1bc9f 1da88"""
"""Unicode 10 `Sentence_Terminal`: where spaCy 3.8's sentencizer ends a sentence."""

TERMINAL_ENDS = f"""{SENTENCE_ENDS} 61d-61e 837 839 83d-83e 17d4-17d6 17d9-17da 1b7d-1b7e 2e53-2e54 10f55-10f59
10f86-10f89 11944 11946 11ef7-11ef8 11f43-11f44 16e98"""
"""Unicode 15 `Sentence_Terminal` and Khmer signs: the end marks of FineWeb's line rule in datatrove 0.10."""

SIGNS = f"""{TERMINAL_ENDS} 0-8 b-1f 22-2d 2f 3a-3e 40 5b-60 7b-9f ab b4 bb 2013-2014 2019 201c-201e 2026 2236 2501
25ba 3001 3008-300d 3010-3011 ff05 ff08-ff09 ff0c ff11 ff1a-ff1b ff5e"""
"""A token of these alone is no word (datatrove 0.10; a full-width 1 stands among them there)."""


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


@cache
def traditional() -> np.ndarray:
    """Ideographs that OpenCC's dictionary of characters (`t2s`) simplifies, ascending."""
    characters = [chr(cp) for cp in IDEOGRAPHS]
    simplified = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return np.array([ord(c) for c, s in zip(characters, simplified, strict=True) if c != s])


@cache
def properties() -> np.ndarray:
    """Class and properties of each code point, uint16, index 0 to 0x10FFFF."""
    bits = table().astype(np.uint16)
    for first, end in (*_ASSIGNED, *_HAN_BEYOND):
        bits[first:end] |= np.array([ALPHA * chr(cp).isalpha() for cp in range(first, end)], np.uint16)
        punct = [PUNCT * unicodedata.category(chr(cp)).startswith("P") for cp in range(first, end)]
        bits[first:end] |= np.array(punct, np.uint16)
    for named, bit in ((SENTENCE_ENDS, SENTENCE), (TERMINAL_ENDS, TERMINAL), (SIGNS, SIGN)):
        bits[_codes(named)] |= bit
    bits[list(_BREAKS)] |= BREAK
    bits |= NOTED * (((bits & BREAK) > 0) | (table() == PUNCTUATION) | (table() == SYMBOL)).astype(np.uint16)
    bits[_FIRST_WIDE:] |= WIDE
    bits |= WIDE * (table() == HAN).astype(np.uint16)
    bits[traditional()] |= TRADITIONAL
    bits[:_LATIN_END] |= LATIN * (table()[:_LATIN_END] == LETTER).astype(np.uint16)
    return bits


def _codes(ranges: str) -> list[int]:
    ends = [(part.split("-")[0], part.split("-")[-1]) for part in ranges.split()]
    return [cp for first, last in ends for cp in range(int(first, 16), int(last, 16) + 1)]
