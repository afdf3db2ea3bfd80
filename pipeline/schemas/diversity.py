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
    ("script", pa.string(), True),  # of most of its first 400 characters, "none" where it has no letters
    ("genre", pa.string(), True),  # of rules/diversity.toml, "other" where it bears no cue
    ("domain", pa.string(), True),  # that somebody registered, of its URL
    ("year", pa.int32(), True),  # in which it was collected, UTC
)
"""What a document adds to the mix."""

AXES = (
    "lang", "script", "source", "domain", "licence", "data_type", "genre", "time", "length", "topic", "word",
)  # fmt: skip

MIX = schema(
    ("axis", pa.string(), False),  # one of AXES, "concentration", "texts", or "mentions <axis>"
    ("value", pa.string(), False),  # for "concentration" the axis and the figure, e.g. "lang:effective_milli"
    ("docs_before", pa.int64(), False),
    ("docs_after", pa.int64(), False),
    ("chars_before", pa.int64(), False),
    ("chars_after", pa.int64(), False),
    ("share_before_ppm", pa.int32(), False),  # of documents
    ("share_after_ppm", pa.int32(), False),
)
"""The mix by axis and value, before and after selection; documents before descending, then value."""

PARITIES = schema(
    ("stage", pa.string(), False),
    ("rule_id", pa.string(), False),
    ("axis", pa.string(), False),
    ("value", pa.string(), False),  # the group
    ("docs", pa.int64(), False),  # that mention the group
    ("docs_removed", pa.int64(), False),
    ("axis_docs", pa.int64(), False),  # that mention any group of the axis
    ("axis_docs_removed", pa.int64(), False),
    ("ratio_ppm", pa.int64(), True),  # of the two removal rates; null where too few removals are expected
    ("is_flagged", pa.bool_(), False),  # outside the band of rules/representation.toml: a person looks
)
"""Removal rates by rule and group."""

CELLS = schema(
    ("lang", pa.string(), False),
    ("source", pa.string(), False),
    ("topic", pa.string(), False),  # "other" where a document has none
    ("docs", pa.int64(), False),
    ("n_bytes", pa.int64(), False),  # UTF-8
)
"""Documents counted by the axes that mixture targets may name; ascending."""

SHARES = schema(
    ("rule_id", pa.string(), False),
    ("axis", pa.string(), False),
    ("value", pa.string(), False),
    ("share_ppm", pa.int32(), False),  # of bytes
    ("weighted_ppm", pa.int32(), False),  # of bytes times weight
    ("least_ppm", pa.int32(), False),
    ("most_ppm", pa.int32(), False),
    ("is_met", pa.bool_(), False),  # of the weighted share, within the tolerance
    ("is_shadow", pa.bool_(), False),
)
"""What the mixture targets find in a snapshot."""

TOPICS = schema(("doc_id", pa.int64(), False), ("topic", pa.string(), True))
"""The topic of each document of a run; null: none. Ascending `doc_id`."""
