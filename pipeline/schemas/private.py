"""What leads to a person or to what was erased: lies in `private/`, never in the ledger, and can be destroyed."""

import pyarrow as pa

from pipeline.schemas import SHA256, schema

TAG = pa.binary(16)

SUBJECT_INDEX = schema(
    ("subject_tag", TAG, False),  # HMAC-SHA-256(key of the year, family and normalised value), first 16 bytes
    ("entity_type", pa.string(), False),
    ("doc_id", pa.int64(), False),
    ("start", pa.int32(), False),  # code points of the text before redaction
    ("end", pa.int32(), False),
)
"""Where an identifier stands; ascending `subject_tag`, `doc_id`, `start`."""

TOMBSTONES = schema(
    ("doc_id", pa.int64(), False),
    ("content_hmac", SHA256, False),  # of the text as read
    ("sketch", pa.binary(512), True),  # its MinHash signature, every value hashed with the lake's key of tombstones
)
"""Documents that were erased and may not come back, nor texts much like them; ascending `doc_id`.

`sketch` is null where the text has no five words or where it was gone before it could be measured.
"""
