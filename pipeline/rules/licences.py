"""The rules of the stage `licences`: classes of SPDX identifiers, what stops a source, and other names of licences."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cache
from typing import Literal

from license_expression import ExpressionError, ExpressionParseError, Licensing, get_spdx_licensing
from pydantic import ConfigDict, TypeAdapter

from pipeline.rules.loader import load, rules_bytes

DAY_US = 86_400 * 1_000_000

Verdict = Literal["allow", "conditional", "unknown", "deny"]


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
    pretrain: Verdict
    finetune: Verdict
    eval: Verdict
    non_commercial: Verdict | None = None  # instead of the others, where the project is not commercial
    duties: tuple[str, ...]
    patterns: tuple[str, ...]  # SPDX identifiers, `*` at the end or between
    passes: tuple[str, ...] = ()  # expressions of this class
    fails: tuple[str, ...] = ()  # expressions that are not

    def verdict(self, use: str, *, is_commercial: bool) -> Verdict:
        """The verdict on a use; a use that the class does not name is denied."""
        if self.non_commercial is not None and not is_commercial:
            return self.non_commercial
        named: dict[str, Verdict] = {"pretrain": self.pretrain, "finetune": self.finetune, "eval": self.eval}
        return named.get(use, "deny")


@dataclass(frozen=True, kw_only=True, slots=True)
class StopRule:
    """What quarantines a source before any class decides, and what no class decides."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    condition: Literal["unparsable", "unknown", "untexted", "conflict", "expired"]
    above_days: int = 0
    passes: str = ""  # "claim | what its text is identified as @ age of the evidence in days"; no text where empty
    fails: str = ""

    @property
    def above_us(self) -> int:
        """`above_days` in microseconds."""
        return self.above_days * DAY_US


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceRules:
    """Classes in order of precedence, the stops by their condition, and known exceptions."""

    classes: tuple[LicenceClass, ...]
    stops: Mapping[str, StopRule]
    exceptions: tuple[str, ...]


@cache
def rules() -> LicenceRules:
    """The rules of `licences.toml`."""
    return LicenceRules(
        classes=load("licences", LicenceClass, "class"),
        stops={str(rule.condition): rule for rule in load("licences", StopRule)},
        exceptions=tuple(_names()["exceptions"].values()),
    )


@cache
def spdx_of() -> Mapping[str, str]:
    """SPDX expression by what packages call a licence (PyPI classifiers, common spellings), in lower case."""
    return {name.lower(): expression for name, expression in _names()["spellings"].items()}


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    tables = tomllib.loads(rules_bytes("licences").decode())
    kept = {name: tables[name] for name in ("exceptions", "spellings")}
    return TypeAdapter(dict[str, dict[str, str]]).validate_python(kept)


def declared(metadata: Message) -> str | None:
    """What the metadata of a Python distribution declares: License-Expression, else License, else its classifiers.

    Several classifiers do not say whether one may choose, so all of them hold (AND).
    """
    expression = str(metadata.get("License-Expression") or "").strip()
    if expression:
        return expression
    name = str(metadata.get("License") or "").strip().lower()
    if name in spdx_of():
        return spdx_of()[name]
    if name and is_spdx(name):
        return str(metadata.get("License")).strip()
    classifiers = [str(c) for c in metadata.get_all("Classifier") or () if str(c).startswith("License ::")]
    said = [spdx_of().get(c.rpartition("::")[2].strip().lower()) for c in classifiers]
    known = sorted({one for one in said if one})
    return None if None in said or not known else " AND ".join(known)


@cache
def _spdx() -> Licensing:
    return get_spdx_licensing()


def is_spdx(expression: str) -> bool:
    """Whether every part of an expression is on the SPDX list, letter case ignored."""
    try:
        return not _spdx().unknown_license_keys(expression)
    except (ExpressionError, ExpressionParseError):
        return False
