"""Findings and what the rules make of them; never the text itself once it is measured."""

from collections import Counter
from collections.abc import Callable, Sequence

import pyarrow as pa

from pipeline import schemas
from pipeline.errors import EvidenceMissing, RuleMalformed
from pipeline.rules.personal import EntityRule, by_entity
from pipeline.schemas.personal import FINDING_NAMES

Finding = tuple[int, int, str, int, str]  # start, end (code points), type, score in ppm, rule id
TREATMENTS = {
    "placeholder": "anonymised",
    "drop_span": "removed",
    "mask": "masked",
    "pseudonym": "pseudonymised",
    "surrogate": "surrogate",
}
"""What each mode makes of a value. Only what is anonymised or removed is personal information no more: a mask may leave
a part, and whoever has the key leads a pseudonym or surrogate back."""

Find = Callable[[Sequence[str], Sequence[str], str], list[list[Finding]]]


def measure(documents: pa.Table, *, find: Find, names: str) -> pa.Table:
    """Locate the personal information of every document.

    Positions count code points of the text as it stands before redaction.

    Args:
        documents: `DOCUMENTS`.
        find: takes texts, languages and `names`; `pipeline.models.personal.finder` builds one.
        names: `always`, `with_identifiers` (only where another finding stands) or `never`.

    Returns:
        `FINDINGS`, one row per document in the order of `documents`, each list ascending by start.
    """
    texts, langs = documents.column("text").to_pylist(), documents.column("lang").to_pylist()
    return located(documents.column("doc_id"), find(texts, langs, names))


def located(doc_ids: pa.ChunkedArray | pa.Array, found: Sequence[Sequence[Finding]]) -> pa.Table:
    """What a finder returned, as `FINDINGS`: one row a document, in their order."""
    rows = [[dict(zip(FINDING_NAMES, one, strict=True)) for one in row] for row in found]
    kind = schemas.FINDINGS.field("findings").type
    return schemas.conform({"doc_id": doc_ids, "findings": pa.array(rows, kind)}, schemas.FINDINGS)


def decide(documents: pa.Table, findings: pa.Table, rules: Sequence[EntityRule]) -> pa.Table:
    """Decide each document by its most severe finding: quarantine, redact, or keep.

    Findings that are only reported are counted too, each under what was done with it: `pii_counts` reads
    `EMAIL_ADDRESS=2:anonymised;PERSON=1:kept/consent`. `score_ppm` is the best score of the deciding type.

    Args:
        documents: `DOCUMENTS`, of which `doc_id` and `lang` are used.
        findings: `FINDINGS` of the same documents in the same order.
        rules: most severe first; the last keeps.

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
    rows = [_decided(row, rules) for row in findings.column("findings").to_pylist()]
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


def acts(rule: EntityRule | None, score_ppm: int) -> bool:
    """Whether a finding of that score changes the document's outcome.

    Raises:
        RuleMalformed: there is no rule for the type of the finding.
    """
    if rule is None:
        raise RuleMalformed("a finding has a type without a rule", fix="add a rule for each type to personal.toml")
    return rule.action in ("redact", "quarantine", "drop") and score_ppm >= rule.threshold_ppm


def _decided(
    found: Sequence[dict[str, object]], rules: Sequence[EntityRule]
) -> tuple[str, str, int, int | None, str | None]:
    known = by_entity(rules)
    best: dict[str, int] = {}
    for one in found:
        kind, score = str(one["type"]), int(str(one["score_ppm"]))
        if acts(known.get(kind), score):
            best[kind] = max(score, best.get(kind, 0))
    rule = next((r for r in rules if r.entity in best), rules[-1])
    return rule.action, rule.id, rule.version, best.get(rule.entity), _counts(found, known, rule.action)


def _counts(found: Sequence[dict[str, object]], known: dict[str, EntityRule], outcome: str) -> str | None:
    counts = Counter(
        (str(one["type"]), treatment(known[str(one["type"])], int(str(one["score_ppm"])), outcome)) for one in found
    )
    return ";".join(f"{kind}={n}:{done}" for (kind, done), n in sorted(counts.items())) or None


def treatment(rule: EntityRule, score_ppm: int, outcome: str = "redact") -> str:
    """What was done with a finding: one of `TREATMENTS`, `reported`, `kept/` and the legal basis, or `dropped`.

    Args:
        rule: of its type.
        score_ppm: of the finding.
        outcome: of its document; one that does not go on takes all its findings with it.
    """
    if outcome in ("drop", "quarantine"):
        return {"drop": "dropped", "quarantine": "quarantined"}[outcome]
    if rule.basis:
        return f"kept/{rule.basis}"
    return TREATMENTS[rule.mode] if acts(rule, score_ppm) else "reported"
