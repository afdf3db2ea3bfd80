"""The rules of the stage `licences`: classes of SPDX identifiers, and what stops a source."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict

from pipeline.rules.loader import load

EVIDENCE_US = 365 * 86_400 * 1_000_000
"""How long licence evidence holds before it is looked at again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceClass:
    """Licences that are treated alike; the first class whose pattern fits an identifier is its class."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    id: str
    version: int
    article: str
    title: str
    source: str
    verdict: Literal["allow", "conditional", "unknown", "deny"]
    duties: tuple[str, ...]
    patterns: tuple[str, ...]  # SPDX identifiers, `*` at the end or between
    passes: tuple[str, ...] = ()  # expressions of this class
    fails: tuple[str, ...] = ()  # expressions that are not


@dataclass(frozen=True, kw_only=True, slots=True)
class StopRule:
    """What no class decides."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    condition: Literal["conflict", "unknown"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceRules:
    """Classes in order of precedence, and the two stops."""

    classes: tuple[LicenceClass, ...]
    stops: dict[str, StopRule]


@cache
def rules() -> LicenceRules:
    """The rules of `licences.toml`."""
    stops: dict[str, StopRule] = {rule.condition: rule for rule in load("licences", StopRule)}
    return LicenceRules(classes=load("licences", LicenceClass, "class"), stops=stops)
