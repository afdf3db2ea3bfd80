"""Statistics of the stage `documents`."""

import pyarrow as pa

from pipeline.schemas import SHA256, schema

MEASURES_DOCUMENTS = schema(
    ("doc_id", pa.int64(), False),
    ("problem", pa.string(), True),  # reason code; null when there is a text
    ("lang", pa.string(), False),
    ("lang_score_ppm", pa.int32(), False),
    ("content_hmac", SHA256, False),
    ("n_chars", pa.int32(), False),
    ("n_bytes", pa.int32(), False),
    ("nul_chars", pa.int32(), False),
    ("control_ppm", pa.int32(), False),  # C0 and C1 other than tab, line feed, form feed; of characters
    ("replacement_ppm", pa.int32(), False),  # U+FFFD
    ("private_use_ppm", pa.int32(), False),
    ("han_ppm", pa.int32(), False),
    ("is_html", pa.int32(), False),
)
"""One row per record, good or bad."""
