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
    "assessed_bad",
    "uncommitted",
    "expired",
    "untrained",
    "not_robots",
    "reserved",
    "unbased",
    "minors",
    "use",
    "none",
]

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
    """The fields that a kind of source must state."""

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
    agents: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    passes: Mapping[str, object] = field(default_factory=dict)  # columns of `SOURCES` in which an example differs
    fails: Mapping[str, object] = field(default_factory=dict)  # from a complete source


@cache
def rules() -> tuple[SourceRule, ...]:
    """The rules of `sources.toml`, in order of precedence."""
    return load("sources", SourceRule)


@cache
def compulsory(kind: str) -> tuple[str, ...]:
    """The dotted names of the fields that a kind must state; `a|b` for either."""
    found = {rule.name: rule.required for rule in load("sources", KindRule, "kind")}
    return (*found["every"], *found.get(kind, ()))
