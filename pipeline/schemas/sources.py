"""The register as a table, and what is known about licences."""

import pyarrow as pa

from pipeline.schemas import SHA256, schema

SOURCES = schema(
    ("source_id", pa.string(), False),
    ("name", pa.string(), True),
    ("kind", pa.string(), False),
    ("data_type", pa.string(), True),
    ("origin", pa.string(), True),  # jurisdiction
    ("licence_declared", pa.string(), True),
    ("licence_captured_us", pa.int64(), True),  # when the evidence was taken; null: read where it lies
    ("collected_from_us", pa.int64(), True),
    ("collected_to_us", pa.int64(), True),
    ("contains_pi", pa.string(), True),  # yes, no, unknown
    ("pi_basis", pa.string(), True),
    ("has_minors", pa.string(), True),  # yes, no, unknown
    ("register_sha256", SHA256, False),
    ("attribution", pa.string(), True),
    ("names_policy", pa.string(), True),
    ("data_grade", pa.string(), True),
    ("intended_use", pa.list_(pa.string()), True),
    ("missing", pa.list_(pa.string()), False),  # compulsory fields that are not there, and problems of the file
    ("robots_text", pa.string(), True),  # private
    ("robots_agent", pa.string(), True),
    ("robots_url", pa.string(), True),  # private
    ("n_assessed", pa.int64(), True),
    ("n_bad", pa.int64(), True),
    ("is_committed", pa.bool_(), True),  # source, quality and safety; null where no commitment is asked
    ("contract_expires_us", pa.int64(), True),
    ("is_training_allowed", pa.bool_(), True),
)
"""One row per register file; a file that cannot be read has only its id and what is missing."""

LICENCE_TEXTS = schema(
    ("source_id", pa.string(), False),
    ("name", pa.string(), False),  # file name; private
    ("sha256", SHA256, False),
    ("text", pa.string(), False),
)
"""Evidence as read, several per source."""

LICENCE_EVIDENCE = schema(
    ("source_id", pa.string(), False),
    ("expression", pa.string(), True),  # what the decision rests on: the claim, and what the texts add to it
    ("claimed", pa.string(), True),  # null when nothing is claimed or the claim does not parse
    ("identified", pa.string(), True),  # from the texts
    ("score_ppm", pa.int32(), True),  # of the weakest identification
    ("evidence_sha256", SHA256, True),  # of the text that was decisive
    ("is_parsable", pa.bool_(), False),  # whether the claim is an SPDX expression
    ("is_conflict", pa.bool_(), False),  # whether a text is identified and none of them is what is claimed
    ("n_texts", pa.int32(), False),
)
"""One row per source that asks for a licence decision."""
