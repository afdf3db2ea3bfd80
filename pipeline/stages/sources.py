"""Sources: may this source be read at all? Interim Measures, Art. 7(1), 7(3).

Decided from the register alone, before a byte of the source is read. The first rule that applies refuses.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import EvidenceMissing
from pipeline.kernels import robots
from pipeline.rules.sources import SourceRule
from pipeline.schemas import DECISIONS, SOURCE_DECISIONS, conform

Row = Mapping[str, object]


def decide(register: pa.Table, rules: Sequence[SourceRule], *, now_us: int, use: str) -> pa.Table:
    """Admit or refuse each source; a refused one is quarantined and never read.

    Args:
        register: `SOURCES`, one row per source.
        rules: in order of precedence; the last admits.
        now_us: when the run was started, microseconds UTC.
        use: declared use of the run.

    Returns:
        `SOURCE_DECISIONS` in the order of `register`; `detail` names fields, never values.
    """
    decided = [_decide(row, rules, now_us, use) for row in register.to_pylist()]
    rule = [r for r, _ in decided]
    return conform(
        {
            "source_id": register.column("source_id"),
            "outcome": ["keep" if r.condition == "none" else "quarantine" for r in rule],
            "rule_id": [r.id for r in rule],
            "rule_version": [r.version for r in rule],
            "article": [r.article for r in rule],
            "detail": [detail for _, detail in decided],
            "evidence_sha256": register.column("register_sha256"),
        },
        SOURCE_DECISIONS,
    )


def _decide(row: Row, rules: Sequence[SourceRule], now_us: int, use: str) -> tuple[SourceRule, str | None]:
    for rule in rules[:-1]:
        detail = _objection(row, rule, now_us, use)
        if detail is not None:
            return rule, detail
    return rules[-1], None


def _objection(row: Row, rule: SourceRule, now_us: int, use: str) -> str | None:  # noqa: C901, PLR0911  a line a condition
    """The fields for which `rule` refuses the source, or None."""
    match rule.condition:
        case "incomplete":
            return ", ".join(_listed(row["missing"])) or None
        case "graded":
            return "data_grade" if row["data_grade"] in ("important", "core") else None
        case "assessed_bad":
            return "assessment" if _share_ppm(row) > rule.above_ppm else None
        case "uncommitted":
            return "commitments" if row["is_committed"] is False else None
        case "expired":
            return "contract.expires_at" if _is_past(row["contract_expires_us"], now_us) else None
        case "untrained":
            return "contract.is_training_allowed" if row["is_training_allowed"] is False else None
        case "not_robots":
            return "reservations.robots_file" if _is_page(row["robots_text"]) else None
        case "reserved":
            return _reserved(row, rule)
        case "unbased":
            return "personal.basis" if row["contains_pi"] == "yes" and row["pi_basis"] in rule.bases else None
        case "minors":
            return "personal.minors" if row["has_minors"] == "yes" and row["pi_basis"] not in rule.bases else None
        case "use":
            return None if use in _listed(row["intended_use"]) else "intended_use"
    return None


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _share_ppm(row: Row) -> int:
    n, bad = row["n_assessed"], row["n_bad"]
    return bad * 1_000_000 // n if isinstance(n, int) and isinstance(bad, int) and n else 0


def _is_past(at_us: object, now_us: int) -> bool:
    return isinstance(at_us, int) and at_us <= now_us


def _is_page(robots_text: object) -> bool:
    return str(robots_text or "").lstrip("\ufeff \t\r\n").lower().startswith(("<!doctype", "<html", "<?xml", "<head"))


def _reserved(row: Row, rule: SourceRule) -> str | None:
    """The crawlers that the publisher keeps out, of our own and the ones the rule names."""
    text = row["robots_text"]
    if text is None:
        return None
    own = str(row["robots_agent"] or "*")
    url = str(row["robots_url"] or "/")
    refused = [agent for agent in (own, *rule.agents) if not robots.allows(str(text), agent, url)]
    named = [agent for agent in dict.fromkeys(refused) if agent in rule.agents]
    return f"reservations: {', '.join(named or ['own crawler'])}" if refused else None


def inherit(documents: pa.Table, source_decisions: pa.Table) -> pa.Table:
    """The decision of each document's source as the document's own; for the stages sources and licences.

    Args:
        documents: `doc_id` and `source_id`.
        source_decisions: `SOURCE_DECISIONS`.

    Returns:
        `DECISIONS` in the order of `documents`.

    Raises:
        EvidenceMissing: a document of a source that was never decided.
    """
    at = pc.index_in(documents.column("source_id"), source_decisions.column("source_id"))
    if at.null_count:
        raise EvidenceMissing(f"{at.null_count} documents of undecided sources", fix="run the step sources first")
    names = ("outcome", "rule_id", "rule_version", "evidence_sha256")
    taken = {name: source_decisions.column(name).take(at) for name in names}
    return conform({"doc_id": documents.column("doc_id"), **taken}, DECISIONS)
