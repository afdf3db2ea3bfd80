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


def _objection(row: Row, rule: SourceRule, now_us: int, use: str) -> str | None:  # noqa: PLR0911  a line a condition
    """The fields for which `rule` refuses the source, or None."""
    match rule.condition:
        case "incomplete":
            return ", ".join(map(str, missing)) if isinstance(missing := row["missing"], list) and missing else None
        case "graded":
            return "data_grade" if row["data_grade"] in ("important", "core") else None
        case "assessed_bad":
            return "assessment" if _share_ppm(row) > rule.above_ppm else None
        case "uncommitted":
            return "commitments" if row["is_committed"] is False else None
        case "contract":
            return _contract(row, now_us)
        case "reserved":
            return _reserved(row, rule)
        case "unbased":
            return "personal.basis" if row["contains_pi"] == "yes" and row["pi_basis"] == "none" else None
        case "use":
            uses = row["intended_use"]
            return "intended_use" if isinstance(uses, list) and use not in uses else None
    return None


def _share_ppm(row: Row) -> int:
    n, bad = row["n_assessed"], row["n_bad"]
    return bad * 1_000_000 // n if isinstance(n, int) and isinstance(bad, int) and n else 0


def _contract(row: Row, now_us: int) -> str | None:
    expires = row["contract_expires_us"]
    if isinstance(expires, int) and expires <= now_us:
        return "contract.expires_at"
    return "contract.is_training_allowed" if row["is_training_allowed"] is False else None


def _reserved(row: Row, rule: SourceRule) -> str | None:
    text, url, own = row["robots_text"], row["robots_url"], row["robots_agent"]
    if text is None:
        return None
    if str(text).lstrip().lower().startswith(("<!doctype", "<html")):
        return "reservations.robots_file is a page, not a robots.txt"
    refused = [agent for agent in (str(own), *rule.agents) if not robots.allows(str(text), agent, str(url))]
    return f"robots.txt: {', '.join(refused)}" if refused else None


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
