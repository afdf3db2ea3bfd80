"""Tables of the stage `duplicates`. They describe text closely: they stay in the lake and never enter the ledger."""

import pyarrow as pa

from pipeline.schemas import schema

MEASURES_DUPLICATES = schema(
    ("doc_id", pa.int64(), False),
    ("content_hash", pa.binary(16), False),  # BLAKE2b-128 of the UTF-8 text
    ("normalised_hash", pa.binary(16), False),  # 128 bits over the token sequence: case and white space do not count
    ("n_shingles", pa.int32(), False),  # 5-token shingles, repeats counted; 0 for a document without tokens
    ("signature", pa.binary(512), False),  # 128 little-endian uint32, datasketch scheme affine32, seed 1
)
"""One row per document; what is needed to find its duplicates without its text."""

CANDIDATES = schema(("a", pa.int64(), False), ("b", pa.int64(), False))
"""Pairs worth verifying, a < b, ascending."""
