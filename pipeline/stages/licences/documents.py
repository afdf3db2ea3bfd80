"""The licence of a document of a mixed source: the strictest of all that its source, page, file and record say.

A document that says nothing, or says NOASSERTION, or something that nobody can read, is quarantined.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

import pyarrow as pa

from pipeline.kernels.expressions import canonical
from pipeline.rules import licence_names
from pipeline.rules.licences import Circumstances, LicenceClass, LicenceRules, StopRule
from pipeline.schemas import DECISIONS, conform
from pipeline.schemas.licences import MEASURES_LICENCES
from pipeline.stages.licences.judging import judge
from pipeline.stages.licences.sources import OUTCOMES
from pipeline.stages.licences.statements import Statement, of_record

UNSAID = "NOASSERTION"


def measure(records: pa.Table, doc_ids: pa.Array, dataset: str | None) -> pa.Table:
    """What is said about the licence of each document.

    Args:
        records: `RECORDS` of a source whose documents say their own licence.
        doc_ids: their ids, in order.
        dataset: the expression of the source as a whole; None where it claims none.

    Returns:
        `MEASURES_LICENCES`, one row per record.
    """
    columns = (records.column(n).to_pylist() for n in ("text", "media_type", "licence_declared", "licence_of_file"))
    rows = [_row(of_record(*record), dataset) for record in zip(*columns, strict=True)]
    named: dict[str, Any] = {name: [row[name] for row in rows] for name in MEASURES_LICENCES.names[1:]}
    return conform({"doc_id": doc_ids, **named}, MEASURES_LICENCES)


def _row(statements: Sequence[Statement], dataset: str | None) -> dict[str, object]:
    read = [(one, _read(one.kind, one.said)) for one in statements]
    evidence = "".join(f"{one.layer} {one.kind}: {one.said}\n" for one in statements).encode(errors="replace")
    known = [*([dataset] if dataset else []), *(found for _, found in read if found)]
    return {
        "expression": _all(tuple(known)),
        "dataset": dataset,
        "said_by": ",".join(dict.fromkeys(one.kind for one in statements)),
        "is_unreadable": any(found is None for _, found in read),
        "is_unsaid": not known or UNSAID in known,
        "is_conflict": len(set(known)) > 1,
        "evidence": evidence,
        "evidence_sha256": sha256(evidence).digest(),
    }


@lru_cache(maxsize=65536)
def _read(kind: str, said: str) -> str | None:
    return licence_names.of_debian(said) if kind == "dep5" else licence_names.expression(said)


@lru_cache(maxsize=65536)
def _all(known: tuple[str, ...]) -> str | None:
    """The expressions together, each operand once."""
    said = sorted(set(known) - {UNSAID})
    return canonical(" AND ".join(f"({one})" for one in said))


def decide(measures: pa.Table, rules: LicenceRules, of: Circumstances) -> pa.Table:
    """Decide each document by the strictest of what is said about it.

    Args:
        measures: `MEASURES_LICENCES`.
        rules: classes and stops.
        of: the use and place of the run, the origin of the source.

    Returns:
        `DECISIONS`, one row per document in the order of `measures`.
    """
    names = ("expression", "is_unreadable", "is_unsaid")
    columns = (measures.column(name).to_pylist() for name in names)
    keys = list(zip(*columns, strict=True))
    memory = {key: _decided(*key, rules=rules, of=of) for key in set(keys)}
    decided = [memory[key] for key in keys]
    return conform(
        {
            "doc_id": measures.column("doc_id"),
            "outcome": [outcome for outcome, _ in decided],
            "rule_id": [rule.id for _, rule in decided],
            "rule_version": [rule.version for _, rule in decided],
            "evidence_sha256": measures.column("evidence_sha256"),
        },
        DECISIONS,
    )


def _decided(
    expression: str | None,
    is_unreadable: bool,  # noqa: FBT001  columns of one row
    is_unsaid: bool,  # noqa: FBT001
    *,
    rules: LicenceRules,
    of: Circumstances,
) -> tuple[str, LicenceClass | StopRule]:
    judged = None if expression is None else judge(expression, rules, of)
    if judged is not None and judged.verdict == "deny":
        return OUTCOMES["deny"], judged.decider
    if is_unreadable:
        return "quarantine", rules.stops["unparsable"]
    if is_unsaid or judged is None:
        return "quarantine", rules.stops["unknown"]
    return OUTCOMES[judged.verdict], judged.decider
