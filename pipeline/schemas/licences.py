"""Statistics of the stage `licences`, and the record of what else may be protected in a document."""

import pyarrow as pa

from pipeline.schemas import SHA256, schema

MEASURES_LICENCES = schema(
    ("doc_id", pa.int64(), False),
    ("expression", pa.string(), True),  # SPDX: all that is said together; null when nothing readable is said
    ("dataset", pa.string(), True),  # what the source as a whole claims
    ("said_by", pa.string(), False),  # kinds of statements with commas between
    ("is_unreadable", pa.bool_(), False),  # whether a statement is no licence that anybody knows
    ("is_unsaid", pa.bool_(), False),  # whether nothing is said, or NOASSERTION
    ("is_conflict", pa.bool_(), False),  # whether two statements differ; the strictest holds
    ("evidence", pa.binary(), False),  # the statements word by word; private
    ("evidence_sha256", SHA256, False),
)
"""One row per document of a source whose documents say their own licence."""

IP_CLASSES = ("none", "copyright", "database", "trademark", "patent", "secret", "unknown")

IP_RISKS = schema(
    ("doc_id", pa.int64(), False),
    ("ip_class", pa.string(), False),  # one of IP_CLASSES
    ("basis", pa.string(), False),  # a code: what the class rests on
    ("rule_id", pa.string(), False),
    ("rule_version", pa.int32(), False),
)
"""What else may be protected in a document, one row each, also for `none` (GB/T 45652 (draft read) 6.2(c))."""
