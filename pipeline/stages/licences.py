"""Licences: may this source be used at all, and what does it ask in return? (Interim Measures, Art. 7(1)-(2)).

A claim is compared with the texts that stand behind it. A licence that no rule names is quarantined.
"""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

import pyarrow as pa
from license_expression import AND, OR, ExpressionError, LicenseWithExceptionSymbol, Licensing

from pipeline.rules.licences import LicenceClass, LicenceRules
from pipeline.schemas import SOURCE_DECISIONS, conform
from pipeline.schemas.sources import LICENCE_EVIDENCE

Identify = Callable[[str], tuple[str | None, int]]

LICENSING = Licensing()
STRICTNESS = ("allow", "conditional", "unknown", "deny")
OUTCOMES = {"allow": "keep", "conditional": "keep", "unknown": "quarantine", "deny": "drop"}
NONE = frozenset(("NOASSERTION", "NONE", ""))


def measure(register: pa.Table, texts: pa.Table, identify: Identify) -> pa.Table:
    """What each source claims and what its texts say.

    Args:
        register: `SOURCES`.
        texts: `LICENCE_TEXTS`, of these and other sources.
        identify: expression and score (ppm) of one text; (None, 0) when it is no known licence.

    Returns:
        `LICENCE_EVIDENCE`, one row per source in the order of `register`.
    """
    by_source: dict[str, list[dict[str, object]]] = {}
    for row in texts.to_pylist():
        by_source.setdefault(row["source_id"], []).append(row)
    rows = [_evidence(row, by_source.get(row["source_id"], []), identify) for row in register.to_pylist()]
    return conform({name: [row[name] for row in rows] for name in LICENCE_EVIDENCE.names}, LICENCE_EVIDENCE)


def _evidence(
    source: Mapping[str, object], texts: Sequence[Mapping[str, object]], identify: Identify
) -> dict[str, object]:
    claimed = source["licence_declared"]
    known = [
        (expression, score, t["sha256"])
        for t in texts
        for expression, score in [identify(str(t["text"]))]
        if expression
    ]
    said = sorted({expression for expression, _, _ in known})
    identified = " AND ".join(said) if said else None
    is_claimed = isinstance(claimed, str) and claimed not in NONE
    return {
        "source_id": source["source_id"],
        "expression": claimed if is_claimed else identified,
        "claimed": claimed,
        "identified": identified,
        "score_ppm": min((score for _, score, _ in known), default=None),
        "evidence_sha256": known[0][2] if known else source["register_sha256"],
        "is_conflict": bool(is_claimed and said and not _agrees(str(claimed), said)),
        "n_texts": len(texts),
    }


def _agrees(claimed: str, said: Sequence[str]) -> bool:
    """Whether the claim names at least one of the licences that the texts are; unparsable claims agree with none."""
    names = identifiers(claimed)
    found = {name for expression in said for name in identifiers(expression)}
    return bool({_family(name) for name in names} & {_family(name) for name in found})


def _family(name: str) -> str:
    """GPL-3.0-or-later and GPL-3.0-only have one text."""
    return name.removesuffix("-only").removesuffix("-or-later").removesuffix("+")


def identifiers(expression: str) -> tuple[str, ...]:
    """The licence identifiers in an SPDX expression; none when it does not parse."""
    try:
        return tuple(LICENSING.license_keys(expression))
    except ExpressionError:
        return ()


def decide(register: pa.Table, evidence: pa.Table, rules: LicenceRules, *, use: str, now_us: int) -> pa.Table:
    """Decide each source by the class of its licence.

    Args:
        register: `SOURCES`.
        evidence: `LICENCE_EVIDENCE`, one row per source of `register`, in its order.
        rules: classes and stops.
        use: declared use; every class here treats all uses alike, the argument keeps the call stable.
        now_us: when the run was started.

    Returns:
        `SOURCE_DECISIONS`; `detail` is the SPDX expression the decision rests on.
    """
    del register, use, now_us
    decided = [_decide(row, rules) for row in evidence.to_pylist()]
    return conform(
        {
            "source_id": evidence.column("source_id"),
            "outcome": [outcome for outcome, _ in decided],
            "rule_id": [rule["id"] for _, rule in decided],
            "rule_version": [rule["version"] for _, rule in decided],
            "article": [rule["article"] for _, rule in decided],
            "detail": evidence.column("expression"),
            "evidence_sha256": evidence.column("evidence_sha256"),
        },
        SOURCE_DECISIONS,
    )


def _decide(row: Mapping[str, object], rules: LicenceRules) -> tuple[str, dict[str, object]]:
    if row["is_conflict"]:
        return "quarantine", _named(rules.stops["conflict"])
    found = classify(str(row["expression"] or ""), rules.classes)
    if found is None:
        return "quarantine", _named(rules.stops["unknown"])
    return OUTCOMES[found.verdict], _named(found)


def _named(rule: object) -> dict[str, object]:
    return {name: getattr(rule, name) for name in ("id", "version", "article")}


def classify(expression: str, classes: Sequence[LicenceClass]) -> LicenceClass | None:
    """The class that decides an expression, or None when a part that matters is in no class.

    `A OR B` may be used under the better of the two, `A AND B` only under the stricter. An exception (`WITH`) widens
    what its licence allows, so the licence decides.
    """
    try:
        parsed = LICENSING.parse(expression)
    except ExpressionError:
        return None
    return None if parsed is None else _classify(parsed, classes)


def _classify(parsed: object, classes: Sequence[LicenceClass]) -> LicenceClass | None:
    if isinstance(parsed, AND | OR):
        parts = [_classify(part, classes) for part in parsed.args]
        known = [part for part in parts if part is not None]
        if isinstance(parsed, AND):
            return None if len(known) < len(parts) else max(known, key=_strictness)
        return min(known, key=_strictness, default=None)
    if isinstance(parsed, LicenseWithExceptionSymbol):
        parsed = parsed.license_symbol
    key = str(getattr(parsed, "key", ""))
    return next((c for c in classes if any(fnmatchcase(key, pattern) for pattern in c.patterns)), None)


def _strictness(of: LicenceClass) -> int:
    return STRICTNESS.index(of.verdict)
