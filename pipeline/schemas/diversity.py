"""Columns of the stage `diversity`."""

import pyarrow as pa

from pipeline.schemas import schema

MEASURES_DIVERSITY = schema(
    ("doc_id", pa.int64(), False),
    ("source_id", pa.string(), True),
    ("lang", pa.string(), False),
    ("n_chars", pa.int32(), False),
    ("n_words", pa.int32(), False),
    ("length_bucket", pa.int32(), False),  # floor(log2(n_chars)), 0 for the empty text
    ("topic_words", pa.list_(pa.string()), False),  # most frequent first, at most 5, each at least twice in the text
)
"""What a document adds to the mix."""

AXES = ("lang", "source", "licence", "data_type", "length", "topic")

MIX = schema(
    ("axis", pa.string(), False),  # one of AXES, or "concentration"
    ("value", pa.string(), False),  # for "concentration" the axis and the figure, e.g. "lang:effective_milli"
    ("docs_before", pa.int64(), False),
    ("docs_after", pa.int64(), False),
    ("chars_before", pa.int64(), False),
    ("chars_after", pa.int64(), False),
    ("share_before_ppm", pa.int32(), False),  # of documents
    ("share_after_ppm", pa.int32(), False),
)
"""The mix by axis and value, before and after selection; documents before descending, then value."""
