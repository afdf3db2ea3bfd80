"""Arrow string arrays as the two buffers that kernels walk over."""

import numpy as np
import pyarrow as pa


def buffers(texts: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """UTF-8 bytes and int64 row offsets of a string array, sliced or chunked; a null row is an empty text."""
    array = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if array.type not in (pa.string(), pa.large_string()):
        array = array.cast(pa.large_string())
    array = array.fill_null("") if array.null_count else array
    width = np.int64 if pa.types.is_large_string(array.type) else np.int32
    _, offsets, data = array.buffers()
    if len(array) == 0 or data is None:
        return np.zeros(0, np.uint8), np.zeros(len(array) + 1, np.int64)
    rows = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data, np.uint8), rows.astype(np.int64)
