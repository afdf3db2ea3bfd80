"""The register as a table, and what is known about licences."""

import pyarrow as pa

from pipeline.schemas import SHA256, schema

SITE = pa.struct(
    [
        pa.field("url", pa.string(), nullable=False),
        pa.field("robots", pa.string()),  # robots.txt as fetched
        pa.field("http_status", pa.int32()),  # of robots.txt
        pa.field("redirects", pa.int32()),
        pa.field("tdmrep", pa.string()),  # /.well-known/tdmrep.json
        pa.field("ai_txt", pa.string()),
        pa.field("rsl", pa.string()),  # the terms that robots.txt refers to
        pa.field("fetched_us", pa.int64()),
    ]
)
"""What one site reserved when it was collected; private."""

SOURCES = schema(
    ("source_id", pa.string(), False),
    ("name", pa.string(), True),
    ("kind", pa.string(), False),
    ("data_type", pa.string(), True),
    ("modality", pa.list_(pa.string()), True),
    ("languages", pa.list_(pa.string()), True),
    ("origin", pa.string(), True),  # jurisdiction
    ("storage_region", pa.string(), True),
    ("export_mechanism", pa.string(), True),
    ("licence_declared", pa.string(), True),
    ("licence_captured_us", pa.int64(), True),  # when the evidence was taken; null: read where it lies
    ("collected_from_us", pa.int64(), True),  # null: not known, and the register says why
    ("collected_to_us", pa.int64(), True),
    ("is_ongoing", pa.bool_(), True),
    ("recheck_us", pa.int64(), True),
    ("contains_pi", pa.string(), True),  # yes, no, unknown
    ("pi_basis", pa.string(), True),
    ("has_minors", pa.string(), True),  # yes, no, unknown
    ("register_sha256", SHA256, False),
    ("attribution", pa.string(), True),
    ("names_policy", pa.string(), True),
    ("personal_profile", pa.string(), True),
    ("personal_keeps", pa.list_(pa.string()), True),  # types of finding that the basis was given for
    ("data_grade", pa.string(), True),
    ("is_secret", pa.bool_(), True),  # whether the provider declares state or trade secrets in it
    ("intended_use", pa.list_(pa.string()), True),
    ("is_commercial", pa.bool_(), True),  # whether the intended use is
    ("is_self_approved", pa.bool_(), True),  # whether who registered it is who approved it
    ("missing", pa.list_(pa.string()), False),  # compulsory fields that are not there, and problems of the file
    ("evidence", pa.string(), True),  # JSON object: field to hex SHA-256 of its file
    ("robots_agent", pa.string(), True),
    ("sites", pa.list_(SITE), True),
    ("n_assessed", pa.int64(), True),  # before collection
    ("n_bad", pa.int64(), True),
    ("assessed_us", pa.int64(), True),
    ("n_assessed_after", pa.int64(), True),
    ("n_bad_after", pa.int64(), True),
    ("is_committed", pa.bool_(), True),  # source, quality and safety; null where no commitment is asked
    ("review", pa.string(), True),  # of the commitments: accepted, rejected
    ("contract_starts_us", pa.int64(), True),
    ("contract_expires_us", pa.int64(), True),
    ("is_training_allowed", pa.bool_(), True),  # by the contract, or by the terms of the generating model
    ("is_origin_warranted", pa.bool_(), True),
    (
        "upstream",
        pa.list_(pa.struct([pa.field("id", pa.string(), nullable=False), pa.field("licence", pa.string())])),
        True,
    ),
    ("licence_confirmed_by", pa.string(), True),  # who read the licence and confirmed what is claimed
    ("licence_confirmed_us", pa.int64(), True),
    ("is_per_document", pa.bool_(), True),  # whether each document says its own licence
    ("files_root", pa.string(), True),  # private
)
"""One row per register file; a file that cannot be read has only its id and what is missing."""

OPT_OUTS = schema(
    ("list", pa.string(), False),  # file name
    ("kind", pa.string(), False),  # domain, url, author, repository, sha256
    ("value", pa.string(), False),  # in the form in which it is looked up; private
)
"""Refusals of rights holders."""

UPSTREAMS = schema(
    ("source_id", pa.string(), False),
    ("upstream_id", pa.string(), False),
    ("depth", pa.int32(), False),  # 1: what the source was made from
    ("licence_declared", pa.string(), True),
    ("is_registered", pa.bool_(), False),
    ("problem", pa.string(), True),  # missing, unlicensed, cycle
)
"""Every dataset behind each source, nearest first: what the stage `licences` takes the strictest of."""

SOURCE_FINDINGS = schema(
    ("source_id", pa.string(), False),
    ("rule_id", pa.string(), False),
    ("rule_version", pa.int32(), False),
    ("article", pa.string(), False),
    ("detail", pa.string(), True),  # field names and dates; never values
    ("due_us", pa.int64(), True),  # from when on the source is refused
)
"""What is noticed and refuses nothing yet."""

ASSESSMENTS = schema(
    ("source_id", pa.string(), False),
    ("phase", pa.string(), False),  # before or after collection
    ("method", pa.string(), False),  # register: people, as registered
    ("n", pa.int64(), False),
    ("n_bad", pa.int64(), False),
    ("share_ppm", pa.int32(), False),
    ("upper_ppm", pa.int32(), False),  # exact one-sided 95 % bound
    ("line_ppm", pa.int32(), False),
)
"""Samples of sources against the 5 % line."""

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
    ("score_ppm", pa.int32(), True),  # how much of the text of the licence that is claimed is there
    ("evidence_sha256", SHA256, True),  # of the text that was decisive
    ("start_char", pa.int32(), True),  # where in it
    ("end_char", pa.int32(), True),
    ("is_parsable", pa.bool_(), False),  # whether the claim is an SPDX expression
    ("is_conflict", pa.bool_(), False),  # whether a text is identified and none of them is what is claimed
    ("is_confirmed", pa.bool_(), False),  # whether a person read the licence
    ("is_per_document", pa.bool_(), False),
    ("n_texts", pa.int32(), False),
    ("n_identified", pa.int32(), False),
)
"""One row per source that asks for a licence decision."""
