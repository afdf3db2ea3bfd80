"""Kinds of characters that tell damage or script, counted over Arrow string buffers: one pass, no Python per text."""

from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

from pipeline.kernels.strings import buffers

KINDS = ("chars", "bytes", "nul", "control", "replacement", "private_use", "han")
CHARS, BYTES, NUL, CONTROL, REPLACEMENT, PRIVATE_USE, HAN = range(len(KINDS))


def count(texts: pa.Array | pa.ChunkedArray) -> dict[str, np.ndarray]:
    """Counts of each text, one int64 array per name of `KINDS`, in row order; a null is an empty text.

    `control` is C0 and C1 without white space (tab, line feed, form feed, carriage return), with DEL and NUL;
    `han` the unified and compatibility ideographs, without radicals and iteration marks.
    """
    data, offsets = buffers(texts)
    out = np.zeros((len(offsets) - 1, len(KINDS)), np.int64)
    _count(data, offsets, out)
    return {name: out[:, i] for i, name in enumerate(KINDS)}


@njit(nogil=True, cache=True)
def _count(data: Any, offsets: Any, out: Any) -> None:
    for row in range(len(offsets) - 1):
        out[row, BYTES] = offsets[row + 1] - offsets[row]
        code, missing = np.int64(0), np.int64(0)
        for i in range(offsets[row], offsets[row + 1]):
            byte: Any = np.int64(data[i])
            if byte >= 0xC0:
                missing = 1 + (byte >= 0xE0) + (byte >= 0xF0)
                code = byte & (0x3F >> missing)
            elif byte >= 0x80:
                code, missing = (code << 6) | (byte & 0x3F), missing - 1
            else:
                code, missing = byte, np.int64(0)
            if missing == 0:
                out[row, CHARS] += 1
                kind = _kind(code)
                out[row, NUL] += code == 0
                if kind:
                    out[row, kind] += 1


@njit(nogil=True, cache=True)
def _kind(code: int) -> int:
    if code < 0xA0:
        is_space = code in (0x09, 0x0A, 0x0C, 0x0D)
        return CONTROL if (code < 0x20 and not is_space) or code >= 0x7F else 0
    if code < 0x3400:
        return 0
    if 0x4E00 <= code <= 0x9FFF or code <= 0x4DBF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3134F:
        return HAN
    if 0xE000 <= code <= 0xF8FF or 0xF0000 <= code <= 0x10FFFD:
        return PRIVATE_USE
    return REPLACEMENT if code == 0xFFFD else 0
