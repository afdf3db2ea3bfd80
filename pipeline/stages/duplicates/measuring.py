"""What is needed to find a document's duplicates without its text."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline import schemas
from pipeline.kernels import minhash
from pipeline.kernels.strings import buffers
from pipeline.rules.duplicates import DuplicateRule, by_relation
from pipeline.schemas.duplicates import BANDS, MEASURES_DUPLICATES
from pipeline.stages.duplicates.arrays import MILLION, ints, signatures


def measure(documents: pa.Table) -> pa.Table:
    """Hashes and MinHash signature of every document.

    Args:
        documents: `DOCUMENTS`, or any table with `doc_id` and `text`; a null text counts as empty.

    Returns:
        `MEASURES_DUPLICATES`, one row per document in the order of `documents`.
    """
    chunks = _chunks(documents.column("text"))
    sketches = [minhash.sketch(chunk) for chunk in chunks]
    content = [digest for chunk in chunks for digest in _content(chunk)]
    columns = {
        "doc_id": documents.column("doc_id"),
        "content_hash": pa.array(content, pa.binary(16)),
        "normalised_hash": _binary([s.hashes for s in sketches], 16),
        "n_shingles": pa.array(np.concatenate([np.zeros(0, np.int32), *(s.counts for s in sketches)])),
        "signature": _binary([s.signatures for s in sketches], 512),
    }
    return schemas.conform(columns, MEASURES_DUPLICATES)


def bands(measures: pa.Table, rules: Sequence[DuplicateRule]) -> pa.Table:
    """The LSH keys of every document that has tokens: two documents that share one are worth comparing.

    Args:
        measures: `MEASURES_DUPLICATES`.
        rules: with one for relation `near`.

    Returns:
        `BANDS`, all documents of the first band, then of the second, and so on.
    """
    measures = measures.filter(ints(measures, "n_shingles") > 0)
    keys = minhash.band_keys(signatures(measures.column("signature")), shape(rules))
    band = np.repeat(np.arange(len(keys), dtype=np.int16), measures.num_rows)
    ids = np.tile(ints(measures, "doc_id"), len(keys))
    return schemas.conform({"band": band, "key": keys.ravel().view(np.int64), "doc_id": ids}, BANDS)


def shape(rules: Sequence[DuplicateRule]) -> tuple[int, int]:
    """(bands, rows) of the LSH, by the rule for relation `near`."""
    near = by_relation(rules, "near")
    return minhash.bands(near.threshold_ppm or MILLION, near.missed_weight_ppm or MILLION // 2)


def _content(text: pa.Array) -> Iterator[bytes]:
    data, offsets = buffers(text)
    whole = data.data
    return (blake2b(whole[a:b], digest_size=16).digest() for a, b in pairwise(offsets.tolist()))


def _chunks(text: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return list(text.chunks) if isinstance(text, pa.ChunkedArray) else [text]


def _binary(blocks: Sequence[npt.NDArray[np.generic]], width: int) -> pa.Array:
    joined = b"".join(block.astype(block.dtype.newbyteorder("<")).tobytes() for block in blocks)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(joined) // width, [None, pa.py_buffer(joined)])
