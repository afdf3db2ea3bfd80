"""Who and what a request is about: the documents with an identifier, an address or an id, and everything like them.

Whoever looks needs the lake's private keys, and each look-up is an entry. What comes back names places, never values.
"""

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from pipeline.errors import IdentifierEmpty, UsageError
from pipeline.ledger import log, queries, views
from pipeline.rules.duplicates import by_relation, duplicate_rules
from pipeline.rules.personal import rules
from pipeline.schemas import conform, schema
from pipeline.schemas.duplicates import MEASURES_DUPLICATES
from pipeline.schemas.ledger import KINDS
from pipeline.schemas.private import SUBJECT_INDEX
from pipeline.stages.duplicates import tombstones as sketches
from pipeline.stages.duplicates.arrays import signatures
from pipeline.stages.personal import subjects
from pipeline.steps import keys, requests, roles, runs, tombstones
from pipeline.store import parquet
from pipeline.store.lake import Lake

EXAMPLES = ("CN_MOBILE", "CN_RESIDENT_ID", "EMAIL_ADDRESS", "PERSON")

ASKED = schema(
    ("doc_id", pa.int64(), False),
    ("found", pa.string(), False),
    ("entity_type", pa.string(), True),
    ("start", pa.int32(), True),
    ("end", pa.int32(), True),
)
"""What was asked for, before anything like it is added."""


def by_identifier(lake: Lake, request_id: str, identifier: str, kind: str, *, actor: str) -> pa.Table:
    """Every place where an identifier stands, and the documents like those it stands in; the look-up is an entry.

    Args:
        lake: the lake; its private keys are needed.
        request_id: for which request.
        identifier: as the person writes it; it goes nowhere but through the HMAC and a search of unscanned texts.
        kind: type of personal information, such as CN_MOBILE or EMAIL_ADDRESS.
        actor: who looks.

    Returns:
        `doc_id`, `found`, `entity_type`, `start`, `end`, `source_id`, `snapshots`; ascending `doc_id`, `start`.
        `found` is identifier, text (it stands in a text that was dropped before anybody looked for persons in it),
        duplicate (of one of those), near (much like one) or linked (an earlier copy, a version, or one holds the
        other).

    Raises:
        UsageError: as `expression`.
    """
    require(lake, request_id, actor)
    pattern = expression(kind, identifier)
    indexed = pa.concat_tables([SUBJECT_INDEX.empty_table(), *_indexed(lake, identifier, kind)])
    places = indexed.drop_columns("subject_tag").add_column(1, "found", pa.array(["identifier"] * indexed.num_rows))
    unscanned = _asked(_unscanned(lake, pattern), "text")
    asked = pa.concat_tables([places.select(ASKED.names).cast(ASKED), unscanned])
    return _recorded(lake, request_id, subjects.family(kind), actor, asked)


def by_url(lake: Lake, request_id: str, url: str, *, actor: str) -> pa.Table:
    """The documents that were read from a URL and those like them, as `by_identifier` gives them."""
    require(lake, request_id, actor)
    return _recorded(lake, request_id, "url", actor, _asked(_of_url(lake, url), "url"))


def by_document(lake: Lake, request_id: str, doc_ids: Sequence[int], *, actor: str) -> pa.Table:
    """Documents and those like them, as `by_identifier` gives them."""
    require(lake, request_id, actor)
    return _recorded(lake, request_id, "document", actor, _asked(doc_ids, "document"))


def require(lake: Lake, request_id: str, actor: str) -> None:
    """Return when that person may look for that request.

    Raises:
        NotAllowed: roles.toml lets others look persons up.
        InputMissing: no such request.
    """
    roles.require(lake, "look_up", actor)
    requests.request(lake, request_id)


def expression(kind: str, identifier: str) -> re.Pattern[str]:
    """By which an identifier is found in folded text, whatever its spelling.

    Raises:
        UsageError: no rule finds that type: nobody can be found, and nothing is proven by not finding.
        IdentifierEmpty: nothing is left of the identifier without spaces and punctuation.
    """
    known = {rule.entity for rule in rules() if rule.entity} | set(subjects.FAMILIES.values())
    if kind not in known:
        raise UsageError(
            "nothing is found under that type of identifier",
            fix=f"one of docs/generated/personal.md, such as {', '.join(EXAMPLES)}",
        )
    found = subjects.pattern(kind, identifier)
    if found is None:
        raise IdentifierEmpty(
            "the identifier on standard input has no letter and no digit", fix="give it as the person writes it"
        )
    return found


def _asked(doc_ids: Sequence[int], found: str) -> pa.Table:
    ids = sorted(set(doc_ids))
    return conform({"doc_id": pa.array(ids, pa.int64()), "found": pa.array([found] * len(ids), pa.string())}, ASKED)


def _recorded(lake: Lake, request_id: str, kind: str, actor: str, asked: pa.Table) -> pa.Table:
    """What was asked for and what is like it; the look-up becomes an entry of counts."""
    found = _described(lake, asked)
    documents = pc.count_distinct(found.column("doc_id")).as_py()
    record(lake, request_id, kind, actor, places=asked.num_rows, documents=documents)
    return found


def record(lake: Lake, request_id: str, kind: str, actor: str, *, places: int, documents: int) -> None:
    """Append that somebody looked, and how much was found."""
    at = runs.now_us()
    row = {
        "request_id": request_id,
        "identifier_kind": kind,
        "n_places": places,
        "n_documents": documents,
        "looked_up_at_us": at,
    }
    entry = log.Entry(
        kind="subject_lookups",
        key=f"look up {request_id} {at}",
        at_us=at,
        actor=actor,
        stage="requests",
        details={"request_id": request_id},
    )
    log.append(lake.ledger, entry, pa.Table.from_pylist([row], KINDS["subject_lookups"]))


# --- what was asked for -----------------------------------------------------------------------------------------------


def _indexed(lake: Lake, identifier: str, kind: str) -> Iterator[pa.Table]:
    for folder in sorted((lake.private / "index").glob("*")):
        year = int(folder.name)
        if not (lake.private / "keys" / f"subject-{year}.key").is_file():
            continue  # the key was destroyed: nobody can be found there any more
        tag = subjects.tag(keys.subject_key(lake, year), kind, identifier)
        scanned = ds.dataset(folder, schema=SUBJECT_INDEX, format="parquet")
        yield scanned.to_table(filter=ds.field("subject_tag") == pa.scalar(tag, SUBJECT_INDEX.field(0).type))


def _unscanned(lake: Lake, pattern: re.Pattern[str]) -> list[int]:
    """Documents whose text holds the identifier and which never came as far as the stage `personal`."""
    with views.connect(lake.ledger) as connection:
        scanned = queries.table(connection, SCANNED_SQL, {}).column("doc_id").combine_chunks()
    found: list[int] = []
    for texts in _read_texts(lake, "text"):
        rest = texts.filter(pc.invert(pc.is_in(texts.column("doc_id"), scanned)))
        folded = subjects.folded(rest.column("text")).to_pylist()
        pairs = zip(rest.column("doc_id").to_pylist(), folded, strict=True)
        found += [doc_id for doc_id, text in pairs if text and pattern.search(text)]
    return found


SCANNED_SQL = "select distinct doc_id from decisions where stage = 'personal'"


def _read_texts(lake: Lake, column: str) -> Iterator[pa.Table]:
    """`doc_id` and a column of every document that was read, file by file."""
    for path in sorted((lake.root / "documents").glob("*/documents/*.parquet")):
        yield ds.dataset(path, format="parquet").to_table(columns=["doc_id", column])


def _of_url(lake: Lake, url: str) -> list[int]:
    found: list[int] = []
    for urls in _read_texts(lake, "url"):
        found += urls.filter(pc.field("url") == url).column("doc_id").to_pylist()
    return found


# --- what is like it --------------------------------------------------------------------------------------------------


def _described(lake: Lake, asked: pa.Table) -> pa.Table:
    with views.connect(lake.ledger) as connection:
        connection.register("asked", asked)
        same = queries.table(connection, SAME_SQL, {}).column("doc_id").combine_chunks()
        near = pa.table({"doc_id": pa.array(_near(lake, same), pa.int64())})
        connection.register("same", pa.table({"doc_id": same}))
        connection.register("near", near)
        return queries.table(connection, FOUND_SQL, {})


SAME_SQL = """
with recursive twins as (
    select doc_id, min(doc_id) over (partition by content_hmac) as other from documents where n_chars > 0
),
pairs as (
    select doc_id, kept_doc_id as other from duplicates
    union all
    select kept_doc_id, doc_id from duplicates
    union all
    select doc_id, other from twins where doc_id <> other
    union all
    select other, doc_id from twins where doc_id <> other
),
reached as (
    select doc_id from asked
    union
    select p.other from reached r join pairs p on p.doc_id = r.doc_id
)
select doc_id from reached order by doc_id
"""
"""What was asked for, its copies, their copies, and the same text in other runs."""

FOUND_SQL = """
with linked as (
    select other_doc_id as doc_id from duplicate_links where doc_id in (from same)
    union
    select doc_id from duplicate_links where other_doc_id in (from same)
),
found as (
    select doc_id, found, entity_type, "start", "end" from asked
    union all
    select doc_id, 'duplicate', null, null, null from same where doc_id not in (select doc_id from asked)
    union all
    select doc_id, 'near', null, null, null from near
    union all
    select doc_id, 'linked', null, null, null from linked where doc_id not in (from same) and doc_id not in (from near)
)
select
    f.doc_id, f.found, f.entity_type, f."start", f."end", b.source_id,
    coalesce(list_sort(list(distinct s.snapshot_id) filter (s.snapshot_id is not null)), []) as snapshots
from found f
left join batches b on b.batch = f.doc_id >> 32
left join snapshot_docs s using (doc_id)
group by all order by f.doc_id, f."start"
"""


def _near(lake: Lake, ids: pa.Array) -> list[int]:
    """Documents of any run whose sketch is much like that of one of `ids`; `ids` themselves left out."""
    own_rules = duplicate_rules()
    least = by_relation(own_rules, "erased").threshold_ppm or 0
    own = signatures(tombstones.sketched(lake, ids).filter(pc.field("n_shingles") > 0).column("signature"))
    found: set[int] = set()
    for path in sorted((lake.root / "measures").glob("*/duplicates/*.parquet")) if len(own) else ():
        measures = parquet.read(path, MEASURES_DUPLICATES).filter(pc.field("n_shingles") > 0)
        _, row, share = sketches.alike(own, signatures(measures.column("signature")), own_rules)
        found |= set(measures.column("doc_id").take(pa.array(row[share >= least])).to_pylist())
    return sorted(found - set(ids.to_pylist()))
