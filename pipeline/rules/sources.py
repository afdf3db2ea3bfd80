"""The rules of the stage `sources`: what each kind must bring, and what refuses a source."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from pydantic import ConfigDict

from pipeline.rules.loader import load

Condition = Literal[
    "incomplete",
    "graded",
    "secret",
    "assessed_late",
    "assessed_bad",
    "uncommitted",
    "unwarranted",
    "unstarted",
    "expired",
    "untrained",
    "recheck",
    "stale",
    "unreachable",
    "not_robots",
    "redirected",
    "future",
    "reserved",
    "reserved_otherwise",
    "unbased",
    "minors",
    "exported",
    "upstream",
    "use",
    "commercial",
    "self_approved",
    "none",
]
"""What refuses a source; `none`, the last, admits it."""

Notice = Literal["due", "unproven", "undated", "off_time", "unread_terms", "long_robots", "single"]
"""What is noticed and refuses nothing yet."""

Basis = Literal[
    "consent",
    "consent_separate",
    "consent_guardian",
    "contract_or_hr",
    "statutory_duty",
    "emergency",
    "news_public_interest",
    "self_disclosed_or_public",
    "other_law",
    "anonymised",
    "not_pi",
    "none",
]
"""Bases for personal information (PIPL Art. 13, 29, 31), what lies outside the law, and none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KindRule:
    """The fields that a kind of source, or a basis for personal information, asks for."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    version: int
    article: str
    title: str
    source: str
    required: tuple[str, ...]  # dotted names; `a|b` asks for one of them


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRule:
    """Refuses a source to which `condition` applies; the last one, `none`, admits it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    condition: Condition
    above_ppm: int = 0
    above_us: int = 0
    above: int = 0
    agents: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    passes: Mapping[str, object] = field(default_factory=dict)  # columns of `SOURCES` in which an example differs
    fails: Mapping[str, object] = field(default_factory=dict)  # from a complete source


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeRule:
    """Notices something about a source that is not refused; what is due will refuse it on that day."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    condition: Notice
    above_ppm: int = 0
    within_us: int = 0
    confidence_ppm: int = 0
    below: int = 0
    passes: Mapping[str, object] = field(default_factory=dict)  # as those of a rule; "unset" stands for null
    fails: Mapping[str, object] = field(default_factory=dict)


@cache
def rules() -> tuple[SourceRule, ...]:
    """The rules of `sources.toml`, in order of precedence."""
    return load("sources", SourceRule)


@cache
def notices() -> tuple[NoticeRule, ...]:
    """What is noticed, every one of them for every source."""
    return load("sources", NoticeRule, "notice")


@cache
def by_condition(condition: Condition) -> SourceRule:
    """The rule with a condition."""
    return next(rule for rule in rules() if rule.condition == condition)


@cache
def compulsory(kind: str, basis: str | None) -> tuple[str, ...]:
    """The dotted names of the fields that a kind must state; `a|b` for either.

    Args:
        kind: of the source.
        basis: for personal information, where some may be in it.
    """
    kinds = {rule.name: rule.required for rule in load("sources", KindRule, "kind")}
    bases = {rule.name: rule.required for rule in load("sources", KindRule, "basis")}
    return (*kinds["every"], *kinds.get(kind, ()), *bases.get(basis or "", ()))
