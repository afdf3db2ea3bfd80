"""What a snapshot holds: documents as a model team reads them, and where each of them lies."""

import pyarrow as pa

from pipeline.schemas import schema

SNAPSHOT_DOCUMENTS = schema(
    ("doc_id", pa.int64(), False),
    ("text", pa.string(), False),
    ("lang", pa.string(), False),
    ("source_id", pa.string(), False),
    (
        "licence",
        pa.string(),
        False,
    ),  # SPDX expression under which the document was let in, its own or that of its source
)
"""A shard: ascending by `source_id`, then `doc_id`. No URL and no locator ever leaves the lake."""

MEMBERS = schema(
    ("doc_id", pa.int64(), False),
    ("shard", pa.string(), False),  # path in the snapshot's folder, as the manifest names it
    ("row", pa.int64(), False),  # from 0
)
"""members.parquet: one row per document, ascending `doc_id`."""
