"""Every Arrow schema that crosses a module border: the only package that defines a column.

Units are in the name (`_us` microseconds UTC, `_ppm` parts per million, `_chars` code points, `_bytes`).
Statistics of a stage are `measures_<stage>`: `doc_id` first, integers only, so that two machines agree to the bit.
"""

import pyarrow as pa

Field = tuple[str, pa.DataType, bool]

OUTCOMES = ("keep", "redact", "drop", "quarantine")
STAGES = ("sources", "licences", "documents", "prohibited", "quality", "duplicates", "personal", "diversity")


def schema(*fields: Field) -> pa.Schema:
    """A schema of (name, type, nullable)."""
    return pa.schema([pa.field(name, kind, nullable=nullable) for name, kind, nullable in fields])


SHA256 = pa.binary(32)

RECORDS = schema(
    ("locator", pa.string(), False),  # file name within the source and position, e.g. "a.jsonl.gz#17"; private
    ("text", pa.string(), True),  # null when `problem` says why it could not be read
    ("media_type", pa.string(), False),  # text/plain, text/html, text/markdown
    ("problem", pa.string(), True),  # a reason code of rules/documents.toml, null when readable
    ("url", pa.string(), True),
    ("fetched_at_us", pa.int64(), True),
    ("licence_declared", pa.string(), True),  # what the record itself says, verbatim
    ("lang_declared", pa.string(), True),
    ("carried", pa.string(), True),  # headers and fields that say something about use, lines `name: value`; private
    ("author", pa.string(), True),  # private
    ("repository", pa.string(), True),
    ("licence_of_file", pa.string(), True),  # what stands beside its file says, lines `kind said`
)
"""What a reader yields: one row per record of a source, good or bad."""

DOCUMENTS = schema(
    ("doc_id", pa.int64(), False),  # batch << 32 | ordinal
    ("source_id", pa.string(), False),
    ("text", pa.string(), False),
    ("lang", pa.string(), False),  # ISO 639-1, "und" when unknown
    ("content_hmac", SHA256, False),  # HMAC-SHA-256(content key, UTF-8 of text as read)
    ("locator", pa.string(), False),
    ("url", pa.string(), True),
    ("fetched_at_us", pa.int64(), True),
    ("licence_declared", pa.string(), True),
    ("author", pa.string(), True),
    ("repository", pa.string(), True),
    ("ai_label", pa.string(), True),  # yes, possible, suspected; c2pa: a manifest is there and does not say
)
"""Documents between stages; ascending `doc_id`."""

DECISIONS = schema(
    ("doc_id", pa.int64(), False),
    ("outcome", pa.string(), False),  # one of OUTCOMES
    ("rule_id", pa.string(), False),
    ("rule_version", pa.int32(), False),
    ("score_ppm", pa.int32(), True),  # the statistic that decided
    ("lang", pa.string(), True),  # stage documents only
    # "EMAIL_ADDRESS=1:anonymised;PERSON=2:kept/consent", sorted; older rows lack what is after the colon
    ("pii_counts", pa.string(), True),
    ("kept_doc_id", pa.int64(), True),  # the copy that stays, for duplicates
    ("cluster_id", pa.int64(), True),
    ("sim_ppm", pa.int32(), True),
    ("content_hmac", SHA256, True),  # of the text after this stage, only where this stage made or changed it
    ("n_chars", pa.int32(), True),
    ("evidence_sha256", SHA256, True),
    ("detail_commit", SHA256, True),
)
"""One row per document and stage; ascending `doc_id`. Constants of a batch live in the ledger entry."""

SOURCE_DECISIONS = schema(
    ("source_id", pa.string(), False),
    ("outcome", pa.string(), False),  # keep or quarantine (never read)
    ("rule_id", pa.string(), False),
    ("rule_version", pa.int32(), False),
    ("article", pa.string(), False),
    ("detail", pa.string(), True),  # field names or an SPDX expression; never a URL or a person's name
    ("evidence_sha256", SHA256, True),
)
"""One row per source and stage (`sources`, `licences`), taken before anything of the source is read."""

FINDING = pa.struct(
    [
        pa.field("start", pa.int32(), nullable=False),  # code points
        pa.field("end", pa.int32(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("score_ppm", pa.int32(), nullable=False),
        pa.field("rule_id", pa.string(), nullable=False),
        # group of sensitive information, PIPL Art. 28: identity, finance, health, ...
        pa.field("sensitive", pa.string()),
        pa.field("is_minor", pa.bool_()),  # whether it is of somebody under 14
    ]
)
FINDINGS = schema(
    ("doc_id", pa.int64(), False),
    ("findings", pa.list_(FINDING), False),
    ("n_chars", pa.int32(), True),  # of the text before redaction
)
"""Located personal items per document, ordered by start; positions refer to the text before redaction."""

PAIRS = schema(
    ("a", pa.int64(), False),  # a < b
    ("b", pa.int64(), False),
    ("jaccard_ppm", pa.int32(), False),  # true Jaccard of the shingle sets, not the estimate
)
"""Verified near-duplicate pairs."""


def empty(of: pa.Schema) -> pa.Table:
    """An empty table of that schema."""
    return of.empty_table()


def conform(columns: dict[str, object], to: pa.Schema) -> pa.Table:
    """A table of exactly the schema `to`; columns not given are null.

    Args:
        columns: arrays or sequences of equal length by column name; at least one.
        to: one of this package.

    Raises:
        KeyError: a column that the schema does not know.
        pyarrow.ArrowInvalid: a value that does not fit its type, or null where it may not be.
    """
    unknown = set(columns) - set(to.names)
    if unknown:
        raise KeyError(", ".join(sorted(unknown)))
    arrays = {name: _array(value, to.field(name).type) for name, value in columns.items()}
    length = len(next(iter(arrays.values())))
    filled = [arrays.get(f.name, pa.nulls(length, f.type)) for f in to]
    table = pa.table(filled, schema=to)
    table.validate()
    for field in to:
        if not field.nullable and table.column(field.name).null_count:
            raise pa.ArrowInvalid(f"column {field.name} may not hold nulls")
    return table


def _array(value: object, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value if value.type == kind else value.cast(kind)
    return pa.array(value, kind)
