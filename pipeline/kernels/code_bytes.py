"""A text as one byte per code point, so that a byte scanner's offsets are code points by construction.

ASCII stands for itself. A Han character becomes one of the bytes from 0x80 on, so that a scanner can tell most words
apart; a few have a byte of their own. Every other code point becomes a byte of its class: what `regex` calls a digit
is `0`, a word character `_`, white space a space, punctuation of a few blocks its own control character, the rest
0x01; the four that fold to an ASCII letter become that letter.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import regex

DIGIT, WORD, SPACE, OTHER = b"0"[0], b"_"[0], b" "[0], 1
FOLDED = {0x017F: ord("s"), 0x212A: ord("k"), 0x0130: ord("i"), 0x0131: ord("i")}
"""Long s, Kelvin sign, dotted and dotless i: equal to an ASCII letter when case is ignored."""
CODE_POINTS = 0x110000
SIGNS = {2: range(0x2000, 0x2070), 3: range(0x3000, 0x3040), 4: range(0xFE30, 0xFE70), 5: range(0xFF00, 0xFFF0)}
"""What stands in blocks of punctuation and is no word or space: 。 is told from ﹫, — from both."""
HAN, HAN_BYTES = 0x80, 127
HAN_ALONE = (
    "号院楼弄巷栋幢座单元室层组队户门房区路街道里村园苑庄城厦场寓条屯镇乡段同一二三四五六七八九十百零甲执电话定位密码"
)
"""Han characters that share their byte with no other: in addresses and heads of columns one of them says much."""
HAN_POINTS = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x32000))


@cache
def table() -> npt.NDArray[np.uint8]:
    """The byte of every code point."""
    every = "".join(map(chr, range(CODE_POINTS)))
    found = np.full(CODE_POINTS, OTHER, np.uint8)
    for pattern, byte in ((r"\s+", SPACE), (r"\w+", WORD), (r"\d+", DIGIT)):
        for run in regex.finditer(pattern, every):
            found[run.start() : run.end()] = byte
    for sign, points in SIGNS.items():
        part = found[points.start : points.stop]
        part[part == OTHER] = sign
    n_shared = HAN_BYTES - len(HAN_ALONE)
    for points in HAN_POINTS:
        spread = (HAN + np.arange(points.start, points.stop) % n_shared).astype(np.uint8)
        part = found[points.start : points.stop]
        found[points.start : points.stop] = np.where(part == WORD, spread, part)
    for at, one in enumerate(HAN_ALONE):
        found[ord(one)] = HAN + n_shared + at
    found[:128] = np.arange(128)
    for code, byte in FOLDED.items():
        found[code] = byte
    return found


def code_bytes(text: str) -> bytes:
    """The bytes of a text, one per code point; lone surrogates are no letters."""
    if text.isascii():
        return text.encode("ascii")
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return table()[codes].tobytes()
