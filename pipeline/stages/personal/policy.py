"""Findings and what the rules make of them; never the text itself once it is measured."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schemas
from pipeline.errors import EvidenceMissing, RuleMalformed
from pipeline.rules import personal as personal_rules
from pipeline.rules.personal import EntityRule, by_entity
from pipeline.rules.personal_documents import DocumentRule, signs
from pipeline.schemas.personal import FINDING_NAMES
from pipeline.stages.personal.acting import acts, treatment
from pipeline.stages.personal.minors import day, of_minors
from pipeline.stages.personal.whole import stopped_by

Finding = tuple[int, int, str, int, str]  # start, end (code points), type, score in ppm, rule id
Find = Callable[[Sequence[str], Sequence[str], str], list[list[Finding]]]


def measure(documents: pa.Table, *, find: Find, names: str, now_us: int | None = None) -> pa.Table:
    """Locate the personal information of every document, and flag what is sensitive and what is of minors.

    Positions count code points of the text as it stands before redaction.

    Args:
        documents: `DOCUMENTS`.
        find: takes texts, languages and `names`; `pipeline.models.personal.finder` builds one.
        names: `always`, `with_identifiers` (only where another finding stands) or `never`.
        now_us: the day on which ages are told where a document does not say when it was fetched; none tells no age.

    Returns:
        `FINDINGS`, one row per document in the order of `documents`, each list ascending by start.
    """
    texts, langs = documents.column("text").to_pylist(), documents.column("lang").to_pylist()
    found = find(texts, langs, names)
    days = [fetched or now_us for fetched in documents.column("fetched_at_us").to_pylist()]
    rows = [flagged(*row) for row in zip(texts, found, days, strict=True)]
    kind = schemas.FINDINGS.field("findings").type
    n_chars = pc.utf8_length(documents.column("text")).cast(pa.int32())
    columns = {"doc_id": documents.column("doc_id"), "findings": pa.array(rows, kind), "n_chars": n_chars}
    return schemas.conform(dict(columns), schemas.FINDINGS)


def flagged(text: str, found: Sequence[Finding], at_us: int | None) -> list[dict[str, object]]:
    """The findings of a text as rows of `FINDINGS`, with what is sensitive and what is of minors.

    Args:
        text: in which they were found.
        found: as a finder returns them.
        at_us: when it was fetched; none tells no age.
    """
    known = by_entity(personal_rules.rules())
    minors = of_minors(text, [one[:3] for one in found], signs(), day(at_us) if at_us else 0)
    return [
        dict(zip(FINDING_NAMES, one, strict=False)) | {"sensitive": sensitive(known[one[2]]), "is_minor": is_minor}
        for one, is_minor in zip(found, minors, strict=True)
    ]


def sensitive(rule: EntityRule) -> str | None:
    """The group of sensitive information (PIPL Art. 28) that a type belongs to; none for general information."""
    return rule.sensitive if rule.cls in ("S", "S14") else None


def located(doc_ids: pa.ChunkedArray | pa.Array, found: Sequence[Sequence[Finding]]) -> pa.Table:
    """What a finder returned, as `FINDINGS` without flags: one row a document, in their order."""
    rows = [[dict(zip(FINDING_NAMES, one, strict=False)) for one in row] for row in found]
    kind = schemas.FINDINGS.field("findings").type
    return schemas.conform({"doc_id": doc_ids, "findings": pa.array(rows, kind)}, schemas.FINDINGS)


def decide(
    documents: pa.Table, findings: pa.Table, rules: Sequence[EntityRule], whole: Sequence[DocumentRule] = ()
) -> pa.Table:
    """Decide each document by the first rule about whole documents that stops it, else by its most severe finding.

    Findings that are only reported are counted too, each under what was done with it: `pii_counts` reads
    `EMAIL_ADDRESS=2:anonymised;PERSON=1:kept/consent`. `score_ppm` is the best score of the deciding type.

    Args:
        documents: `DOCUMENTS`, of which `doc_id` and `lang` are used.
        findings: `FINDINGS` of the same documents in the same order.
        rules: most severe first; the last keeps.
        whole: rules about whole documents that hold for the source, in order of precedence.

    Returns:
        `DECISIONS`, one row per document in the order of `documents`.

    Raises:
        EvidenceMissing: findings and documents do not name the same documents.
        RuleMalformed: the last rule does not keep, or a finding has a type without a rule.
    """
    if not documents.column("doc_id").equals(findings.column("doc_id")):
        raise EvidenceMissing("findings of other documents", fix="measure the stage `personal` again for this batch")
    if not rules or rules[-1].action != "keep":
        raise RuleMalformed("the last personal rule must keep", fix="add PII.R000 at the end of personal.toml")
    lists, sizes = (findings.column(name).to_pylist() for name in ("findings", "n_chars"))
    rows = [_decided(row, n_chars, rules, whole) for row, n_chars in zip(lists, sizes, strict=True)]
    outcome, rule_id, version, score, counts = zip(*rows, strict=True) if rows else ((),) * 5
    return schemas.conform(
        {
            "doc_id": documents.column("doc_id"),
            "outcome": outcome,
            "rule_id": rule_id,
            "rule_version": version,
            "score_ppm": score,
            "lang": documents.column("lang"),
            "pii_counts": counts,
        },
        schemas.DECISIONS,
    )


def _decided(
    found: Sequence[dict[str, Any]], n_chars: int | None, rules: Sequence[EntityRule], whole: Sequence[DocumentRule]
) -> tuple[str, str, int, int | None, str | None]:
    known = by_entity(rules)
    best: dict[str, int] = {}
    for one in found:
        kind, score = one["type"], one["score_ppm"]
        if acts(known.get(kind), score):
            best[kind] = max(score, best.get(kind, 0))
    if stopped := stopped_by(found, n_chars, known, whole):
        of, statistic = stopped
        return of.outcome, of.id, of.version, statistic, _counts(found, known, of.outcome)
    rule = next((r for r in rules if r.entity in best), rules[-1])
    return rule.action, rule.id, rule.version, best.get(rule.entity), _counts(found, known, rule.action)


def _counts(found: Sequence[dict[str, Any]], known: dict[str, EntityRule], outcome: str) -> str | None:
    counts = Counter((one["type"], treatment(known[one["type"]], one["score_ppm"], outcome)) for one in found)
    return ";".join(f"{kind}={n}:{done}" for (kind, done), n in sorted(counts.items())) or None
