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
    ("is_erased", pa.int32(), False),  # 1 when the same text was erased before
    ("opted_out", pa.int32(), False),  # 1 when an opt-out list names the document
    ("reservations", pa.int32(), False),  # what reserves its text for other uses than reading
    ("secrecy_marks", pa.int32(), False),  # forms of marking
    ("opt_out", pa.string(), True),  # kind and list
    ("reservation_codes", pa.string(), True),  # several with ; between
    ("noted_codes", pa.string(), True),  # what reserves something else, or could not be told
    ("marking_codes", pa.string(), True),
    ("ai_label", pa.string(), True),
    ("signals", pa.string(), True),  # the lines and tags that say so, as found; kept as evidence, not as a measure
    ("signals_sha256", SHA256, True),
)
"""One row per record, good or bad."""
