"""The rules of the stage `personal`: what happens to each kind of personal information."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import ConfigDict

from pipeline.rules import loader

Mode = Literal["placeholder", "mask", "pseudonym", "surrogate", "drop_span"]


@dataclass(frozen=True, kw_only=True, slots=True)
class EntityRule:
    """What is done with one entity type; the most severe type stands first, the rule that keeps last.

    A finding is listed from `report_ppm` on and acted upon from `threshold_ppm` on.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str  # where format, check and threshold come from
    entity: str  # type of the finding; empty for the rule that keeps
    action: Literal["redact", "report", "off", "quarantine", "drop", "keep"]
    mode: Mode = "placeholder"  # how it is redacted
    shown: int = 0  # characters at the beginning that a mask leaves as they are
    report_ppm: int = 400_000
    threshold_ppm: int = 400_000
    placeholder: str = ""
    sensitive: str = ""  # class under PIPL Art. 28: identity, finance, ...; empty for general information
    passes: tuple[str, ...] = ()  # texts in which nothing of this type is acted upon
    fails: tuple[str, ...] = ()  # texts in which it is

    def __post_init__(self) -> None:
        if self.action == "redact" and not self.placeholder:
            raise ValueError("a rule that redacts names its placeholder")


@cache
def rules() -> tuple[EntityRule, ...]:
    """The rules of `personal.toml`, most severe first."""
    return loader.load("personal", EntityRule)


def by_entity(of: Sequence[EntityRule]) -> dict[str, EntityRule]:
    """Rules by the type of finding they are about."""
    return {rule.entity: rule for rule in of if rule.entity}


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """By which words people say what a number is."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    entity: str
    labels: tuple[str, ...] = ()  # the value stands right after one of them
    context: tuple[str, ...] = ()  # one of them stands near


@cache
def words() -> dict[str, Words]:
    """The words of `personal_words.toml` by entity."""
    return {one.entity: one for one in loader.load("personal_words", Words, "words")}
