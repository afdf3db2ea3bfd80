"""The rules of the stage `sources`: what each kind must bring, and what refuses a source."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict

from pipeline.rules.loader import load

Condition = Literal[
    "incomplete", "graded", "assessed_bad", "uncommitted", "contract", "reserved", "unbased", "use", "none"
]


@dataclass(frozen=True, kw_only=True, slots=True)
class KindRule:
    """The fields that a kind of source must state."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    version: int
    article: str
    title: str
    source: str
    required: tuple[str, ...]


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


@cache
def rules() -> tuple[SourceRule, ...]:
    """The rules of `sources.toml`, in order of precedence."""
    return load("sources", SourceRule)


@cache
def compulsory(kind: str) -> tuple[str, ...]:
    """The dotted names of the fields that a kind must state."""
    found = {rule.name: rule.required for rule in load("sources", KindRule, "kind")}
    return (*found["every"], *found.get(kind, ()))
