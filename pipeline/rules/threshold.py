"""The rule that most stages use: one statistic, one limit, for some languages."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """Another statistic that has to be below or above a limit for a rule to object."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    measure: str
    below: int | None = None
    above: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ThresholdRule:
    """Decides against a document when `measure` is below `below` or above `above`, and every `where` holds too.

    A rule with neither limit is the default that stands last and keeps (`outcome = "keep"`).
    A `shadow` rule decides nothing; its statistic is stored like every other.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str  # where the limit comes from: paper, code with version, or our own calibration
    outcome: Literal["keep", "drop", "quarantine"]
    measure: str | None = None  # column of the stage's measures
    below: int | None = None
    above: int | None = None
    where: tuple[Condition, ...] = ()
    langs: tuple[str, ...] = ()  # empty: every language
    shadow: bool = False
    passes: str = ""  # an example that the rule lets pass
    fails: str = ""  # an example that it stops
    times: int = 1  # how often `fails` stands in a row to be stopped
    family: str = ""  # of published filters: name, version, tokenizer
    reason: str = ""  # what the original calls this failure
    tags: tuple[str, ...] = field(default=())
