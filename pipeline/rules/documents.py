"""The rules of the stage `documents`: one for each way in which reading fails, then limits on statistics."""

from dataclasses import dataclass
from functools import cache

from pydantic import ConfigDict

from pipeline.rules.loader import load
from pipeline.rules.threshold import ThresholdRule


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemRule:
    """Quarantines the records whose reading failed in one way."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentRules:
    """Problems first, then thresholds."""

    problems: tuple[ProblemRule, ...]
    thresholds: tuple[ThresholdRule, ...]


@cache
def rules() -> DocumentRules:
    """The rules of `documents.toml`."""
    problems = load("documents", ProblemRule, "problem")
    return DocumentRules(problems=problems, thresholds=load("documents", ThresholdRule))
