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

EXCLUSIONS = schema(
    ("doc_id", pa.int64(), False),
    ("shard", pa.string(), True),  # where it lies in the pulled folder
    ("row", pa.int64(), True),
    ("notice", pa.int64(), False),  # number of the feed's notice that named it first
    ("reason", pa.string(), False),  # rule id of rules/requests.toml
    ("severity", pa.string(), False),  # stop-use, replace-by or info
)
"""exclusion.parquet of a pulled folder: documents that may not be used any more, ascending `doc_id`."""

MEMBERS = schema(
    ("doc_id", pa.int64(), False),
    ("shard", pa.string(), False),  # path in the snapshot's folder, as the manifest names it
    ("row", pa.int64(), False),  # from 0
)
"""members.parquet: one row per document, ascending `doc_id`."""

SAMPLING = schema(
    ("doc_id", pa.int64(), False),
    ("weight_ppm", pa.int32(), False),  # how often an epoch reads it, in millionths; 1,000,000 is once
    ("topic", pa.string(), True),  # of the run's topics; null: none of them
    ("cluster_id", pa.int64(), True),  # near duplicates have one in common, of the whole run
    ("kept_doc_id", pa.int64(), True),  # the better copy in the same run; null: it is the best itself
    ("held_doc_id", pa.int64(), True),  # of an earlier snapshot, which holds the same text or a near duplicate
)
"""sampling.parquet: what a reader may choose by; one row per document, ascending `doc_id`."""
