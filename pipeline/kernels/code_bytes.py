"""A text as one byte per code point, so that a byte scanner's offsets are code points by construction.

ASCII stands for itself. Every other code point becomes a byte of its class: what `regex` calls a digit is `0`, a word
character `_`, white space a space, the rest 0x01; the four that fold to an ASCII letter become that letter.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
import regex

DIGIT, WORD, SPACE, OTHER = b"0"[0], b"_"[0], b" "[0], 1
FOLDED = {0x017F: ord("s"), 0x212A: ord("k"), 0x0130: ord("i"), 0x0131: ord("i")}
"""Long s, Kelvin sign, dotted and dotless i: equal to an ASCII letter when case is ignored."""
CODE_POINTS = 0x110000


@cache
def table() -> npt.NDArray[np.uint8]:
    """The byte of every code point."""
    every = "".join(map(chr, range(CODE_POINTS)))
    found = np.full(CODE_POINTS, OTHER, np.uint8)
    for pattern, byte in ((r"\s+", SPACE), (r"\w+", WORD), (r"\d+", DIGIT)):
        for run in regex.finditer(pattern, every):
            found[run.start() : run.end()] = byte
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
