"""Row schemas of the ledger, one per segment kind. Column order is part of the evidence: a leaf hashes it."""

import pyarrow as pa

from pipeline.schemas import DECISIONS, SHA256, SOURCE_DECISIONS, schema
from pipeline.schemas.licences import IP_RISKS
from pipeline.schemas.sources import ASSESSMENTS, SOURCE_FINDINGS, UPSTREAMS

TEXT, INT64, INT32 = pa.string(), pa.int64(), pa.int32()

SOURCES = schema(
    ("source_id", TEXT, False),
    ("kind", TEXT, False),
    ("data_type", TEXT, True),
    ("origin", TEXT, True),
    ("licence_declared", TEXT, True),
    ("collected_from_us", INT64, True),
    ("collected_to_us", INT64, True),
    ("contains_pi", TEXT, True),  # yes, no, unknown
    ("pi_basis", TEXT, True),
    ("register_sha256", SHA256, True),
    ("version", INT64, True),  # of the registration in this lake, from 1; another file or other evidence is another one
    ("evidence", TEXT, True),  # JSON object: field to hex SHA-256 of its file
    ("modality", TEXT, True),  # several with commas between
    ("languages", TEXT, True),
    ("storage_region", TEXT, True),
    ("data_grade", TEXT, True),
    ("is_commercial", pa.bool_(), True),
    ("recheck_us", INT64, True),
    ("contract_expires_us", INT64, True),
)
"""A registered source as the run found it; a changed registration is a new version, never an edit."""

SOURCE_SHARES = schema(
    ("run", TEXT, False),
    ("source_id", TEXT, False),
    ("n_docs", INT64, False),  # every document of the source was looked at
    ("n_bad", INT64, False),
    ("share_ppm", INT32, False),
    ("upper_ppm", INT32, False),  # exact one-sided 95 % bound (Clopper-Pearson)
    ("line_ppm", INT32, False),
    ("is_above_line", pa.bool_(), False),  # of the share, not of the bound
)
"""How much of a source is prohibited content, and how sure that is."""

LICENCE_EVIDENCE = schema(
    ("evidence_sha256", SHA256, True),
    ("source_id", TEXT, False),
    ("spdx_id", TEXT, True),
    ("verdict", TEXT, False),
    ("rule_id", TEXT, False),
    ("rule_version", INT32, False),
    ("verified_at_us", INT64, True),
    ("verified_by", TEXT, True),
    ("expires_at_us", INT64, True),
    ("start_char", INT32, True),  # where in the evidence the decisive words stand
    ("end_char", INT32, True),
    ("score_ppm", INT32, True),  # how much of the text of the licence is there
    ("captured_at_us", INT64, True),
    ("headers_sha256", SHA256, True),  # HTTP headers with which the evidence was served
    ("claimed", TEXT, True),
    ("identified", TEXT, True),
    ("duties", TEXT, True),  # with commas between
)
"""What the licence of a source was taken to be, and on which bytes."""

RULES = schema(
    ("rule_id", TEXT, False),
    ("rule_version", INT32, False),
    ("stage", TEXT, False),
    ("article", TEXT, True),
    ("title", TEXT, True),
    ("outcome", TEXT, True),
    ("definition_sha256", SHA256, False),
    ("source", TEXT, True),
    ("author", TEXT, True),
    ("approved_by", TEXT, True),
    ("valid_from_us", INT64, True),
)
"""A rule as it was applied."""

RUNS = schema(
    ("run", TEXT, False),
    ("stage_rules_sha256", TEXT, True),  # JSON object: stage to hex digest of its rules file
    ("n_sources", INT32, True),
    ("n_batches", INT32, True),
    ("code", TEXT, True),
    ("use", TEXT, True),
    ("place", TEXT, True),  # where models are trained
    ("is_commercial", pa.bool_(), True),
)
"""One pass over a set of sources."""

SNAPSHOTS = schema(
    ("snapshot_id", TEXT, False),
    ("name", TEXT, False),
    ("version", TEXT, False),
    ("run", TEXT, True),
    ("state", TEXT, False),  # draft, frozen, checked, refused, approved, rejected, revoked, expired
    ("use", TEXT, True),
    ("created_at_us", INT64, False),
    ("checkpoint_size", INT64, True),
    ("manifest_sha256", SHA256, True),
)
"""A snapshot in one state; the last row of a snapshot holds."""

SNAPSHOT_MEMBERS = schema(
    ("snapshot_id", TEXT, False),
    ("doc_id", INT64, False),
    ("shard", TEXT, True),
    ("row", INT64, True),
)
"""Where each document of a snapshot lies."""

APPROVALS = schema(
    ("snapshot_id", TEXT, False),
    ("actor", TEXT, False),
    ("role", TEXT, False),
    ("decision", TEXT, False),  # approve or reject
    ("reason", TEXT, True),
    ("key_id", TEXT, True),
    ("manifest_sha256", SHA256, True),
    ("signature", pa.binary(), True),
    ("approved_at_us", INT64, False),
)
"""A person's signed word on a frozen snapshot."""

PULLS = schema(
    ("snapshot_id", TEXT, False),
    ("puller", TEXT, False),
    ("pulled_at_us", INT64, False),
    ("manifest_sha256", SHA256, True),
)
"""A team took a snapshot."""

WITHDRAWALS = schema(
    ("doc_id", INT64, False),
    ("reason", TEXT, False),
    ("request_id", TEXT, True),
    ("withdrawn_at_us", INT64, False),
)
"""A document that may no longer be used."""

WITHDRAWAL_ACKS = schema(
    ("snapshot_id", TEXT, False),
    ("puller", TEXT, False),
    ("withdrawals_seen", INT64, False),
    ("acked_at_us", INT64, False),
    ("action", TEXT, True),  # retrained, filtered or risk-accepted
    ("actor", TEXT, True),  # the person who says so
    ("seen_until_us", INT64, True),  # time of the newest sign of the feed that the team had
    ("reason", TEXT, True),
)
"""A team confirms that it acted on withdrawals."""

SUBJECT_REQUESTS = schema(
    ("request_id", TEXT, False),
    ("kind", TEXT, False),  # review, copy, correct, supplement, delete
    ("received_at_us", INT64, False),
    ("due_at_us", INT64, False),
    ("closed_at_us", INT64, True),
    ("outcome", TEXT, True),
)
"""A person's request, without the person; the last row of a request holds."""

SUBJECT_LOOKUPS = schema(
    ("request_id", TEXT, False),
    ("identifier_kind", TEXT, False),  # phone, card, EMAIL_ADDRESS, ...: never the value
    ("n_places", INT64, False),
    ("n_documents", INT64, False),
    ("looked_up_at_us", INT64, False),
)
"""Somebody looked a person up in the private index."""

ERASURES = schema(
    ("request_id", TEXT, False),
    ("place", TEXT, False),  # a snapshot id, or documents, measures, index
    ("n_documents", INT64, False),  # how many documents left this object
    ("object_before_sha256", SHA256, True),
    ("object_after_sha256", SHA256, True),  # null where nothing is left
    ("replaced_by", TEXT, True),  # the snapshot that takes the place of `place`
    ("erased_at_us", INT64, False),
)
"""One object that was rewritten or deleted because documents had to leave it."""

REVIEWS = schema(
    ("doc_id", INT64, False),
    ("reviewer", TEXT, False),
    ("verdict", TEXT, False),  # pass or fail
    ("campaign", TEXT, False),
    ("reviewed_at_us", INT64, False),
)
"""A person's verdict on a sampled document."""

EXPECTATION_RESULTS = schema(
    ("gate", TEXT, False),
    ("suite", TEXT, False),
    ("expectation", TEXT, False),
    ("column", TEXT, True),
    ("is_success", pa.bool_(), False),
    ("observed", TEXT, True),
)
"""One expectation at one gate."""

MIXES = schema(
    ("run", TEXT, False),
    ("axis", TEXT, False),
    ("value", TEXT, False),
    ("docs_before", INT64, False),
    ("docs_after", INT64, False),
    ("chars_before", INT64, False),
    ("chars_after", INT64, False),
)
"""The share of a value (a language, a source) before and after selection."""

MIXTURE_SHARES = schema(
    ("snapshot_id", TEXT, False),
    ("rule_id", TEXT, False),
    ("axis", TEXT, False),
    ("value", TEXT, False),
    ("share_ppm", INT32, False),  # of bytes
    ("weighted_ppm", INT32, False),  # of bytes times sampling weight
    ("least_ppm", INT32, False),
    ("most_ppm", INT32, False),
    ("is_met", pa.bool_(), False),
    ("is_shadow", pa.bool_(), False),
)
"""What a mixture target found in a snapshot when it was checked."""

PARITIES = schema(
    ("run", TEXT, False),
    ("stage", TEXT, False),
    ("rule_id", TEXT, False),
    ("axis", TEXT, False),
    ("value", TEXT, False),
    ("docs", INT64, False),
    ("docs_removed", INT64, False),
    ("axis_docs", INT64, False),
    ("axis_docs_removed", INT64, False),
    ("ratio_ppm", INT64, True),
    ("is_flagged", pa.bool_(), False),
)
"""How often a rule removed documents that mention a group, beside those of any group of the axis."""

ACKNOWLEDGEMENTS = schema(
    ("run", TEXT, False),
    ("stage", TEXT, False),
    ("source_id", TEXT, False),
    ("rule_id", TEXT, False),
    ("n_documents", INT64, False),  # that the stage saw of the source
    ("n_removed", INT64, False),  # by this rule
    ("reason", TEXT, False),
)
"""A person answers for a rule that removed much of a source; who and when are the entry's actor and time."""

VERIFICATIONS = schema(
    ("run", TEXT, False),
    ("stage", TEXT, False),
    ("against", TEXT, False),  # what the sample was scanned with again
    ("n_documents", INT64, False),
    ("n_findings", INT64, False),
    ("n_differing", INT64, False),
    ("n_unscanned", INT64, False),  # refused within its bounds, so quarantined and not compared
)
"""A sample of a run scanned again by the slow and plain way."""

KEY_EVENTS = schema(
    ("event", TEXT, False),  # trust, retire, revoke
    ("key_id", TEXT, False),
    ("vkey", TEXT, False),
    ("from_size", INT64, False),
)
"""A public key begins or ends to count, from that size of the log on."""

SIGNALS = schema(
    ("run", TEXT, False),
    ("source_id", TEXT, False),
    ("signal", TEXT, False),  # ai_label, reservation, marking, opt_out
    ("value", TEXT, False),  # a code, never what a document said
    ("n_documents", INT64, False),
)
"""What documents say about themselves, counted."""

OPT_OUT_MATCHES = schema(
    ("snapshot_id", TEXT, False),
    ("doc_id", INT64, False),
    ("list", TEXT, False),
    ("kind", TEXT, False),  # domain, url, author, repository, sha256
    ("lists_sha256", TEXT, False),  # of all lists as they were read
    ("reported_at_us", INT64, False),
)
"""A document of a snapshot that an opt-out list names."""

INSPECTIONS = schema(
    ("inspector", TEXT, False),
    ("reason", TEXT, False),
    ("question", TEXT, False),  # name of the query, or SHA-256 of the SQL
)
"""A named person looked into what leads to persons or places."""

OPENLINEAGE = schema(
    ("event_type", TEXT, False),  # START or COMPLETE
    ("job", TEXT, False),  # a stage
    ("run_uuid", TEXT, False),
    ("event", TEXT, False),  # the whole event as canonical JSON: names and counts
)
"""What a run tells lineage tools (OpenLineage)."""

KINDS: dict[str, pa.Schema] = {
    "decisions": DECISIONS,
    "source_decisions": SOURCE_DECISIONS,
    "sources": SOURCES,
    "source_shares": SOURCE_SHARES,
    "licence_evidence": LICENCE_EVIDENCE,
    "rules": RULES,
    "runs": RUNS,
    "snapshots": SNAPSHOTS,
    "snapshot_members": SNAPSHOT_MEMBERS,
    "approvals": APPROVALS,
    "pulls": PULLS,
    "withdrawals": WITHDRAWALS,
    "withdrawal_acks": WITHDRAWAL_ACKS,
    "subject_requests": SUBJECT_REQUESTS,
    "subject_lookups": SUBJECT_LOOKUPS,
    "erasures": ERASURES,
    "reviews": REVIEWS,
    "expectation_results": EXPECTATION_RESULTS,
    "mixes": MIXES,
    "mixture_shares": MIXTURE_SHARES,
    "parities": PARITIES,
    "acknowledgements": ACKNOWLEDGEMENTS,
    "verifications": VERIFICATIONS,
    "key_events": KEY_EVENTS,
    "inspections": INSPECTIONS,
    "source_findings": SOURCE_FINDINGS,
    "assessments": ASSESSMENTS,
    "upstreams": UPSTREAMS,
    "signals": SIGNALS,
    "opt_out_matches": OPT_OUT_MATCHES,
    "ip_risks": IP_RISKS,
    "openlineage": OPENLINEAGE,
}
"""Segment kind to row schema. A new column makes a new schema id; old segments keep theirs."""
