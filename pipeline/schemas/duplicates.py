"""Tables of the stage `duplicates`. They describe text closely: they stay in the lake and never enter the ledger."""

import pyarrow as pa

from pipeline.schemas import SHA256, schema

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

BANDS = schema(("band", pa.int16(), False), ("key", pa.int64(), False), ("doc_id", pa.int64(), False))
"""LSH keys of documents, one row per band and document; the band is part of its key and stands beside it, so that
one band can be read without the others."""

SAMPLES = schema(("key", pa.int64(), False), ("doc_id", pa.int64(), False))
"""Shingles of documents by which they are looked for inside others."""

FACTS = schema(
    ("doc_id", pa.int64(), False),
    ("licence_rule", pa.string(), True),  # rule of the stage `licences` that let its source in
    ("kind", pa.string(), True),  # of the source
    ("fetched_at_us", pa.int64(), True),  # of the document, else the last day its source was collected
    ("quality_ppm", pa.int32(), True),
)
"""What the choice between copies rests on, beside the measures; a column may be absent."""

LINKS = schema(
    ("doc_id", pa.int64(), False),
    ("relation", pa.string(), False),  # erased, earlier, contained, contaminated or boilerplate
    ("other_id", pa.int64(), True),  # the document it is linked to, of this run or of an earlier snapshot
    ("evidence_sha256", SHA256, True),  # of the test set; the content HMAC by which the tombstone is known
    # Jaccard, containment, share of a test item, of boilerplate, of equal sketch values
    ("share_ppm", pa.int32(), False),
)
"""What else was found about a document; at most one row per document and relation."""

UNITS = schema(("source_id", pa.string(), False), ("key", pa.int64(), False))
"""A line or paragraph of a document, once per document."""

SPANS = schema(
    ("doc_id", pa.int64(), False),
    ("start", pa.int64(), False),  # code points
    ("end", pa.int64(), False),
    ("n_tokens", pa.int32(), False),
)
"""Stretches of text that stand somewhere else too, by position."""

OVERLAPS = schema(
    ("doc_id", pa.int64(), False),
    ("item", pa.int64(), False),  # position in the test set
    ("share_ppm", pa.int32(), False),  # of the distinct token sequences of the item
)
"""How much of a test item stands in a document; the greatest share of a document, of equal ones the first item."""
