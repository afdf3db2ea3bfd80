"""What the mixture of a snapshot should be, and how far sampling weights may go to make it so: `diversity.toml`."""

import tomllib
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from pipeline.rules.loader import load, rules_bytes

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A cap or a floor of the share that one value of an axis has of all text, in bytes of UTF-8.

    A `shadow` target is counted and reported; it neither weighs documents nor stops a snapshot.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    version: int
    article: str
    title: str
    source: str
    axis: Literal["lang", "source", "topic"]
    value: str = ""  # empty: each value there is, but those that say nothing (`UNSAID`)
    least_ppm: int = 0
    most_ppm: int = MILLION
    shadow: bool = False
    passes: dict[str, int] = field(default_factory=dict)  # bytes by value: shares that it leaves as they are
    fails: dict[str, int] = field(default_factory=dict)  # shares that it weighs


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """How far sampling weights may go. A weight of 1,000,000 reads a document once an epoch."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    least_ppm: int
    most_ppm: int
    tolerance_ppm: int  # a share that is this far beyond its target still meets it
    least_documents: int  # a smaller snapshot has no mixture: no target applies
    source: str


UNSAID = ("other", "und", "unknown")
"""Values that stand for everything that is not known: no target that names no value applies to them."""


def targets() -> tuple[Target, ...]:
    """The targets of `rules/diversity.toml`, in the order in which they are applied."""
    return load("diversity", Target, "target")


def weights() -> Weights:
    """The bounds of `rules/diversity.toml`."""
    return TypeAdapter(Weights).validate_python(_table("weights"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Topics:
    """How topics are made."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    count: int  # topics at most
    words: int  # words looked at, the most frequent ones
    sample: int  # documents that the topics are made from
    least_documents: int  # a word or a topic of fewer documents is none
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Genre:
    """A genre (register) of texts and the cue by which it is known: a sign on the surface, no judgement."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    source: str
    pattern: str  # RE2, over the first 4,000 characters
    passes: tuple[str, ...]  # texts of this genre
    fails: tuple[str, ...]  # texts of another


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What the mix does not name: values that lead to few documents."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    least_documents: int
    sample: int  # documents whose texts are compared with one another
    source: str


def topics() -> Topics:
    """How topics are made, by `rules/diversity.toml`."""
    return TypeAdapter(Topics).validate_python(_table("topics"))


def genres() -> tuple[Genre, ...]:
    """The genres of `rules/diversity.toml`; the first whose cue a text bears is its genre."""
    return load("diversity", Genre, "genre")


def report() -> Report:
    """What the mix does not name, by `rules/diversity.toml`."""
    return TypeAdapter(Report).validate_python(_table("report"))


def _table(name: str) -> object:
    return tomllib.loads(rules_bytes("diversity").decode())[name]
