"""Decides sources by the rules, notices what refuses nothing yet, and hands decisions on to documents."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import EvidenceMissing
from pipeline.rules.sources import NoticeRule, SourceRule, by_condition
from pipeline.schemas import DECISIONS, SOURCE_DECISIONS, conform
from pipeline.schemas.sources import SOURCE_FINDINGS
from pipeline.stages.sources.conditions import Moment, Row, listed, noticed, objection
from pipeline.stages.sources.upstream import chain


def decide(
    register: pa.Table, rules: Sequence[SourceRule], *, now_us: int, use: str, is_commercial: bool = True
) -> pa.Table:
    """Admit or refuse each source; a refused one is quarantined and never read.

    Args:
        register: `SOURCES`, one row per source, of all registers of the run.
        rules: in order of precedence; the last admits.
        now_us: when the run was started, microseconds UTC.
        use: declared use of the run.
        is_commercial: whether that use is.

    Returns:
        `SOURCE_DECISIONS` in the order of `register`; `detail` names fields, never values.
    """
    at = Moment(now_us, use, is_commercial)
    decided = [_decide(row, rules, at) for row in _rows(register)]
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


def _rows(register: pa.Table) -> list[Row]:
    """The sources, each with what is wrong behind it."""
    found = chain(register)
    wrong: dict[str, set[str]] = {}
    for source, problem in zip(*(found.column(n).to_pylist() for n in ("source_id", "problem")), strict=True):
        if problem:
            wrong.setdefault(source, set()).add(problem)
    rows: list[Row] = register.to_pylist()
    return [{**row, "upstream_problem": ", ".join(sorted(wrong.get(str(row["source_id"]), ())))} for row in rows]


def _decide(row: Row, rules: Sequence[SourceRule], at: Moment) -> tuple[SourceRule, str | None]:
    for rule in rules[:-1]:
        detail = objection(row, rule, at)
        if detail is not None:
            return rule, detail
    return rules[-1], None


def notice(register: pa.Table, decisions: pa.Table, rules: Sequence[NoticeRule], *, now_us: int) -> pa.Table:
    """What is noticed about the sources that are kept.

    Args:
        register: `SOURCES`.
        decisions: of `decide`, in the same order.
        rules: every one is asked of every source.
        now_us: when the run was started.

    Returns:
        `SOURCE_FINDINGS`, by source in the order of `register`.
    """
    kept = register.filter(pc.equal(decisions.column("outcome"), "keep")).to_pylist()
    alone = _alone(kept, max((rule.below for rule in rules), default=0))
    at, stale = Moment(now_us, ""), by_condition("stale").above_us
    rows = [
        (row["source_id"], rule.id, rule.version, rule.article, detail, due)
        for row in kept
        for rule in rules
        for detail, due in noticed({**row, "alone_in": alone.get(row["source_id"], [])}, rule, at, stale)
    ]
    return conform({n: [row[i] for row in rows] for i, n in enumerate(SOURCE_FINDINGS.names)}, SOURCE_FINDINGS)


def _alone(kept: Sequence[Row], below: int) -> dict[object, list[str]]:
    """Source to the languages and modalities (`zh text`) for which fewer than `below` sources are kept."""
    holders: dict[str, list[object]] = {}
    for row in kept:
        for modality in listed(row["modality"]):
            for language in listed(row["languages"]):
                holders.setdefault(f"{language} {modality}", []).append(row["source_id"])
    alone: dict[object, list[str]] = {}
    for name, sources in sorted(holders.items()):
        for source in sources if len(sources) < below else ():
            alone.setdefault(source, []).append(name)
    return alone


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
