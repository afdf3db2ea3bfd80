"""The rules of the stage `licences`: classes of SPDX identifiers, what stops a source, and other names of licences."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from fnmatch import fnmatchcase
from functools import cache
from typing import Literal

from license_expression import Licensing, get_spdx_licensing
from pydantic import ConfigDict, TypeAdapter

from pipeline.errors import RuleMalformed
from pipeline.kernels.expressions import UNREADABLE
from pipeline.rules.loader import load, rules_bytes

DAY_US = 86_400 * 1_000_000

Verdict = Literal["allow", "conditional", "unknown", "deny"]
Use = Literal["pretrain", "finetune", "eval", "release"]
Condition = Literal[
    "unparsable",
    "unknown",
    "untexted",
    "conflict",
    "unconfirmed",
    "changed",
    "expired",
    "expired_ongoing",
    "per_document",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """Where and for what something is used: what a verdict depends on besides the licence."""

    use: str
    is_commercial: bool = True
    place: str = "CN"  # where models are trained
    origin: str | None = None  # where the work comes from
    is_confirmed: bool = False  # whether a person has read the licence and confirmed it in the register

    @property
    def purpose(self) -> str:
        """Use and place in words, as pages for people have them."""
        return f"{self.use}, {'commercial' if self.is_commercial else 'not commercial'}, trained in {self.place}"


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
    release: Verdict
    non_commercial: Verdict | None = None  # instead of the others, where the project is not commercial
    places: tuple[str, ...] = ()  # holds only where models are trained in one of these
    origins: tuple[str, ...] = ()  # holds only for works from one of these
    elsewhere: Verdict = "unknown"
    is_own_text: bool = False  # its text is on no list: contracts, authorisations, statutes
    duties: tuple[str, ...]
    patterns: tuple[str, ...]  # identifiers beyond the SPDX list, `*` at the end or between
    passes: tuple[str, ...] = ()  # expressions of this class
    fails: tuple[str, ...] = ()  # expressions that are not

    def verdict(self, of: Circumstances) -> Verdict:
        """The verdict on a use; a use that the class does not name is denied."""
        outside = not (_is_within(of.place, self.places) and _is_within(of.origin, self.origins))
        named = {"pretrain": self.pretrain, "finetune": self.finetune, "eval": self.eval, "release": self.release}
        verdict: Verdict = self.elsewhere if outside else named.get(of.use, "deny")
        if self.non_commercial is not None and not of.is_commercial:
            verdict = self.non_commercial
        return "conditional" if verdict == "unknown" and of.is_confirmed else verdict


def _is_within(place: str | None, places: Sequence[str]) -> bool:
    """Whether a place is one of these, or a member of one (`DE` of `EU`); none named: everywhere."""
    return not places or place in places or any(place in regions().get(one, "").split() for one in places)


@dataclass(frozen=True, kw_only=True, slots=True)
class StopRule:
    """What quarantines a source before any class decides, and what no class decides."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    condition: Condition
    above_days: int = 0
    warn_days: int = 0  # before `above_days`
    outcome: Literal["keep", "quarantine"] = "quarantine"
    below_ppm: int = 0
    passes: str = (
        ""  # "claim | what its text is ~ how much of it is there, ppm @ age in days, ongoing"; claim `*`: per document
    )
    fails: str = ""

    @property
    def above_us(self) -> int:
        """`above_days` in microseconds."""
        return self.above_days * DAY_US


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """What a licence asks in return."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    title: str
    title_zh: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskRule:
    """The main risk of a document to which it applies: by marking, wording, licence or class of licence."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    ip_class: Literal["none", "copyright", "database", "trademark", "patent", "secret", "unknown"]
    basis: str
    is_marked: bool = False
    pattern: str = ""  # of the text (RE2)
    at_least: int = 1
    licences: str = ""  # pattern of the expression
    classes: tuple[str, ...] = ()  # of licences; none named: any
    data_types: tuple[str, ...] = ()  # of the source; none named: any
    passes: str = ""  # "licence | text | data type" to which it does not apply
    fails: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceRules:
    """Classes in order of precedence, the stops by their condition, duties by name, and what is no licence."""

    classes: tuple[LicenceClass, ...]
    by_spdx: Mapping[str, LicenceClass]
    stops: Mapping[str, StopRule]
    duties: Mapping[str, Duty]
    exceptions: tuple[str, ...]
    clues: tuple[str, ...]
    risks: tuple[RiskRule, ...]

    def class_of(self, identifier: str) -> LicenceClass | None:
        """The class of a licence: as the SPDX list names it, or the first whose pattern fits."""
        found = self.by_spdx.get(identifier)
        return found or next((c for c in self.classes if fits(identifier, c.patterns)), None)

    def is_clue(self, expression: str) -> bool:
        """Whether identification reports it and it is no licence: an exception alone only widens one."""
        return fits(expression, self.clues) or (" " not in expression and fits(expression, self.exceptions))


def fits(identifier: str, patterns: Sequence[str]) -> bool:
    """Whether an identifier fits one of the patterns."""
    return any(fnmatchcase(identifier, pattern) for pattern in patterns)


@cache
def rules() -> LicenceRules:
    """The rules of `licences.toml` and `licences_spdx.toml`.

    Raises:
        RuleMalformed: the SPDX list names a class that is not there.
    """
    classes = load("licences", LicenceClass, "class")
    named = {one.name: one for one in classes}
    listed = tomllib.loads(rules_bytes("licences_spdx").decode())
    if not listed.keys() <= named.keys():
        raise RuleMalformed("licences_spdx.toml names a class that is none", fix="take one of licences.toml")
    return LicenceRules(
        classes=classes,
        by_spdx={identifier: named[name] for name, ids in listed.items() for identifier in str(ids).split()},
        stops={str(rule.condition): rule for rule in load("licences", StopRule)},
        duties={one.name: one for one in load("licences", Duty, "duty")},
        exceptions=tuple(_names()["exceptions"].values()),
        clues=tuple(_names()["clues"].values()),
        risks=load("licences", RiskRule, "risk"),
    )


@cache
def spdx_of() -> Mapping[str, str]:
    """SPDX expression by what packages call a licence (PyPI classifiers, common spellings), in lower case."""
    return {name.lower(): expression for name, expression in _names()["spellings"].items()}


@cache
def urls() -> Mapping[str, str]:
    """SPDX expression by address, without scheme, `www.` and suffix."""
    return _names()["addresses"]


@cache
def regions() -> Mapping[str, str]:
    """Countries of each region, with spaces between."""
    return _names()["regions"]


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    tables = tomllib.loads(rules_bytes("licences").decode())
    kept = {name: tables[name] for name in ("exceptions", "clues", "spellings", "addresses", "regions")}
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
    except UNREADABLE:
        return False
