"""Licences: may this source be used at all, and what does it ask in return? (Interim Measures, Art. 7(1)-(2)).

A claim is compared with the texts that stand behind it. A licence that no rule names is quarantined.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pyarrow as pa
from license_expression import AND, OR, ExpressionError, ExpressionParseError, LicenseWithExceptionSymbol, Licensing

from pipeline.rules.licences import LicenceClass, LicenceRules, StopRule, Verdict
from pipeline.schemas import SOURCE_DECISIONS, conform
from pipeline.schemas.sources import LICENCE_EVIDENCE

Identify = Callable[[str], tuple[str | None, int]]
Row = Mapping[str, object]

LICENSING = Licensing()
STRICTNESS: tuple[Verdict, ...] = ("allow", "conditional", "unknown", "deny")
OUTCOMES: Mapping[Verdict, str] = {"allow": "keep", "conditional": "keep", "unknown": "quarantine", "deny": "drop"}
UNSAID = frozenset(("NOASSERTION", "NONE", ""))
ID = re.compile(r"(DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9.-]+\+?")
ONE_TEXT = re.compile(r"(-only|-or-later|\+|-no-invariants|-invariants)+$")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The class that decides an expression, and what the branches that are used ask for together."""

    decider: LicenceClass
    verdict: Verdict
    duties: tuple[str, ...]


def measure(register: pa.Table, texts: pa.Table, identify: Identify) -> pa.Table:
    """What each source claims and what its texts say.

    The expression of a source is its claim and every licence that its texts name besides: bundled material counts.

    Args:
        register: `SOURCES`.
        texts: `LICENCE_TEXTS`, of these and other sources.
        identify: expression and score (ppm) of one text; (None, 0) when it is no known licence.

    Returns:
        `LICENCE_EVIDENCE`, one row per source in the order of `register`.
    """
    by_source: dict[str, list[Row]] = {}
    for row in texts.to_pylist():
        by_source.setdefault(row["source_id"], []).append(row)
    rows = [_evidence(row, by_source.get(row["source_id"], []), identify) for row in register.to_pylist()]
    return conform({name: [row[name] for row in rows] for name in LICENCE_EVIDENCE.names}, LICENCE_EVIDENCE)


def _evidence(source: Row, texts: Sequence[Row], identify: Identify) -> Row:
    said = str(source["licence_declared"] or "").strip()
    claimed = None if said in UNSAID else canonical(said)
    identified = [(*identify(str(text["text"])), text["sha256"]) for text in texts]
    known = [(name, score, digest) for one, score, digest in identified if (name := canonical(one or ""))]
    agreeing = [one for one in known if claimed and _agree(claimed, one[0])]
    digests = [digest for _, _, digest in (*agreeing, *known)] + [text["sha256"] for text in texts]
    return {
        "source_id": source["source_id"],
        "expression": _together(claimed, [name for name, _, _ in known]),
        "claimed": claimed,
        "identified": _together(None, [name for name, _, _ in known]),
        "score_ppm": min((score for _, score, _ in known), default=None),
        "evidence_sha256": digests[0] if digests else None,
        "is_parsable": claimed is not None or said in UNSAID,
        "is_conflict": bool(claimed and known and not agreeing),
        "n_texts": len(texts),
    }


def _together(claimed: str | None, identified: Sequence[str]) -> str | None:
    """The claim AND what the texts name that the claim does not; without a claim, all that the texts name."""
    named = _names(claimed) if claimed else frozenset()
    added = {part for one in identified for part in _operands(one) if not _names(part) <= named}
    expressions = [*([claimed] if claimed else []), *sorted(added)]
    return canonical(" AND ".join(f"({one})" for one in expressions))


def _names(expression: str) -> frozenset[str]:
    """The licences of an expression, those that share one text under one name."""
    return frozenset(ONE_TEXT.sub("", str(key)) for key in LICENSING.license_keys(expression))


def _agree(claimed: str, identified: str) -> bool:
    """Whether a text is one of the licences claimed; `LicenseRef-BSD`, a claim that names no version, is any BSD."""
    said, found = _names(claimed), _names(identified)
    return bool(said & found) or ("LicenseRef-BSD" in said and any(name.startswith("BSD-") for name in found))


def _operands(expression: str) -> tuple[str, ...]:
    parsed = _parse(expression)
    return tuple(part.render() for part in parsed.args) if isinstance(parsed, AND) else (expression,)


def canonical(expression: str) -> str | None:
    """The expression in one spelling, or None when it is no SPDX expression."""
    parsed = _parse(expression)
    return None if parsed is None else str(parsed.render())


def _parse(expression: str) -> Any:
    try:
        parsed = LICENSING.parse(expression)
    except (ExpressionError, ExpressionParseError):
        return None
    keys = () if parsed is None else LICENSING.license_keys(expression)
    return parsed if keys and all(ID.fullmatch(str(key)) for key in keys) else None


def decide(
    register: pa.Table,
    evidence: pa.Table,
    rules: LicenceRules,
    *,
    use: str,
    now_us: int,
    is_commercial: bool = True,
) -> pa.Table:
    """Decide each source by the class of its licence; what the evidence cannot carry is quarantined first.

    Args:
        register: `SOURCES`, in the order of `evidence`.
        evidence: `LICENCE_EVIDENCE`, one row per source of `register`.
        rules: classes in order of precedence, and stops.
        use: declared use of the run: pretrain, finetune or eval. Any other is denied.
        now_us: when the run was started; evidence older than a year counts no more.
        is_commercial: whether the project is; only one that is not may use non-commercial licences.

    Returns:
        `SOURCE_DECISIONS`; `detail` is the SPDX expression the decision rests on.
    """
    captured = register.column("licence_captured_us").to_pylist()
    decided = [
        _stopped(row, rules, at, now_us) or _decided(row, rules, use=use, is_commercial=is_commercial)
        for row, at in zip(evidence.to_pylist(), captured, strict=True)
    ]
    return conform(
        {
            "source_id": evidence.column("source_id"),
            "outcome": [outcome for outcome, _ in decided],
            "rule_id": [rule.id for _, rule in decided],
            "rule_version": [rule.version for _, rule in decided],
            "article": [rule.article for _, rule in decided],
            "detail": evidence.column("expression"),
            "evidence_sha256": evidence.column("evidence_sha256"),
        },
        SOURCE_DECISIONS,
    )


Decided = tuple[str, LicenceClass | StopRule]


def _stopped(row: Row, rules: LicenceRules, captured_us: int | None, now_us: int) -> Decided | None:
    conditions = (
        ("unparsable", not row["is_parsable"]),
        ("unknown", row["claimed"] is None),
        ("untexted", row["n_texts"] == 0),
        ("conflict", row["is_conflict"]),
        ("expired", captured_us is not None and now_us - captured_us > rules.stops["expired"].above_us),
    )
    name = next((name for name, applies in conditions if applies), None)
    return None if name is None else ("quarantine", rules.stops[name])


def _decided(row: Row, rules: LicenceRules, *, use: str, is_commercial: bool) -> Decided:
    found = judge(str(row["expression"]), rules, use=use, is_commercial=is_commercial)
    if found is None:
        return "quarantine", rules.stops["unknown"]
    return OUTCOMES[found.verdict], found.decider


def judge(expression: str, rules: LicenceRules, *, use: str, is_commercial: bool = True) -> Judgement | None:
    """What decides an SPDX expression, or None when a part that matters is in no class.

    `A OR B` may be used under the better of the two, `A AND B` only under the stricter, with the duties of both. An
    exception (`WITH`) that the rules know widens what its licence allows, so the licence decides.
    """
    return _judge(_parse(expression), rules, use, is_commercial=is_commercial)


def _judge(parsed: object, rules: LicenceRules, use: str, *, is_commercial: bool) -> Judgement | None:
    if isinstance(parsed, AND | OR):
        judged = [_judge(part, rules, use, is_commercial=is_commercial) for part in parsed.args]
        known = [one for one in judged if one is not None]
        return _strictest(known, len(judged)) if isinstance(parsed, AND) else min(known, key=_strictness, default=None)
    if isinstance(parsed, LicenseWithExceptionSymbol):
        if not _fits(str(parsed.exception_symbol.key), rules.exceptions):
            return None
        parsed = parsed.license_symbol
    key = str(getattr(parsed, "key", ""))
    found = next((c for c in rules.classes if _fits(key, c.patterns)), None)
    return None if found is None else Judgement(found, found.verdict(use, is_commercial=is_commercial), found.duties)


def _strictest(known: Sequence[Judgement], n: int) -> Judgement | None:
    """The strictest operand; None when one is in no class, unless another denies anyway."""
    found = max(known, key=_strictness, default=None)
    if found is None or (len(known) < n and found.verdict != "deny"):
        return None
    duties = dict.fromkeys(duty for one in known for duty in one.duties)
    return Judgement(found.decider, found.verdict, tuple(duties))


def _fits(key: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(key, pattern) for pattern in patterns)


def _strictness(of: Judgement) -> tuple[int, int]:
    return STRICTNESS.index(of.verdict), len(of.duties)
