"""Groups of people and the words that mention them: data of the stage `diversity`."""

import re
import tomllib
from dataclasses import dataclass

from pydantic import ConfigDict, TypeAdapter

from pipeline.rules.loader import load, rules_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A group on one axis of Art. 4(2) and its words."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    axis: str
    name: str
    en: tuple[str, ...]
    zh: tuple[str, ...]

    @property
    def id(self) -> str:
        """`axis:name`."""
        return f"{self.axis}:{self.name}"

    @property
    def pattern(self) -> str:
        """A regular expression (RE2): English as whole words without case, Chinese anywhere."""
        english = "|".join(re.escape(term) for term in self.en)
        return rf"(?i)\b(?:{english})\b|{'|'.join(re.escape(term) for term in self.zh)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parity:
    """When a removal rate is called uneven."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    least_ppm: int
    greatest_ppm: int
    least_expected: int  # removals expected in a group below which nothing is said


def groups() -> tuple[Group, ...]:
    """The groups of `rules/representation.toml`."""
    return load("representation", Group, "group")


def parity() -> Parity:
    """The band of `rules/representation.toml`."""
    return TypeAdapter(Parity).validate_python(tomllib.loads(rules_bytes("representation").decode())["parity"])
