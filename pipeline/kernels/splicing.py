"""Replaces spans of an Arrow string array over its buffers; positions are code points, bytes are never decoded.

What is put in the place of a span is decided elsewhere. Rows without spans are copied as they lie.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from pipeline.errors import EvidenceMissing
from pipeline.kernels.strings import buffers

Int64s = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

MOST_BYTES = 2**31 - 1  # of an array with 32-bit offsets


@dataclass(frozen=True, kw_only=True, slots=True)
class Spans:
    """Spans of an array of texts: ascending by row and start, none overlapping; equal lengths."""

    rows: Int64s
    starts: Int64s  # code points of the row's text
    ends: Int64s

    def __len__(self) -> int:
        return len(self.rows)

    def slice(self, first: int, last: int) -> "Spans":
        """The spans of the rows `first` to `last` (not included), counted from `first`."""
        low, high = np.searchsorted(self.rows, [first, last])
        return Spans(rows=self.rows[low:high] - first, starts=self.starts[low:high], ends=self.ends[low:high])


def values(texts: pa.Array, spans: Spans) -> pa.Array:
    """What stands in each span, as `large_string` in the order of the spans.

    Raises:
        EvidenceMissing: a span does not lie in its text.
    """
    data, offsets = buffers(texts)
    at, to = _bytes(data, offsets, spans)
    lengths = to - at
    out = np.zeros(len(spans) + 1, np.int64)
    np.cumsum(lengths, out=out[1:])
    gathered = np.empty(int(out[-1]), np.uint8)
    _gather(data, at, to, gathered)
    return pa.Array.from_buffers(
        pa.large_string(), len(spans), [None, pa.py_buffer(out), pa.py_buffer(gathered)]
    )  # whole code points of valid UTF-8


def behind(texts: pa.Array, spans: Spans, chosen: Int64s, n: int) -> list[str]:
    """The next `n` characters behind the chosen spans, fewer where the text ends.

    Raises:
        EvidenceMissing: a span does not lie in its text.
    """
    data, offsets = buffers(texts)
    _, to = _bytes(data, offsets, spans)
    ends = np.minimum(to + 4 * n, offsets[spans.rows + 1])[chosen].tolist()  # a character has four bytes at most
    some = (data[at:end].tobytes() for at, end in zip(to[chosen].tolist(), ends, strict=True))
    return [part.decode(errors="ignore")[:n] for part in some]


def splice(texts: pa.Array, spans: Spans, replacements: pa.Array) -> pa.ChunkedArray:
    """The texts with each span replaced, of the type of `texts`; in several chunks when 2 GiB are not enough.

    Args:
        texts: string or large_string, without nulls.
        spans: of these texts.
        replacements: strings, one a span.

    Raises:
        EvidenceMissing: a span does not lie in its text, or overlaps the one before.
    """
    data, offsets = buffers(texts)
    at, to = _bytes(data, offsets, spans)
    new, new_offsets = buffers(replacements)
    grown = np.zeros(len(texts) + 1, np.int64)
    np.add.at(grown, spans.rows + 1, np.diff(new_offsets) - (to - at))
    out_offsets = offsets - (offsets[0] if len(offsets) else 0) + np.cumsum(grown)
    is_large = pa.types.is_large_string(texts.type)
    if not is_large and out_offsets[-1] > MOST_BYTES and len(texts) > 1:
        half = len(texts) // 2
        cut = int(np.searchsorted(spans.rows, half))
        low = splice(texts[:half], spans.slice(0, half), replacements[:cut])
        high = splice(texts[half:], spans.slice(half, len(texts)), replacements[cut:])
        return pa.chunked_array([*low.chunks, *high.chunks], texts.type)
    out = np.empty(int(out_offsets[-1]), np.uint8)
    _splice(data, (int(offsets[0]), int(offsets[-1])), (at, to), (new, new_offsets), out)
    kept = out_offsets if is_large else out_offsets.astype(np.int32)
    parts = [None, pa.py_buffer(kept), pa.py_buffer(out)]
    return pa.chunked_array([pa.Array.from_buffers(texts.type, len(texts), parts)], texts.type)


def _bytes(data: Bytes, offsets: Int64s, spans: Spans) -> tuple[Int64s, Int64s]:
    """First byte of each span and the byte behind it."""
    at, to = np.empty(len(spans), np.int64), np.empty(len(spans), np.int64)
    if not _located(data, offsets, (spans.rows, spans.starts, spans.ends), at, to):
        raise EvidenceMissing(
            "a finding lies outside its document or overlaps another",
            fix="measure the stage `personal` again for this batch: findings and documents belong to different texts",
        )
    return at, to


@njit(cache=True)
def _located(data: Bytes, offsets: Int64s, spans: tuple[Int64s, Int64s, Int64s], at: Int64s, to: Int64s) -> bool:
    rows, starts, ends = spans
    row, chars, position = -1, 0, 0
    for i in range(len(rows)):
        if rows[i] < row or rows[i] < 0 or rows[i] >= len(offsets) - 1:
            return False
        if rows[i] > row:
            row, chars, position = rows[i], 0, offsets[rows[i]]
        if starts[i] < chars or ends[i] < starts[i]:
            return False
        stop = offsets[row + 1]
        position = _forward(data, position, stop, starts[i] - chars)
        at[i] = position
        if position < 0:
            return False
        position = _forward(data, position, stop, ends[i] - starts[i])
        to[i] = position
        if position < 0:
            return False
        chars = ends[i]
    return True


@njit(cache=True)
def _forward(data: Bytes, position: int, stop: int, n: int) -> int:
    """The byte behind the next `n` code points; -1 when the text ends before. `position` begins one."""
    while n > 0:
        if position >= stop:
            return -1
        some = min(n, stop - position)  # hold at most `n` code points
        begun = 0
        for i in range(position, position + some):
            begun += (data[i] & 0xC0) != 0x80
        n -= begun
        position += some
        while position < stop and (data[position] & 0xC0) == 0x80:
            position += 1
    return position


@njit(cache=True)
def _gather(data: Bytes, at: Int64s, to: Int64s, out: Bytes) -> None:
    end = 0
    for i in range(len(at)):
        n = to[i] - at[i]
        out[end : end + n] = data[at[i] : to[i]]
        end += n


@njit(cache=True)
def _splice(
    data: Bytes, bounds: tuple[int, int], spans: tuple[Int64s, Int64s], new: tuple[Bytes, Int64s], out: Bytes
) -> None:
    at, to = spans
    replacements, offsets = new
    source, end = bounds[0], 0
    for i in range(len(at)):
        n = at[i] - source
        out[end : end + n] = data[source : at[i]]
        end += n
        n = offsets[i + 1] - offsets[i]
        out[end : end + n] = replacements[offsets[i] : offsets[i + 1]]
        end += n
        source = to[i]
    out[end:] = data[source : bounds[1]]
