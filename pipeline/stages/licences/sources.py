"""The licence of a source: what it claims, what its texts say, and what follows (Art. 7(1)-(2)).

A licence that no rule names is quarantined: silence is not permission.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipeline.kernels.expressions import canonical, names, operands
from pipeline.kernels.licences import Identified, Match
from pipeline.rules.licences import DAY_US, Circumstances, LicenceClass, LicenceRules, StopRule, Verdict
from pipeline.schemas import SOURCE_DECISIONS, conform
from pipeline.schemas.sources import LICENCE_EVIDENCE, SOURCE_FINDINGS
from pipeline.stages.licences.judging import judge

Identify = Callable[[str], Identified]
Row = Mapping[str, Any]
Decided = tuple[str, LicenceClass | StopRule]

OUTCOMES: Mapping[Verdict, str] = {"allow": "keep", "conditional": "keep", "unknown": "quarantine", "deny": "drop"}
UNSAID = frozenset(("NOASSERTION", "NONE", ""))
LICENSING_KINDS = frozenset(("text", "notice", "identifier"))
"""What puts material under a licence; a reference or a tag alone only agrees with a claim or does not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Text:
    """One text behind a claim, read."""

    sha256: bytes
    licences: tuple[Match, ...]  # without clues

    def of(self, claimed: str | None) -> tuple[Match, ...]:
        """The matches that agree with the claim."""
        return tuple(m for m in self.licences if claimed and _agree(claimed, m.expression))


def measure(
    register: pa.Table, texts: pa.Table, upstreams: pa.Table, identify: Identify, rules: LicenceRules
) -> pa.Table:
    """What each source claims and what its texts say.

    The expression of a source is its claim and every licence that its texts hold besides (bundled material counts),
    and that of every dataset it was made from: the strictest holds.

    Args:
        register: `SOURCES`.
        texts: `LICENCE_TEXTS`, of these and other sources.
        upstreams: `UPSTREAMS`, of these and other sources.
        identify: the licences of one text.
        rules: what is no licence although it is recognised.

    Returns:
        `LICENCE_EVIDENCE`, one row per source in the order of `register`.
    """
    by_source: dict[str, list[_Text]] = {}
    for row in texts.to_pylist():
        by_source.setdefault(row["source_id"], []).append(_read(row, identify, rules))
    above: dict[str, list[str]] = {}
    for row in upstreams.to_pylist():
        above.setdefault(row["source_id"], []).append(str(row["licence_declared"] or "NOASSERTION"))
    rows = [
        _evidence(row, by_source.get(row["source_id"], []), above.get(row["source_id"], []))
        for row in register.to_pylist()
    ]
    return conform({name: [row[name] for row in rows] for name in LICENCE_EVIDENCE.names}, LICENCE_EVIDENCE)


def _read(row: Row, identify: Identify, rules: LicenceRules) -> _Text:
    found = tuple(match for match in identify(str(row["text"])).matches if not rules.is_clue(match.expression))
    return _Text(sha256=row["sha256"], licences=found)


def _evidence(source: Row, texts: Sequence[_Text], upstreams: Sequence[str]) -> Row:
    said = str(source["licence_declared"] or "").strip()
    claimed = None if said in UNSAID else canonical(said)
    known = [text for text in texts if text.licences]
    agreeing = [text for text in known if text.of(claimed)]
    decisive = next(iter((*agreeing, *known, *texts)), None)
    match = None if decisive is None else next(iter((*decisive.of(claimed), *decisive.licences)), None)
    held = [m.expression for text in known for m in text.licences if m.kind in LICENSING_KINDS]
    held = held or [m.expression for text in known for m in text.licences]
    whole = [m for text in known for m in text.of(claimed) if m.kind == "text"]
    return {
        "source_id": source["source_id"],
        "expression": _together(claimed, [*held, *upstreams]),
        "claimed": claimed,
        "identified": _together(None, [m.expression for text in known for m in text.licences]),
        "score_ppm": max((m.matched * 1_000_000 // m.size for m in whole), default=None),
        "evidence_sha256": None if decisive is None else decisive.sha256,
        "start_char": None if match is None else match.start,
        "end_char": None if match is None else match.end,
        "is_parsable": claimed is not None or said in UNSAID,
        "is_conflict": bool(claimed and known and not agreeing),
        "is_confirmed": source["licence_confirmed_by"] is not None,
        "is_per_document": bool(source["is_per_document"]),
        "n_texts": len(texts),
        "n_identified": len(known),
    }


def _together(claimed: str | None, held: Sequence[str]) -> str | None:
    """The claim AND what the texts hold that the claim does not name; without a claim, all that the texts hold."""
    named = names(claimed) if claimed else frozenset()
    added = {part for one in held for part in operands(one) if not names(part) <= named}
    return canonical(" AND ".join(f"({one})" for one in (*([claimed] if claimed else []), *sorted(added))))


def _agree(claimed: str, identified: str) -> bool:
    """Whether a text is one of the licences claimed; `LicenseRef-BSD`, a claim that names no version, is any BSD."""
    said, found = names(claimed), names(identified)
    return bool(said & found) or ("LicenseRef-BSD" in said and any(name.startswith("BSD-") for name in found))


def decide(register: pa.Table, evidence: pa.Table, rules: LicenceRules, *, of: Circumstances, now_us: int) -> pa.Table:
    """Decide each source by the class of its licence; what the evidence cannot carry is quarantined first.

    Args:
        register: `SOURCES`, in the order of `evidence`.
        evidence: `LICENCE_EVIDENCE`, one row per source of `register`.
        rules: classes in order of precedence, and stops.
        of: the use and place of the run; origin and confirmation are those of each source.
        now_us: when the run was started.

    Returns:
        `SOURCE_DECISIONS`; `detail` is the SPDX expression the decision rests on.
    """
    rows = zip(register.to_pylist(), evidence.to_pylist(), strict=True)
    decided = [_decided(source, found, rules, here(of, source, found), now_us) for source, found in rows]
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


def here(of: Circumstances, source: Row, found: Row) -> Circumstances:
    """The circumstances of one source: the run's, with where it comes from and what a person has confirmed."""
    return Circumstances(
        use=of.use,
        is_commercial=of.is_commercial,
        place=of.place,
        origin=source["origin"],
        is_confirmed=found["is_confirmed"],
    )


def _decided(source: Row, found: Row, rules: LicenceRules, of: Circumstances, now_us: int) -> Decided:
    judged = judge(str(found["expression"]), rules, of)
    conditions = (
        ("unparsable", not found["is_parsable"]),
        ("per_document", found["is_per_document"] and found["claimed"] is None),
        ("unknown", found["claimed"] is None),
        ("untexted", found["n_texts"] == 0),
        ("conflict", found["is_conflict"] and not of.is_confirmed and not _is_alike(found, rules, of)),
        ("unconfirmed", found["n_identified"] == 0 and not of.is_confirmed and not _is_own(found["claimed"], rules)),
        ("changed", not of.is_confirmed and (found["score_ppm"] or 1_000_000) < rules.stops["changed"].below_ppm),
        (expiry(source, rules).condition, now_us > expires_us(source, rules, now_us=now_us)),
        ("unknown", judged is None),
    )
    stop = next((name for name, applies in conditions if applies), None)
    if stop is not None or judged is None:
        rule = rules.stops[stop or "unknown"]
        return rule.outcome, rule
    return OUTCOMES[judged.verdict], judged.decider


def notice(
    register: pa.Table, evidence: pa.Table, decisions: pa.Table, rules: LicenceRules, *, now_us: int
) -> pa.Table:
    """What is noticed about the sources that are kept and refuses nothing yet.

    That the evidence is soon too old, and that a text says another licence of the same class than the one claimed.

    Args:
        register: `SOURCES`, in the order of `evidence` and `decisions`.
        evidence: `LICENCE_EVIDENCE`.
        decisions: `SOURCE_DECISIONS` of `decide`.
        rules: the stops whose conditions are near.
        now_us: when the run was started.

    Returns:
        `SOURCE_FINDINGS`, ascending as the sources; `due_us` is from when on the source is refused.
    """
    rows: list[tuple[object, ...]] = []
    differing = rules.stops["conflict"]
    tables = zip(register.to_pylist(), evidence.to_pylist(), decisions.to_pylist(), strict=True)
    for source, found, decision in tables:
        aged, due = expiry(source, rules), expires_us(source, rules, now_us=now_us)
        name = source["source_id"]
        if decision["outcome"] == "keep" and due - now_us < aged.warn_days * DAY_US:
            rows.append((name, aged.id, aged.version, aged.article, "licence.captured_at", due))
        if decision["outcome"] == "keep" and found["is_conflict"]:
            detail = f"{found['claimed']} / {found['identified']}"
            rows.append((name, differing.id, differing.version, differing.article, detail, None))
    columns = {column: [row[i] for row in rows] for i, column in enumerate(SOURCE_FINDINGS.names)}
    return conform(dict(columns), SOURCE_FINDINGS)


def expiry(source: Row, rules: LicenceRules) -> StopRule:
    """The rule on the age of a source's evidence: what is collected from the web all the time ages faster."""
    is_crawl = source["kind"] == "self-collected" and bool(source["is_ongoing"])
    return rules.stops["expired_ongoing" if is_crawl else "expired"]


def expires_us(source: Row, rules: LicenceRules, *, now_us: int) -> int:
    """Until when a verdict on a source holds: evidence that was taken at no known time is read now."""
    captured_us = source["licence_captured_us"]
    return int(now_us if captured_us is None else captured_us) + expiry(source, rules).above_us


def _is_alike(found: Row, rules: LicenceRules, of: Circumstances) -> bool:
    """Whether the licence that was found is of the class that was claimed: the decision rests on both."""
    one, other = (judge(str(found[name]), rules, of) for name in ("claimed", "identified"))
    return one is not None and other is not None and one.decider is other.decider


def _is_own(claimed: str | None, rules: LicenceRules) -> bool:
    """Whether the text of what is claimed is on no list: a contract, an authorisation, a statute."""
    found = [rules.class_of(name) for name in names(claimed or "")]
    return bool(found) and all(one is not None and one.is_own_text for one in found)
