"""Redaction: typed placeholders in the place of what the rules act upon."""

import hmac
from collections.abc import Sequence

import pyarrow as pa

from pipeline import schemas
from pipeline.rules.personal import EntityRule, by_entity
from pipeline.stages.personal.policy import acts

Span = tuple[int, int, str]  # start, end (code points), placeholder


def apply(documents: pa.Table, findings: pa.Table, rules: Sequence[EntityRule], *, content_key: bytes) -> pa.Table:
    """The documents with every redactable finding replaced by its placeholder.

    Findings that are only reported stay in the text; unchanged documents keep their `content_hmac`.

    Args:
        documents: `DOCUMENTS`.
        findings: `FINDINGS` of the same documents in the same order.
        rules: the rules that `decide` used.
        content_key: key of the HMAC-SHA-256 over the new UTF-8 text.

    Returns:
        `DOCUMENTS`, same rows and order.
    """
    known = by_entity(rules)
    spans = [_spans(row, known) for row in findings.column("findings").to_pylist()]
    mask = pa.array([bool(s) for s in spans], pa.bool_())
    if not any(spans):
        return documents
    texts = documents.column("text").filter(mask).to_pylist()
    new = [splice(text, s) for text, s in zip(texts, filter(None, spans), strict=True)]
    hmacs = [hmac.digest(content_key, text.encode("utf-8"), "sha256") for text in new]
    changed = {"text": pa.array(new, pa.string()), "content_hmac": pa.array(hmacs, schemas.SHA256)}
    columns = {name: documents.column(name) for name in documents.column_names}
    index = _index(mask)
    for name, values in changed.items():
        old = documents.column(name).combine_chunks()
        joined = pa.concat_arrays([old, values])
        columns[name] = joined.take(index)
    return schemas.conform(dict(columns), schemas.DOCUMENTS)


def splice(text: str, spans: Sequence[Span]) -> str:
    """The text with each span replaced; spans ascend and do not overlap."""
    parts, end = [], 0
    for start, stop, placeholder in spans:
        parts += [text[end:start], placeholder]
        end = stop
    return "".join([*parts, text[end:]])


def _spans(found: Sequence[dict[str, object]], known: dict[str, EntityRule]) -> list[Span]:
    spans = []
    for one in found:
        rule, score = known.get(str(one["type"])), int(str(one["score_ppm"]))
        if acts(rule, score) and rule is not None and rule.action == "redact":
            spans.append((int(str(one["start"])), int(str(one["end"])), rule.placeholder))
    return sorted(spans)


def _index(mask: pa.Array) -> pa.Array:
    rows = mask.to_pylist()
    index, new = [], len(rows)
    for row, changed in enumerate(rows):
        index.append(new if changed else row)
        new += changed
    return pa.array(index, pa.int64())
