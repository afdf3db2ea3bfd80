"""Rules about a document as a whole: minors, what is mostly about one person, lists of persons."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict

from pipeline.rules import loader


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentRule:
    """Stops a document that has `at_least` of the findings it counts, and so many in 1,000 characters.

    A finding is counted when it is of one of the named groups, classes or entities, or of a minor; all that are named
    must hold.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    outcome: Literal["drop", "quarantine"]
    at_least: int
    per_1000_chars: int = 0
    is_minor: bool = False  # counts what is of a minor
    is_acted: bool = False  # counts only what is acted upon
    is_distinct: bool = False  # counts types, not findings
    groups: tuple[str, ...] = ()  # of sensitive information: health, finance, ...
    classes: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()  # one finding of these types is there too
    spared_by: tuple[str, ...] = ()  # legal bases on which it does not hold
    passes: tuple[str, ...] = ()  # texts that it lets pass
    fails: tuple[str, ...] = ()  # texts that it stops


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """By what a finding is known to be of a minor."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    entity: str
    by: Literal["birth", "near"]
    source: str
    under_years: int = 0
    within_chars: int = 0
    words: tuple[str, ...] = ()  # regular expressions
    passes: tuple[str, ...] = ()
    fails: tuple[str, ...] = ()


@cache
def signs() -> tuple[Sign, ...]:
    """The signs of `personal_minors.toml`."""
    return loader.load("personal_minors", Sign, "sign")


def document_rules(basis: str | None = None) -> tuple[DocumentRule, ...]:
    """The rules about whole documents, in order of precedence, that hold on a legal basis."""
    return tuple(rule for rule in _every() if basis is None or basis not in rule.spared_by)


@cache
def _every() -> tuple[DocumentRule, ...]:
    return loader.load("personal", DocumentRule, "document")
