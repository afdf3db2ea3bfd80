"""The rows of a snapshot's shards and of its member list."""

import pyarrow as pa

from pipeline.schemas import schema

SHARD = schema(
    ("doc_id", pa.int64(), False),
    ("text", pa.string(), False),
    ("lang", pa.string(), False),
    ("source_id", pa.string(), False),
    ("licence", pa.string(), True),
)
"""What a model team reads: no URL, no file name."""

MEMBERS = schema(
    ("doc_id", pa.int64(), False),
    ("shard", pa.string(), False),
    ("row", pa.int64(), False),
)
"""Where each document lies; ascending shard and row."""
