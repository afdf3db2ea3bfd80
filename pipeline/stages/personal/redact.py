"""Redaction: what the rules act upon is replaced, by the mode of its rule, over whole Arrow columns."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.kernels.masking import BEHIND_CHARS, dropped
from pipeline.kernels.numbering import LETTERS_AND_DIGITS, MAIL, PHONE, numbered
from pipeline.kernels.splicing import Spans, behind, splice, values
from pipeline.rules.personal import EntityRule, by_entity
from pipeline.stages.personal import modes
from pipeline.stages.personal.acting import acts
from pipeline.stages.personal.modes import Keyed
from pipeline.stages.personal.overlaps import Located, resolved
from pipeline.stages.personal.subjects import family, normal

Int64s = npt.NDArray[np.int64]

FORMS = {"EMAIL_ADDRESS": MAIL, "phone": PHONE}
NAMES = {form: name for name, form in FORMS.items()} | {LETTERS_AND_DIGITS: ""}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is replaced in a column of texts, and by what."""

    spans: Spans
    rules: tuple[EntityRule, ...]
    ruled: Int64s  # position in `rules` of each span
    replacements: pa.Array  # strings, one a span


def apply(
    documents: pa.Table,
    findings: pa.Table,
    rules: Sequence[EntityRule],
    *,
    content_key: bytes,
    keyed: Keyed | None = None,
) -> pa.Table:
    """The documents with every redactable finding replaced.

    Findings that are only reported stay in the text; unchanged documents keep their `content_hmac`.

    Args:
        documents: `DOCUMENTS`.
        findings: `FINDINGS` of the same documents in the same order.
        rules: the rules that `decide` used.
        content_key: key of the HMAC-SHA-256 over the new UTF-8 text.
        keyed: for pseudonyms and surrogates.

    Returns:
        `DOCUMENTS`, same rows and order.

    Raises:
        EvidenceMissing: a finding lies outside its document.
        InputMissing: a rule needs a key and there is none.
    """
    return spliced(
        documents, plan(documents.column("text"), findings, rules, keyed or Keyed()), content_key=content_key
    )


def plan(texts: pa.ChunkedArray | pa.Array, findings: pa.Table, rules: Sequence[EntityRule], keyed: Keyed) -> Plan:
    """What `apply` replaces; overlapping findings as presidio-anonymizer resolves them."""
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    spans, ruled = _acted(findings, tuple(rules))
    found = values(texts, spans)
    new = _placeholders(spans.rows, ruled, found, rules)
    dropping = np.flatnonzero(np.array([rule.mode == "drop_span" for rule in rules])[ruled])
    others = np.flatnonzero(np.array([rule.mode not in ("placeholder", "drop_span") for rule in rules])[ruled])
    plain = found.take(pa.array(others)).to_pylist()
    writers = {r: modes.writer(rules[r], keyed) for r in np.unique(ruled[others]).tolist()}
    written = [writers[r](value) for r, value in zip(ruled[others].tolist(), plain, strict=True)]
    new = _put(new, others, written)
    if len(dropping):
        new = _put(new, dropping, [dropped(text) for text in behind(texts, spans, dropping, BEHIND_CHARS)])
    return Plan(spans=spans, rules=tuple(rules), ruled=ruled, replacements=new)


def spliced(documents: pa.Table, planned: Plan, *, content_key: bytes) -> pa.Table:
    """The documents as planned, each changed one with its new `content_hmac`."""
    if not len(planned.spans):
        return documents
    new = splice(documents.column("text").combine_chunks(), planned.spans, planned.replacements)
    changed = np.unique(planned.spans.rows)
    texts = new.take(pa.array(changed)).cast(pa.large_binary())
    hmacs = [hmac.digest(content_key, text.as_py(), "sha256") for text in texts]
    return _with(_with(documents, "text", new), "content_hmac", _put(documents.column("content_hmac"), changed, hmacs))


def _put(column: pa.Array | pa.ChunkedArray, places: Int64s, new: list[str] | list[bytes]) -> pa.Array:
    """The column with new values at some places."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    mask = np.zeros(len(column), dtype=bool)
    mask[places] = True
    return pc.replace_with_mask(column, pa.array(mask), pa.array(new, column.type)) if len(places) else column


def _with(table: pa.Table, name: str, values_of: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), values_of)


def _acted(findings: pa.Table, rules: tuple[EntityRule, ...]) -> tuple[Spans, Int64s]:
    """Spans that are redacted, ascending and without overlaps, and the position of the rule of each."""
    lists = findings.column("findings").combine_chunks()
    flat, rows = pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    scores = pc.struct_field(flat, "score_ppm").to_numpy()
    ruled = _ruled(pc.struct_field(flat, "type"), rules)
    thresholds = np.array([rule.threshold_ppm if rule.action == "redact" else np.inf for rule in rules])
    starts, ends = (pc.struct_field(flat, name).to_numpy().astype(np.int64) for name in ("start", "end"))
    chosen = np.flatnonzero(scores >= thresholds[ruled])
    columns = tuple(column[chosen] for column in (rows, starts, ends, ruled, scores))
    rows, starts, ends, ruled, _ = _apart(_ascending(columns), rules)
    return Spans(rows=rows, starts=starts, ends=ends), ruled


def _ascending(columns: tuple[Int64s, ...]) -> tuple[Int64s, ...]:
    """By row, start and end; a finder's findings mostly are."""
    rows, starts, ends, *_ = columns
    if bool(((rows[1:] > rows[:-1]) | (starts[1:] > starts[:-1])).all()) and bool((rows[1:] >= rows[:-1]).all()):
        return columns
    order = np.lexsort((ends, starts, rows))
    return tuple(column[order] for column in columns)


def _ruled(types: pa.Array, rules: tuple[EntityRule, ...]) -> Int64s:
    known = {entity: rules.index(rule) for entity, rule in by_entity(rules).items()}
    encoded = types.dictionary_encode()
    kinds = encoded.dictionary.to_pylist()
    for kind in kinds:
        acts(by_entity(rules).get(kind), 0)  # refuses a type without a rule
    positions = np.array([known[kind] for kind in kinds], np.int64)
    return positions[encoded.indices.to_numpy()] if len(types) else np.zeros(0, np.int64)


def _apart(columns: tuple[Int64s, ...], rules: tuple[EntityRule, ...]) -> tuple[Int64s, ...]:
    rows, starts, ends, _, _ = columns
    crossing = np.unique(rows[1:][(rows[1:] == rows[:-1]) & (starts[1:] < ends[:-1])])
    if not len(crossing):
        return columns
    positions = {entity: rules.index(rule) for entity, rule in by_entity(rules).items()}
    good = ~np.isin(rows, crossing)
    parts = [tuple(column[good] for column in columns)]
    for row in crossing:
        here = zip(*(column[rows == row].tolist() for column in columns), strict=True)
        found = resolved([Located(start=s, end=e, entity=rules[r].entity, score_ppm=p) for _, s, e, r, p in here])
        drawn = [(row, one.start, one.end, positions[one.entity], one.score_ppm) for one in found]
        parts.append(tuple(np.array(drawn, np.int64).T))
    joined = tuple(np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((joined[1], joined[0]))
    return tuple(column[order] for column in joined)


def _placeholders(rows: Int64s, ruled: Int64s, found: pa.Array, rules: Sequence[EntityRule]) -> pa.Array:
    """Of each span, numbered by document and type in the order in which values first stand in the text."""
    families = [family(rule.entity) for rule in rules]
    forms = np.array([FORMS.get(name, LETTERS_AND_DIGITS) for name in families], np.int64)
    numbers = numbered(found, rows, ruled, forms, lambda form, value: normal(NAMES[form], value))
    kinds = ruled * (modes.NUMBERED + 2) + np.minimum(numbers, modes.NUMBERED + 1)
    is_there = np.zeros(len(rules) * (modes.NUMBERED + 2), np.bool_)
    is_there[kinds] = True
    drawn = [
        modes.placeholder(rules[kind // (modes.NUMBERED + 2)], kind % (modes.NUMBERED + 2))
        for kind in np.flatnonzero(is_there).tolist()
    ]
    return pa.array(drawn, pa.string()).take(pa.array((np.cumsum(is_there) - 1)[kinds]))
