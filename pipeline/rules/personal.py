"""The rules of the stage `personal`: what happens to each kind of personal information."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

from pydantic import ConfigDict

from pipeline.rules import loader

Mode = Literal["placeholder", "mask", "pseudonym", "surrogate", "drop_span"]
Action = Literal["redact", "report", "off", "quarantine", "drop", "keep"]
Default = Literal["default"]
Name = Literal["", "O", "G", "S", "S14", "C"]
"""Classes, the least strict first: organisation, general, sensitive, of a minor under 14, credential."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassRule:
    """What is done with a class of personal information where no rule of a type says otherwise."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Name
    title: str
    article: str
    source: str
    action: Action
    mode: Mode


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
    cls_35273: Name = ""  # class under GB/T 35273-2020, table B.1
    cls_45574: Name = ""  # class under GB/T 45574-2025, annex A
    action: Action | Default = "default"  # that of its class
    mode: Mode | Default = "default"  # how it is redacted
    shown: int = 0  # characters at the beginning that a mask leaves as they are
    report_ppm: int = 400_000
    threshold_ppm: int = 400_000
    placeholder: str = ""
    sensitive: str = ""  # class under PIPL Art. 28: identity, finance, ...; empty for general information
    basis: str = ""  # on which the source keeps it as it is; set by `personal_policy`, never in a file
    passes: tuple[str, ...] = ()  # texts in which nothing of this type is acted upon
    fails: tuple[str, ...] = ()  # texts in which it is

    def __post_init__(self) -> None:
        if self.action == "redact" and not self.placeholder:
            raise ValueError("a rule that redacts names its placeholder")
        if self.action == "default" and not self.cls:
            raise ValueError("a rule without an action names its classes")

    @property
    def cls(self) -> Name:
        """The stricter of its two classes."""
        order = get_args(Name)
        return max(self.cls_35273, self.cls_45574, key=order.index)


@cache
def classes() -> dict[str, ClassRule]:
    """The classes of `personal_classes.toml` by name."""
    return {one.name: one for one in loader.load("personal_classes", ClassRule, "class")}


@cache
def rules() -> tuple[EntityRule, ...]:
    """The rules of `personal.toml`, most severe first; what a type does not say is that of its class."""
    return tuple(_whole(rule) for rule in loader.load("personal", EntityRule))


def _whole(rule: EntityRule) -> EntityRule:
    of = classes().get(rule.cls)
    action = of.action if rule.action == "default" and of else rule.action
    mode: Mode = rule.mode if rule.mode != "default" else of.mode if of else "placeholder"
    return replace(rule, action=action, mode=mode)


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
